"""Look through the pictures that somebody brought: what can be used, what cannot, and why.

Every picture is decoded once and a reduced copy kept (`core/worlds/reduced.py`); after that its world opens at once.
It waits its turn among the trainings: a large zip keeps all cores busy for minutes, which the quick worker may not be.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.runs.settings import Help
from core.runs.spec import Course, Progress, experiment
from core.worlds import counts, fingerprint


@dataclasses.dataclass(frozen=True)
class LookThrough:
    data: Annotated[str, Help("upload:<hash>, torchvision:<name>, or the path of a folder or zip")] = "photos"


@experiment(LookThrough, version=1, data=lambda settings: fingerprint(settings.data))
def look_through(settings: LookThrough) -> Course:
    """A row a class: how many of its pictures can be used."""
    from core.worlds import open_world, prepare

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data))
    world = open_world(settings.data)
    for label, name in enumerate(world.classes):
        yield {"class": name, "pictures": int((world.labels == label).sum())}
    skipped = [[skipped.name, skipped.reason] for skipped in world.skipped]
    return {"pictures": len(world), "classes": len(world.classes), "skipped": skipped, "notes": list(world.notes)}
