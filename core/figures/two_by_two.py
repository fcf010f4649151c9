"""The table of CS231n, measured: a heat map for each kind of advice, and the best stage to read against the labels.

A heat map has a row a donor, similar or different, and a column a depth. Outlined is the depth that the validation
pictures chose; under a bracket is what the slide names; beneath stands whether that holds. Numbers are of the test
pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LABEL, LINE, MARKER, TICK, ground, hue, styled, text
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED, Verdict, point_verdict

SHADES = (("#F4F7F7", "#57B5AA"), ("#20262C", "#1E7169"))  # least and most, in light and in dark: one hue, no origin's
ROWS = {"similar": 2.6, "different": 0.0}  # where the cells of a row stand; a cell is 1 high
TOP, BOTTOM = 4.15, -1.05
MARKS = {HOLDS: "✓", NOT_HERE: "✗", NOT_SETTLED: "?"}
NEAR = 0.01  # of validation accuracy: as good as the best stage, with a thousand pictures
Column = Mapping[str, Any]


def heat_figure(
    columns: Mapping[str, Column], stages: Sequence[str], *, advice: str, dark: bool, guess: str | None = None
) -> go.Figure:
    """`columns[donor]` as `two_by_two.summarise` has them, perhaps of half a table; `stages` with the head.

    `advice`: "readout", a column a stage, or "tuned", a column a number of stages. `guess`: a stage, of the different
    donor's row.
    """
    first = 1 if advice == "readout" else 0
    depths = list(range(first, len(stages)))
    figure = go.Figure()
    cells = {which: columns.get(which, {}).get("depths", {}) for which in ROWS}
    values = [point["mean"] for row in cells.values() for point in row.values()] or [0.0, 1.0]
    z = [[row[str(d)]["mean"] if str(d) in row else None for d in depths] for row in (cells[w] for w in ROWS)]
    said = [[_hover(cells[which].get(str(d)), advice, d, stages) for d in depths] for which in ROWS]
    figure.add_heatmap(
        x=depths, y=[0.0, 1.0, 2.6, 3.6], z=[z[1], [None] * len(depths), z[0]], xgap=4,
        text=[said[1], [""] * len(depths), said[0]], hovertemplate="%{text}<extra></extra>", hoverongaps=False,
        colorscale=list(SHADES[dark]), zmin=min(values) - 0.01, zmax=max(values) + 0.01, showscale=False,
    )  # fmt: skip
    for which, y in ROWS.items():
        for depth, point in cells[which].items():
            figure.add_annotation(
                x=int(depth), y=y + 0.5, text=f"<b>{100 * point['mean']:.0f}</b>", showarrow=False,
                font={"size": LABEL + 2, "color": text(dark)},
            )  # fmt: skip
        _marked(figure, columns.get(which, {}), y, dark)
        _told(figure, columns.get(which, {}), y, first, advice, stages, dark)
    words = "Stage that is read" if advice == "readout" else "Upper stages fine-tuned"
    styled(figure, dark=dark, x=words, y="", height=400)
    names = [depth_words(depth, advice, stages) for depth in depths]
    figure.update_xaxes(tickvals=depths, ticktext=names, range=[first - 0.55, depths[-1] + 0.55], showgrid=False)
    centres = [y + 0.5 for y in ROWS.values()]
    rows = [f"{which} donor" for which in ROWS]
    figure.update_yaxes(tickvals=centres, ticktext=rows, tickangle=-90, range=[BOTTOM, TOP], showgrid=False)
    figure.update_layout(margin_t=5)
    if guess in names and advice == "readout":
        x = names.index(guess) + 1
        figure.add_shape(
            type="rect", x0=x - 0.36, x1=x + 0.36, y0=0.1, y1=0.9, name="your guess", layer="above",
            line={"color": text(dark), "width": 2, "dash": "dot"},
        )  # fmt: skip
    return figure


def _hover(point: Mapping[str, Any] | None, advice: str, depth: int, stages: Sequence[str]) -> str:
    if point is None:
        return ""
    where = stages[depth - 1] if advice == "readout" else f"{depth} fine-tuned"
    low, high = max(0.0, point["low"]), min(1.0, point["high"])
    return f"{where}: {point['mean']:.1%} (95 %: {low:.1%} to {high:.1%})<br>on validation {point['validation']:.1%}"


def _marked(figure: go.Figure, column: Column, y: float, dark: bool) -> None:
    """The chosen cell with an outline, what the slide names under a bracket."""
    if "best" not in column:
        return
    for width, colour in ((6, text(dark)), (2, ground(dark))):
        figure.add_shape(
            type="rect", x0=column["best"] - 0.45, x1=column["best"] + 0.45, y0=y, y1=y + 1,
            line={"color": colour, "width": width}, fillcolor="rgba(0,0,0,0)", layer="above", name="chosen",
        )  # fmt: skip
    low, high = min(column["named"]) - 0.42, max(column["named"]) + 0.42
    figure.add_shape(
        type="path", path=f"M{low:.2f},{y + 1.06:.2f} V{y + 1.16:.2f} H{high:.2f} V{y + 1.06:.2f}", name="the slide",
        line={"color": text(dark), "width": 2},
    )  # fmt: skip
    figure.add_annotation(
        x=(low + high) / 2, y=y + 1.14, text="the slide", showarrow=False, yanchor="bottom",
        font={"size": 15, "color": text(dark)},
    )  # fmt: skip


def _told(
    figure: go.Figure, column: Column, y: float, first: int, advice: str, stages: Sequence[str], dark: bool
) -> None:
    """Beneath a row, whether the slide's advice holds in it, and by how much."""
    judged = cell_verdict(column)
    if judged is None:
        return
    against = f"{depth_words(column['advised'], advice, stages)} against {depth_words(column['rival'], advice, stages)}"
    numbers = judged.interval.replace("95 % interval ", "").replace("no interval from one seed", "one seed")
    figure.add_annotation(
        x=first - 0.5, y=y - 0.05, xanchor="left", yanchor="top", align="left", showarrow=False,
        text=f"<b>{MARKS.get(judged.word, '~')} {judged.word.capitalize()}</b>: {against}<br>{numbers}",
        font={"size": TICK - 2, "color": text(dark)},
    )  # fmt: skip


def depth_words(depth: int, advice: str, stages: Sequence[str]) -> str:
    return stages[depth - 1] if advice == "readout" else str(depth)


def cell_verdict(column: Column) -> Verdict | None:
    """Of the slide's depth minus the best other one, on test, each the best of its kind on validation."""
    gap = column.get("over_rival")
    return point_verdict(gap) if gap else None


def depth_figure(
    by_labels: Mapping[str, Column], stages: Sequence[str], *, dark: bool, top: float | None = None
) -> go.Figure:
    """For one donor, `by_labels[labels]`: the best stage to read above, and below how well it and the top stage do.

    Small marks: stages that are within a point of the best on validation. `top`: of the axis of accuracy.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.08, row_heights=[1, 1])
    columns = {int(labels): column for labels, column in by_labels.items() if "best" in column}
    budgets, last = sorted(columns), len(stages) - 1
    colour = hue("transfer", dark)
    near = [(labels, int(d)) for labels in budgets for d in _near(columns[labels])]
    figure.add_scatter(
        x=[labels for labels, _ in near], y=[depth for _, depth in near], mode="markers", name="as good",
        marker={"symbol": "square-open", "size": MARKER - 3, "color": colour, "line": {"width": 2}},
        hoverinfo="skip", row=1, col=1,
    )  # fmt: skip
    best = [columns[labels]["best"] for labels in budgets]
    figure.add_scatter(
        x=budgets, y=best, mode="lines+markers", name="best stage", line={"color": colour, "width": LINE},
        marker={"symbol": "square", "size": MARKER, "color": colour}, text=[stages[d - 1] for d in best],
        hovertemplate="%{x} a class: %{text}<extra></extra>", row=1, col=1,
    )  # fmt: skip
    _accuracies(figure, columns, budgets, last, stages, dark)
    styled(figure, dark=dark, x="", y="", height=440)
    figure.update_layout(margin_t=5)
    figure.update_xaxes(
        type="log", tickvals=budgets, ticktext=list(map(str, budgets)), range=[-0.15, 2.8], showgrid=False
    )
    figure.update_xaxes(title_text="Labelled pictures a class", row=2, col=1)
    figure.update_yaxes(
        title_text="Best stage", tickvals=list(range(1, last + 1)), ticktext=list(stages[:-1]),
        range=[0.5, last + 0.5], row=1, col=1,
    )  # fmt: skip
    figure.update_yaxes(title_text="Right (%)", range=[0, top], tickformat=".0%", rangemode="tozero", row=2, col=1)
    return figure


def _near(column: Column) -> list[str]:
    points = column["depths"]
    most = points[str(column["best"])]["validation"]
    return [depth for depth, point in points.items() if point["validation"] > most - NEAR]


def _accuracies(
    figure: go.Figure,
    best: Mapping[int, Column],
    budgets: Sequence[int],
    last: int,
    stages: Sequence[str],
    dark: bool,
) -> None:
    """On test, with 95 % intervals: of the stage that was chosen, and thin of the top one; their names at the end."""
    colour = hue("transfer", dark)
    for name, width, symbol in (("best stage", LINE, "square"), (stages[last - 1], 2, "square-open")):
        depth_at = {n: last if width < LINE else best[n]["best"] for n in budgets}
        points = {n: best[n]["depths"][str(depth)] for n, depth in depth_at.items() if str(depth) in best[n]["depths"]}
        if not points:
            continue
        figure.add_scatter(
            x=list(points), y=[point["mean"] for point in points.values()], mode="lines+markers",
            line={"color": colour, "width": width}, name=f"accuracy, {name}", error_y=bars(list(points.values())),
            marker={"symbol": symbol, "size": MARKER - 2, "color": colour, "line": {"width": 2, "color": colour}},
            hovertemplate=f"{name}, %{{x}} a class: %{{y:.1%}}<extra></extra>", row=2, col=1,
        )  # fmt: skip
        draw_seeds(figure, name, list(points), list(points.values()), colour, row=2, col=1)
        figure.add_annotation(
            x=math.log10(max(points)), y=points[max(points)]["mean"], text=f"<b>{name}</b>", showarrow=False,
            xanchor="right", xshift=8, yshift=20 if width == LINE else -20,
            font={"size": TICK - 1, "color": colour}, row=2, col=1,
        )  # fmt: skip
