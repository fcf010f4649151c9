"""Find things and name them (`wild.faster-rcnn`, `wild.rcnn`): on a base from borrowed weights, or from none."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.segment import REDRAWN, SHOWN, hue
from core.experiments.sources import checkpoint, told_of
from core.experiments.wild import Wild, arm, encoder, scenes
from core.learning.intervals import Z
from core.runs.artifacts import Artifact
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint

METHODS = ("faster_rcnn",)
LARGER, SURE = 3, 0.4  # of a drawing; what is drawn is at least so sure
METRICS = (
    Metric("map", "mAP at an overlap of .5, held-out scenes", share=True),
    Metric("loss", "Loss", "train", falls=True, live=False),
)
STREAMS = (Stream("answers", "Held-out scenes: the boxes that are there, and those found after {step} steps"),)


@dataclasses.dataclass(frozen=True)
class Detect(Wild):
    method: Annotated[str, OneOf(METHODS), Help("whose detector")] = "faster_rcnn"
    pictures: Annotated[int, Range(2, 5000), Help("pictures to learn from, at most")] = 400
    steps: Annotated[int, Range(1, 20_000), Help("updates of the weights")] = 150
    head_rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of what is new")] = 2e-3


@experiment(Detect, version=1, data=lambda settings: fingerprint(settings.data), metrics=METRICS, streams=STREAMS)
def detect(settings: Detect) -> Course:
    """Rows of training, and of the mean average precision on held-out scenes; of the test scenes, `test`, with an
    interval over scenes, and `coco`, the mean over overlaps of .5 to .95. Keeps the encoder.
    """
    from core.learning.fit import fit
    from core.methods.faster_rcnn import FasterRcnn

    data = yield from scenes(settings)
    network = yield from encoder(settings)
    names, common = data.world.classes, {"arm": arm(settings), "seed": settings.seed}
    objective = FasterRcnn(
        network, data.train, len(names), head_rate=settings.head_rate, body_rate=settings.body_rate,
        seed=settings.seed, precision=settings.precision,
    )  # fmt: skip
    how: dict[str, Any] = {"steps": settings.steps, "batch_size": settings.batch_size, "seed": settings.seed}
    for row in fit(objective, **how, probes={"validation": objective.held_out(data.held)}):
        yield {**common, **row}
        yield Progress(row["step"], settings.steps, "steps", 0.2, 0.95)
        if row["split"] == "validation":
            yield Artifact("answers", drawn(objective, data.held, len(names)), row["step"])
    yield checkpoint(network, **told_of(network, names))
    found = precision(objective.said(data.test.pictures), data.test, len(names), settings.seed)
    yield {**common, "split": "test", **found, "map": found["mean"]}
    return {
        "map": {name: found[name] for name in ("mean", "low", "high")},
        "coco": found["coco"],
        "steps": settings.steps,
    }


def precision(found: Any, things: Any, classes: int, seed: int) -> dict[str, float]:
    """mAP at an overlap of .5 with its 95 % interval, scenes drawn again with replacement, and COCO's mean."""
    import numpy as np

    from core.learning.detection import matched, mean_average_precision

    matches, rng = matched(found, [things.of(k) for k in range(len(things))], classes), np.random.default_rng(seed)
    again = [
        mean_average_precision(matches, rng.integers(len(things), size=len(things)))[0] for _ in range(REDRAWN // 4)
    ]
    (mean, coco), half = mean_average_precision(matches), float(Z * np.std(again))
    return {"mean": mean, "low": max(0.0, mean - half), "high": min(1.0, mean + half), "coco": coco}


def drawn(objective: Any, things: Any, classes: int) -> Any:
    """uint8 (n, 3 S, 6 S, 3): the boxes that are there, and those that are found, side by side, a colour a class."""
    import numpy as np

    pictures, sides = things.pictures[:SHOWN], []
    for k, found in enumerate(objective.said(pictures)):
        sure = found.scores >= SURE
        answers = (things.of(k), (found.boxes[sure], found.classes[sure]))
        sides.append(np.concatenate([boxed(pictures[k], boxes, kinds, classes) for boxes, kinds in answers], 1))
    return np.stack(sides)


def boxed(picture: Any, boxes: Any, labels: Any, classes: int) -> Any:
    """A picture, enlarged, with its boxes."""
    import numpy as np
    from PIL import Image, ImageDraw

    side = LARGER * len(picture)
    image = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for box, label in zip((boxes * LARGER).tolist(), labels.tolist(), strict=True):
        left, top, right, bottom = box
        draw.rectangle((left, top, max(left, right), max(top, bottom)), outline=hue(label - 1, classes), width=3)
    return np.asarray(image)
