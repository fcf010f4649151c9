"""Get pictures ready before somebody waits for them: the app asks for those of its first page when it starts.

Toys are rendered once and kept on disk; a run that wants pictures of a world that needs no preparing gains nothing.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint

PARTS = 12  # so that nobody who asks for something small waits longer than a part takes: on a new machine 2 s of 25


@dataclasses.dataclass(frozen=True)
class Ready:
    data: Annotated[str, Help("the world")] = "toybox:b"
    labels_per_class: Annotated[int, Range(0, 100_000), Help("labelled pictures a class; 0 takes all")] = 40
    size: Annotated[int, Range(16, 256), Help("pixels a side")] = 48
    seed: Annotated[int, Range(0, 10**6), Help("of the choice of pictures")] = 0
    part: Annotated[int, Range(0, PARTS), Help(f"one of {PARTS} parts of them; 0: all")] = 0


@experiment(Ready, version=1, data=lambda settings: fingerprint(settings.data), quick=True)
def ready(settings: Ready) -> Course:
    """Read what a run with these settings reads: its labelled pictures, then those of validation and test."""
    import numpy as np

    from core.worlds import open_world
    from core.worlds.splits import budget, split

    world = open_world(settings.data)
    parts = split(world)
    chosen = parts.train
    if settings.labels_per_class:
        chosen = budget(world, parts.train, settings.labels_per_class, settings.seed)
    needed = np.concatenate([chosen, parts.validation, parts.test])
    if settings.part:
        needed = np.array_split(needed, PARTS)[settings.part - 1]
    done = 0
    for chunk in world.read(needed, settings.size):
        done += len(chunk)
        yield Progress(done, len(needed), "pictures read")
    return {"pictures": done}
