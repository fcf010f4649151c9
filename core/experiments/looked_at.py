"""Which network is looked into, and at which pictures: the settings that the lenses share."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR, network_for
from core.experiments.reading import load
from core.experiments.sources import FITTING, LENT, borrowed, fill, recipe_at
from core.experiments.train import train
from core.models.catalog import network_info
from core.runs.settings import Help, Range, Refused
from core.runs.spec import Progress, Spec
from core.worlds import absolute, counts

ANY_CLASSES = 1000  # of ImageNet
FEWEST = 9  # pictures of a sheet


@dataclasses.dataclass(frozen=True)
class LookedAt:
    source: Annotated[str, LENT, Help("whose weights are looked at")] = "toybox"
    network: FITTING = "auto"
    data: Annotated[str, Help("the pictures")] = "toybox"
    pictures: Annotated[int, Range(FEWEST, 20_000), Help("how many of its test pictures, at most")] = 2000
    seed: Annotated[int, Range(0, 10**6), Help("draws weights where source=none")] = 0
    donor: Spec | None = None

    def canonical(self) -> Any:
        network = network_for(self.source, self.network)
        source = "pretrained" if self.source == "imagenet" and not _has(network, "imagenet") else self.source
        if source in ("imagenet", "pretrained") and not _has(network, source):
            raise Refused("source", self.source, f"there are no such weights for {network}.")
        donor = Spec.of(train, **TOYBOX_DONOR) if source == "toybox" else self.donor
        return dataclasses.replace(self, network=network, source=source, data=absolute(self.data), donor=donor)


def _has(network: str, weights: str) -> bool:
    return weights in network_info(network).weights


def opened(settings: LookedAt) -> Generator[Progress, None, Any]:
    """The network, with its weights fetched if need be."""
    from core.models.staged import build, fetch
    from core.models.weights import from_arrays

    for done, total in fetch(settings.network, settings.source):
        yield Progress(done // 1_000_000, max(done, total) // 1_000_000, "MB of weights fetched", 0, 0.1)
    if kept := borrowed(settings.source, settings.donor):
        return from_arrays(kept.recipe, kept.arrays)
    own = settings.source.startswith("weights:")
    classes = recipe_at(settings.source).get("outputs", ANY_CLASSES) if own else ANY_CLASSES
    weights = "none" if own else settings.source
    network = build(settings.network, classes, settings.seed, weights)
    if own:
        fill(network, settings.source)
    return network


def some_pictures(settings: LookedAt, size: int, end: float) -> Generator[Progress, None, tuple[Any, Any, Any]]:
    """(world, indices (N,), uint8 (N, size, size, 3)) of test pictures, on which nothing was trained, spread evenly."""
    import numpy as np

    from core.worlds import open_world, prepare
    from core.worlds.splits import split

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, end / 2)
    world = open_world(settings.data)
    held = split(world).test
    if len(held) < FEWEST:
        raise Refused("data", settings.data, f"more pictures: {FEWEST} that nothing is trained on, a quarter of all.")
    spread = np.unique(np.linspace(0, len(held) - 1, min(settings.pictures, len(held))).round().astype(int))
    indices = held[np.random.default_rng(0).permutation(spread)]  # of pictures that are equally strong the first counts
    pictures = yield from load(world, indices, size, end / 2, end)
    return world, indices, pictures
