"""Curves over how many labels there are, on a logarithmic axis, and where one overtakes another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LABEL, MARKER, hue, styled

LEGEND = 128  # px right of the axes, for the curves' names
TICKS_APART = 0.1  # of the axis, between two places that are named
MEASURED, GUESSED = 1.02, 1.1  # heights of the words above the axes
Point = Mapping[str, Any]  # mean, low, high, values


def draw_curve(
    figure: go.Figure, points: Mapping[int, Point], look: tuple[str, str, float], *, name: str,
    told: Callable[[int, Point], str], dark: bool, dash: str = "solid",
) -> float:  # fmt: skip
    """Draw `points` by their place, with intervals and seeds; `look`: role of the hue, mark, width of the line; `told`:
    a place and its point in words. Returns where it ends.
    """
    (role, symbol, width), places = look, sorted(points)
    shown, colour = [points[place] for place in places], hue(role, dark)
    figure.add_scatter(
        x=places, y=[point["mean"] for point in shown], mode="lines+markers", name=name,
        line={"color": colour, "width": width, "dash": dash},
        marker={"symbol": symbol, "size": MARKER - 2, "color": colour, "line": {"width": 2, "color": colour}},
        error_y=bars(shown),
        hovertemplate=[
            f"{name}, {told(place, point)}<extra></extra>" for place, point in zip(places, shown, strict=True)
        ],
    )  # fmt: skip
    draw_seeds(figure, name, places, shown, colour)
    return shown[-1]["mean"]


def within(point: Point) -> str:
    """The interval of a share in words."""
    return f"(95 %: {max(0.0, point['low']):.1%} to {min(1.0, point['high']):.1%})"


def over_labels(
    figure: go.Figure, places: Sequence[int], *, x: str, y: str, dark: bool, apart: float = TICKS_APART
) -> None:
    """The axes of `places` at which something is drawn; of those nearer to one another than `apart` some are named."""
    styled(figure, dark=dark, x=x, y=y, height=460)
    known = sorted(set(places))
    low, high = (math.log10(known[0]), math.log10(known[-1])) if known else (0.0, 2.6)
    named: list[int] = []
    for place in known[::-1]:
        if not named or math.log10(named[-1] / place) >= apart * (high - low):
            named.append(place)
    figure.update_xaxes(
        type="log", tickvals=named, ticktext=[str(place) for place in named], tickangle=0, range=[low - 0.1, high + 0.1]
    )
    figure.update_yaxes(tickformat=".0%", range=[-0.03, 1.03])
    figure.update_layout(margin_r=LEGEND)


def draw_interval(figure: go.Figure, low: float, high: float, dark: bool) -> None:
    figure.add_vrect(x0=low, x1=high, fillcolor=hue("paper", dark), opacity=0.18, line_width=0, name="interval")


def draw_at(figure: go.Figure, place: float, words: str, colour: str, *, measured: bool) -> None:
    """A line at a place, a dashed one for a guess, which stands at the edge where it lies beyond; `words` above it."""
    low, high = figure.layout.xaxis.range
    shown = min(max(place, 10**low), 10**high)
    line = {"color": colour, "width": 3, "dash": "solid" if measured else "dash"}
    figure.add_vline(x=shown, line=line, name="measured" if measured else "guess")
    say_above(figure, (math.log10(shown) - low) / (high - low), words, colour, measured=measured)


def say_above(figure: go.Figure, x: float, words: str, colour: str, *, measured: bool, side: str = "") -> None:
    """Words above the axes, `x` from 0 at their left end to 1."""
    figure.add_annotation(
        x=x, xref="x domain", y=MEASURED if measured else GUESSED, yref="paper", yanchor="bottom",
        xanchor=side or ("left" if x < 0.3 else "right" if x > 0.6 else "center"), showarrow=False,
        text=f"<b>{words}</b>", font={"size": LABEL - 2, "color": colour},
    )  # fmt: skip


def rounded(place: float) -> str:
    """Two digits are all that a few seeds say."""
    return f"{float(f'{place:.2g}'):g}"
