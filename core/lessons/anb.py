"""How transferable? Yosinski's curves, their three effects, and the search for the dip."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from core.figures.coadaptation import GAIN, LOSS, coadaptation_figure, every, kind
from core.figures.papers import paper
from core.figures.style import in_points
from core.figures.transfer import EFFECTS, common_span, effect_figure, paper_figure, transfer_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result


def printed(result: Result) -> Mapping[str, Mapping[str, float]] | None:
    """The paper's curves of the same split; none where A is a run that learned in its own way."""
    return None if result.settings.get("source") else paper("yosinski2014").get(result.settings["split"])


def curves(relative: bool, result: Result, dark: bool) -> Drawn:
    """Accuracy on B, in per cent or against base."""
    summary, numbers = result.summary, printed(result)
    depth = max(int(cell.split()[1]) for cell in summary["runs"])
    span = common_span(summary, numbers) if relative and numbers else None
    figure = transfer_figure(summary, dark=dark, depth=depth, relative=relative, span=span)
    title = "Accuracy on task B, against base" if relative else "Accuracy on task B"
    return Drawn(title, figure, in_words(summary))


def papers(relative: bool, result: Result, dark: bool) -> Drawn | None:
    """The paper's, where it has any."""
    numbers = printed(result)
    if not numbers:
        return None
    span = common_span(result.summary, numbers) if relative else None
    figure = paper_figure(numbers, dark=dark, relative=relative, span=span)
    title = "The paper's curves, against base" if relative else "The paper's curves"
    return Drawn(title, figure, printed_in_words(numbers))


def effect(name: str, result: Result, dark: bool) -> Drawn | None:
    points = result.summary["effects"].get(name)
    if not points:
        return None
    words = ", ".join(f"{in_points(point['mean'], 1)} points at n = {n}" for n, point in points.items())
    return Drawn(EFFECTS[name][0], effect_figure(name, points, dark=dark), words)


def in_words(summary: Mapping[str, Any]) -> str:
    """The curves as a sentence, for those who do not see them."""
    base = summary["base"]
    parts = [f"base {base['mean']:.0%}"] if base else []
    for curve, points in summary["curves"].items():
        parts.append(f"{curve} " + ", ".join(f"{point['mean']:.0%} at n = {n}" for n, point in points.items()))
    return "Accuracy on B: " + "; ".join(parts)


def printed_in_words(printed: Mapping[str, Mapping[str, float]]) -> str:
    """The paper's curves as a sentence."""
    parts = [
        f"{curve} " + ", ".join(f"{value:.0%} at n = {n}" for n, value in points.items())
        for curve, points in printed.items()
    ]
    return "The paper, on ImageNet: " + "; ".join(parts)


def claims(result: Result) -> list[Claim]:
    """The paper's, at the deepest cut or in the middle of the network."""
    printed = (
        ("Frozen copies cost accuracy, most at the deepest cut", "frozen_over_base", -1, True),
        ("Copies of A that learn on end above copies of B that do", "gain", 0, False),
        ("Cutting between stages that learned together costs accuracy", "coadaptation", 0, False),
    )
    claims = []
    for claim, name, place, falls in printed:
        if points := result.summary["effects"].get(name):
            n = max(points, key=int) if place else min(points, key=lambda n: abs(int(n) - 5))
            claims.append(Claim(f"{claim} (n = {n}).", point_verdict(points[n], falls=falls)))
    return claims


def numbers(result: Result) -> list[Number]:
    summary = result.summary
    base = [Number.of("Named correctly, base", summary["base"])] if summary["base"] else []
    curves = [
        Number.of(f"Named correctly, {curve}, n = {n}", point)
        for curve, points in summary["curves"].items()
        for n, point in points.items()
    ]
    effects = [
        Number.of(f"{EFFECTS[name][0]}, n = {n}", point, POINTS)
        for name, points in summary["effects"].items()
        if name in EFFECTS
        for n, point in points.items()
    ]
    return [*base, *curves, *effects]


def searched(summary: Mapping[str, Any]) -> str:
    """What the search shows, in two sentences; counts that chance would give stand beside those that were measured."""
    points = list(every(summary))
    losses = [(name, n, point) for name, n, point in points if kind(point) == LOSS]
    gains = sum(kind(point) == GAIN for *_, point in points)
    half = sorted((point["high"] - point["low"]) / 2 for *_, point in points)
    words = (
        f"Of {len(points)} intervals {len(losses)} lie above zero (a loss) and {gains} below (a gain); were there no "
        f"effect, about {len(points) / 40:.0f} would lie on each side by chance."
    )
    if half:
        words += f" Half an interval is {100 * half[len(half) // 2]:.1f} points wide, in the median."
    if losses:
        name, n, point = max(losses, key=lambda cell: cell[2]["mean"])
        words += f" The largest loss: {summary['tried'][name]['words']}, n = {n}, {in_points(point['mean'], 1)} points."
    return words


def dip(summary: Mapping[str, Any], n: str = "4") -> Claim | None:
    """Of a sweep as `anb.summarise` has it: does BnB dip at n, and how do copies stand that learn on?"""
    point = summary["effects"].get("coadaptation", {}).get(n)
    if point is None:
        return None
    tuned = summary["curves"].get("BnB+", {}).get(n)
    on = (
        f"Copies that learn on stand {in_points(tuned['mean'] - summary['base']['mean'], 1)} from base."
        if tuned
        else ""
    )
    claim = f"Trained longer, frozen copies of B's own stages fall behind base (n = {n}, {point['seeds']} other seeds)."
    return Claim(claim, point_verdict(point), on)


def search(result: Result, dark: bool) -> Drawn:
    return Drawn("Base − BnB, in points", coadaptation_figure(result.summary, dark=dark), searched(result.summary))


def search_numbers(result: Result) -> list[Number]:
    tried = result.summary["tried"]
    return [
        Number.of(f"{tried[name]['words']}, n = {n}: base − BnB", point, POINTS)
        for name, n, point in every(result.summary)
    ]


ANB = Lesson(
    "How transferable?",
    lambda settings: (
        f"{settings['labels_per_class'] or 'All'} pictures a class. "
        "As more stages are borrowed and frozen, accuracy on B …"
    ),
    {
        "curves": functools.partial(curves, False),
        "relative": functools.partial(curves, True),
        "paper": functools.partial(papers, False),
        "paper_relative": functools.partial(papers, True),
        **{name: functools.partial(effect, name) for name in EFFECTS},
    },
    claims,
    numbers,
)
COADAPTATION = Lesson(
    "Where is the dip?",
    lambda settings: "In which setting does it cost accuracy to freeze a network's own lower stages?",
    {"search": search},
    numbers=search_numbers,
)
