"""Arms of a comparison: the accuracy of each with its 95 % interval, and by how much one is above another.

Over several seeds the intervals are Student's, of differences paired by seed. A single seed says nothing of their
spread: then they are of the test pictures (Wilson; Bonett and Price, paired by picture).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.learning.intervals import paired_interval, t_interval, wilson

Cell = Any  # what the arms of one place in a figure have in common: a curve and its depth, a way and its labels


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval; `values`: those of the seeds, in their order."""

    mean: float
    low: float
    high: float
    values: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """As summaries keep it."""
        bounds = {"mean": self.mean, "low": self.low, "high": self.high}
        return {**bounds, "seeds": len(self.values), "values": list(self.values)}


def over_seeds(values: Sequence[float]) -> Estimate:
    """Student's interval; of one value it has no bounds (-inf, inf)."""
    return Estimate(*t_interval(values), tuple(values))


def paired(more: Mapping[int, float], less: Mapping[int, float]) -> Estimate | None:
    """By how much the one (seed → value) lies above the other, over the seeds of both; None where there are none."""
    both = sorted(more.keys() & less.keys())
    return over_seeds([more[seed] - less[seed] for seed in both]) if both else None


def by_seed(
    rows: Iterable[Mapping[str, Any]], by: Mapping[str, tuple[Cell, int]], column: str, **wanted: Any
) -> dict[Cell, dict[int, float]]:
    """cell → seed → the last value of a column, in the rows of a plan that have these `wanted` words."""
    found: dict[Cell, dict[int, float]] = {}
    for row in rows:
        if all(row.get(name) == word for name, word in wanted.items()):
            cell, seed = by[row["run"]]
            found.setdefault(cell, {})[seed] = row[column]
    return found


class Compared:
    """The test rows of some arms: `tests[cell][seed]`. What is not there yet is left out."""

    def __init__(self) -> None:
        self.tests: dict[Cell, dict[int, Mapping[str, Any]]] = {}
        self.right: dict[Cell, dict[int, dict[int, bool]]] = {}  # cell → seed → test picture → whether it was named

    def accuracy(self, cell: Cell) -> Estimate | None:
        """Of an arm; None where there is no test of it yet."""
        tests = self.tests.get(cell)
        return accuracy(tests) if tests else None

    def both(self, more: Cell, less: Cell) -> list[int]:
        """The seeds that have a test of either."""
        return sorted(self.tests.get(more, {}).keys() & self.tests.get(less, {}).keys())

    def gap(self, more: Cell, less: Cell) -> Estimate | None:
        """The accuracy of the one above that of the other, paired; None where no seed has both."""
        seeds = self.both(more, less)
        if not seeds:
            return None
        values = [self.tests[more][seed]["accuracy"] - self.tests[less][seed]["accuracy"] for seed in seeds]
        if len(seeds) > 1 or more not in self.right:
            return over_seeds(values)
        (seed,) = seeds
        pictures = sorted(self.right[more][seed])
        found = paired_interval(*([self.right[arm][seed][picture] for picture in pictures] for arm in (more, less)))
        return Estimate(*found, tuple(values))


def compare(rows: Iterable[Mapping[str, Any]], by: Mapping[str, tuple[Cell, int]], part: str = "test") -> Compared:
    """The rows of a plan, some of its arms perhaps missing, sorted `by` run id → (cell, seed)."""
    found = Compared()
    for row in rows:
        cell, seed = by[row["run"]]
        if row["split"] == part:
            found.tests.setdefault(cell, {})[seed] = row
        elif row["split"] == "picture" and part == "test":
            hits = found.right.setdefault(cell, {}).setdefault(seed, {})
            hits[row["picture"]] = row["label"] == row["predicted"]
    return found


def accuracy(tests: Mapping[int, Mapping[str, Any]]) -> Estimate:
    """Of the test rows of an arm, by seed."""
    values = tuple(row["accuracy"] for _, row in sorted(tests.items()))
    if len(tests) > 1:
        return Estimate(*t_interval([row["accuracy"] for row in tests.values()]), values)
    (only,) = tests.values()
    return Estimate(*wilson(only["correct"], only["n"]), values)
