"""Accuracy against the share of labels: an encoder frozen, fine-tuned, from scratch, and labels that spread; and the
same of the papers, dashed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LABEL, LINE, MARKER, hue, names_at_ends, styled, text

LOOKS = {  # how: role of its hue, mark, width of its line
    "frozen": ("transfer", "square", LINE),
    "fine-tuned": ("transfer", "circle-open", LINE - 2),
    "scratch": ("scratch", "diamond", LINE),
    "propagation": ("self", "triangle-up", 2),
}
LEGEND = 128  # px right of the axes, for the curves' names
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
        ends.append((_curve(figure, how, points, dark), how, LOOKS[how][0]))
    shares = sorted({int(share) for points in curves.values() for share in points})
    _styled(figure, shares, SHARES, dark)
    names_at_ends(figure, ends, dark)
    _crossing(figure, overtakes, dark)
    if isinstance(guess, int | float):
        _line(figure, guess, f"your guess: {guess:g} %", "paper", "dash", 1.1, dark)
    elif guess:
        _above(figure, 0.98, f"your guess: {guess}", hue("paper", dark), 1.1)
    return figure


def _curve(figure: go.Figure, how: str, points: Mapping[int, Mapping[str, Any]], dark: bool) -> float:
    """Draw one curve; returns where it ends."""
    role, symbol, width = LOOKS[how]
    shares, colour = sorted(points), hue(role, dark)
    shown = [points[share] for share in shares]
    figure.add_scatter(
        x=shares, y=[point["mean"] for point in shown], mode="lines+markers", name=how,
        line={"color": colour, "width": width},
        marker={"symbol": symbol, "size": MARKER - 2, "color": colour, "line": {"width": 2, "color": colour}},
        error_y=bars(shown),
        hovertemplate=[
            f"{how}, {share} % of the labels: {point['mean']:.1%} right "
            f"(95 %: {max(0.0, point['low']):.1%} to {min(1.0, point['high']):.1%}), "
            f"after {', '.join(map(str, point.get('steps', ())))} steps<extra></extra>"
            for share, point in zip(shares, shown, strict=True)
        ],
    )  # fmt: skip
    draw_seeds(figure, how, shares, shown, colour)
    return shown[-1]["mean"]


def _styled(figure: go.Figure, places: Sequence[int], x: str, dark: bool) -> None:
    styled(figure, dark=dark, x=x, y="Test pictures right (%)", height=460)
    low, high = (math.log10(places[0]), math.log10(places[-1])) if places else (0.0, 2.0)
    figure.update_xaxes(
        type="log", tickvals=list(places), ticktext=[str(place) for place in places], tickangle=0,
        range=[low - 0.1, high + 0.1],
    )  # fmt: skip
    figure.update_yaxes(tickformat=".0%", range=[-0.03, 1.03])
    figure.update_layout(margin={"r": LEGEND, "t": 74})


def _crossing(figure: go.Figure, found: Mapping[str, Any] | None, dark: bool) -> None:
    """Where scratch overtakes frozen, and the interval; an end that is not known is that of the axis."""
    if not found:
        return
    if found["share"] is None:
        _above(figure, 0.5, "scratch never overtakes", text(dark), 1.02)
        return
    low, high = found["low"], found["high"]
    figure.add_vrect(
        x0=low or 1, x1=high or 100, fillcolor=hue("paper", dark), opacity=0.18, line_width=0, name="interval"
    )
    _line(figure, found["share"], f"scratch overtakes at {rounded(found['share'])} %", "scratch", "solid", 1.02, dark)


def _line(figure: go.Figure, share: float, words: str, role: str, dash: str, height: float, dark: bool) -> None:
    figure.add_vline(x=share, line={"color": hue(role, dark), "width": 3, "dash": dash}, name=words)
    low, high = figure.layout.xaxis.range
    _above(figure, (math.log10(share) - low) / (high - low), words, hue(role, dark), height)


def _above(figure: go.Figure, x: float, words: str, colour: str, height: float) -> None:
    side = "left" if x < 0.3 else "right" if x > 0.6 else "center"
    figure.add_annotation(
        x=x, xref="x domain", y=height, yref="paper", yanchor="bottom", xanchor=side, showarrow=False,
        text=f"<b>{words}</b>", font={"size": LABEL - 2, "color": colour},
    )  # fmt: skip


def rounded(share: float) -> str:
    """Two digits are all that a few seeds say."""
    return f"{float(f'{share:.2g}'):g}"


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
    _styled(figure, sorted({place for points in curves.values() for place in points}), x, dark)
    figure.update_yaxes(title_text=y, range=[-0.03, 1.16])  # three names at the end of curves that meet near 100 %
    figure.update_layout(height=360, margin_t=30)
    names_at_ends(figure, ends, dark)
    return figure
