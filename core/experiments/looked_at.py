"""Which network is looked into, and at which pictures: the settings that the lenses share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR, network_for
from core.experiments.reading import load
from core.experiments.sources import FITTING, LENT, borrowed, fill, recipe_at
from core.experiments.train import train
from core.models.catalog import network_info
from core.runs.settings import Help, Matching, Range, Refused
from core.runs.spec import Progress, Spec
from core.worlds import absolute, counts
from core.worlds.one import ONE, ONE_WORDS, absolute_one

ANY_CLASSES = 1000  # of ImageNet
FEWEST = 9  # pictures of a sheet
UNTRAINED = "none"  # whose weights were drawn


@dataclasses.dataclass(frozen=True)
class Weights:
    source: Annotated[str, LENT, Help("whose weights are looked at")] = "toybox"
    network: FITTING = "auto"
    seed: Annotated[int, Range(0, 10**6), Help("draws weights where source=none")] = 0
    donor: Spec | None = None

    def canonical(self) -> Any:
        network = network_for(self.source, self.network)
        source = "pretrained" if self.source == "imagenet" and not _has(network, "imagenet") else self.source
        if source in ("imagenet", "pretrained") and not _has(network, source):
            raise Refused("source", self.source, f"there are no such weights for {network}.")
        donor = Spec.of(train, **TOYBOX_DONOR) if source == "toybox" else self.donor
        return dataclasses.replace(self, network=network, source=source, donor=donor)


@dataclasses.dataclass(frozen=True)
class LookedAt(Weights):
    data: Annotated[str, Help("the pictures")] = "toybox"
    pictures: Annotated[int, Range(FEWEST, 20_000), Help("how many of its test pictures, at most")] = 2000

    def canonical(self) -> Any:
        return dataclasses.replace(super().canonical(), data=absolute(self.data))


@dataclasses.dataclass(frozen=True)
class LookedAtOne(Weights):
    picture: Annotated[str, Matching(ONE, ONE_WORDS), Help("the picture that the network is shown")] = "toybox#14200"

    def canonical(self) -> Any:
        return dataclasses.replace(super().canonical(), picture=absolute_one(self.picture))


def _has(network: str, weights: str) -> bool:
    return weights in network_info(network).weights


def opened(settings: Weights) -> Generator[Progress, None, Any]:
    """The network, with its weights fetched if need be. The last one stays in memory: leave it as it was."""
    from core.models.staged import fetch

    for done, total in fetch(settings.network, settings.source):
        yield Progress(done // 1_000_000, max(done, total) // 1_000_000, "MB of weights fetched", 0, 0.1)
    return _built(settings.network, settings.source, settings.seed, settings.donor)


@functools.lru_cache(maxsize=1)
def _built(name: str, source: str, seed: int, donor: Spec | None) -> Any:
    from core.models.staged import build
    from core.models.weights import from_arrays

    if kept := borrowed(source, donor):
        return from_arrays(kept.recipe, kept.arrays)
    own = source.startswith("weights:")
    classes = recipe_at(source).get("outputs", ANY_CLASSES) if own else ANY_CLASSES
    network = build(name, classes, seed, "none" if own else source)
    if own:
        fill(network, source)
    return network


def class_names(settings: Weights, network: Any) -> list[str]:
    """What the class scores of `network` stand for; empty where nobody said, and without class scores."""
    if not network.classes:
        return []
    if kept := borrowed(settings.source, settings.donor):
        return list(kept.recipe.get("classes", []))
    if network.classes != ANY_CLASSES or settings.source == UNTRAINED:
        return []
    from timm.data import ImageNetInfo

    known = ImageNetInfo()
    return [known.index_to_description(k).partition(",")[0] for k in range(ANY_CLASSES)]


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
