"""What one unit cares about, beside the mean of its stage: a bar a factor."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from core.figures.style import hue, styled, text


def unit_factors_figure(unit: Mapping[str, float], stage: Mapping[str, float], *, dark: bool) -> go.Figure:
    """factor → share of the variance of the unit's answers, and of those of all units of its stage."""
    names = sorted(unit, key=lambda name: unit[name])
    rows = [f"{name} {unit[name]:.0%}" for name in names]
    figure = go.Figure()
    figure.add_bar(
        y=rows, x=[unit[name] for name in names], orientation="h", marker_color=hue("self", dark),
        hovertemplate="%{y}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        y=rows, x=[stage[name] for name in names], mode="markers",
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 4, "color": text(dark)}},
        hovertemplate="mean of the stage: %{x:.0%}<extra></extra>",
    )  # fmt: skip
    styled(figure, dark=dark, x="Of its answers' variance (%)", y="", height=380)
    most = max(1.0, *unit.values(), *stage.values())
    figure.update_xaxes(range=[0, 1.05 * most], tickformat=".0%")
    return figure
