"""How much the units of each stage are about one class, of a trained network and of one that never learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars
from core.figures.style import LABEL, LINE, MARKER, MARKERS, hue, styled

ROLES = {"trained": "transfer", "untrained": "random"}


def hierarchy_figure(
    units: Mapping[str, Mapping[str, Mapping[str, Any]]], stages: Sequence[str], *, dark: bool
) -> go.Figure:
    """`units[trained or untrained][stage]`: mean, low, high of a share, perhaps of some of the stages."""
    figure = go.Figure()
    for name, points in units.items():
        known = [stage for stage in stages if stage in points]
        colour, values = hue(ROLES[name], dark), [points[stage]["mean"] for stage in known]
        figure.add_scatter(
            x=known, y=values, error_y=bars([points[stage] for stage in known]), mode="lines+markers+text", name=name,
            line={"color": colour, "width": LINE}, marker={"size": MARKER, "symbol": MARKERS[ROLES[name]]},
            text=[""] * (len(known) - 1) + [f"<b>{name}</b>"], textposition="middle right",
            textfont={"size": LABEL, "color": colour}, hovertemplate=f"%{{x}}, {name}: %{{y:.0%}}<extra></extra>",
        )  # fmt: skip
    styled(figure, dark=dark, x="Stage", y="Of nine patches, of one class (%)", height=420)
    figure.update_xaxes(categoryorder="array", categoryarray=list(stages), range=[-0.4, len(stages) + 0.1])
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%")
    return figure
