"""The table of Stanford's CS231n (`tune.2x2`): little or much data, a donor that learned what is similar or not.

The slide gives two kinds of advice. Very little data: read a stage out with a linear classifier, the top one where the
donor is similar, an earlier one where it is not. Quite a lot: fine-tune, few stages where it is similar, more where it
is not. Both are searched here over all depths; the validation pictures choose, the test pictures report.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from statistics import fmean
from typing import Annotated, Any

from core.experiments.anb import DONOR_SEED, OTHER_TASKS
from core.experiments.label_budget import check_budgets
from core.experiments.readout import readout
from core.experiments.train import train
from core.learning.compare import accuracy, over_seeds
from core.models.catalog import network_info
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import addresses, fingerprint

NETWORK, DATA = "labnet", "toybox:b"
DONORS = ("similar", "different")
ALL = 400  # training pictures of a class: they are the same for every seed
BUDGETS = (1, 5, 15, 40, 100, ALL)  # for the best depth against the number of pictures
STEPS, RATE = 500, 2e-3


@dataclasses.dataclass(frozen=True)
class TwoByTwo:
    little: Annotated[int, Range(1, ALL), Help("very little data: labelled pictures a class")] = 15
    much: Annotated[int, Range(1, ALL), Help("quite a lot of data: labelled pictures a class")] = 200
    task: Annotated[
        str, OneOf(OTHER_TASKS), Help("what the different donor learned, of the pictures of the similar one")
    ] = "light"
    steps: Annotated[int, Range(1, 100_000), Help("updates of the weights, when fine-tuning")] = STEPS
    size: Annotated[int, Range(16, 128), Help("pixels a side that the network sees")] = 48
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> TwoByTwo:
        check_budgets(DATA, sorted((self.little, self.much)))
        return self


@dataclasses.dataclass(frozen=True)
class Cell:
    """A run of the table: of readouts one run has all depths."""

    advice: str  # "readout" or "tuned"
    donor: str
    labels: int
    depth: int  # stages fine-tuned; -1 where the run has all
    seed: int


def donor_of(settings: TwoByTwo, which: str) -> Spec:
    """Trained on the same pictures, for the same number of steps: to name their toys, or to tell the other task."""
    data = "toybox:a" if which == "similar" else addresses.task(settings.task, "toybox:a")
    about: dict[str, Any] = {"data": data, "augment": "none", "batch_size": 64, "size": settings.size}
    return Spec.of(train, **about, steps=2 * settings.steps, head_rate=RATE, seed=DONOR_SEED)


def arms_of(settings: TwoByTwo) -> Iterator[tuple[Cell, Spec]]:
    """Readouts first, they are quick; then fine-tuning, seed by seed. All pictures of a class are read out once:
    another seed would find the same, and an interval over seeds be none.
    """
    body = len(network_info(NETWORK).stages) - 1
    donors = {which: donor_of(settings, which) for which in DONORS}
    seeds = range(settings.seed, settings.seed + settings.seeds)
    for seed in seeds:
        for labels in sorted({*BUDGETS, settings.little}, key=lambda labels: labels != settings.little):
            if labels == ALL and seed != settings.seed:
                continue
            for which, donor in donors.items():
                cell = Cell("readout", which, labels, -1, seed)
                yield cell, Spec.of(readout, data=DATA, labels_per_class=labels, donor=donor, seed=seed)
    about: dict[str, Any] = {"data": DATA, "augment": "none", "batch_size": 64, "size": settings.size}
    about |= {"steps": settings.steps, "head_rate": RATE, "labels_per_class": settings.much}
    for seed in seeds:
        for depth in (0, body, *range(1, body)):
            letters = "f" * (body - depth) + "t" * depth + "n"
            for which, donor in donors.items():
                cell = Cell("tuned", which, settings.much, depth, seed)
                yield cell, Spec.of(train, **about, stages=letters, donor=donor, seed=seed)


def results(settings: TwoByTwo, rows: list[Row]) -> dict[tuple[str, str, int], dict[int, dict[str, dict[int, Row]]]]:
    """(advice, donor, labels) → depth → part → seed → row; the last validation row of a training."""
    place = {spec.id: cell for cell, spec in arms_of(settings)}
    cells: dict[tuple[str, str, int], dict[int, dict[str, dict[int, Row]]]] = {}
    for row in rows:
        cell = place[row["run"]]
        if row["split"] not in ("validation", "test"):
            continue
        depth = cell.depth if cell.advice == "tuned" else row["depth"]
        table = cells.setdefault((cell.advice, cell.donor, cell.labels), {})
        table.setdefault(depth, {}).setdefault(row["split"], {})[cell.seed] = row
    return cells


def summarise(settings: TwoByTwo, rows: list[Row]) -> dict:
    """`tables[advice][donor]`: `depths[d]` (mean, low, high on test; `validation`), `best` chosen on validation, and
    `advised` with `gap`, advised − best, and `over_rival`, advised − the best depth that the slide does not name, both
    on test, paired over seeds. `by_labels[donor][labels]`: the best stage to read.
    """
    body, cells = len(network_info(NETWORK).stages) - 1, results(settings, rows)
    tables: dict[str, dict[str, Any]] = {}
    for advice, labels in (("readout", settings.little), ("tuned", settings.much)):
        for which in DONORS:
            if depths := cells.get((advice, which, labels)):
                tables.setdefault(advice, {})[which] = column(depths, advised(advice, which, body))
    by_labels: dict[str, dict[str, Any]] = {which: {} for which in DONORS}
    for (advice, which, labels), depths in sorted(cells.items(), key=lambda item: item[0][2]):
        if advice == "readout":
            by_labels[which][str(labels)] = column(depths, advised(advice, which, body))
    return {"tables": tables, "by_labels": by_labels, "stages": list(network_info(NETWORK).stages)}


def advised(advice: str, which: str, body: int) -> list[int]:
    """The depths that the slide names: the top stage, an earlier one; a few stages, more than a few."""
    if advice == "readout":
        return [body] if which == "similar" else list(range(1, body))
    few = body // 2
    return list(range(1, few + 1)) if which == "similar" else list(range(few + 1, body + 1))


def column(depths: dict[int, dict[str, dict[int, Row]]], named: list[int]) -> dict[str, Any]:
    """One row of the heat map, as the slide's reader would use it."""
    shown, steer = {}, {}
    for depth, parts in sorted(depths.items()):
        if parts.keys() >= {"validation", "test"}:
            steer[depth] = fmean(row["accuracy"] for row in parts["validation"].values())
            shown[str(depth)] = {**accuracy(parts["test"]).as_json(), "validation": steer[depth]}
    if not steer:
        return {"depths": shown}
    best = max(steer, key=lambda depth: steer[depth])
    known = [depth for depth in named if depth in steer]
    best_of: dict[str, Any] = {"depths": shown, "best": best, "named": named, "holds": best in named}
    if known:
        choice = max(known, key=lambda depth: steer[depth])
        best_of |= {"advised": choice, "gap": paired(depths[choice]["test"], depths[best]["test"])}
        if others := steer.keys() - set(named):
            rival = max(sorted(others), key=lambda depth: steer[depth])
            best_of |= {"rival": rival, "over_rival": paired(depths[choice]["test"], depths[rival]["test"])}
    return best_of


def paired(one: dict[int, Row], other: dict[int, Row]) -> dict[str, Any]:
    seeds = sorted(one.keys() & other.keys())
    return over_seeds([one[seed]["accuracy"] - other[seed]["accuracy"] for seed in seeds]).as_json()


def pictures_of(settings: TwoByTwo) -> str:
    return fingerprint(DATA)


@plan(TwoByTwo, version=1, summarise=summarise, data=pictures_of)
def two_by_two(settings: TwoByTwo) -> list[Spec]:
    """All cells, over seeds; two donors serve them all."""
    return [spec for _, spec in arms_of(settings)]
