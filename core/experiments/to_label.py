"""The pictures of a round of labelling, as people look at them and as far as a network sees them: square."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint


@dataclasses.dataclass(frozen=True)
class ToLabel:
    data: Annotated[str, Help("the world")] = "toybox:b"
    pictures: Annotated[int, Range(4, 32), Help("how many")] = 8
    size: Annotated[int, Range(64, 512), Help("pixels a side")] = 384


@experiment(ToLabel, version=1, data=lambda settings: fingerprint(settings.data), quick=True)
def to_label(settings: ToLabel) -> Course:
    """A row a picture (its index), the pictures in the same order, and the `classes` (number, name) to choose from."""
    import numpy as np

    from core.worlds import open_world, prepare
    from core.worlds.rounds import classes_to_label, pictures_to_label

    for done, total in prepare(settings.data):
        yield Progress(done, total, "files looked through")
    world = open_world(settings.data)
    chosen, shown = pictures_to_label(world, settings.pictures).tolist(), []
    for k, index in enumerate(chosen):
        shown.append(middle(world, index, settings.size))
        yield {"picture": index}
        yield Progress(k + 1, len(chosen), "pictures")
    yield Artifact("pictures", np.stack(shown))
    return {"classes": [[label, world.classes[label]] for label in classes_to_label(world)]}


def middle(world, index: int, size: int):
    """uint8 (size, size, 3): the centre square of a picture, which is what `World.read` cuts out for networks."""
    import math

    import numpy as np
    from PIL import Image

    picture = world.show(index, size)
    if (short := min(picture.shape[:2])) < size:  # `show` fits the long side
        picture = world.show(index, math.ceil(size * max(picture.shape[:2]) / short))
    height, width = picture.shape[:2]
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC, box=box))
