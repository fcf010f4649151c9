"""Yosinski's figure: accuracy on task B against the number n of copied stages, a curve an origin and a way of learning.

Orange was copied from A, blue from B itself; filled squares were kept frozen, hollow circles learned on; the diamond is
base. Beside it, grey and dashed, the same four curves as the paper has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.style import LABEL, LINE, MARKER, hue, styled, text

LOOKS = {  # curve: role of its hue, mark, how far it stands aside of n
    "BnB": ("self", "square", -0.09),
    "AnB": ("transfer", "square", 0.09),
    "BnB+": ("self", "circle-open", -0.03),
    "AnB+": ("transfer", "circle-open", 0.03),
}
APART = 0.055  # of the height of the axis, between two labels at the right end
Point = Mapping[str, Any]


def transfer_figure(
    found: Mapping[str, Any],
    *,
    dark: bool,
    depth: int,
    relative: bool = False,
    paper: Mapping[str, Mapping[str, float]] | None = None,
) -> go.Figure:
    """`found`: `base` (mean, low, high; or None), `curves[name][n]` and `runs["name n"]`, as `anb.summarise` has them,
    perhaps of half a sweep. `depth`: the largest n. `relative`: in points above base. `paper`: curve → n → share.
    """
    panels = 2 if paper else 1
    figure = make_subplots(
        1, panels, shared_yaxes="all" if relative else False, horizontal_spacing=0.12, column_widths=[3, 2][:panels]
    )
    base = found["base"]
    zero = base["mean"] if relative and base else 0.0
    _band(figure, base, zero, dark)
    ends = []
    for name, points in found["curves"].items():
        ends.append((_curve(figure, name, points, zero, found.get("runs", {}), dark), name))
    span = _span(found, zero)
    _names(figure, ends, span, depth, dark)
    if paper:
        _paper(figure, paper, relative, dark)
    words = "Points above base" if relative else "Test pictures named correctly (%)"
    styled(figure, dark=dark, x="Copied stages n", y="", height=460)
    figure.update_yaxes(title_text=words, row=1, col=1)
    figure.update_yaxes(tickformat="+.0%" if relative else ".0%")
    figure.update_xaxes(tickvals=list(range(depth + 1)), range=[-0.4, depth + 1.5], row=1, col=1)
    figure.update_yaxes(range=span, row=1, col=1)
    if paper:
        figure.update_xaxes(tickvals=list(range(8)), range=[-0.4, 9.2], row=1, col=2)
        figure.add_annotation(
            text="❝ Paper: ImageNet, 500 classes", x=0.5, y=1.06, xref="x2 domain", yref="paper", showarrow=False,
            font={"size": 16, "color": hue("paper", dark)},
        )  # fmt: skip
    return figure


def _band(figure: go.Figure, base: Point | None, zero: float, dark: bool) -> None:
    if base is None:
        return
    colour = hue("scratch", dark)
    if base["seeds"] != 2:
        low, high = max(0.0, base["low"]) - zero, min(1.0, base["high"]) - zero
        figure.add_hrect(y0=low, y1=high, fillcolor=colour, opacity=0.1, line_width=0, row=1, col=1)
    figure.add_hline(y=base["mean"] - zero, line={"color": colour, "width": 2}, opacity=0.5, row=1, col=1)
    figure.add_scatter(
        x=[0], y=[base["mean"] - zero], mode="markers+text", text=["<b>base</b>"], textposition="top center",
        marker={"symbol": "diamond", "size": MARKER + 2, "color": colour},
        textfont={"size": LABEL, "color": colour}, name="base", customdata=[["base 0", 0]],
        hovertemplate=f"base: {base['mean']:.1%} ({_interval(base)})<extra></extra>", row=1, col=1,
    )  # fmt: skip


def _curve(
    figure: go.Figure, name: str, points: Mapping[str, Point], zero: float, runs: Mapping[str, Any], dark: bool
) -> float:
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
        row=1,
        col=1,
    )
    seeds = [(int(n) + aside, value - zero) for n in depths for value in points[n].get("values", ())]
    if len(seeds) > len(depths):
        figure.add_scatter(
            x=[x for x, _ in seeds], y=[y for _, y in seeds], mode="markers", hoverinfo="skip", name=f"{name}, seeds",
            marker={"symbol": "circle", "size": 5, "color": colour, "opacity": 0.55}, row=1, col=1,
        )  # fmt: skip
    return values[-1]


def bars(points: Sequence[Mapping[str, Any]], least: float = 0.0) -> dict[str, Any]:
    """The 95 % intervals; of two seeds, which say little of their spread, the seeds themselves are drawn instead."""
    told = [point["seeds"] != 2 for point in points]
    return {
        "type": "data",
        "symmetric": False,
        "array": [min(1.0, p["high"]) - p["mean"] if ok else 0 for p, ok in zip(points, told, strict=True)],
        "arrayminus": [p["mean"] - max(least, p["low"]) if ok else 0 for p, ok in zip(points, told, strict=True)],
        "thickness": 2,
        "width": 6,
    }


def _interval(point: Point) -> str:
    return f"95 %: {max(0.0, point['low']):.1%} to {min(1.0, point['high']):.1%}"


def _span(found: Mapping[str, Any], zero: float) -> list[float]:
    """The range of the axis: all means with room around them, and of the intervals what stays readable."""
    points = [p for curve in found["curves"].values() for p in curve.values()] + (
        [found["base"]] if found["base"] else []
    )
    means = [point["mean"] for point in points] or [0.0, 1.0]
    low, high = min(means), max(means)
    room = max(0.06, 0.3 * (high - low))
    told = [point for point in points if point["seeds"] != 2]
    every = [value for point in points for value in point.get("values", ())] or means
    lows = [min(every), *(max(point["low"], low - room) for point in told)]
    highs = [max(every), *(min(point["high"], high + room) for point in told)]
    return [max(0.0, min(lows) - 0.03) - zero, min(1.0, max(highs) + 0.03) - zero]


def _names(figure: go.Figure, ends: Sequence[tuple[float, str]], span: Sequence[float], depth: int, dark: bool) -> None:
    """The curves' names at their right ends, pushed apart where they would lie on one another."""
    apart, last = APART * (span[1] - span[0]), float("-inf")
    for end, name in sorted(ends):
        last = max(end, last + apart)
        figure.add_annotation(
            x=depth + 0.25, y=last, text=f"<b>{name}</b>", showarrow=False, xanchor="left",
            font={"size": LABEL, "color": hue(LOOKS[name][0], dark)}, row=1, col=1,
        )  # fmt: skip


def _paper(figure: go.Figure, paper: Mapping[str, Mapping[str, float]], relative: bool, dark: bool) -> None:
    base = paper["base"]["0"]
    zero, colour = base if relative else 0.0, hue("paper", dark)
    figure.add_hline(y=base - zero, line={"color": colour, "width": 2, "dash": "dot"}, row=1, col=2)
    ends = []
    for name, points in paper.items():
        if name == "base":
            continue
        depths = sorted(points, key=int)
        figure.add_scatter(
            x=[int(n) for n in depths], y=[points[n] - zero for n in depths],
            mode="lines+markers", name=f"paper {name}",
            line={"color": colour, "width": 3, "dash": "dash"},
            marker={"symbol": LOOKS[name][1], "size": 9, "color": colour, "line": {"width": 2, "color": colour}},
            hovertemplate=f"paper, {name}, n = %{{x}}: %{{y:.1%}}<extra></extra>", row=1, col=2,
        )  # fmt: skip
        ends.append((points[depths[-1]] - zero, name))
    values = [value - zero for points in paper.values() for value in points.values()]
    apart, last = APART * (max(values) - min(values)) * 1.3, float("-inf")
    for end, name in sorted(ends):
        last = max(end, last + apart)
        figure.add_annotation(
            x=7.25, y=last, text=name, showarrow=False, xanchor="left", font={"size": 17, "color": colour}, row=1, col=2
        )


def effects_figure(effects: Mapping[str, Mapping[str, Point]], *, dark: bool) -> go.Figure:
    """The three effects against n, in points, each with its paired 95 % interval; `effects[name][n]`."""
    looks = {
        "coadaptation": ("Co-adaptation: base − BnB", "self", "square"),
        "specificity": ("Specificity: BnB − AnB", "transfer", "square"),
        "gain": ("Donor's gain: AnB+ − BnB+", "transfer", "circle-open"),
    }
    figure = make_subplots(
        1, 3, shared_yaxes=True, horizontal_spacing=0.05, subplot_titles=[w for w, *_ in looks.values()]
    )
    for column, (name, (_, role, symbol)) in enumerate(looks.items(), start=1):
        points = effects.get(name, {})
        depths, colour = sorted(points, key=int), hue(role, dark)
        figure.add_hline(y=0, line={"color": text(dark), "width": 1}, row=1, col=column)
        figure.add_scatter(
            x=[int(n) for n in depths], y=[points[n]["mean"] for n in depths], mode="lines+markers", name=name,
            line={"color": colour, "width": 3},
            marker={"symbol": symbol, "size": MARKER, "color": colour, "line": {"width": 3, "color": colour}},
            error_y=bars([points[n] for n in depths], least=-1.0),
            hovertemplate="n = %{x}: %{y:+.1%}<extra></extra>", row=1, col=column,
        )  # fmt: skip
    styled(figure, dark=dark, x="n", y="", height=330)
    means = [abs(point["mean"]) for points in effects.values() for point in points.values()]
    reach = max([0.05, *means]) * 1.35
    figure.update_yaxes(tickformat="+.0%", range=[-reach, reach])
    figure.update_yaxes(title_text="Points", row=1, col=1)
    figure.update_xaxes(dtick=1)
    figure.update_annotations(font_size=17)
    figure.update_layout(margin_t=50)
    return figure
