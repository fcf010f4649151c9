"""Accuracy against the share of labels: an encoder frozen, fine-tuned, from scratch, and labels that spread; and the
same of the papers, dashed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from core.figures.crossing import draw_at, draw_curve, draw_interval, over_labels, rounded, say_above, within
from core.figures.style import LINE, MARKER, hue, names_at_ends, text

LOOKS = {  # how: role of its hue, mark, width of its line
    "frozen": ("transfer", "square", LINE),
    "fine-tuned": ("transfer", "circle-open", LINE - 2),
    "scratch": ("scratch", "diamond", LINE),
    "propagation": ("self", "triangle-up", 2),
}
SHARES, LABELS = "Labels (%)", "Labelled pictures a class"
Curves = Mapping[str, Mapping[str, Mapping[str, Any]]]  # how → share → point


def shares_figure(
    curves: Curves, overtakes: Mapping[str, Any] | None, *, dark: bool, guess: float | str | None = None
) -> go.Figure:
    """`curves[how][share]`; `overtakes`: where scratch passes frozen, as `few_labels.summarise` has it; `guess`: at
    which share, or "never".
    """
    figure, ends = go.Figure(), []
    for how in (how for how in LOOKS if how in curves):
        points = {int(share): point for share, point in curves[how].items()}
        end = draw_curve(figure, points, LOOKS[how], name=how, told=_told, dark=dark)
        ends.append((end, how, LOOKS[how][0]))
    shares = [int(share) for points in curves.values() for share in points]
    over_labels(figure, shares, x=SHARES, y="Test pictures right (%)", dark=dark)
    figure.update_layout(margin_t=74)
    names_at_ends(figure, ends, dark)
    _crossing(figure, overtakes, dark)
    if isinstance(guess, int | float):
        draw_at(figure, guess, f"your guess: {guess:g} %", hue("paper", dark), measured=False)
    elif guess:
        say_above(figure, 0.98, f"your guess: {guess}", hue("paper", dark), measured=False)
    return figure


def _told(share: int, point: Mapping[str, Any]) -> str:
    steps = ", ".join(map(str, point.get("steps", ())))
    return f"{share} % of the labels: {point['mean']:.1%} right {within(point)}, after {steps} steps"


def _crossing(figure: go.Figure, found: Mapping[str, Any] | None, dark: bool) -> None:
    """Where scratch overtakes frozen, and the interval; an end that is not known is that of the axis."""
    if not found:
        return
    if found["share"] is None:
        say_above(figure, 0.5, "scratch never overtakes", text(dark), measured=True)
        return
    draw_interval(figure, found["low"] or 1, found["high"] or 100, dark)
    words = f"scratch overtakes at {rounded(found['share'])} %"
    draw_at(figure, found["share"], words, hue("scratch", dark), measured=True)


def printed_figure(curves: Mapping[str, Mapping[int, float]], *, x: str, y: str, dark: bool) -> go.Figure:
    """Of a paper: `curves[how][share, or labels a class]`, dashed; of a single point the mark alone."""
    figure, ends, colour = go.Figure(), [], hue("paper", dark)
    for how, points in curves.items():
        figure.add_scatter(
            x=list(points), y=list(points.values()), mode="lines+markers", name=how,
            line={"color": colour, "width": 3, "dash": "dash"},
            marker={"symbol": LOOKS[how][1], "size": MARKER - 2, "color": colour, "line": {"width": 2}},
            hovertemplate=f"{how}, %{{x}}: %{{y:.1%}}<extra></extra>",
        )  # fmt: skip
        ends.append((list(points.values())[-1], how, "paper"))
    over_labels(figure, [place for points in curves.values() for place in points], x=x, y=y, dark=dark)
    figure.update_yaxes(range=[-0.03, 1.13])  # three names at the end of curves that meet near 100 %
    names_at_ends(figure, ends, dark)
    return figure
