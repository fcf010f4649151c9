"""Find things and name them (`wild.faster-rcnn`, `wild.rcnn`): on a base from borrowed weights, or from none."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Generator
from typing import Annotated, Any

from core.experiments.detected import drawn, faster_story, precision, recall, story
from core.experiments.sources import checkpoint, told_of
from core.experiments.wild import Wild, common, encoder, learned, rates, scenes, told
from core.models.catalog import network_info
from core.runs.artifacts import Artifact
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, Later, OneOf, Range, Refused
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint

METHODS = ("faster_rcnn", "rcnn")
WINDOWED = ("window", "tune", "svm", "regression", "suppression")  # settings of R-CNN alone
TUNING = ("frozen", "steps", "batch_size", "head_rate", "body_rate")  # and those of its fine-tuning
TOGETHER = 5  # pictures that are passed between two signs of life
METRICS = (
    Metric("map", "mAP at an overlap of .5, held-out scenes", share=True),
    Metric("accuracy", "Windows named right, held-out scenes", share=True, live=False),
    Metric("loss", "Loss", "train", falls=True, live=False),
)
STREAMS = (Stream("answers", "Held-out scenes: the boxes that are there, and those found after {step} steps"),)
Learned = Generator[
    Any, None, tuple[list[Any], dict[str, float]]
]  # detections of the test scenes, and what else to tell


@dataclasses.dataclass(frozen=True)
class Detect(Wild):
    method: Annotated[str, OneOf(METHODS), Help("whose detector")] = "faster_rcnn"
    pictures: Annotated[int, Range(2, 5000), Help("pictures to learn from, at most")] = 400
    steps: Annotated[int, Range(1, 20_000), Help("updates of the weights")] = 150
    batch_size: Annotated[int, Range(2, 64), Help("pictures a step, of R-CNN windows")] = 8
    head_rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of what is new")] = 2e-3
    window: Annotated[int, Range(16, 224), Help("R-CNN: pixels a side of a warped window"), Later()] = 64
    tune: Annotated[bool, Help("R-CNN: fine-tune the network on windows"), Later()] = True
    svm: Annotated[bool, Help("R-CNN: a linear SVM a class, or else the softmax"), Later()] = True
    regression: Annotated[bool, Help("R-CNN: correct the boxes"), Later()] = True
    suppression: Annotated[bool, Help("R-CNN: of boxes that overlap only the surest"), Later()] = True

    def canonical(self) -> Any:
        """What the method does not use has its default. `Refused`: a window that the network cannot see, nothing that
        could judge windows.
        """
        unused = WINDOWED if self.method != "rcnn" else () if self.tune else TUNING
        defaults: dict[str, Any] = {
            field.name: field.default for field in dataclasses.fields(self) if field.name in unused
        }
        settings = Wild.canonical(dataclasses.replace(self, **defaults))
        if settings.method == "rcnn":
            info = network_info(settings.network)
            (least, most), step = info.sizes, info.step
            if not least <= self.window <= most or self.window % step:
                whole = f", a multiple of {step}" if step > 1 else ""
                raise Refused("window", self.window, f"{info.title} sees from {least} to {most} pixels{whole}.")
            if not (self.tune or self.svm):
                raise Refused("svm", False, "only with tune=true: a softmax has to learn what windows hold.")
        return settings


@experiment(Detect, version=1, data=lambda settings: fingerprint(settings.data), metrics=METRICS, streams=STREAMS)
def detect(settings: Detect) -> Course:
    """Rows of training, and of held-out scenes the mean average precision, or of R-CNN how many windows are named
    right; of the test scenes, `test`, with an interval over scenes, `coco`, the mean over overlaps of .5 to .95, and of
    R-CNN the recall of its proposals. Keeps the encoder.
    """
    data = yield from scenes(settings, "boxes")
    found, more = yield from LEARNED[settings.method](settings, data)
    measured = precision(found, data.test, len(data.world.classes), settings.seed) | more
    yield {**common(settings), "split": "test", **measured, "map": measured["mean"]}
    return {
        "map": {name: measured[name] for name in ("mean", "low", "high")},
        "coco": measured["coco"],
        **more,
        "steps": settings.steps,
    }


def faster_rcnn(settings: Detect, data: Any) -> Learned:
    """One network for proposals and classes."""
    from core.methods.faster_rcnn import FasterRcnn

    network = yield from encoder(settings)
    names = data.world.classes
    objective = FasterRcnn(network, data.train, len(names), **rates(settings))
    draw = functools.partial(drawn, objective, data.held, len(names))
    yield from learned(objective, settings, objective.held_out(data.held), draw)
    yield from told(faster_story(objective, data.held, len(names)))
    yield checkpoint(network, **told_of(network, names))
    return objective.said(data.test.pictures), {}


def rcnn(settings: Detect, data: Any) -> Learned:
    """Proposals, a network on windows, and what stands on its features."""
    from core.methods.rcnn import Rcnn
    from core.methods.windows import Windows

    train, held, test = yield from searched(data)
    network = yield from encoder(dataclasses.replace(settings, size=settings.window))
    names = data.world.classes
    windows = Windows(network, data.train, train, len(names), **rates(settings))
    if settings.tune:
        yield from learned(windows, settings, windows.held_out(data.held, held), end=0.5)
    parts = {name: getattr(settings, name) for name in ("svm", "regression", "suppression", "seed")}
    detector = Rcnn(windows, **parts)
    for done in detector.learn():
        yield Progress(done, len(data.train), "pictures passed, window by window", 0.5, 0.7)
    yield Artifact("answers", drawn(detector, data.held, len(names)), settings.steps if settings.tune else 0)
    yield from told(story(detector, data.held, len(names)))
    yield checkpoint(network, **told_of(network, names))
    found: list[Any] = []
    for low in range(0, len(test), TOGETHER):
        found += detector.said(data.test.pictures[low : low + TOGETHER], test[low : low + TOGETHER])
        yield Progress(len(found), len(test), "test pictures looked at", 0.75, 0.95)
    return found, {"recall": recall(test, data.test)}


LEARNED: dict[str, Callable[[Detect, Any], Learned]] = {"faster_rcnn": faster_rcnn, "rcnn": rcnn}


def searched(data: Any) -> Generator[Progress, None, list[list[Any]]]:
    """The proposals of all pictures: to learn from, held out, to test on."""
    from core.methods.proposals import proposals

    found: list[list[Any]] = []
    for k, things in enumerate((data.train, data.held, data.test)):
        found.append([])
        for picture in things.pictures:
            found[k].append(proposals(picture))
            yield Progress(len(found[k]), len(things), "pictures searched for proposals", 0.2, 0.25)
    return found
