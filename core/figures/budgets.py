"""Test error against the number of labels, a curve a way to learn; and the risk beside the empirical risk.

Black started from nothing, orange was borrowed; filled squares were kept frozen, hollow circles learned on. What is
dotted is the empirical risk: the error on the very pictures that were trained on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.crossing import draw_at, draw_curve, draw_interval, over_labels, rounded, say_above, within
from core.figures.style import LINE, hue, names_at_ends, text

LOOKS = {  # way: its words, role of its hue, mark, width of its line
    "scratch": ("scratch", "scratch", "diamond", LINE),
    "augmented": ("augmented", "scratch", "triangle-up", 2),
    "regularised": ("regularised", "scratch", "triangle-down", 2),
    "frozen": ("frozen", "transfer", "square", LINE),
    "tuned": ("fine-tuned", "transfer", "circle-open", LINE - 2),
}
TICKS_APART = 0.25  # of the axis, between two numbers of labels
Curve = Mapping[str, Mapping[str, Mapping[str, Any]]]  # labels → risk, empirical → point


def budgets_figure(
    summary: Mapping[str, Any], *, dark: bool, ways: Sequence[str] = tuple(LOOKS), guess: float | str | None = None
) -> go.Figure:
    """`summary`: `curves[way][labels]["risk"]` and `overtakes`, as `label_budget.summarise` has them, perhaps of half a
    sweep. `guess`: at how many labels scratch overtakes frozen, or "never".
    """
    figure, ends = go.Figure(), []
    curves = {way: summary["curves"][way] for way in ways if way in summary["curves"]}
    for way, points in curves.items():
        ends.append((_curve(figure, way, points, "risk", dark), *LOOKS[way][:2]))
    _styled(figure, [int(count) for points in curves.values() for count in points], dark)
    names_at_ends(figure, ends, dark)
    if {"scratch", "frozen"} <= curves.keys():
        _crossing(figure, summary.get("overtakes"), dark)
        _guess(figure, guess, dark)
        figure.update_layout(margin_t=74)
    return figure


def gap_figure(curve: Curve, *, way: str, dark: bool) -> go.Figure:
    """Risk and empirical risk of one way to learn, `curve[labels]`, and what lies between them."""
    figure, (_, role, *_) = go.Figure(), LOOKS[way]
    both = {count: point for count, point in curve.items() if {"risk", "empirical"} <= point.keys()}
    counts = sorted(map(int, both))
    edges = {kind: [both[str(count)][kind]["mean"] for count in counts] for kind in ("risk", "empirical")}
    figure.add_scatter(
        x=counts + counts[::-1], y=edges["risk"] + edges["empirical"][::-1], fill="toself", mode="lines",
        fillcolor=hue("paper", dark), opacity=0.18, line_width=0, hoverinfo="skip", name="between",
    )  # fmt: skip
    ends = [(_curve(figure, way, curve, "risk", dark), "risk", role)]
    if both:
        ends.append((_curve(figure, way, both, "empirical", dark), "empirical", role))
    _styled(figure, [int(count) for count in curve], dark)
    names_at_ends(figure, ends, dark)
    figure.update_layout(margin_t=74)
    return figure


def _curve(figure: go.Figure, way: str, points: Curve, kind: str, dark: bool) -> float:
    """Draw one curve; returns where it ends."""
    words, role, symbol, width = LOOKS[way]
    risk = kind == "risk"
    return draw_curve(
        figure, {int(count): point[kind] for count, point in points.items()}, (role, symbol, width),
        name=words if risk else f"{words}, empirical", dark=dark, dash="solid" if risk else "dot",
        told=lambda count, point: f"{count} a class: {point['mean']:.1%} wrong {within(point)}",
    )  # fmt: skip


def _styled(figure: go.Figure, counts: Sequence[int], dark: bool) -> None:
    about = {"x": "Labelled pictures a class", "y": "Pictures named wrongly (%)"}
    over_labels(figure, counts, **about, dark=dark, apart=TICKS_APART)


def _crossing(figure: go.Figure, summary: Mapping[str, Any] | None, dark: bool) -> None:
    """Where scratch overtakes frozen, with its interval where that is known."""
    if not summary:
        return
    if "labels" not in summary:
        say_above(figure, 0.5, _never(summary), text(dark), measured=True, side="center")
        return
    if summary["seeds"] > 2:
        draw_interval(figure, summary["low"], summary["high"], dark)
    draw_at(figure, summary["labels"], f"overtakes at {rounded(summary['labels'])}", text(dark), measured=True)


def _never(summary: Mapping[str, Any]) -> str:
    if summary["never"] == summary["seeds"]:
        return "never overtaken"
    return f"{summary['seeds'] - summary['never']} of {summary['seeds']} seeds cross"


def _guess(figure: go.Figure, guess: float | str | None, dark: bool) -> None:
    if isinstance(guess, str):
        say_above(figure, 1.0, f"your guess: {guess}", hue("paper", dark), measured=False, side="right")
    elif guess is not None:
        draw_at(figure, guess, f"your guess: {guess:g}", hue("paper", dark), measured=False)
