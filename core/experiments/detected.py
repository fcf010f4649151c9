"""What detectors say, drawn and counted: boxes on pictures, the story of one, average precision and recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.experiments.segment import SHOWN, hue
from core.experiments.wild import as_point
from core.learning.intervals import bootstrap

REDRAWN = 100  # scenes, for the interval
LARGER, SURE, FOUND = 3, 0.4, 0.5  # of a drawing; what is drawn is at least so sure; overlap of a proposal with a thing


def precision(found: Any, things: Any, classes: int, seed: int) -> dict[str, float]:
    """mAP at an overlap of .5 with its 95 % interval, scenes drawn again with replacement, and COCO's mean."""
    from core.learning.detection import matched, mean_average_precision

    matches = matched(found, [things.of(k) for k in range(len(things))], classes)
    found_again = bootstrap(lambda some: mean_average_precision(matches, some)[0], len(things), seed, REDRAWN)
    return as_point(found_again) | {"coco": mean_average_precision(matches)[1]}


def recall(proposed: Sequence[Any], things: Any) -> float:
    """The share of the things that a proposal (M, 4) of their picture overlaps by `FOUND`."""
    import numpy as np

    from core.learning.overlap import box_iou

    reached = [
        box_iou(things.of(k)[0][:, None], boxes[None]).max(1, initial=0) >= FOUND for k, boxes in enumerate(proposed)
    ]
    return float(np.concatenate(reached).mean())


def drawn(detector: Any, things: Any, classes: int) -> Any:
    """uint8 (n, 3 S, 6 S, 3): the boxes that are there, and those that are found, side by side, a colour a class."""
    import numpy as np

    pictures, sides = things.pictures[:SHOWN], []
    for k, found in enumerate(detector.said(pictures)):
        sure = found.scores >= SURE
        answers = (things.of(k), (found.boxes[sure], found.classes[sure]))
        sides.append(np.concatenate([boxed(pictures[k], boxes, kinds, classes) for boxes, kinds in answers], 1))
    return np.stack(sides)


def story(detector: Any, things: Any, classes: int) -> dict[str, Any]:
    """What R-CNN makes of the picture that has most in it, step by step: words -> uint8 (3 S, 3 S, 3)."""
    import numpy as np

    k = int((things.classes > 0).sum(1).argmax())
    picture, (boxes, labels) = things.pictures[k], things.of(k)
    stages = detector.stages(picture)
    best, kinds = stages.scores.max(1, initial=0), stages.scores.argmax(1) + 1
    order, sure, said = np.argsort(-best, kind="stable"), best >= SURE, stages.final.scores >= SURE
    final = boxed(picture, stages.final.boxes[said], stages.final.classes[said], classes)
    return {
        "The picture": boxed(picture, boxes[:0], labels[:0], classes),
        f"{len(best)} proposals": boxed(picture, stages.proposals, np.arange(len(best)) + 1, len(best)),
        "Each of them, warped to a window": sheet(stages.windows[order], LARGER * len(picture)),
        "Those that are named": boxed(picture, stages.proposals[sure], kinds[sure], classes),
        "Corrected, and the surest of those that overlap": final,
        "The truth": boxed(picture, boxes, labels, classes),
    }


def faster_story(detector: Any, things: Any, classes: int) -> dict[str, Any]:
    """What Faster R-CNN makes of the picture that has most in it, step by step: words -> uint8 (3 S, 3 S, 3)."""
    import numpy as np

    k = int((things.classes > 0).sum(1).argmax())
    picture, (boxes, labels) = things.pictures[k], things.of(k)
    anchors, proposals = detector.proposed(picture)
    (found,) = detector.said(picture[None])
    sure = found.scores >= SURE
    return {
        "The picture": boxed(picture, boxes[:0], labels[:0], classes),
        f"{len(anchors)} anchors of one place": boxed(picture, anchors, np.arange(len(anchors)) + 1, len(anchors)),
        f"{len(proposals)} proposals": boxed(picture, proposals, np.arange(len(proposals)) + 1, len(proposals)),
        "Named and corrected": boxed(picture, found.boxes[sure], found.classes[sure], classes),
        "The truth": boxed(picture, boxes, labels, classes),
    }


def sheet(windows: Any, side: int) -> Any:
    """uint8 (M, s, s, 3) -> uint8 (side, side, 3): as many as fit in rows, each larger than a few pixels."""
    import numpy as np
    from PIL import Image

    across = max(1, int(np.ceil(len(windows) ** 0.5)))
    edges = np.linspace(0, side, across + 1).astype(int)
    image = Image.new("RGB", (side, side))
    for k, window in enumerate(windows):
        top, left = divmod(k, across)
        size = edges[left + 1] - edges[left], edges[top + 1] - edges[top]
        image.paste(Image.fromarray(window).resize(size), (edges[left], edges[top]))
    return np.asarray(image)


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
