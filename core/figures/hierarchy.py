"""A number of each stage, from the picture up, with its interval: a line for each thing that is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.intervals import bars
from core.figures.style import LINE, MARKER, MARKERS, hue, names_at_ends, styled

ROLES = {"trained": "transfer", "untrained": "random"}
Lines = Mapping[str, Mapping[str, Mapping[str, Any]]]


def stages_figure(
    lines: Lines, stages: Sequence[str], roles: Mapping[str, str], *, y: str, dark: bool, most: float = 1.0
) -> go.Figure:
    """`lines[name][stage]`: mean, low, high of a share, perhaps of some of the stages; `roles`: name → hue and marker.
    Only what has a role is drawn. `most`: what an interval is cut at.
    """
    figure, top, ends = go.Figure(), 1.0, []
    for name, role in roles.items():
        points = lines.get(name, {})
        known = [stage for stage in stages if stage in points]
        if not known:
            continue
        colour, values = hue(role, dark), [points[stage]["mean"] for stage in known]
        top = max(top, *values)
        ends.append((values[-1], name, role))
        figure.add_scatter(
            x=known, y=values, error_y=bars([points[stage] for stage in known], most=most), name=name,
            mode="lines+markers", line={"color": colour, "width": LINE},
            marker={"size": MARKER, "symbol": MARKERS[role]},
            hovertemplate=f"%{{x}}, {name}: %{{y:.0%}}<extra></extra>",
        )  # fmt: skip
    styled(figure, dark=dark, x="Stage", y=y, height=420)
    names_at_ends(figure, ends, dark)
    figure.update_layout(margin_r=24 + 11 * max(map(len, roles)))  # for the names
    figure.update_xaxes(categoryorder="array", categoryarray=list(stages), range=[-0.4, len(stages) - 0.9])
    figure.update_yaxes(range=[0, 1.08 * top], tickformat=".0%")
    return figure
