"""What was learned without labels: rankings with intervals, what each code keeps, what dies, and grey maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LABEL, LINE, MARKER, ground, hue, styled, text

Points = Mapping[str, Mapping[str, Any]]  # name → mean, low, high, perhaps seeds and values: of a share
NAMES_APART = 0.11  # of the height of the curves
DASHES = ("solid", "dash", "dot", "dashdot")


def ranking_figure(points: Points, *, x: str, dark: bool, paper: Mapping[str, float] | None = None) -> go.Figure:
    """One line an arm in the order given, its share with the interval; `paper`: what the paper has, a share too."""
    figure, names, colour = go.Figure(), list(points), text(dark)
    rows = {name: -k for k, name in enumerate(names)}
    for name, point in points.items():
        figure.add_scatter(
            x=[point["mean"]], y=[rows[name]], mode="markers", name=name,
            error_x=bars([point]) if point.get("seeds") != 1 else None,  # one seed has no interval
            marker={"size": MARKER, "color": colour}, hovertemplate=f"{name}: {point['mean']:.1%}<extra></extra>",
        )  # fmt: skip
        draw_seeds(figure, name, [rows[name]], [{"seeds": 1, **point}], colour, across=True, most=3)
    printed = {name: value for name, value in (paper or {}).items() if name in rows}
    if printed:
        grey, first = hue("paper", dark), next(iter(printed))
        figure.add_scatter(
            x=list(printed.values()), y=[rows[name] for name in printed], mode="markers", name="paper",
            marker={"size": MARKER, "symbol": "line-ns", "line": {"width": 3, "color": grey}},
            hovertemplate="the paper, ImageNet: %{x:.1%}<extra></extra>",
        )  # fmt: skip
        label = {"text": "<b>paper, ImageNet</b>", "showarrow": False, "yshift": 24}
        figure.add_annotation(x=printed[first], y=rows[first], font={"size": LABEL - 3, "color": grey}, **label)
    styled(figure, dark=dark, x=x, y="", height=120 + 46 * len(names))
    least = min([*(p["mean"] for p in points.values()), *printed.values()], default=0)
    figure.update_xaxes(tickformat=".0%", range=[max(0, least - 0.12), None])
    said = [f"{name}  <b>{point['mean']:.0%}</b>" for name, point in points.items()]
    figure.update_yaxes(tickvals=list(rows.values()), ticktext=said, range=[0.6 - len(names), 0.8], showgrid=False)
    return figure


def kept_figure(table: Mapping[str, Points], chance: Mapping[str, float], *, dark: bool) -> go.Figure:
    """table[encoder][factor]: how often the factor is read; the colour says how far above chance, 0 to 1, and the words
    in each cell the share and half its interval.
    """
    names, factors = list(table), list(chance)
    above = [[_above(table[name].get(factor), chance[factor]) for factor in factors] for name in names]
    figure = go.Figure(
        go.Heatmap(
            z=above, x=factors, y=names, colorscale="Viridis", zmin=0, zmax=1, showscale=False, xgap=3, ygap=3,
            hovertemplate="%{y}, %{x}: %{z:.0%} of the way from chance to always right<extra></extra>",
        )
    )  # fmt: skip
    for row, name in zip(above, names, strict=True):
        for value, factor in zip(row, factors, strict=True):
            if point := table[name].get(factor):
                ink = "#FFFFFF" if value < 0.6 else "#000000"  # of Viridis, which ends in yellow
                figure.add_annotation(
                    x=factor, y=name, text=_cell(point), showarrow=False, font={"size": 16, "color": ink}
                )
    styled(figure, dark=dark, x="", y="", height=110 + 52 * len(names))
    figure.update_xaxes(side="top", showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _above(point: Mapping[str, Any] | None, chance: float) -> float:
    """From 0, chance, to 1, always right."""
    return max(0.0, (point["mean"] - chance) / (1 - chance)) if point else 0.0


def _cell(point: Mapping[str, Any]) -> str:
    half = (point["high"] - point["low"]) / 2
    return f"{point['mean']:.0%}" + (f" ± {100 * half:.0f}" if half < 1 else "")


def arms_figure(
    lines: Mapping[str, Sequence[tuple[float, float, float, float]]], words: Mapping[str, str], *, y: str, share: bool,
    dark: bool,
) -> go.Figure:  # fmt: skip
    """Curves of (step, mean, lowest, highest) of a run with and without its parts; `words`: what each is called."""
    figure, colours = go.Figure(), [hue("self", dark), hue("transfer", dark), hue("random", dark)]
    named_at = apart(
        [points[-1][1] for points in lines.values()], [v for points in lines.values() for _, v, *_ in points]
    )
    for k, (name, points) in enumerate(lines.items()):
        colour, (steps, values, lows, highs) = colours[k % len(colours)], zip(*points, strict=True)
        outline = {"x": steps + steps[::-1], "y": highs + lows[::-1], "fill": "toself", "fillcolor": colour}
        if lows != highs:
            figure.add_scatter(**outline, opacity=0.15, line_width=0, hoverinfo="skip", mode="lines")
        line = {"color": colour, "width": LINE, "dash": DASHES[k % len(DASHES)]}
        figure.add_scatter(x=steps, y=values, mode="lines", line=line, name=words.get(name, name))
        label = {"text": f"<b>{words.get(name, name)}</b>", "showarrow": False, "xanchor": "right", "yshift": 14}
        label |= {"bgcolor": ground(dark), "opacity": 0.85, "borderpad": 1}  # it lies on the other curves
        figure.add_annotation(x=steps[-1], y=named_at[k], font={"size": LABEL - 3, "color": colour}, **label)
    styled(figure, dark=dark, x="Step", y=y, height=340)
    if share:
        figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return figure


def apart(ends: Sequence[float], values: Sequence[float]) -> list[float]:
    """Where the names of curves stand that end at `ends`: higher where they would lie on one another."""
    least, places, last = NAMES_APART * (max(values) - min(values)), list(ends), float("-inf")
    for k in sorted(range(len(ends)), key=lambda k: ends[k]):
        last = places[k] = max(ends[k], last + least)
    return places


def grey_map(points: Sequence[tuple[float, float]], *, dark: bool) -> go.Figure:
    """A map before anything is told: every picture a grey dot."""
    across, down = zip(*points, strict=True)
    figure = go.Figure()
    marker = {"size": 6, "color": hue("paper", dark), "opacity": 0.7}
    figure.add_scatter(x=across, y=down, mode="markers", marker=marker, hoverinfo="skip")
    styled(figure, dark=dark, x="", y="", height=320)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure
