"""Pictures that nothing was trained on, and what a source of weights makes of them: codes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR, network_for
from core.experiments.reading import load
from core.experiments.sources import LENT, NETWORK, borrowed
from core.experiments.train import train
from core.models.catalog import network_info
from core.runs.settings import Help, Matching, Range, Refused
from core.runs.spec import Progress, Spec
from core.worlds import absolute, counts

PIXELS, PCA = "pixels", "pca"
COMPONENTS, SIDE, FITTED = 128, 32, 2000  # of PCA; pixels a side where no network says; training pictures it is of
FEWEST = 12  # pictures of a map


@dataclasses.dataclass(frozen=True)
class Chosen:
    """Which test pictures."""

    data: Annotated[str, Help("the pictures")] = "toybox"
    classes: Annotated[tuple[str, ...], Help("which classes, with commas between; nothing: all")] = ()
    pictures: Annotated[int, Range(FEWEST, 10_000), Help("how many of its test pictures, at most")] = 1000

    def canonical(self) -> Any:
        return dataclasses.replace(self, data=absolute(self.data))


@dataclasses.dataclass(frozen=True)
class Coded(Chosen):
    source: Annotated[
        str, Matching(rf"{PIXELS}|{PCA}|{LENT.pattern}", f"pixels, pca, {LENT.words}"), Help("what makes the codes")
    ] = PIXELS
    network: Annotated[str, Matching(rf"auto|{NETWORK}", "auto, or a network"), Help("of random weights")] = "auto"
    layer: Annotated[
        str, Help("a stage, or a head such as code or projection; nothing: its code, or else the last below the head")
    ] = ""
    seed: Annotated[int, Range(0, 10**6), Help("draws random weights, and where a map begins")] = 0
    donor: Spec | None = None

    def canonical(self) -> Any:
        settings = super().canonical()
        if self.donor and self.source != "toybox":  # whose network it is, it says itself
            return dataclasses.replace(settings, source="none", network="auto")
        if self.source in (PIXELS, PCA):
            return dataclasses.replace(settings, network="auto", layer="", seed=0)
        random = "labresnet" if (self.source, self.network) == ("none", "auto") else self.network
        donor = Spec.of(train, **TOYBOX_DONOR) if self.source == "toybox" else self.donor
        return dataclasses.replace(settings, network=network_for(self.source, random), donor=donor)


def chosen(settings: Chosen) -> Generator[Progress, None, tuple[Any, Any]]:
    """(world, indices (N,)) of the test part, the same number of each class as far as there are, in order."""
    import numpy as np

    from core.worlds import open_world, prepare
    from core.worlds.splits import split

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.1)
    world = open_world(settings.data)
    for name in settings.classes:
        if name not in world.classes:
            raise Refused("classes", name, f"some of {', '.join(world.classes[:40])}.")
    labels = [world.classes.index(name) for name in dict.fromkeys(settings.classes)] or range(len(world.classes))
    test = split(world).test
    of_class = [test[world.labels[test] == label] for label in labels]
    each = max(-(-FEWEST // len(of_class)), settings.pictures // len(of_class))
    spread = [
        mine[np.unique(np.linspace(0, len(mine) - 1, min(each, len(mine))).round().astype(int))] for mine in of_class
    ]
    indices = np.concatenate(spread)
    if len(indices) < FEWEST:
        raise Refused("pictures", len(indices), f"at least {FEWEST} test pictures, a quarter of all there are.")
    return world, indices


def coded(settings: Coded, world: Any, indices: Any) -> Generator[Progress, None, Any]:
    """float32 (N, D) of these pictures."""
    size, code = yield from coder(settings, world)
    return code((yield from load(world, indices, size, 0.2, 0.5)))


def coder(settings: Coded, world: Any) -> Generator[Progress, None, tuple[int, Callable[[Any], Any]]]:
    """(pixels a side, uint8 (N, S, S, 3) → float32 (N, D)): the weights are read, or components found, on the way."""
    from core.learning.features import codes

    if settings.source == PIXELS:
        return SIDE, flat
    if settings.source == PCA:
        return SIDE, (yield from components(world))
    network = yield from encoder(settings)
    layer = layer_of(network, settings.layer)
    return network.preprocessing.size, lambda pictures: codes(network, pictures, layer)


def flat(pictures: Any) -> Any:
    """uint8 (N, S, S, 3) -> float32 (N, 3 S S), 0 to 1"""
    return pictures.reshape(len(pictures), -1).astype("float32") / 255


def components(world: Any) -> Generator[Progress, None, Callable[[Any], Any]]:
    """Pictures → their coordinates along the directions in which training pictures vary most."""
    import numpy as np
    from sklearn import decomposition

    from core.worlds.splits import split

    some = np.random.default_rng(0).permutation(split(world).train)[:FITTED]
    known = flat((yield from load(world, np.sort(some), SIDE, 0.1, 0.2)))
    found = decomposition.PCA(min(COMPONENTS, len(known) - 1), random_state=0).fit(known)
    return lambda pictures: found.transform(flat(pictures)).astype(np.float32)


def encoder(settings: Coded) -> Generator[Progress, None, Any]:
    """The network of `source`."""
    from core.models.staged import build, fetch
    from core.models.weights import from_arrays

    if kept := borrowed(settings.source, settings.donor):
        return from_arrays(kept.recipe, kept.arrays)
    for done, total in fetch(settings.network, settings.source):
        yield Progress(done // 1_000_000, max(done, total) // 1_000_000, "MB of weights fetched", 0, 0.1)
    if settings.source.startswith("weights:"):
        raise Refused("source", settings.source, "fine-tune it first, and use that run.")
    size = min(network_info(settings.network).size, 224)
    return build(settings.network, 1000 if settings.source == "imagenet" else 0, settings.seed, settings.source, size)


def layer_of(network: Any, asked: str) -> str:
    """The stage or head that is read; `Refused` names those there are."""
    last = network.names[-2] if network.head else network.names[-1]
    usual = "code" if "code" in network.heads else last
    if asked and asked not in (*network.names, *network.heads):
        raise Refused("layer", asked, f"one of {', '.join((*network.names, *network.heads))}.")
    return asked or usual
