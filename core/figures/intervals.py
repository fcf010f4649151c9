"""How sure a mean is: its 95 % interval, or of two seeds, which say little of their spread, the two themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

Point = Mapping[str, Any]  # mean, low, high, perhaps seeds, and values, one a seed


def bars(points: Sequence[Point], *, least: float = 0.0, most: float = 1.0) -> dict[str, Any]:
    """The intervals as Plotly's `error_y` or `error_x`, cut at `least` and `most`; none of two seeds."""
    sure = [point.get("seeds") != 2 for point in points]
    return {
        "type": "data",
        "visible": any(sure),  # of no length they would still be dashes
        "symmetric": False,
        "array": [min(most, p["high"]) - p["mean"] if ok else 0 for p, ok in zip(points, sure, strict=True)],
        "arrayminus": [p["mean"] - max(least, p["low"]) if ok else 0 for p, ok in zip(points, sure, strict=True)],
        "thickness": 2,
        "width": 6,
    }


def draw_seeds(
    figure: go.Figure, name: str, places: Sequence[float], points: Sequence[Point], colour: str, *,
    zero: float = 0.0, across: bool = False, most: int = 2, **cell: int,
) -> None:  # fmt: skip
    """A dot a seed, less `zero`, at the place of its point, of points of 2 to `most` seeds; `cell`: of subplots."""
    dots = [
        (place, value - zero)
        for place, point in zip(places, points, strict=True)
        if 2 <= point["seeds"] <= most
        for value in point.get("values", ())
    ]
    if not dots:
        return
    along, values = zip(*dots, strict=True)
    x, y = (values, along) if across else (along, values)
    figure.add_scatter(
        x=x, y=y, mode="markers", hoverinfo="skip", name=f"{name}, seeds",
        marker={"symbol": "circle", "size": 5, "color": colour, "opacity": 0.55},
        unselected={"marker": {"opacity": 0.55}}, **cell,
    )  # fmt: skip
