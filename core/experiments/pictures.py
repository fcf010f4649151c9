"""Fetch a few pictures of a world as people look at them: for the cells of a confusion matrix, for contact sheets."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.runs.artifacts import Artifact
from core.runs.settings import Help, Matching, Range, Refused
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint

MOST = 64


@dataclasses.dataclass(frozen=True)
class Pictures:
    data: Annotated[str, Help("the world")] = "toybox:b"
    which: Annotated[str, Matching(r"\d+(,\d+)*", "indices with commas between"), Help("which pictures")] = "0"
    size: Annotated[int, Range(16, 512), Help("pixels a side")] = 160


@experiment(Pictures, version=1, data=lambda settings: fingerprint(settings.data), quick=True)
def pictures(settings: Pictures) -> Course:
    """A row a picture (index, label) and all of them as the artifact `pictures`, square, in the order asked for."""
    import numpy as np

    from core.worlds import open_world

    world = open_world(settings.data)
    indices = [int(word) for word in settings.which.split(",")]
    if len(indices) > MOST or max(indices) >= len(world.labels):
        allowed = f"at most {MOST} numbers from 0 to {len(world.labels) - 1}."
        raise Refused("which", settings.which, allowed)
    shown = []
    for k, index in enumerate(indices):
        shown.append(square(world.show(index, settings.size), settings.size))
        yield {"picture": index, "label": int(world.labels[index]), "class": world.classes[world.labels[index]]}
        yield Progress(k + 1, len(indices), "pictures")
    yield Artifact("pictures", np.stack(shown))
    return {"classes": list(world.classes), "pictures": len(shown)}


def square(picture, size: int):
    """`(h, w, 3)` uint8 scaled to fit `(size, size, 3)`, on neutral grey."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(picture)
    image.thumbnail((size, size))
    canvas = Image.new("RGB", (size, size), (128, 128, 128))
    canvas.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    return np.asarray(canvas)
