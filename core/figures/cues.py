"""What is told with the toy, from its shadow, and from the empty room: a panel a task, a mark a view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.style import GRID, LABEL, MARKER, styled, text

QUESTIONS = {"class": "Which toy is it?", "rotation": "How was it turned?", "identity": "Which picture is it?"}
VIEWS = {
    "pictures": ("the picture", "circle", ("#0072B2", "#5BB8F0")),
    "shadow": ("its shadow", "diamond", ("#D55E00", "#FF8A3D")),
    "room": ("the empty room", "square", ("#767676", "#9AA0A6")),
}


def cues_figure(table: Sequence[Mapping[str, Any]], *, dark: bool, guess: float | None = None) -> go.Figure:
    """`table`: points with `task`, `view`, `accuracy`, `low`, `high`, `chance` (shares); `guess`: class by shadow."""
    figure, rows = go.Figure(), list(QUESTIONS)
    for view in VIEWS:
        _lane(figure, view, [point for point in table if point["view"] == view], dark)
    for k, task in enumerate(rows):
        chance = next(point["chance"] for point in table if point["task"] == task)
        line = {"color": text(dark), "dash": "dot"}
        figure.add_shape(type="line", x0=chance, x1=chance, y0=-k - 0.36, y1=-k + 0.36, line=line)
        figure.add_annotation(x=chance, y=-k + 0.44, text="chance", showarrow=False, xanchor="left", font={"size": 15})
    styled(figure, dark=dark, x="Test pictures told correctly (%)", y="", height=520)
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(
        range=[0.6 - len(rows), 0.6], tickvals=[-k for k in range(len(rows))], ticktext=list(QUESTIONS.values()),
        gridcolor=GRID[dark],
    )  # fmt: skip
    if guess is not None:
        figure.add_shape(type="line", x0=guess, x1=guess, y0=-0.36, y1=0.36, line={"color": text(dark), "dash": "dash"})
        figure.add_annotation(x=guess, y=0.5, text="your guess", showarrow=False, font={"size": 15})
    return figure


def _lane(figure: go.Figure, view: str, points: Sequence[Mapping[str, Any]], dark: bool) -> None:
    """The marks of one view, above one another within a task, with their words."""
    (name, symbol, hues), lane = VIEWS[view], 0.24 - 0.24 * list(VIEWS).index(view)
    points = sorted(points, key=lambda point: list(QUESTIONS).index(point["task"]))
    heights = [lane - list(QUESTIONS).index(point["task"]) for point in points]
    bounds = {
        "array": [point["high"] - point["accuracy"] for point in points],
        "arrayminus": [point["accuracy"] - point["low"] for point in points],
    }
    figure.add_scatter(
        x=[point["accuracy"] for point in points], y=heights, mode="markers",
        error_x={"type": "data", "symmetric": False, "thickness": 2, **bounds},
        marker={"size": MARKER, "symbol": symbol, "color": hues[dark]},
        hovertemplate=f"{name}: %{{x:.1%}}<extra></extra>",
    )  # fmt: skip
    for point, y in zip(points, heights, strict=True):
        left = point["accuracy"] > 0.6  # where there is room for words
        figure.add_annotation(
            x=point["low"] - 0.015 if left else point["high"] + 0.015, y=y, showarrow=False,
            text=f"{name} {point['accuracy']:.0%}", xanchor="right" if left else "left",
            font={"size": LABEL - 3, "color": hues[dark]},
        )  # fmt: skip
