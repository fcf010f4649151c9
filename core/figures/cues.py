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
    lanes = {view: 0.24 - 0.24 * k for k, view in enumerate(VIEWS)}  # above one another within a task
    for view, (name, symbol, hues) in VIEWS.items():
        points = sorted(
            (point for point in table if point["view"] == view), key=lambda point: rows.index(point["task"])
        )
        figure.add_scatter(
            x=[point["accuracy"] for point in points],
            y=[-rows.index(point["task"]) + lanes[view] for point in points],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [point["high"] - point["accuracy"] for point in points],
                "arrayminus": [point["accuracy"] - point["low"] for point in points],
                "thickness": 2,
            },
            mode="markers",
            marker={"size": MARKER, "symbol": symbol, "color": hues[dark]},
            hovertemplate=f"{name}: %{{x:.1%}}<extra></extra>",
        )
        for point in points:
            left = point["accuracy"] > 0.6  # where there is room for words
            figure.add_annotation(
                x=point["low"] - 0.015 if left else point["high"] + 0.015,
                y=-rows.index(point["task"]) + lanes[view],
                text=f"{name} {point['accuracy']:.0%}",
                xanchor="right" if left else "left",
                showarrow=False,
                font={"size": LABEL - 3, "color": hues[dark]},
            )
    for k, task in enumerate(rows):
        chance = next(point["chance"] for point in table if point["task"] == task)
        figure.add_shape(
            type="line", x0=chance, x1=chance, y0=-k - 0.36, y1=-k + 0.36, line={"color": text(dark), "dash": "dot"}
        )
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
