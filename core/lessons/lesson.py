"""The record of an experiment: its question, figures, claims and numbers, all made from a run's record and rows.

Its page, its report and what is taken home draw from it, so that none of them composes a figure of its own.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

import plotly.graph_objects as go

from core.figures.accuracy import curves_figure
from core.figures.style import in_points
from core.figures.verdict import Verdict

Rows = Sequence[Mapping[str, Any]]
Curves = dict[str, list[tuple[float, float, float, float]]]
SHARE, POINTS, PLAIN = "share", "points", "plain"  # units of a number


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """A run: `record` as in its run.json, `summary` perhaps of half a plan; `classes` of its first arm, empty where
    they are not known; `read` gives its rows; `guess` is what this browser, or nobody, guessed.
    """

    id: str
    record: Mapping[str, Any]
    read: Callable[[], Rows] = tuple
    classes: Sequence[str] = ()
    guess: float | str | None = None
    metrics: Sequence[Any] = ()  # that the experiment declares (`core.runs.metrics.Metric`)

    @functools.cached_property
    def rows(self) -> Rows:
        return self.read()

    @property
    def name(self) -> str:
        return self.record["spec"]["experiment"].partition(":")[2]

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.record["spec"]["settings"]

    @property
    def summary(self) -> Mapping[str, Any]:
        return self.record["summary"]

    @property
    def share(self) -> float | None:
        """The guess as a share, if it was a number of per cent."""
        return self.guess / 100 if isinstance(self.guess, int | float) else None


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A figure with its title, and in words for those who do not see it."""

    title: str
    figure: go.Figure
    words: str


@dataclasses.dataclass(frozen=True)
class Claim:
    """What the lecture says, whether it holds here, and what is to be said beside it."""

    words: str
    verdict: Verdict
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Number:
    """A measured number with its 95 % interval, where it has one: a share, a difference of shares, or another."""

    what: str
    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = SHARE

    @classmethod
    def of(cls, what: str, point: Mapping[str, Any], unit: str = SHARE) -> Number:
        """Of a point of a summary: `mean`, `low`, `high`."""
        return cls(what, point["mean"], point["low"], point["high"], unit)

    @property
    def written(self) -> str:
        return self._says(self.value)

    @property
    def interval(self) -> str:
        if math.isnan(self.low) or math.isnan(self.high):
            return ""
        if math.isinf(self.low) or math.isinf(self.high):
            return "none from one seed"
        return f"{self._says(self.low)} to {self._says(self.high)}"

    def _says(self, value: float) -> str:
        if self.unit == SHARE:
            return f"{100 * value:.1f} %"
        return f"{in_points(value, 1)} points" if self.unit == POINTS else f"{value:.4g}"


Figure = Callable[[Result, bool], Drawn | None]  # in light, or in dark; None where the run has nothing to draw


def metric_figure(result: Result, dark: bool, which: int = 0) -> Drawn | None:
    """The curves of one of the metrics that the experiment declares: first comes the one that was drawn live."""
    metrics = sorted(result.metrics, key=lambda metric: not metric.live)
    if which >= len(metrics):
        return None
    metric = metrics[which]
    lines = curves(metric.rows(result.rows), metric.name, metric.of)
    if not lines:
        return None
    figure = curves_figure(lines, dark=dark, title=metric.title, share=metric.share, x=metric.of.capitalize())
    ends = ", ".join(f"{arm or 'it'} {metric.says(points[-1][1])}" for arm, points in lines.items())
    return Drawn(metric.title, figure, f"{metric.title}, at the end: {ends}")


def plain_numbers(result: Result) -> list[Number]:
    """All single numbers of a summary, of an experiment that says no more of them."""
    return [
        Number(name.replace("_", " ").capitalize(), value, unit=PLAIN)
        for name, value in result.summary.items()
        if isinstance(value, int | float) and name != "seconds"
    ]


Table = Mapping[str, Mapping[str, Mapping[str, Any]]]  # row → column → mean, low, high: of a share


def table_words(table: Table) -> str:
    """A table read aloud, row by row."""
    rows = {row: ", ".join(f"{name} {point['mean']:.0%}" for name, point in of.items()) for row, of in table.items()}
    return "; ".join(f"{row}: {words}" for row, words in rows.items())


def table_numbers(table: Table) -> list[Number]:
    return [Number.of(f"{row}: {name}", point) for row, of in table.items() for name, point in of.items()]


@dataclasses.dataclass(frozen=True)
class Lesson:
    """`question` of a run's settings, answered in `unit`; its `figures` by name, in order, None for those of its
    metrics; the `claims` that its numbers test, the one that was asked about first; its `numbers`.
    """

    title: str
    question: Callable[[Mapping[str, Any]], str] = lambda settings: ""
    figures: Mapping[str, Figure] | None = None
    claims: Callable[[Result], Sequence[Claim]] = lambda result: ()
    numbers: Callable[[Result], Sequence[Number]] = plain_numbers
    unit: str = "%"

    def figures_of(self, result: Result) -> Mapping[str, Figure]:
        """Those of the lesson, or one a metric; "curves" is the one that was drawn live."""
        if self.figures is not None:
            return self.figures
        return {
            f"curves_{k}" if k else "curves": functools.partial(metric_figure, which=k)
            for k in range(len(result.metrics))
        }

    def draw(self, result: Result, dark: bool) -> dict[str, Drawn]:
        """All figures that the run has."""
        drawn = {name: figure(result, dark) for name, figure in self.figures_of(result).items()}
        return {name: figure for name, figure in drawn.items() if figure}


def by_arm(rows: Iterable[Mapping[str, Any]], value: str, of: str = "step") -> dict[str, dict[float, list[float]]]:
    """arm → step, in order → the values of all seeds."""
    points: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        points[row.get("arm", "")][row[of]].append(row[value])
    return {arm: dict(sorted(steps.items())) for arm, steps in points.items()}


def curves(rows: Iterable[Mapping[str, Any]], value: str, of: str = "step") -> Curves:
    """arm → (step, mean, lowest, highest over the seeds)."""
    return {
        arm: [(step, mean(values), min(values), max(values)) for step, values in steps.items()]
        for arm, steps in by_arm(rows, value, of).items()
    }
