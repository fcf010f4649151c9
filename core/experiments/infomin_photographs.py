"""The same question of ordinary photographs, of which no factor can be shared by itself: how large a window of the
picture do both views show, and how far are their colours changed (Tian et al. 2020, arXiv:2005.10243)?

The smaller the windows and the stronger the colours, the less the views have in common.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Mapping
from statistics import fmean
from typing import Annotated, Any

from core.experiments.encoders import PHOTOGRAPHS
from core.experiments.infomin import METRICS, STREAMS, Views, beside, contrasted, probed
from core.experiments.reading import load
from core.experiments.represented import side
from core.experiments.sources import checkpoint, told_of
from core.experiments.train import thinned
from core.learning.compare import over_seeds, paired
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, Row, Spec, experiment, plan
from core.worlds import absolute, counts, fingerprint, mirrors
from core.worlds.uploads import key

AMOUNTS = {  # of the area, and of SimCLR's jitter; while the one is tried the other is as by default
    "share": (0.05, 0.1, 0.2, 0.4, 0.7, 1.0),
    "strength": (0.0, 0.25, 0.5, 1.0, 2.0),
}
RANDOM = "random"
SHOWN = 8
Cell = tuple[str, float]


@dataclasses.dataclass(frozen=True)
class PhotographViews(Views):
    data: Annotated[str, Help("the pictures")] = PHOTOGRAPHS
    share: Annotated[float, Range(0.02, 1), Help("of the picture's area, which each view shows")] = 0.2
    strength: Annotated[float, Range(0, 2), Help("of the colour jitter, as a multiple of SimCLR's")] = 0.5
    held_out: Annotated[int, Range(2, 2000), Help("pictures N, on which the information is estimated")] = 400
    most: Annotated[int, Range(20, 100_000), Help("training pictures, at most")] = 4000

    def canonical(self) -> PhotographViews:
        about: dict[str, Any] = {}
        if self.untrained:
            unused = ("share", "strength", "held_out", "batch_size", "rate", "schedule", "checkpoints")
            about |= {name: getattr(PhotographViews, name) for name in unused}
        return dataclasses.replace(self, **about | self.budgeted(control=True))


def pictures_of(settings: Any) -> str:
    """The photographs of the recording do not ship: their fingerprint is known where they are not."""
    return key(settings.data) if settings.data == PHOTOGRAPHS else fingerprint(settings.data)


@experiment(PhotographViews, version=1, data=pictures_of, metrics=METRICS, streams=STREAMS)
def photograph_views(settings: PhotographViews) -> Course:
    """Rows as of `infomin`; the one target is the class. Labels are for measuring."""
    import numpy as np

    from core.models.staged import build
    from core.worlds import open_world, prepare
    from core.worlds.splits import measured, split

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.05)
    world = open_world(settings.data)
    parts, size = measured(split(world)), side(settings.network, settings.size, world.side)
    train = parts.train[np.random.default_rng(0).permutation(len(parts.train))[: settings.most]]
    seen = yield from load(world, train, size, 0.05, 0.09)
    common: Row = {"arm": arm(settings), "seed": settings.seed}
    network, told = build(settings.network, 0, settings.seed, size=size), dict[str, Any]()
    if not settings.untrained:
        some = parts.validation[thinned(len(parts.validation), settings.held_out)]
        held = yield from load(world, some, size, 0.09, 0.1)
        told = yield from taught(settings, network, seen, held, common)
    yield checkpoint(network, **told_of(network, world.classes))
    asked = yield from load(world, parts.test, size, 0.9, 0.95)
    (row,) = probed(network, [seen, asked], [{"class": world.labels[part]} for part in (train, parts.test)])
    yield {**common, **row}
    return {"accuracy": {"mean": row["accuracy"], "low": row["low"], "high": row["high"]}, **told}


def arm(settings: PhotographViews) -> str:
    return "random weights" if settings.untrained else f"{settings.share:.0%}, colours {settings.strength:g}"


def taught(
    settings: PhotographViews, network: Any, seen: Any, held: Any, common: Row
) -> Generator[Any, None, dict[str, Any]]:
    """The network learns from two views of each picture; how much they share is estimated on other pictures."""
    import numpy as np
    import torch

    from core.experiments.represented import as_pictures
    from core.methods.catalog import Options
    from core.methods.infomin import CropsAndColours

    how: dict[str, Any] = {"mirrors": mirrors(settings.data), "precision": settings.precision}
    options = Options(augment="none", projection="linear", seed=settings.seed)
    objective = CropsAndColours(network, seen, options, share=settings.share, strength=settings.strength, **how)
    _, chance = next(iter(objective.all(SHOWN, seed=1)))
    views = as_pictures(objective.batch(torch.arange(SHOWN), chance), network)
    yield Artifact("views", beside(np.stack(np.split(views, 2), 1)))
    return (yield from contrasted(settings, objective, objective.measuring(held, **how), common))


@dataclasses.dataclass(frozen=True)
class Photographs:
    data: Annotated[str, Help("the pictures")] = PHOTOGRAPHS
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = 300
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Photographs:
        return dataclasses.replace(self, data=absolute(self.data))


def arms_of(settings: Photographs) -> Iterator[tuple[Cell, int, Spec]]:
    """((share or strength, how much), seed, run), seed by seed; one run is of both."""
    for seed in range(settings.seed, settings.seed + settings.seeds):
        about: dict[str, Any] = {"data": settings.data, "seed": seed, "fingerprint": pictures_of(settings)}
        for what, amounts in AMOUNTS.items():
            for amount in amounts:
                how: dict[str, Any] = {what: amount}
                yield (what, amount), seed, Spec.of(photograph_views, **about, steps=settings.steps, **how)
        yield (RANDOM, 0.0), seed, Spec.of(photograph_views, **about, steps=0)


def summarise(settings: Photographs, rows: list[Row]) -> dict[str, Any]:
    """`accuracy[what][amount]` and `information[what][amount]`, what is share or strength: means over seeds with their
    95 % intervals; `random`; `claims`, by how much the best amount is above either end, paired over seeds, where it is
    not that end itself. Works on some of the rows.
    """
    accuracy = found(settings, rows, "accuracy", "factor")
    told = {"accuracy": over(accuracy), "information": over(found(settings, rows, "information", "information"))}
    return {**told, "random": told["accuracy"].pop(RANDOM, {}).get("0"), "claims": claimed(accuracy)}


def found(settings: Photographs, rows: list[Row], column: str, part: str) -> dict[Cell, dict[int, float]]:
    """cell → seed → value, of the rows of a part that are there."""
    values: dict[Cell, dict[int, float]] = {}
    by_run = {row["run"]: row[column] for row in rows if row["split"] == part}
    for cell, seed, spec in arms_of(settings):
        if spec.id in by_run:
            values.setdefault(cell, {})[seed] = by_run[spec.id]
    return values


def over(cells: Mapping[Cell, Mapping[int, float]]) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    for (what, amount), values in cells.items():
        told.setdefault(what, {})[f"{amount:g}"] = over_seeds([*values.values()]).as_json()
    return told


def claimed(accuracy: Mapping[Cell, Mapping[int, float]]) -> dict[str, dict[str, Any]]:
    """Once all amounts are there."""
    claims = {}
    for what, amounts in AMOUNTS.items():
        means = {amount: fmean(accuracy[what, amount].values()) for amount in amounts if (what, amount) in accuracy}
        if len(means) == len(amounts):
            best = max(means, key=lambda amount: means[amount])
            for end in {amounts[0], amounts[-1]} - {best}:
                if above := paired(accuracy[what, best], accuracy[what, end]):
                    claims[f"{what}, {best:g} over {end:g}"] = above.as_json()
    return dict(sorted(claims.items()))


@plan(Photographs, version=1, summarise=summarise, data=pictures_of)
def infomin_photographs(settings: Photographs) -> list[Spec]:
    """Every share, every strength and the random weights, seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
