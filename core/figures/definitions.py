"""Three targets of one source network: same pictures and new labels, new pictures and same labels, and both new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LABEL, MARKER, TICK, hue, styled, text

TARGETS = {  # what is new: what it is called, and in words
    "labels": ("Inductive transfer", "same pictures, new labels"),
    "pictures": ("Domain adaptation", "new pictures, same labels"),
    "both": ("Neither", "new pictures, new labels"),
}
WAYS = {  # way: its words, role of its hue, mark
    "as is": ("as it is", "transfer", "square"),
    "tuned": ("fine-tuned", "transfer", "circle-open"),
    "scratch": ("scratch", "scratch", "diamond"),
}
HEAD, LANE, BETWEEN = 1.4, 1.0, 0.4  # heights of a heading, of a lane, and between two targets
PIXELS = 44  # a lane
EDGE = 0.62  # share right from which a mark's words stand on its left


def definitions_figure(summary: Mapping[str, Any], *, dark: bool) -> go.Figure:
    """`targets[what is new][way]` and `chance[what is new]` as `definitions.summarise` has them, of any arms."""
    figure, y = go.Figure(), 0.0
    for target, (name, words) in TARGETS.items():
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=y - HEAD / 2, align="left", showarrow=False,
            text=f"<b>{name}</b><br>{words}", font={"size": TICK, "color": text(dark)},
        )  # fmt: skip
        points = summary["targets"].get(target, {})
        lanes = [way for way in WAYS if way in points]
        top, y = y - HEAD, y - HEAD - LANE * len(lanes)
        figure.add_scatter(
            x=[summary["chance"][target]] * 2, y=[top, y], mode="lines", name=f"chance, {target}",
            line={"color": hue("paper", dark), "width": 2, "dash": "dot"},
            hovertemplate="chance: %{x:.1%}<extra></extra>",
        )  # fmt: skip
        for k, way in enumerate(lanes):
            _lane(figure, way, points[way], top - LANE * (k + 0.5), f"{name}, {WAYS[way][0]}", dark)
        y -= BETWEEN
    styled(figure, dark=dark, x="Test pictures named correctly (%)", y="", height=round(90 - PIXELS * y))
    figure.update_xaxes(range=[-0.02, 1.04], tickformat=".0%")
    figure.update_yaxes(visible=False, range=[y, 0])
    return figure


def _lane(figure: go.Figure, way: str, point: Mapping[str, Any], y: float, name: str, dark: bool) -> None:
    words, role, symbol = WAYS[way]
    value, colour = point["mean"], hue(role, dark)
    drawn = bars([point])
    reach = max(drawn["array"][0], drawn["arrayminus"][0])
    left = value + reach > EDGE
    figure.add_scatter(
        x=[value], y=[y], mode="markers", name=name, error_x={**drawn, "thickness": 3, "width": 8},
        marker={"size": MARKER, "symbol": symbol, "color": colour, "line": {"width": 3, "color": colour}},
        hovertemplate=f"{name}: {value:.1%} (95 %: {max(0, point['low']):.1%} to {min(1, point['high']):.1%})"
        "<extra></extra>",
    )  # fmt: skip
    draw_seeds(figure, name, [y], [point], colour, across=True)
    figure.add_annotation(
        x=value - drawn["arrayminus"][0] if left else value + drawn["array"][0], y=y, showarrow=False,
        xanchor="right" if left else "left", xshift=-14 if left else 14, text=f"<b>{words} {value:.0%}</b>",
        font={"size": LABEL - 2, "color": colour},
    )  # fmt: skip
