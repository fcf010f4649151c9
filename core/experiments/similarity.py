"""How alike are two networks, stage by stage? (`see.generic-specific`): what both make of the same test pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.looked_at import FEWEST, LookedAt, Weights, opened, some_pictures
from core.experiments.reading import load
from core.experiments.sources import RUN, network_of
from core.models.catalog import network_info
from core.runs.settings import Help, Matching, Range, Refused
from core.runs.spec import Course, Progress, Spec, experiment
from core.worlds import fingerprint

MOST = 4000  # pictures: CKA compares each with each
KEPT = Matching(rf"toybox|imagenet|pretrained|none|{RUN}", "toybox, imagenet, none or run:<id>")


@dataclasses.dataclass(frozen=True)
class Similarity(LookedAt):
    pictures: Annotated[int, Range(FEWEST, MOST), Help("how many of its test pictures, at most")] = 2000
    other: Annotated[str, KEPT, Help("whose weights the second network has")] = "none"
    other_seed: Annotated[int, Range(0, 10**6), Help("draws weights where other=none")] = 0
    other_donor: Spec | None = None

    def canonical(self) -> Any:
        settings = super().canonical()
        second = _second(settings)
        settings = dataclasses.replace(settings, other=second.source, other_donor=second.donor)
        mine, theirs = (network_info(name).stages for name in (settings.network, second.network))
        if mine != theirs:
            allowed = f"its stages are {', '.join(theirs)}, those of the first {', '.join(mine)}."
            raise Refused("other", settings.other, allowed)
        return settings


def _second(settings: Similarity) -> Any:
    """The second network; where its weights do not say which it is, the same as the first."""
    network = network_of(settings.other) or settings.network
    try:
        return Weights(settings.other, network, settings.other_seed, settings.other_donor).canonical()
    except Refused as refused:
        raise Refused("other", settings.other, refused.allowed) from refused


@experiment(Similarity, version=1, data=lambda settings: fingerprint(settings.data))
def similarity(settings: Similarity) -> Course:
    """A row a stage below the class scores: `cka` and `procrustes`, and `chance`, Procrustes when the second network is
    shown the pictures in another order. `Refused`: networks of different stages.

    Maps are averaged over place: a unit counts for what it says of a picture, and there are fewer features than
    pictures, without which Procrustes turns anything onto anything.
    """
    import torch

    from core.learning.features import maps
    from core.lenses.similarity import cka, procrustes

    first = yield from opened(settings)
    second = yield from opened(_second(settings))
    world, indices, pictures = yield from some_pictures(settings, first.preprocessing.size, 0.4)
    shown = yield from _at(second.preprocessing.size, world, indices, pictures)
    stages = [name for name in first.names if name != first.head]
    seen = [maps(net, x, stages, precision="float32") for net, x in ((first, pictures), (second, shown))]
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    for k, stage in enumerate(stages):
        x, y = (each[stage] for each in seen)
        alike = {"cka": cka(x, y), "procrustes": procrustes(x, y), "chance": procrustes(x, y[order])}
        yield {"split": "stage", "stage": stage, **{name: round(value, 5) for name, value in alike.items()}}
        yield Progress(k + 1, len(stages), "stages", 0.8, 1.0)
    return {"stages": stages, "pictures": len(pictures), "network": settings.network}


def _at(size: int, world: Any, indices: Any, pictures: Any) -> Generator[Progress, None, Any]:
    """The same pictures for a network that sees them at another size."""
    return pictures if pictures.shape[1] == size else (yield from load(world, indices, size, 0.4, 0.8))
