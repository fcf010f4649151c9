"""Render a few pairs of views that share exactly the factors asked for, as an encoder of `infomin` would learn from."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.experiments.infomin import TOYS, Infomin
from core.runs.artifacts import Artifact
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Course, experiment
from core.worlds import fingerprint
from core.worlds.toybox.shared import SHARABLE, TOGETHER, meant, shared_pair


@dataclasses.dataclass(frozen=True)
class SharedPairs:
    data: Annotated[str, TOYS, Help("the toys")] = Infomin.data
    shared: Annotated[tuple[str, ...], OneOf((*SHARABLE, *TOGETHER)), Help("what both views have in common")] = (
        "class",
    )
    pairs: Annotated[int, Range(1, 12), Help("how many: the first that an encoder learns from")] = 5
    size: Annotated[int, Range(16, 512), Help("pixels a side")] = 160

    def canonical(self) -> SharedPairs:
        return dataclasses.replace(self, shared=meant(self.shared))


@experiment(SharedPairs, version=1, data=lambda settings: fingerprint(settings.data), quick=True)
def shared_pairs(settings: SharedPairs) -> Course:
    """A row a picture (its pair and toy), the two of a pair after one another; as `pictures` in that order."""
    from core.worlds import open_world
    from core.worlds.toybox.render import MANY, render
    from core.worlds.toybox.scenes import scenes

    toys = open_world(settings.data).classes
    views = [one for k in range(settings.pairs) for one in shared_pair(k, settings.shared, toys)]
    for k, one in enumerate(views):
        yield {"pair": k // 2, "class": one.toys[0]}
    yield Artifact("pictures", render(scenes(views), settings.size, MANY))
    return {"shared": list(settings.shared)}
