"""How alike a network is to others, stage by stage; and what a paper measured of another one, in grey and dashed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars
from core.figures.style import LABEL, LINE, MARKER, hue, names_at_ends, styled, text

LOOKS = {  # group: role of its hue, mark, width of its line
    "seed": ("scratch", "diamond", LINE),
    "task": ("transfer", "circle", LINE),
    "untrained": ("random", "x", LINE),
    "tuned": ("self", "circle-open", LINE - 2),
}
LEGEND = 150  # px right of the axes, for the names
NAMED = 2  # the stage at which the paper's lines lie farthest apart


def similarity_figure(
    groups: Mapping[str, Mapping[str, Mapping[str, Any]]], stages: Sequence[str], *, measure: str, title: str,
    names: Mapping[str, str], dark: bool, guess: str | None = None,
) -> go.Figure:  # fmt: skip
    """`groups[group][stage][measure]`: mean, low, high; perhaps of some of the groups. `names[group]`: what it is
    called. `guess`: a stage.
    """
    figure, ends = go.Figure(), []
    for group, points in groups.items():
        role, symbol, width = LOOKS[group]
        known = [stage for stage in stages if stage in points]
        shown, colour = [points[stage][measure] for stage in known], hue(role, dark)
        figure.add_scatter(
            x=known, y=[point["mean"] for point in shown], error_y=bars(shown, least=-1), mode="lines+markers",
            name=names[group], line={"color": colour, "width": width},
            marker={"symbol": symbol, "size": MARKER - 2, "color": colour, "line": {"width": 2, "color": colour}},
            hovertemplate=f"%{{x}}, {names[group]}: %{{y:.2f}}<extra></extra>",
        )  # fmt: skip
        ends.append((shown[-1]["mean"], names[group], role))
    if measure == "procrustes":
        _chance(figure, groups, stages, dark)
    _styled(figure, stages, title, dark)
    names_at_ends(figure, ends, dark)
    if guess in stages:
        figure.add_vline(
            x=stages.index(guess), line={"color": text(dark), "width": 2, "dash": "dot"}, layer="below",
            annotation={"text": "your guess", "yref": "paper", "y": 1.0, "yanchor": "bottom"},
        )  # fmt: skip
    return figure


def cited_figure(printed: Mapping[str, Sequence[float]], stages: Sequence[str], *, title: str, dark: bool) -> go.Figure:
    """`printed[name]`: the paper's numbers, one a stage."""
    figure, colour = go.Figure(), hue("paper", dark)
    for name, values in printed.items():
        figure.add_scatter(
            x=stages, y=values, mode="lines+markers+text", name=name, marker={"size": MARKER - 4, "color": colour},
            line={"color": colour, "width": LINE - 2, "dash": "dash"}, textposition="top right",
            text=[f"<b>{name}</b>" if k == NAMED else "" for k in range(len(values))],
            textfont={"size": LABEL - 2, "color": colour}, hovertemplate=f"%{{x}}, {name}: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    _styled(figure, stages, title, dark)
    return figure


def _chance(
    figure: go.Figure, groups: Mapping[str, Mapping[str, Mapping[str, Any]]], stages: Sequence[str], dark: bool
) -> None:
    """What the measure gives of pictures in another order: the largest of the groups."""
    levels = {
        stage: max(points[stage]["chance"]["mean"] for points in groups.values() if stage in points)
        for stage in stages
        if any(stage in points for points in groups.values())
    }
    figure.add_scatter(
        x=list(levels), y=list(levels.values()), mode="lines", name="chance",
        line={"color": text(dark), "width": 2, "dash": "dot"}, hovertemplate="%{x}, by chance: %{y:.2f}<extra></extra>",
    )  # fmt: skip


def _styled(figure: go.Figure, stages: Sequence[str], title: str, dark: bool) -> None:
    styled(figure, dark=dark, x="Stage", y=f"{title} (1: alike)", height=420)
    figure.update_xaxes(categoryorder="array", categoryarray=list(stages))
    figure.update_yaxes(range=[-0.05, 1.05])
    figure.update_layout(margin_r=LEGEND)
