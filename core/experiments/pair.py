"""Render two pictures of the toybox that share exactly the factors asked for, for the Toybox page."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range
from core.runs.spec import Course, experiment
from core.worlds.toybox import fingerprint
from core.worlds.toybox.factors import FACTORS


@dataclasses.dataclass(frozen=True)
class Pair:
    shared: Annotated[str, Help(f"factors with commas between, of {', '.join(FACTORS)}")] = "class,shape,colour,texture"
    number: Annotated[int, Range(0, 10**6), Help("which pair")] = 0
    size: Annotated[int, Range(16, 512), Help("pixels a side")] = 256


@experiment(Pair, version=1, data=lambda settings: fingerprint("toybox"), quick=True)
def pair(settings: Pair) -> Course:
    """A row a picture (its toy), and both as `pictures`. `Refused`: an unknown factor."""
    from core.worlds.toybox.factors import pair as pair_of
    from core.worlds.toybox.render import MANY, render
    from core.worlds.toybox.scenes import scenes

    both = scenes(pair_of(settings.number, [word.strip() for word in settings.shared.split(",") if word.strip()]))
    for scene in both:
        yield {"class": scene.things[0].toy.name, "room": scene.room.interior}
    yield Artifact("pictures", render(both, settings.size, MANY))
    return {"shared": settings.shared}
