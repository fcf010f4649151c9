"""The search for the dip: a row a setting that was tried, a column a depth, a cell base − BnB with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import plotly.graph_objects as go

from core.figures.style import TICK, hue, in_points, styled, text

LOSS, GAIN, UNCLEAR = "loss", "gain", "unclear"
FILLS = {LOSS: ("self", 0.45), GAIN: ("paper", 0.45), UNCLEAR: ("paper", 0.08)}  # role of the hue, opacity
ROW = 50  # px
Point = Mapping[str, Any]


def kind(point: Point) -> str:
    """Whether the interval of base − BnB lies above zero, below it, or holds it."""
    return LOSS if point["low"] > 0 else GAIN if point["high"] < 0 else UNCLEAR


def every(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, Point]]:
    """(setting, depth, point) of all cells."""
    for name, row in summary["tried"].items():
        for n, point in row["coadaptation"].items():
            yield name, n, point


def coadaptation_figure(summary: Mapping[str, Any], *, dark: bool) -> go.Figure:
    """`summary["tried"][name]` as `coadaptation.summarise` has it, perhaps of some of the settings."""
    figure, names = go.Figure(), list(summary["tried"])
    depths = sorted({int(n) for _, n, _ in every(summary)})
    shapes, notes, hovers = [], [], []
    for name, n, point in every(summary):
        x, y, which = int(n), -names.index(name), kind(point)
        role, opacity = FILLS[which]
        edges = {"x0": x - 0.47, "x1": x + 0.47, "y0": y - 0.44, "y1": y + 0.44}
        fill = {"fillcolor": hue(role, dark), "opacity": opacity, "line": {"width": 0}}
        shapes.append({"type": "rect", "layer": "below", "name": which, **edges, **fill})
        mean, low, high = (in_points(point[key], 1) for key in ("mean", "low", "high"))
        bold = f"<b>{mean}</b>" if which != UNCLEAR else mean
        words = f"{bold}<br><span style='font-size:13px'>{low} … {high}</span>"
        notes.append({"x": x, "y": y, "text": words, "showarrow": False, "font": {"size": TICK, "color": text(dark)}})
        words = summary["tried"][name]["words"]
        hovers.append((x, y, f"{words}, n = {n}: base − BnB {mean} points (95 %: {low} to {high})"))
    if hovers:
        xs, ys, said = zip(*hovers, strict=True)
        figure.add_scatter(
            x=xs, y=ys, text=said, mode="markers", marker={"size": 1, "opacity": 0},
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(shapes=shapes, annotations=notes)  # at once: one by one takes a second
    styled(figure, dark=dark, x="Copied and frozen stages n", y="", height=ROW * len(names) + 80)
    figure.update_xaxes(
        tickvals=depths, range=[min(depths, default=0) - 0.5, max(depths, default=1) + 0.5], showgrid=False
    )
    figure.update_yaxes(
        tickvals=[-k for k in range(len(names))], ticktext=[summary["tried"][name]["words"] for name in names],
        range=[-len(names) + 0.5, 0.5], showgrid=False,
    )  # fmt: skip
    figure.update_layout(margin_t=5)
    return figure
