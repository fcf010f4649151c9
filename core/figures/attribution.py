"""How often each method's heat map peaks on what the network told the class by, beside the same on random weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.style import LABEL, MARKER, MARKERS, hue, styled, text

METHODS = {
    "gradcam": "Grad-CAM",
    "hirescam": "HiResCAM",
    "occlusion": "Occlusion",
    "occlusion_grey": "Occlusion, grey",
    "integrated": "Integrated gradients",
    "lrp": "Relevance (LRP)",
    "guided": "Guided backprop",
    "gradient": "Gradient",
}
CAUSES = {"toy": "Told by the toy", "shadow": "Told by its shadow"}
ROLES = {"trained": "transfer", "random": "random"}


def league_figure(
    points: Mapping[str, Mapping[str, Any]], nothing: Mapping[str, Mapping[str, Any]], *, dark: bool
) -> go.Figure:
    """`points[method][trained or random]`: mean, low, high of a share; `nothing["trained"]`: of pointing at the
    middle.
    """
    figure = go.Figure()
    rows = {method: -k for k, method in enumerate(METHODS)}
    for weights, role in ROLES.items():
        _marks(figure, {rows[method]: point[weights] for method, point in points.items()}, weights, role, dark)
    middle = nothing["trained"]["mean"]
    line = {"color": text(dark), "dash": "dot"}
    figure.add_shape(type="line", x0=middle, x1=middle, y0=0.5 - len(METHODS), y1=0.75, line=line)
    figure.add_annotation(x=middle, y=0.95, text=f"the middle {middle:.0%}", font={"size": 15}, showarrow=False)
    styled(figure, dark=dark, x="Peak on it (%)", y="", height=480)
    figure.update_xaxes(range=[-0.02, 1.02], tickformat=".0%")
    figure.update_yaxes(range=[0.4 - len(METHODS), 1.2], tickvals=list(rows.values()), ticktext=list(METHODS.values()))
    return figure


def _marks(figure: go.Figure, points: Mapping[int, Mapping[str, float]], weights: str, role: str, dark: bool) -> None:
    """One mark a method with its interval, and the word for them beside the first."""
    colour, shares = hue(role, dark), [point["mean"] for point in points.values()]
    bounds = {
        "array": [point["high"] - point["mean"] for point in points.values()],
        "arrayminus": [point["mean"] - point["low"] for point in points.values()],
    }
    figure.add_scatter(
        x=shares, y=list(points), mode="markers", name=weights,
        error_x={"type": "data", "symmetric": False, "thickness": 2, **bounds},
        marker={"size": MARKER, "symbol": MARKERS[role], "color": colour},
        hovertemplate=f"{weights} weights: %{{x:.0%}}<extra></extra>",
    )  # fmt: skip
    figure.add_annotation(
        x=max(0.09, shares[0]), y=0.38, text=f"<b>{weights}</b>", showarrow=False,
        font={"size": LABEL - 3, "color": colour},
    )  # fmt: skip


def over_figure(picture: str, heat: Sequence[Sequence[float]], *, dark: bool) -> go.Figure:
    """A map, 0 to 1, over a picture (its address, perhaps of data), from dark violet to yellow."""
    side = len(heat)
    figure = go.Figure(
        go.Heatmap(z=heat, colorscale="Viridis", zmin=0, zmax=1, opacity=0.6, showscale=False, zsmooth="best")
    )
    figure.add_layout_image(
        source=picture, x=-0.5, y=-0.5, sizex=side, sizey=side, xref="x", yref="y", sizing="stretch", layer="below"
    )
    styled(figure, dark=dark, x="", y="", height=270)
    figure.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0})
    figure.update_xaxes(visible=False, range=[-0.5, side - 0.5], constrain="domain")
    figure.update_yaxes(visible=False, range=[side - 0.5, -0.5], scaleanchor="x", constrain="domain")
    return figure
