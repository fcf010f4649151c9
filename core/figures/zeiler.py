"""The measurements of Zeiler and Fergus: stages taken out, features that move, parts that correspond, stages that
settle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.intervals import bars
from core.figures.style import BACK, LABEL, LINE, MARKER, TEXT, hue, points_axis, styled

Point = Mapping[str, Any]
HOW = {  # hue, symbol, words, how high in its row
    "whole": ("transfer", "circle", "whole", 0.0),
    "retrained": ("scratch", "diamond", "learned without", 0.16),
    "passed": ("random", "x", "passed by, once trained", -0.16),
}
PANELS = {"shift": "Shifted", "scale": "Enlarged", "rotation": "Turned (°)"}  # three share the width of one figure
TICKS = {"shift": (-0.2, 0, 0.2), "scale": (1, 1.4), "rotation": (90, 180, 270)}
ROLES = ("self", "transfer", "random", "scratch")  # in the order of lines
DASHES = ("solid", "dash", "dot", "solid")


def without(stages: str) -> str:
    return f"without {stages.replace('-', ', ')}"


def ablation_figure(
    whole: Point, errors: Mapping[str, Mapping[str, Point]], printed: Mapping[str, float], *, dark: bool
) -> go.Figure:
    """`whole` and `errors[retrained or passed][stages]`: mean, low, high of a share; `printed[stages]`: the paper's."""
    figure = go.Figure()
    names = list(dict.fromkeys(["", *errors.get("retrained", {}), *errors.get("passed", {}), *printed]))
    places = {name: -k for k, name in enumerate(names)}
    lanes = {"whole": {"": whole}, **errors}
    for how, points in lanes.items():
        role, symbol, words, lift = HOW[how]
        figure.add_scatter(
            x=[point["mean"] for point in points.values()], y=[places[name] + lift for name in points], mode="markers",
            error_x=bars(list(points.values())), name=words,
            marker={"size": MARKER, "symbol": symbol, "color": hue(role, dark)},
            hovertemplate=f"{words}: %{{x:.1%}}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=list(printed.values()), y=[places[name] for name in printed], mode="markers", name="the paper, ImageNet",
        marker={"size": MARKER + 4, "symbol": "line-ns-open", "color": hue("paper", dark), "line": {"width": 4}},
        hovertemplate="the paper, ImageNet: %{x:.1%}<extra></extra>",
    )  # fmt: skip
    styled(figure, dark=dark, x="Test pictures named wrongly (%)", y="", height=120 + 44 * len(names))
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    ticks = ["<b>the whole network</b>", *(without(name) for name in names[1:])]
    figure.update_yaxes(tickvals=list(places.values()), ticktext=ticks, range=[0.6 - len(names), 0.6])
    return legend(figure)


def legend(figure: go.Figure) -> go.Figure:
    """Above, where lines cross too often to be named beside them."""
    where = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": LABEL - 3}}
    return figure.update_layout(showlegend=True, legend=where, margin_t=60)


def moved_figure(lines: Mapping[str, Sequence[Mapping[str, Any]]], title: str, *, dark: bool) -> go.Figure:
    """`lines[name]`: rows with `transform`, `amount`, mean, low, high; a panel a transform."""
    figure = make_subplots(1, len(PANELS), shared_yaxes=True, horizontal_spacing=0.04)
    for k, (name, rows) in enumerate(lines.items()):
        for panel, transform in enumerate(PANELS, 1):
            own = [row for row in rows if row["transform"] == transform]
            x, colour = [row["amount"] for row in own], hue(ROLES[k], dark)
            edge = [row["high"] for row in own] + [row["low"] for row in reversed(own)]
            figure.add_scatter(
                x=[*x, *reversed(x)], y=edge, fill="toself", mode="none", opacity=0.25, fillcolor=colour,
                hoverinfo="skip", showlegend=False, row=1, col=panel,
            )  # fmt: skip
            figure.add_scatter(
                x=x, y=[row["mean"] for row in own], mode="lines", name=name, showlegend=panel == 1,
                line={"color": colour, "width": LINE, "dash": DASHES[k]},
                hovertemplate=f"{name}: %{{y:.2f}} at %{{x:.3g}}<extra></extra>", row=1, col=panel,
            )  # fmt: skip
    styled(figure, dark=dark, x="", y="", height=420)
    for panel, (transform, words) in enumerate(PANELS.items(), 1):
        figure.update_xaxes(title_text=words, tickvals=TICKS[transform], row=1, col=panel)
    figure.update_yaxes(rangemode="tozero", title_text=title, row=1, col=1)
    return legend(figure)


def parts_figure(
    below: Mapping[str, Mapping[str, Point]], words: Mapping[str, str], printed: Mapping[str, float], *, dark: bool
) -> go.Figure:
    """`below[control][stage]`: mean, low, high of a difference of shares; `words[control]`; `printed[stage]`: the
    paper's, of places at random.
    """
    figure, stages = go.Figure(), list(next(iter(below.values())))
    for k, (control, points) in enumerate(below.items()):
        values, colour = [{**point, "seeds": 0} for point in points.values()], hue(ROLES[k], dark)
        figure.add_scatter(
            x=[at + 0.1 * (k - 0.5) for at in range(len(stages))], y=[point["mean"] for point in values],
            error_y=bars(values, least=-1.0), mode="lines+markers", name=words[control],
            line={"color": colour, "width": LINE, "dash": DASHES[k]}, marker={"size": MARKER}, customdata=stages,
            hovertemplate="%{customdata}: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=[stages.index(stage) for stage in printed], y=list(printed.values()), mode="markers", name="the paper",
        marker={"size": MARKER + 4, "symbol": "line-ew-open", "color": hue("paper", dark), "line": {"width": 4}},
        hovertemplate="the paper: %{y:.1%}<extra></extra>",
    )  # fmt: skip
    styled(figure, dark=dark, x="Stage", y="More alike than elsewhere (points)", height=420)
    figure.update_xaxes(tickvals=list(range(len(stages))), ticktext=stages)
    ends = [point[end] for points in below.values() for point in points.values() for end in ("low", "high")]
    figure.update_yaxes(**points_axis(min(0.0, *ends) - 0.01, max(ends) + 0.01), zeroline=True, zerolinewidth=2)
    return legend(figure)


def evolution_figure(
    likeness: Mapping[str, Sequence[Mapping[str, Any]]], settled: Mapping[str, Point], *, dark: bool
) -> go.Figure:
    """`likeness[stage]`: points with `step` and mean, 0 to 1; `settled[stage]`: a share of the training, marked."""
    steps = [point["step"] for point in next(iter(likeness.values()))]
    stages = list(likeness)
    cells = [[max(0.0, point["mean"]) for point in likeness[stage]] for stage in stages]
    figure = go.Figure(
        go.Heatmap(
            z=cells, x=[str(step) for step in steps], y=stages, zmin=0, zmax=1,
            colorscale=[[0, BACK[dark]], [1, hue("self", dark)]], xgap=2, ygap=2,
            texttemplate="%{z:.2f}", textfont={"size": 14}, showscale=False,
            hovertemplate="%{y}, after %{x} steps: %{z:.2f}<extra></extra>",
        )
    )  # fmt: skip
    for stage in stages:
        where = sum(step < settled[stage]["mean"] * steps[-1] for step in steps) - 0.5
        row = stages.index(stage)
        line = {"color": TEXT[dark], "width": 4}
        figure.add_shape(type="line", x0=where, x1=where, y0=row - 0.45, y1=row + 0.45, line=line)
    styled(figure, dark=dark, x="Steps of training", y="", height=420)
    figure.update_xaxes(type="category")  # the steps that were kept, at equal distances
    figure.update_yaxes(autorange="reversed")
    return figure
