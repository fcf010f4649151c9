"""Accuracy against the body's learning rate, as a multiple of the head's; zero stands left of a broken axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LINE, MARKER, hue, styled


def rate_figure(curve: Sequence[Mapping[str, Any]], *, dark: bool, guess: float | None = None) -> go.Figure:
    """`curve`: points with `body_rate` (0 and up), `accuracy`, `low`, `high` (shares, 95 % interval)."""
    positive = sorted(log10(point["body_rate"]) for point in curve if point["body_rate"] > 0)
    zero = positive[0] - 1.2
    places = [log10(point["body_rate"]) if point["body_rate"] else zero for point in curve]
    values = [point["accuracy"] for point in curve]
    points = [{**point, "mean": point["accuracy"], "seeds": len(point.get("values", ()))} for point in curve]
    figure = go.Figure(
        go.Scatter(
            x=places,
            y=values,
            error_y=bars(points),
            mode="markers+lines",
            line={"color": hue("transfer", dark), "width": LINE},
            marker={"size": MARKER, "symbol": ["square"] + ["circle-open"] * (len(curve) - 1), "line": {"width": 3}},
            text=[f"{point['body_rate']:g} × the head's rate" for point in curve],
            hovertemplate="%{text}: %{y:.1%}<extra></extra>",
        )
    )
    draw_seeds(figure, "rates", places, points, hue("transfer", dark))
    styled(figure, dark=dark, x="Rate of the borrowed stages (× the head's)", y="Test pictures named correctly (%)")
    labels = [f"{point['body_rate']:g}" for point in curve]
    figure.update_xaxes(tickvals=places, ticktext=["0<br>(frozen)" if label == "0" else label for label in labels])
    figure.add_annotation(x=(zero + positive[0]) / 2, y=0, yref="paper", text="⁄⁄", showarrow=False, font={"size": 20})
    figure.update_yaxes(range=[0, 1], tickformat=".0%")
    if guess is not None:
        figure.add_vline(
            x=log10(guess) if guess else zero, line={"dash": "dash", "width": 2}, annotation_text="your guess"
        )
    return figure
