"""InfoNCE's bound beside what bounds it, and how well the latent is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.representations import apart
from core.figures.style import LABEL, LINE, MARKER, hue, styled, text

Points = Mapping[str, Mapping[str, Mapping[str, Any]]]  # N, or the offset → number → mean, low, high, seeds, values
LEARNED, OPTIMAL = "bound", "optimal"
ABOVE = 1.06  # of the highest number, where the axis ends
NAMED = {  # number → words, role of its hue, dash
    "information": ("the information", "paper", "dash"),
    "ceiling": ("log N", "paper", "dot"),
    OPTIMAL: ("optimal critic", "scratch", "solid"),
    LEARNED: ("learned bound", "self", "solid"),
}
SIDES = {"information": (0.0, "left"), "ceiling": (0.5, "right")}  # share of the points at which a name stands, side
LEGEND = 150  # px right of the axes, for the other names


def bound_figure(points: Points, *, x: str, dark: bool) -> go.Figure:
    """Nats against N or the offset: what was learned with its intervals, what the optimal critic finds, log N and the
    information.
    """
    figure, places = go.Figure(), sorted(map(int, points))
    most = max(point["mean"] for of in points.values() for point in of.values())
    last = [points[str(places[-1])][number]["mean"] for number in (LEARNED, OPTIMAL)]
    ends = dict(zip((LEARNED, OPTIMAL), apart(last, (0.0, most)), strict=True))
    for number, (words, role, dash) in NAMED.items():
        shown, colour = [points[str(place)][number] for place in places], hue(role, dark)
        values, learned = [point["mean"] for point in shown], number == LEARNED
        figure.add_scatter(
            x=places, y=values, name=words, mode="lines+markers" if dash == "solid" else "lines",
            line={"color": colour, "width": LINE if learned else 3, "dash": dash},
            marker={"size": MARKER - 2 if learned else MARKER - 6, "color": colour},
            error_y=bars(shown, least=-10, most=100) if learned else None,
            hovertemplate=f"{words}: %{{y:.2f}} nats<extra></extra>",
        )  # fmt: skip
        if number in SIDES:
            share, side = SIDES[number]
            at = round(share * (len(places) - 1))
            where = {"x": _place(places[at]), "y": values[at], "xanchor": side, "yshift": 16}
        else:
            where = {"x": _place(places[-1]), "y": ends[number], "xanchor": "left", "xshift": 12}
        label = {"text": f"<b>{words}</b>", "showarrow": False, "font": {"size": LABEL - 3, "color": colour}}
        figure.add_annotation(**where, **label)
    styled(figure, dark=dark, x=x, y="Nats", height=400)
    _by_ratio(figure, places)
    figure.update_yaxes(range=[0, ABOVE * most + 0.3])
    figure.update_layout(margin_r=LEGEND)
    return figure


def latent_figure(points: Points, *, x: str, dark: bool, levels: Mapping[str, float] | None = None) -> go.Figure:
    """R² of the latent, read linearly from the code, with its intervals; `levels`: without a code, or training."""
    figure, places, colour = go.Figure(), sorted(map(int, points)), hue("self", dark)
    shown = [points[str(place)]["r2"] for place in places]
    figure.add_scatter(
        x=places, y=[point["mean"] for point in shown], mode="lines+markers", name="R²",
        line={"color": colour, "width": LINE}, marker={"size": MARKER - 2}, error_y=bars(shown),
        hovertemplate="R² %{y:.3f}<extra></extra>",
    )  # fmt: skip
    draw_seeds(figure, "R²", places, shown, colour)
    for words, level in (levels or {}).items():
        grey = hue("paper", dark)
        figure.add_scatter(
            x=[places[0], places[-1]], y=[level, level], mode="lines", name=words, hoverinfo="skip",
            line={"color": grey, "width": 3, "dash": "dash"},
        )  # fmt: skip
        figure.add_annotation(
            x=_place(places[len(places) // 2]), y=level, text=f"<b>{words} {level:.2f}</b>", showarrow=False,
            yshift=-18, font={"size": LABEL - 4, "color": grey},
        )  # fmt: skip
    for place, point in ((places[0], shown[0]), (places[-1], shown[-1])):
        figure.add_annotation(
            x=_place(place), y=point["mean"], text=f"<b>{point['mean']:.2f}</b>", showarrow=False, yshift=20,
            font={"size": LABEL - 2, "color": text(dark)},
        )  # fmt: skip
    styled(figure, dark=dark, x=x, y="R² of the latent", height=400)
    _by_ratio(figure, places)
    figure.update_yaxes(range=[0, ABOVE])
    return figure


def bound_words(points: Points, numbers: Sequence[str] = (LEARNED, OPTIMAL, "ceiling", "information")) -> str:
    """The same as a sentence."""
    said = []
    for place in sorted(points, key=int):
        told = ", ".join(f"{NAMED[name][0]} {points[place][name]['mean']:.2f}" for name in numbers)
        said.append(f"{place}: {told}")
    return "; ".join(said)


def _by_ratio(figure: go.Figure, places: Sequence[int]) -> None:
    """The axis of N, or of offsets: it ends where they do, whatever is written beyond."""
    low, high = _place(places[0]), _place(places[-1])
    edge = 0.04 * (high - low) + 0.02
    ticks = {"tickvals": places, "ticktext": [str(place) for place in places]}
    figure.update_xaxes(type="log", range=[low - edge, high + edge], **ticks)


def _place(value: int) -> float:
    """Where an annotation stands on an axis of ratios."""
    return math.log10(value)
