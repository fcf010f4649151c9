"""Little sketched curves: shapes to choose from before the result is seen, and to lay over it afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.style import GRID, LABEL, text

Points = Sequence[tuple[float, float]]

WIDE, TALL, EDGE = 160, 100, 12  # px of a sketch; its browser scales it
_GRID = [k / 16 for k in range(17)]

# Shapes over the unit square, x and y from 0 to 1.
SHAPES: dict[str, list[tuple[float, float]]] = {
    "flat": [(0.0, 0.5), (1.0, 0.5)],
    "falls": [(x, 0.9 - 0.8 * x * x) for x in _GRID],
    "a hump": [(x, 0.15 + 0.75 * 4 * x * (1 - x)) for x in _GRID],
    "rises": [(x, 0.1 + 0.8 * (1 - (1 - x) ** 2)) for x in _GRID],
}


def fitted(points: Points, x: tuple[float, float], y: tuple[float, float]) -> list[tuple[float, float]]:
    """A shape stretched from the unit square to these ranges of an axis."""
    return [(x[0] + u * (x[1] - x[0]), y[0] + v * (y[1] - y[0])) for u, v in points]


def sketch(points: Points, *, dark: bool) -> str:
    """A shape as a small SVG drawing between two bare axes."""
    curve = " ".join(f"{a:.1f},{b:.1f}" for a, b in fitted(points, (EDGE, WIDE - EDGE), (TALL - EDGE, EDGE)))
    corner = f"M{EDGE / 2} {EDGE / 2} V{TALL - EDGE / 2} H{WIDE - EDGE / 2}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {TALL}" width="{WIDE}" height="{TALL}" '
        f'fill="none" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{corner}" stroke="{GRID[dark]}" stroke-width="3"/>'
        f'<polyline points="{curve}" stroke="{text(dark)}" stroke-width="5"/></svg>'
    )


def overlay(
    figure: go.Figure, points: Points, *, x: tuple[float, float], y: tuple[float, float], dark: bool
) -> go.Figure:
    """Lay a guessed shape over a result, dashed, stretched to the ranges x and y of its axes.

    Only the shape was guessed: where the result is measured from 0.3 to 0.6, those are the y to give.
    """
    places = fitted(points, x, y)
    figure.add_trace(
        go.Scatter(
            x=[a for a, _ in places],
            y=[b for _, b in places],
            mode="lines",
            line={"color": text(dark), "width": 3, "dash": "dash", "shape": "spline"},
            name="your guess",
            hoverinfo="skip",
        )
    )
    a, b = places[len(places) // 2]
    figure.add_annotation(
        x=a, y=b, text="<b>your guess</b>", showarrow=False, yshift=16, font={"size": LABEL, "color": text(dark)}
    )
    return figure
