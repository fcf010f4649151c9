"""What detection, segmentation and boundaries have in common: an encoder that was trained for something else, or was
not, learns the new task from a few labelled scenes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR, network_for
from core.experiments.sources import FITTING, LENT, borrowed, fill
from core.experiments.train import train
from core.learning.menus import PRECISIONS
from core.models.catalog import network_info
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Matching, OneOf, Range, Refused
from core.runs.spec import Progress, Row, Spec
from core.worlds import absolute, counts

SCENES, HELD = "scenes", 50  # pictures on which it is measured as it learns

FROZEN = Annotated[str, Matching(r"all|\d{1,3}", "a number of stages, or all"), Help("stages kept as they are")]


@dataclasses.dataclass(frozen=True)
class Wild:
    """Whose weights, and how they learn."""

    data: Annotated[str, Help("scenes, upload:<hash>, or the path of pictures with annotations")] = SCENES
    source: Annotated[str, LENT, Help("where the weights come from")] = "imagenet"
    network: FITTING = "auto"
    frozen: FROZEN = "0"
    pictures: Annotated[int, Range(2, 5000), Help("pictures to learn from, at most")] = 200
    steps: Annotated[int, Range(1, 20_000), Help("updates of the weights")] = 200
    batch_size: Annotated[int, Range(2, 64), Help("pictures a step")] = 8
    size: Annotated[int, Range(32, 256), Help("pixels a side that the network sees")] = 96
    head_rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of what is new")] = 1e-2
    body_rate: Annotated[float, Range(0, 1), Help("learning rate of the encoder")] = 1e-3
    tested: Annotated[int, Range(2, 5000), Help("test pictures, at most")] = 200
    seed: Annotated[int, Range(0, 10**6), Help("of new weights, and of the order")] = 0
    precision: Annotated[str, OneOf(PRECISIONS), Help("arithmetic")] = "auto"
    donor: Spec | None = None

    def canonical(self) -> Any:
        """Which network it is; nothing frozen of weights that were drawn. `Refused`: a size that it cannot see."""
        source, network = self.source, self.network
        if source == "none" and network == "auto":
            network = "efficientnet_lite0"  # the control of source=imagenet
        network = network_for(source, network)
        info = network_info(network)
        info.check_size(self.size)
        stages = len(info.stages) - 1
        frozen = stages if self.frozen == "all" else int(self.frozen)
        if frozen > stages:
            raise Refused("frozen", self.frozen, f"from 0 to {stages}, or all: {network} has no more stages.")
        if source == "imagenet" and "pretrained" in info.weights:
            source = "pretrained"
        if source in ("imagenet", "pretrained") and source not in info.weights:
            raise Refused("source", self.source, f"there are no such weights for {network}.")
        donor = Spec.of(train, **TOYBOX_DONOR) if source == "toybox" else self.donor
        drawn = source == "none" and not donor
        changes: dict[str, Any] = {"data": absolute(self.data), "frozen": "0" if drawn else str(frozen)}
        return dataclasses.replace(self, source=source, network=network, donor=donor, **changes)


def arm(settings: Any) -> str:
    """What the run is in a comparison."""
    return "scratch" if settings.source == "none" and not settings.donor else "transfer"


def common(settings: Any) -> Row:
    """What every row of a run says."""
    return {"arm": arm(settings), "seed": settings.seed}


def rates(settings: Any) -> dict[str, Any]:
    """What every objective here is told."""
    return {name: getattr(settings, name) for name in ("head_rate", "body_rate", "seed", "precision")}


def learned(
    objective: Any, settings: Any, probe: Any = None, draw: Callable[[], Any] | None = None, end: float = 0.95
) -> Iterator[Row | Progress | Artifact]:
    """Its rows, those of `probe` among them, as `validation`, each time with the answers that it draws; the progress
    runs from .2 to `end`.
    """
    from core.learning.fit import fit

    how: dict[str, Any] = {"steps": settings.steps, "batch_size": settings.batch_size, "seed": settings.seed}
    for row in fit(objective, **how, probes={"validation": probe} if probe else {}):
        yield {**common(settings), **row}
        yield Progress(row["step"], settings.steps, "steps", 0.2, end)
        if row["split"] == "validation" and draw:
            yield Artifact("answers", draw(), row["step"])


def as_point(interval: tuple[float, float, float]) -> dict[str, float]:
    """Of a share, (value, low, high)."""
    mean, low, high = interval
    return {"mean": mean, "low": max(0.0, low), "high": min(1.0, high)}


def told(story: Mapping[str, Any]) -> Iterator[Artifact]:
    """How an answer comes about: pictures of one size, uint8 (S, S, 3), each with what it shows."""
    import numpy as np

    yield Artifact("story", np.stack(list(story.values())))
    yield Artifact("story_words", list(story))


def encoder(settings: Wild) -> Generator[Progress, None, Any]:
    """The network without class scores, with its weights, the first stages frozen."""
    from core.models.staged import build, fetch
    from core.models.states import freeze, transplant
    from core.models.weights import from_arrays

    for done, total in fetch(settings.network, settings.source):
        yield Progress(done // 1_000_000, max(done, total) // 1_000_000, "MB of weights fetched", 0, 0.05)
    kept = borrowed(settings.source, settings.donor)
    own = settings.source.startswith(("run:", "weights:")) or kept
    network = build(settings.network, 0, settings.seed, "none" if own else settings.source, settings.size)
    if settings.source.startswith("weights:"):
        fill(network, settings.source)
    if kept:
        network = transplant(from_arrays(kept.recipe, kept.arrays), network, fitting(network, settings.size, kept))
    n = len(network.names)
    frozen = min(int(settings.frozen), n)
    states = ["frozen"] * frozen + ["fine-tuned"] * (n - frozen)
    return freeze(network, states, settings.seed)


def fitting(network: Any, size: int, kept: Any) -> list[str]:
    """The stages that a donor can lend: those of maps, where it saw pictures of another size."""
    info = network_info(network.network)
    same = kept.recipe.get("size", size) == size
    return [
        name
        for name, stride in zip(info.stages, info.strides, strict=True)
        if name in network.names and (stride or same)
    ]


@dataclasses.dataclass(frozen=True, eq=False)
class Scenes:
    """`Things` to learn from, of the held-out pictures and of the test ones; the names of the classes."""

    world: Any
    train: Any
    held: Any
    test: Any


def scenes(settings: Wild, asked: str) -> Generator[Progress, None, Scenes]:
    """Read, or render, pictures with their boxes or masks, whatever is `asked` for. `Refused`: a world without."""
    from core.worlds import open_world, prepare
    from core.worlds.splits import split
    from core.worlds.things import knows

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.05)
    world: Any = open_world(settings.data)
    if not {asked, "masks"} & set(knows(world)):
        raise Refused("data", settings.data, f"it has no {asked}: scenes, or a folder whose annotations have them.")
    parts = split(world)
    chosen = (
        parts.train[: settings.pictures],
        parts.validation[: min(HELD, settings.tested)],
        parts.test[: settings.tested],
    )
    found = []
    for k, indices in enumerate(chosen):
        found.append((yield from gathered(world.things(indices, settings.size), len(indices), 0.05 + 0.05 * k)))
    return Scenes(world, *found)


def gathered(chunks: Iterable[Any], n: int, start: float) -> Generator[Progress, None, Any]:
    """Chunks of `Things` of `n` pictures put together."""
    from core.worlds.things import joined

    found, done = [], 0
    for chunk in chunks:
        found.append(chunk)
        done += len(chunk)
        yield Progress(done, n, "scenes read", start, start + 0.05)
    return joined(found)
