"""What each experiment asks, draws and claims, from its record and rows alone: what a report is made of.

An experiment without a row here still has a report, with the figures of the metrics that it declares.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

import plotly.graph_objects as go

from core.figures.accuracy import accuracy_figure, curves_figure
from core.figures.budgets import budget_claims, budgets_figure, gap_figure
from core.figures.coadaptation import coadaptation_figure
from core.figures.confusion import confusion_figure
from core.figures.cues import cues_figure
from core.figures.definitions import definitions_claims, definitions_figure
from core.figures.papers import paper
from core.figures.rates import rate_figure
from core.figures.transfer import EFFECTS, effect_figure, paper_figure, transfer_figure
from core.figures.two_by_two import ASKED, TITLES, depth_figure, heat_figure, table_claims
from core.figures.verdict import Verdict, verdict

Rows = Sequence[Mapping[str, Any]]
Curves = dict[str, list[tuple[float, float, float, float]]]
Drawings = dict[str, tuple[str, go.Figure]]  # the key of the chart on its page → its title, and the figure
SPEEDS = {"Not at all": 0.0, "A hundredth": 0.01, "A tenth": 0.1, "As fast": 1.0, "Ten times faster": 10.0}
MOST_CLASSES = 60  # of a confusion matrix that can be read on paper


@dataclasses.dataclass(frozen=True)
class Found:
    """A finished run: `record` as in its run.json; `classes` of its first arm, empty where they are not known."""

    id: str
    record: Mapping[str, Any]
    rows: Rows
    classes: Sequence[str] = ()
    guess: float | str | None = None
    metrics: Sequence[Any] = ()  # that the experiment declares (`core.runs.metrics.Metric`)

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
class Chapter:
    """`question` of a run; `draw` its figures, in light or dark; the `claim` that its numbers test, if it has one."""

    title: str
    question: Callable[[Found], str]
    draw: Callable[[Found, bool], Drawings]
    claim: Callable[[Found], tuple[str, Verdict] | None]


def chapter_of(found: Found) -> Chapter:
    return CHAPTERS.get(found.name, Chapter(found.name, lambda found: "", metric_figures, lambda found: None))


def by_arm(rows: Iterable[Mapping[str, Any]], value: str, of: str = "step") -> dict[str, dict[float, list[float]]]:
    """arm → step, in order → the values of all seeds."""
    points: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        points[row.get("arm", "")][row[of]].append(row[value])
    return {arm: dict(sorted(steps.items())) for arm, steps in points.items()}


def curves(rows: Iterable[Mapping[str, Any]], value: str, of: str = "step") -> Curves:
    """arm → (step, mean, lowest, highest over the seeds)."""
    return {
        arm: [(step, mean(found), min(found), max(found)) for step, found in steps.items()]
        for arm, steps in by_arm(rows, value, of).items()
    }


def metric_figures(found: Found, dark: bool) -> Drawings:
    """A figure a metric that the experiment declares; "curves" is the one that was drawn live."""
    drawings: Drawings = {}
    for metric in sorted(found.metrics, key=lambda metric: not metric.live):
        if lines := curves(metric.rows(found.rows), metric.name, metric.of):
            figure = curves_figure(lines, dark=dark, title=metric.title, share=metric.share, x=metric.of.capitalize())
            drawings[f"{metric.split}_{metric.name}" if drawings else "curves"] = (metric.title, figure)
    return drawings


def training_figures(found: Found, dark: bool) -> Drawings:
    """Learning curves, and what was taken for what by the first arm."""
    drawings = {key: drawn for key, drawn in metric_figures(found, dark).items() if key == "curves"}
    first = next((row.get("run") for row in found.rows), None)
    answers = [row for row in found.rows if row.get("split") == "picture" and row.get("run") == first]
    if answers and 0 < len(found.classes) <= MOST_CLASSES:
        figure = confusion_figure(answers, found.classes, dark=dark)
        drawings[f"confusion_{found.id}"] = ("What is taken for what", figure)
    return drawings


def finetune_figures(found: Found, dark: bool) -> Drawings:
    summary = found.summary
    arms = {summary["arm"]: (summary["test_accuracy"], summary["low"], summary["high"])}
    if "control_accuracy" in summary:
        arms["scratch"] = (summary["control_accuracy"], summary["control_low"], summary["control_high"])
    frozen = "f" in found.settings["stages"]
    figure = accuracy_figure(arms, dark=dark, frozen=frozen, guess=found.share, seeds=summary.get("values"))
    return {"accuracy": ("Test pictures named correctly", figure), **training_figures(found, dark)}


def finetune_question(found: Found) -> str:
    stages = found.settings["stages"]
    frozen = stages.count("f")
    return f"What share of the test pictures will the network name, with {frozen} of {len(stages)} stages frozen?"


def difference(claim: str, name: str, expected: float = 0.0) -> Callable[[Found], tuple[str, Verdict] | None]:
    """A claim about the difference that a summary keeps under `name`, with its interval."""

    def tested(found: Found) -> tuple[str, Verdict] | None:
        summary = found.summary
        if name not in summary or summary.get("arm") == "scratch":
            return None
        return claim, verdict(summary[name], summary[f"{name}_low"], summary[f"{name}_high"], expected)

    return tested


def rates_figures(found: Found, dark: bool) -> Drawings:
    figure = rate_figure(found.summary["curve"], dark=dark, guess=SPEEDS.get(str(found.guess)))
    return {"rates": ("Accuracy by the rate of the borrowed stages", figure)}


def cues_figures(found: Found, dark: bool) -> Drawings:
    figure = cues_figure(found.summary["table"], dark=dark, guess=found.share)
    return {"cues": ("What is told with the toy, from its shadow, and from the empty room", figure)}


def anb_figures(found: Found, dark: bool) -> Drawings:
    depth = max(int(cell.split()[1]) for cell in found.summary["runs"])
    numbers = paper("yosinski2014").get(found.settings["split"])

    def drawn(relative: bool) -> go.Figure:
        return transfer_figure(found.summary, dark=dark, depth=depth, relative=relative)

    drawings = {
        f"sweep_{found.id}_above": ("Accuracy on task B", drawn(relative=False)),
        f"sweep_{found.id}_relative": ("Accuracy on task B, against base", drawn(relative=True)),
    }
    if numbers:
        drawings[f"paper_{found.id}_above"] = ("The paper's curves", paper_figure(numbers, dark=dark))
    for name, (title, *_) in EFFECTS.items():
        if points := found.summary["effects"].get(name):
            drawings[f"effects_{found.id}_{name}"] = (title, effect_figure(name, points, dark=dark))
    return drawings


def anb_claims(summary: Mapping[str, Any]) -> list[tuple[str, Verdict]]:
    """The paper's claims, each with its verdict, at the deepest cut or in the middle of the network."""
    claims = (
        ("Frozen copies cost accuracy, most at the deepest cut", "frozen_over_base", -1, True),
        ("Copies of A that learn on end above copies of B that do", "gain", 0, False),
        ("Cutting between stages that learned together costs accuracy", "coadaptation", 0, False),
    )
    told = []
    for claim, effect, place, falls in claims:
        if points := summary["effects"].get(effect):
            n = max(points, key=int) if place else min(points, key=lambda n: abs(int(n) - 5))
            gap = points[n]
            words = f"{claim} (n = {n})."
            told.append((words, verdict(gap["mean"], gap["low"], gap["high"], falls=falls)))
    return told


def table_figures(found: Found, dark: bool) -> Drawings:
    tables, stages = found.summary["tables"], found.summary["stages"]
    guess = str(found.guess) if found.guess else None
    drawings = {
        f"table_{advice}": (title, heat_figure(tables.get(advice, {}), stages, advice=advice, dark=dark, guess=guess))
        for advice, title in TITLES.items()
    }
    for which, columns in found.summary["by_labels"].items():
        title = f"The best stage to read, of a {which} donor"
        drawings[f"depth_{which}"] = (title, depth_figure(columns, stages, dark=dark))
    return drawings


def budgets_figures(found: Found, dark: bool) -> Drawings:
    drawn = budgets_figure(found.summary, dark=dark, guess=found.guess)
    drawings = {"errors": ("Errors on test pictures, by the number of labels", drawn)}
    if scratch := found.summary["curves"].get("scratch"):
        drawings["gap"] = ("From scratch: risk and empirical risk", gap_figure(scratch, way="scratch", dark=dark))
    return drawings


def targets_figures(found: Found, dark: bool) -> Drawings:
    return {"targets": ("Three targets of one source network", definitions_figure(found.summary, dark=dark))}


def search_figures(found: Found, dark: bool) -> Drawings:
    return {"search": ("Base − BnB, in points", coadaptation_figure(found.summary, dark=dark))}


CHAPTERS = {
    "coadaptation": Chapter(
        "Where is the dip?",
        lambda found: "In which setting does it cost accuracy to freeze a network's own lower stages?",
        search_figures,
        lambda found: None,
    ),
    "label_budget": Chapter(
        "Why transfer?",
        lambda found: "At how many labels a class does scratch overtake frozen?",
        budgets_figures,
        lambda found: next((claim[:2] for claim in budget_claims(found.summary)), None),
    ),
    "definitions": Chapter(
        "Three kinds of new task",
        lambda found: f"{found.settings['labels_per_class']} labels a class: where does borrowing add most to scratch?",
        targets_figures,
        lambda found: next((claim[:2] for claim in definitions_claims(found.summary)), None),
    ),
    "two_by_two": Chapter(
        "Which stages? The 2×2 table",
        lambda found: f"{found.settings['little']} a class, and the donor learned something else: read which stage?",
        table_figures,
        lambda found: next((cell[:2] for cell in table_claims(found.summary) if cell[0] == ASKED), None),
    ),
    "anb": Chapter(
        "How transferable?",
        lambda found: (
            f"{found.settings['labels_per_class']} pictures a class. "
            "As more stages are borrowed and frozen, accuracy on B …"
        ),
        anb_figures,
        lambda found: next(iter(anb_claims(found.summary)), None),
    ),
    "finetune": Chapter(
        "Fine-tuning",
        finetune_question,
        finetune_figures,
        difference("Borrowed stages beat the same network from scratch.", "difference", expected=0.05),
    ),
    "train": Chapter("One training", lambda found: "", training_figures, lambda found: None),
    "body_rate": Chapter(
        "A small learning rate",
        lambda found: "How fast should borrowed stages change, compared with the new head?",
        rates_figures,
        difference("Borrowed stages want a small rate: a tenth of the head's beats ten times it.", "small_over_large"),
    ),
    "shortcuts": Chapter(
        "What the surroundings give away",
        lambda found: "Of the test pictures, how many toys will it name from their shadows alone?",
        cues_figures,
        difference("To tell how a picture was turned, a network must look at the object in it.", "toy", expected=0.05),
    ),
}
