"""Yosinski's figure: accuracy on task B against the number n of copied stages, a curve an origin and a way of learning.

Orange was copied from A, blue from B itself; filled squares were kept frozen, hollow circles learned on; the diamond is
base. To stand beside it, grey and dashed, the same four curves as the paper has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import Point, bars, draw_seeds
from core.figures.style import LABEL, LINE, MARKER, hue, in_points, points_axis, styled, text

LOOKS = {  # curve: role of its hue, mark, how far it stands aside of n
    "BnB": ("self", "square", -0.09),
    "AnB": ("transfer", "square", 0.09),
    "BnB+": ("self", "circle-open", -0.03),
    "AnB+": ("transfer", "circle-open", 0.03),
}
APART = 0.055  # of the height of the axis, between two labels at the right end
MANY = 20  # seeds a point, at most, that are drawn as dots beside their interval


def transfer_figure(
    summary: Mapping[str, Any],
    *,
    dark: bool,
    depth: int,
    relative: bool = False,
    span: Sequence[float] | None = None,
) -> go.Figure:
    """`summary`: `base` (mean, low, high; or None), `curves[name][n]`, as `anb.summarise` has them, perhaps of half a
    sweep. `depth`: the largest n. `relative`: in points above base. `span`: of the axis of accuracy.
    """
    figure = go.Figure()
    base = summary["base"]
    zero = base["mean"] if relative and base else 0.0
    _band(figure, base, zero, dark)
    ends = []
    for name, points in summary["curves"].items():
        ends.append((_curve(figure, name, points, zero, dark), max(map(int, points)), name))
    span = span or _span(summary, zero)
    _names(figure, ends, span, {name: hue(LOOKS[name][0], dark) for name in summary["curves"]})
    words = "Points above base" if relative else "Test pictures named correctly (%)"
    styled(figure, dark=dark, x="Copied stages n", y=words, height=460)
    figure.update_yaxes(**(points_axis(*span) if relative else {"tickformat": ".0%", "range": span}))
    figure.update_xaxes(tickvals=list(range(depth + 1)), range=[-0.8, depth + 2.2])
    return figure


def common_span(summary: Mapping[str, Any], printed: Mapping[str, Mapping[str, float]]) -> list[float]:
    """The range of an axis in points above base that holds what was measured and what was printed."""
    base = summary["base"]["mean"] if summary["base"] else 0.0
    values = [value - printed["base"]["0"] for points in printed.values() for value in points.values()]
    low, high = _span(summary, base)
    return [min(low, *values) - 0.01, max(high, *values) + 0.01]


def _band(figure: go.Figure, base: Point | None, zero: float, dark: bool) -> None:
    if base is None:
        return
    colour = hue("scratch", dark)
    if base["seeds"] != 2:
        low, high = max(0.0, base["low"]) - zero, min(1.0, base["high"]) - zero
        figure.add_hrect(y0=low, y1=high, fillcolor=colour, opacity=0.1, line_width=0)
    draw_seeds(figure, "base", [0], [base], colour, zero=zero)
    figure.add_hline(y=base["mean"] - zero, line={"color": colour, "width": 2}, opacity=0.5)
    figure.add_scatter(
        x=[0], y=[base["mean"] - zero], mode="markers+text", text=["<b>base</b>"], textposition="top center",
        marker={"symbol": "diamond", "size": MARKER + 2, "color": colour},
        textfont={"size": LABEL, "color": colour}, name="base", customdata=[["base 0", 0]],
        hovertemplate=f"base: {base['mean']:.1%} ({_interval(base)})<extra></extra>",
        selected={"marker": {"size": MARKER + 8}},
        unselected={"marker": {"opacity": 1}, "textfont": {"color": colour}},
    )  # fmt: skip


def _curve(figure: go.Figure, name: str, points: Mapping[str, Point], zero: float, dark: bool) -> float:
    """Draw one curve; returns where it ends."""
    role, symbol, aside = LOOKS[name]
    colour, depths = hue(role, dark), sorted(points, key=int)
    values = [points[n]["mean"] - zero for n in depths]
    figure.add_scatter(
        x=[int(n) + aside for n in depths],
        y=values,
        mode="lines+markers",
        line={"color": colour, "width": LINE - (0 if symbol == "square" else 2)},
        marker={"symbol": symbol, "size": MARKER, "color": colour, "line": {"width": 3, "color": colour}},
        error_y=bars([points[n] for n in depths]),
        customdata=[[f"{name} {n}", int(n)] for n in depths],
        hovertemplate=[
            f"{name}, n = {n}: {points[n]['mean']:.1%} ({_interval(points[n])})<extra></extra>" for n in depths
        ],
        name=name,
        selected={"marker": {"size": MARKER + 6}},
        unselected={"marker": {"opacity": 1}},
    )
    places, shown = [int(n) + aside for n in depths], [points[n] for n in depths]
    draw_seeds(figure, name, places, shown, colour, zero=zero, most=MANY)
    return values[-1]


def _interval(point: Point) -> str:
    return f"95 %: {max(0.0, point['low']):.1%} to {min(1.0, point['high']):.1%}"


def _span(summary: Mapping[str, Any], zero: float) -> list[float]:
    """The range of the axis: all means with room around them, and of the intervals what stays readable."""
    points = [p for curve in summary["curves"].values() for p in curve.values()] + (
        [summary["base"]] if summary["base"] else []
    )
    means = [point["mean"] for point in points] or [0.0, 1.0]
    low, high = min(means), max(means)
    room = max(0.06, 0.3 * (high - low))
    sure = [point for point in points if point["seeds"] != 2]
    every = [value for point in points for value in point.get("values", ())] or means
    lows = [min(every), *(max(point["low"], low - room) for point in sure)]
    highs = [max(every), *(min(point["high"], high + room) for point in sure)]
    return [max(0.0, min(lows) - 0.03) - zero, min(1.0, max(highs) + 0.03) - zero]


def _names(
    figure: go.Figure, ends: Sequence[tuple[float, int, str]], span: Sequence[float], colours: Mapping[str, str]
) -> None:
    """The curves' names at their right ends (y, n, name), pushed apart where they would lie on one another."""
    apart, last = APART * (span[1] - span[0]), float("-inf")
    for end, n, name in sorted(ends):
        last = max(end, last + apart)
        figure.add_annotation(
            x=n + 0.25, y=last, text=f"<b>{name}</b>", showarrow=False, xanchor="left",
            font={"size": LABEL, "color": colours[name]},
        )  # fmt: skip


def paper_figure(
    printed: Mapping[str, Mapping[str, float]],
    *,
    dark: bool,
    relative: bool = False,
    span: Sequence[float] | None = None,
) -> go.Figure:
    """The paper's curves, `printed[curve][n]` as shares of the test pictures; `span`: of the axis of accuracy."""
    figure = go.Figure()
    base = printed["base"]["0"]
    zero, colour = base if relative else 0.0, hue("paper", dark)
    figure.add_hline(y=base - zero, line={"color": colour, "width": 2, "dash": "dot"})
    ends = []
    for name, points in printed.items():
        if name == "base":
            continue
        depths = sorted(points, key=int)
        figure.add_scatter(
            x=[int(n) for n in depths], y=[points[n] - zero for n in depths],
            mode="lines+markers", name=f"paper {name}",
            line={"color": colour, "width": 3, "dash": "dash"},
            marker={"symbol": LOOKS[name][1], "size": 9, "color": colour, "line": {"width": 2, "color": colour}},
            hovertemplate=f"paper, {name}, n = %{{x}}: %{{y:.1%}}<extra></extra>",
        )  # fmt: skip
        ends.append((points[depths[-1]] - zero, int(depths[-1]), name))
    values = [value - zero for points in printed.values() for value in points.values()]
    span = span or [min(values) - 0.01, max(values) + 0.01]
    _names(figure, ends, span, dict.fromkeys(LOOKS, colour))
    styled(figure, dark=dark, x="Copied stages n", y="", height=460)
    figure.update_yaxes(**(points_axis(*span) if relative else {"tickformat": ".0%", "range": span}))
    figure.update_xaxes(tickvals=list(range(8)), range=[-0.4, 9.8])
    figure.add_annotation(
        text="❝ Paper: ImageNet, 500 classes", x=0.5, y=1.07, xref="paper", yref="paper", showarrow=False,
        font={"size": 16, "color": colour},
    )  # fmt: skip
    return figure


EFFECTS = {  # name: in words, role of its hue, mark
    "coadaptation": ("Co-adaptation: base − BnB", "self", "square"),
    "specificity": ("Specificity: BnB − AnB", "transfer", "square"),
    "gain": ("Donor's gain: AnB+ − BnB+", "transfer", "circle-open"),
}


def effect_figure(name: str, points: Mapping[str, Point], *, dark: bool) -> go.Figure:
    """One of the `EFFECTS` against n, in points, with its paired 95 % intervals."""
    _, role, symbol = EFFECTS[name]
    figure, depths, colour = go.Figure(), sorted(points, key=int), hue(role, dark)
    figure.add_hline(y=0, line={"color": text(dark), "width": 1})
    figure.add_scatter(
        x=[int(n) for n in depths], y=[points[n]["mean"] for n in depths], mode="lines+markers", name=name,
        line={"color": colour, "width": 3},
        marker={"symbol": symbol, "size": MARKER, "color": colour, "line": {"width": 3, "color": colour}},
        error_y=bars([points[n] for n in depths], least=-1.0),
        hovertemplate=[f"n = {n}: {in_points(points[n]['mean'], 1)} points<extra></extra>" for n in depths],
    )  # fmt: skip
    draw_seeds(figure, name, [int(n) for n in depths], [points[n] for n in depths], colour)
    styled(figure, dark=dark, x="n", y="", height=300)
    reach = 1.2 * max([0.02, *(min(_farthest(point), 2 * abs(point["mean"]) + 0.1) for point in points.values())])
    figure.update_yaxes(**points_axis(-reach, reach), title_text="Points")
    figure.update_xaxes(tickvals=[int(n) for n in depths], range=[0.5, max([7, *map(int, depths)]) + 0.5])
    figure.update_layout(margin_t=10)
    return figure


def _farthest(point: Point) -> float:
    """From zero, of its value and the ends of its interval, or of two seeds the two."""
    ends = [point["low"], point["high"]] if point["seeds"] != 2 else point.get("values", [])
    return max(abs(value) for value in [point["mean"], *ends])
