"""Name every pixel (`wild.fcn`): a network turned fully convolutional, from borrowed weights or from none."""

from __future__ import annotations

import dataclasses
import functools
from typing import Annotated, Any

from core.experiments.sources import checkpoint, told_of
from core.experiments.wild import FROZEN, Wild, as_point, common, encoder, learned, rates, scenes, told
from core.learning.intervals import bootstrap
from core.methods.wild import SKIPS
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, OneOf
from core.runs.spec import Course, experiment
from core.worlds import fingerprint

SHOWN = 8  # scenes that are drawn
METRICS = (
    Metric("iou", "Mean overlap, held-out scenes", share=True),
    Metric("loss", "Loss", "train", falls=True, live=False),
)
STREAMS = (Stream("answers", "Held-out scenes: the picture, the truth, and what is said after {step} steps"),)


@dataclasses.dataclass(frozen=True)
class Segment(Wild):
    frozen: FROZEN = "1"
    skips: Annotated[str, OneOf(tuple(SKIPS)), Help("which maps are read")] = "4s"


@experiment(Segment, version=1, data=lambda settings: fingerprint(settings.data), metrics=METRICS, streams=STREAMS)
def segment(settings: Segment) -> Course:
    """Rows of training, and of the mean intersection over union of the classes, background among them, on held-out
    scenes; of the test scenes, `test`, with an interval over scenes. Keeps the encoder and its dense heads.
    """
    from core.learning.overlap import confusions
    from core.methods.fcn import FullyConvolutional

    data = yield from scenes(settings, "masks")
    network = yield from encoder(settings)
    names = data.world.classes
    objective = FullyConvolutional(network, data.train, len(names), skips=settings.skips, **rates(settings))
    draw = functools.partial(drawn, objective, data.held, len(names))
    yield from learned(objective, settings, objective.held_out(data.held), draw)
    yield from told(story(objective, data.held, len(names)))
    yield checkpoint(network, **told_of(network, names))
    counts = confusions(objective.said(data.test.pictures), data.test.masks, len(names) + 1)
    found = overlap(counts, settings.seed)
    yield {**common(settings), "split": "test", **found, "iou": found["mean"]}
    return {"mean_iou": found, "classes": class_overlaps(counts, names), "steps": settings.steps}


def overlap(counts: Any, seed: int) -> dict[str, float]:
    """The mean overlap of (N, C, C) and its interval over scenes."""
    from core.learning.overlap import mean_iou

    return as_point(bootstrap(lambda some: mean_iou(counts[some].sum(0)), len(counts), seed))


def class_overlaps(counts: Any, names: Any) -> dict[str, float]:
    """Intersection over union of each class, all test pictures together."""
    import numpy as np

    total = counts.sum(0)
    both = np.diag(total)
    either = np.maximum(total.sum(0) + total.sum(1) - both, 1)
    return dict(zip(("background", *names), (both / either).round(4).tolist(), strict=True))


def drawn(objective: Any, things: Any, classes: int) -> Any:
    """uint8 (n, S, 3 S, 3): picture, truth and answer side by side, a colour a class."""
    import numpy as np

    pictures, masks = things.pictures[:SHOWN], things.masks[:SHOWN]
    said = objective.said(pictures)
    return np.concatenate([pictures, *(tinted(pictures, mask, classes) for mask in (masks, said))], 2)


def story(objective: Any, things: Any, classes: int) -> dict[str, Any]:
    """How the mask of one picture gets finer, stage by stage."""
    import numpy as np

    from core.learning.precision import evaluating

    k = int((things.classes > 0).sum(1).argmax())
    picture, pictures = things.pictures[k], {"The picture": things.pictures[k]}
    with evaluating(objective):
        for stage, scores in objective.finer_and_finer(objective.network.prepare(picture[None])):
            mask, side = scores[0].argmax(0).cpu().numpy().astype(np.uint8), len(picture)
            large = mask.repeat(-(-side // len(mask)), 0).repeat(-(-side // len(mask)), 1)[:side, :side]
            pictures[f"Down to {stage}: {len(mask)} × {len(mask)} places"] = tinted(picture, large, classes)
    pictures["The answer"] = tinted(picture, objective.said(picture[None])[0], classes)
    return pictures | {"The truth": tinted(picture, things.masks[k], classes)}


def tinted(pictures: Any, masks: Any, classes: int) -> Any:
    """Pictures with each class in a colour of its own; the background darker and grey."""
    import numpy as np

    grey = np.repeat(pictures.mean(-1, keepdims=True) * 0.5, 3, -1)
    colours = np.array([(0, 0, 0), *(hue(k, classes) for k in range(classes))])
    there = (masks > 0)[..., None]
    return np.where(there, 0.25 * pictures + 0.75 * colours[masks], grey).astype(np.uint8)


def hue(k: int, classes: int) -> tuple[int, int, int]:
    """A colour of the circle, light and dark in turn, so that neighbours differ also without their hue."""
    import colorsys

    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(k / classes, 0.75, 1.0 if k % 2 else 0.65))  # type: ignore[return-value]
