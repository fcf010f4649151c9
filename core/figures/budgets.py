"""Test error against the number of labels, a curve a way to learn; and the risk beside the empirical risk.

Black started from nothing, orange was borrowed; filled squares were kept frozen, hollow circles learned on. What is
dotted is the empirical risk: the error on the very pictures that were trained on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LABEL, LINE, MARKER, hue, names_at_ends, styled, text

LOOKS = {  # way: its words, role of its hue, mark, width of its line
    "scratch": ("scratch", "scratch", "diamond", LINE),
    "augmented": ("augmented", "scratch", "triangle-up", 2),
    "regularised": ("regularised", "scratch", "triangle-down", 2),
    "frozen": ("frozen", "transfer", "square", LINE),
    "tuned": ("fine-tuned", "transfer", "circle-open", LINE - 2),
}
LEGEND = 128  # px right of the axes, for the curves' names
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
    counts, colour = sorted(map(int, points)), hue(role, dark)
    shown = [points[str(count)][kind] for count in counts]
    name = words if kind == "risk" else f"{words}, empirical"
    figure.add_scatter(
        x=counts, y=[point["mean"] for point in shown], mode="lines+markers", name=name,
        line={"color": colour, "width": width, "dash": "solid" if kind == "risk" else "dot"},
        marker={"symbol": symbol, "size": MARKER - 2, "color": colour, "line": {"width": 2, "color": colour}},
        error_y=bars(shown),
        hovertemplate=[
            f"{name}, {count} a class: {point['mean']:.1%} wrong "
            f"(95 %: {max(0.0, point['low']):.1%} to {min(1.0, point['high']):.1%})<extra></extra>"
            for count, point in zip(counts, shown, strict=True)
        ],
    )  # fmt: skip
    draw_seeds(figure, name, counts, shown, colour)
    return shown[-1]["mean"]


def _styled(figure: go.Figure, counts: Sequence[int], dark: bool) -> None:
    styled(figure, dark=dark, x="Labelled pictures a class", y="Pictures named wrongly (%)", height=460)
    known = sorted(set(counts))
    shown: list[int] = []
    low, high = (math.log10(known[0]), math.log10(known[-1])) if known else (0.0, 2.6)
    for count in known[::-1]:
        if not shown or math.log10(shown[-1] / count) >= TICKS_APART * (high - low):
            shown.append(count)
    figure.update_xaxes(
        type="log", tickvals=shown, ticktext=[str(count) for count in shown], tickangle=0, range=[low - 0.1, high + 0.1]
    )
    figure.update_yaxes(tickformat=".0%", range=[-0.03, 1.03])
    figure.update_layout(margin_r=LEGEND)


def _crossing(figure: go.Figure, summary: Mapping[str, Any] | None, dark: bool) -> None:
    """Where scratch overtakes frozen, with its interval where that is known."""
    if not summary:
        return
    if "labels" not in summary:
        _above(figure, 0.5, _never(summary), text(dark), 1.02, "center")
        return
    if summary["seeds"] > 2:
        figure.add_vrect(
            x0=summary["low"],
            x1=summary["high"],
            fillcolor=hue("paper", dark),
            opacity=0.18,
            line_width=0,
            name="interval",
        )
    figure.add_vline(x=summary["labels"], line={"color": text(dark), "width": 3}, name="measured")
    words = f"overtakes at {rounded(summary['labels'])}"
    _above(figure, _share(figure, summary["labels"]), words, text(dark), 1.02)


def _never(summary: Mapping[str, Any]) -> str:
    if summary["never"] == summary["seeds"]:
        return "never overtaken"
    return f"{summary['seeds'] - summary['never']} of {summary['seeds']} seeds cross"


def _guess(figure: go.Figure, guess: float | str | None, dark: bool) -> None:
    if isinstance(guess, str):
        _above(figure, 1.0, f"your guess: {guess}", hue("paper", dark), 1.1, "right")
    elif guess is not None:
        low, high = figure.layout.xaxis.range
        place = min(max(math.log10(guess), low), high)  # a guess beyond the labels tried stands at the edge
        figure.add_vline(x=10**place, line={"color": hue("paper", dark), "width": 3, "dash": "dash"}, name="guess")
        _above(figure, _share(figure, 10**place), f"your guess: {guess:g}", hue("paper", dark), 1.1)


def _share(figure: go.Figure, labels: float) -> float:
    """Where on the axis, from 0 at its left end to 1."""
    low, high = figure.layout.xaxis.range
    return (math.log10(labels) - low) / (high - low)


def _above(figure: go.Figure, x: float, words: str, colour: str, height: float, side: str = "") -> None:
    side = side or ("left" if x < 0.3 else "right" if x > 0.6 else "center")
    figure.add_annotation(
        x=x, xref="x domain", y=height, yref="paper", yanchor="bottom", xanchor=side, showarrow=False,
        text=f"<b>{words}</b>", font={"size": LABEL - 2, "color": colour},
    )  # fmt: skip


def rounded(labels: float) -> str:
    """Two digits are all that a few seeds say."""
    return f"{float(f'{labels:.2g}'):g}"
