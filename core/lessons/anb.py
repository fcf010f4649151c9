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
from core.lessons.lesson import POINTS, Claim, Drawn, Found, Lesson, Number


def printed(found: Found) -> Mapping[str, Mapping[str, float]] | None:
    """The paper's curves of the same split."""
    return paper("yosinski2014").get(found.settings["split"])


def curves(relative: bool, found: Found, dark: bool) -> Drawn:
    """Accuracy on B, in per cent or against base."""
    told, numbers = found.summary, printed(found)
    depth = max(int(cell.split()[1]) for cell in told["runs"])
    span = common_span(told, numbers) if relative and numbers else None
    figure = transfer_figure(told, dark=dark, depth=depth, relative=relative, span=span)
    title = "Accuracy on task B, against base" if relative else "Accuracy on task B"
    return Drawn(title, figure, in_words(told))


def papers(relative: bool, found: Found, dark: bool) -> Drawn | None:
    """The paper's, where it has any."""
    numbers = printed(found)
    if not numbers:
        return None
    span = common_span(found.summary, numbers) if relative else None
    figure = paper_figure(numbers, dark=dark, relative=relative, span=span)
    title = "The paper's curves, against base" if relative else "The paper's curves"
    return Drawn(title, figure, printed_in_words(numbers))


def effect(name: str, found: Found, dark: bool) -> Drawn | None:
    points = found.summary["effects"].get(name)
    if not points:
        return None
    words = ", ".join(f"{in_points(point['mean'], 1)} points at n = {n}" for n, point in points.items())
    return Drawn(EFFECTS[name][0], effect_figure(name, points, dark=dark), words)


def in_words(found: Mapping[str, Any]) -> str:
    """The curves as a sentence, for those who do not see them."""
    base = found["base"]
    parts = [f"base {base['mean']:.0%}"] if base else []
    for curve, points in found["curves"].items():
        parts.append(f"{curve} " + ", ".join(f"{point['mean']:.0%} at n = {n}" for n, point in points.items()))
    return "Accuracy on B: " + "; ".join(parts)


def printed_in_words(printed: Mapping[str, Mapping[str, float]]) -> str:
    """The paper's curves as a sentence."""
    parts = [
        f"{curve} " + ", ".join(f"{value:.0%} at n = {n}" for n, value in points.items())
        for curve, points in printed.items()
    ]
    return "The paper, on ImageNet: " + "; ".join(parts)


def claims(found: Found) -> list[Claim]:
    """The paper's, at the deepest cut or in the middle of the network."""
    claims = (
        ("Frozen copies cost accuracy, most at the deepest cut", "frozen_over_base", -1, True),
        ("Copies of A that learn on end above copies of B that do", "gain", 0, False),
        ("Cutting between stages that learned together costs accuracy", "coadaptation", 0, False),
    )
    told = []
    for claim, name, place, falls in claims:
        if points := found.summary["effects"].get(name):
            n = max(points, key=int) if place else min(points, key=lambda n: abs(int(n) - 5))
            told.append(Claim(f"{claim} (n = {n}).", point_verdict(points[n], falls=falls)))
    return told


def numbers(found: Found) -> list[Number]:
    told = found.summary
    base = [Number.of("Named correctly, base", told["base"])] if told["base"] else []
    curves = [
        Number.of(f"Named correctly, {curve}, n = {n}", point)
        for curve, points in told["curves"].items()
        for n, point in points.items()
    ]
    effects = [
        Number.of(f"{EFFECTS[name][0]}, n = {n}", point, POINTS)
        for name, points in told["effects"].items()
        if name in EFFECTS
        for n, point in points.items()
    ]
    return [*base, *curves, *effects]


def searched(found: Mapping[str, Any]) -> str:
    """What the search found, in two sentences; counts that chance would give stand beside those that were found."""
    points = list(every(found))
    losses = [(name, n, point) for name, n, point in points if kind(point) == LOSS]
    gains = sum(kind(point) == GAIN for *_, point in points)
    half = sorted((point["high"] - point["low"]) / 2 for *_, point in points)
    told = (
        f"Of {len(points)} intervals {len(losses)} lie above zero (a loss) and {gains} below (a gain); were there no "
        f"effect, about {len(points) / 40:.0f} would lie on each side by chance."
    )
    if half:
        told += f" Half an interval is {100 * half[len(half) // 2]:.1f} points wide, in the median."
    if losses:
        name, n, point = max(losses, key=lambda cell: cell[2]["mean"])
        told += f" The largest loss: {found['tried'][name]['words']}, n = {n}, {in_points(point['mean'], 1)} points."
    return told


def dip(found: Mapping[str, Any], n: str = "4") -> Claim | None:
    """Of a sweep as `anb.summarise` has it: does BnB dip at n, and how do copies stand that learn on?"""
    point = found["effects"].get("coadaptation", {}).get(n)
    if point is None:
        return None
    tuned = found["curves"].get("BnB+", {}).get(n)
    on = f"Copies that learn on stand {in_points(tuned['mean'] - found['base']['mean'], 1)} from base." if tuned else ""
    claim = f"Trained longer, frozen copies of B's own stages fall behind base (n = {n}, {point['seeds']} other seeds)."
    return Claim(claim, point_verdict(point), on)


def search(found: Found, dark: bool) -> Drawn:
    return Drawn("Base − BnB, in points", coadaptation_figure(found.summary, dark=dark), searched(found.summary))


def search_numbers(found: Found) -> list[Number]:
    tried = found.summary["tried"]
    return [
        Number.of(f"{tried[name]['words']}, n = {n}: base − BnB", point, POINTS)
        for name, n, point in every(found.summary)
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
