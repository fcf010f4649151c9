"""Which views? What probes read against what both views share, and against how much that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures.intervals import bars, draw_seeds
from core.figures.style import LABEL, LINE, MARKER, TICK, group_hues, hue, styled, text

Points = Mapping[str, Mapping[str, Any]]  # name → mean, low, high, seeds, values
COLUMNS = 2
SYMBOLS = ("circle", "square", "diamond", "triangle-up")  # of targets, which their hues alone must not tell apart
APART = 0.05  # of shares, between two names


def shared_figure(
    table: Mapping[str, Points], chance: Mapping[str, float], growing: Sequence[str], alone: Sequence[str], *,
    control: str, regimes: Mapping[str, str], dark: bool,
) -> go.Figure:  # fmt: skip
    """A panel a target of `chance`: table[shared][target] along the `growing` sets, then those that are `alone`; what
    the `control` reads is a dashed line. `regimes`: over the first panel, of each growing set.
    """
    targets, names = list(chance), [*growing, *alone]
    rows = -(-len(targets) // COLUMNS)
    figure = make_subplots(
        rows, COLUMNS, shared_xaxes=True, vertical_spacing=0.1, horizontal_spacing=0.07,
        subplot_titles=[f"<b>{target.capitalize()}</b>" for target in targets],
    )  # fmt: skip
    places = {name: k + (0.5 if name in alone else 0) for k, name in enumerate(names)}
    for k, target in enumerate(targets):
        row, col = 1 + k // COLUMNS, 1 + k % COLUMNS
        for some, joined in ((growing, True), (alone, False)):
            there = {name: table[name][target] for name in some if target in table.get(name, {})}
            _points(figure, target, there, [places[name] for name in there], joined, (row, col), dark)
        lines = [(chance[target], {"color": hue("paper", dark), "width": 2, "dash": "dot"})]
        if point := table.get(control, {}).get(target):
            lines.append((point["mean"], {"color": hue("random", dark), "width": 3, "dash": "dash"}))
        for height, line in lines:
            figure.add_hline(y=height, line=line, exclude_empty_subplots=False, row=row, col=col)
    styled(figure, dark=dark, x="", y="", height=330 * rows)
    figure.update_annotations(font_size=LABEL)
    figure.update_xaxes(
        tickvals=list(places.values()), ticktext=names, range=[-0.5, len(names)], showgrid=False, tickangle=-40,
        tickfont_size=TICK - 2,
    )  # fmt: skip
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    figure.update_yaxes(title_text="Test pictures right", title_font_size=TICK, col=1)
    _regimes(figure, regimes, places, dark)
    figure.update_layout(margin_t=60)
    return figure


def _points(
    figure: go.Figure, target: str, points: Points, places: Sequence[float], joined: bool, cell: tuple[int, int],
    dark: bool,
) -> None:  # fmt: skip
    if not points:
        return
    colour, (row, col) = hue("self", dark), cell
    figure.add_scatter(
        x=places, y=[point["mean"] for point in points.values()], mode="lines+markers" if joined else "markers",
        line={"color": colour, "width": LINE - 1}, error_y=bars(list(points.values())), name=target,
        marker={"size": MARKER - 2, "symbol": "circle" if joined else "diamond", "color": colour},
        customdata=list(points), hovertemplate=f"%{{customdata}}: {target} %{{y:.1%}}<extra></extra>", row=row, col=col,
    )  # fmt: skip
    draw_seeds(figure, target, places, list(points.values()), colour, most=3, row=row, col=col)


def _regimes(figure: go.Figure, regimes: Mapping[str, str], places: Mapping[str, float], dark: bool) -> None:
    """A band and a name over each run of sets of one regime, in the first panel."""
    shades = dict(zip(dict.fromkeys(regimes.values()), group_hues(3, dark), strict=False))
    for regime, colour in shades.items():
        mine = [places[name] for name, of in regimes.items() if of == regime]
        low, high = min(mine) - 0.5, max(mine) + 0.5
        figure.add_vrect(x0=low, x1=high, fillcolor=colour, opacity=0.12, line_width=0, row=1, col=1)
        words = f"<b>{regime.replace(' ', '<br>')}</b>"
        figure.add_annotation(
            x=(low + high) / 2, xref="x", y=0, yref="y domain", yanchor="bottom", showarrow=False, text=words,
            font={"size": TICK - 3, "color": colour},
        )  # fmt: skip


def information_figure(
    table: Mapping[str, Points], information: Points, targets: Sequence[str], growing: Sequence[str], *,
    ceiling: float | None, dark: bool,
) -> go.Figure:  # fmt: skip
    """A curve a target against the estimate of I(v1; v2) in nats, the `growing` sets in the order of their estimates;
    `ceiling`: log N, which no estimate exceeds.
    """
    figure, ends = go.Figure(), []
    order = sorted((name for name in growing if name in information), key=lambda name: information[name]["mean"])
    for target, colour, symbol in zip(targets, group_hues(len(targets), dark), SYMBOLS, strict=False):
        there = [name for name in order if target in table.get(name, {})]
        points, across = [table[name][target] for name in there], [information[name] for name in there]
        if not points:
            continue
        figure.add_scatter(
            x=[point["mean"] for point in across], y=[point["mean"] for point in points], mode="lines+markers",
            line={"color": colour, "width": 3}, marker={"size": MARKER - 2, "symbol": symbol, "color": colour},
            error_y=bars(points), error_x=bars(across, least=-10.0, most=10.0), name=target, customdata=there,
            hovertemplate=f"%{{customdata}}: {target} %{{y:.1%}} at %{{x:.2f}} nats<extra></extra>",
        )  # fmt: skip
        ends.append((points[-1]["mean"], target, colour))
    styled(figure, dark=dark, x="Information of held-out views, InfoNCE (nats)", y="Test pictures right (%)")
    figure.update_layout(height=500, margin_t=110)
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    top = {"y": 1, "yref": "y domain", "yanchor": "bottom", "showarrow": False, "xanchor": "left", "textangle": -50}
    marks = [(name, information[name]["mean"]) for name in order] + ([("log N", ceiling)] if ceiling else [])
    for name, x in marks:
        figure.add_annotation(x=x, text=name, font={"size": TICK - 2, "color": text(dark)}, **top)
    last = max([x for _, x in marks], default=0.0)
    _named(figure, ends, last)
    if ceiling is not None:
        figure.add_vline(x=ceiling, line={"color": text(dark), "width": 2, "dash": "dash"})
    figure.update_xaxes(range=[min([x for _, x in marks], default=0.0) - 0.4, last + 0.9])
    return figure


def _named(figure: go.Figure, ends: Iterable[tuple[float, str, str]], x: float) -> None:
    """The names of curves behind their ends (y, name, colour), pushed apart where they would lie on one another."""
    last = float("-inf")
    for end, name, colour in sorted(ends):
        last = max(end, last + APART)
        figure.add_annotation(
            x=x, y=last, text=f"<b>{name}</b>", showarrow=False, xanchor="left", xshift=12,
            font={"size": LABEL - 2, "color": colour},
        )  # fmt: skip


def amounts_figure(
    accuracy: Mapping[str, Points], information: Mapping[str, Points], words: Mapping[str, str], *,
    control: Mapping[str, Any] | None, dark: bool,
) -> go.Figure:  # fmt: skip
    """Two panels a setting of `words`: above how many test pictures are right at each amount, with the `control` as a
    dashed line; below the estimate of the shared information.
    """
    figure = make_subplots(2, len(words), shared_xaxes=True, vertical_spacing=0.08, row_heights=[3, 2])
    for col, what in enumerate(words, 1):
        for row, points in enumerate((accuracy.get(what, {}), information.get(what, {})), 1):
            places, role = list(map(float, points)), "self" if row == 1 else "paper"
            figure.add_scatter(
                x=places, y=[point["mean"] for point in points.values()], mode="lines+markers",
                line={"color": hue(role, dark), "width": LINE - 1}, marker={"size": MARKER - 2},
                error_y=bars(list(points.values()), least=-10.0, most=1.0 if row == 1 else 10.0), row=row, col=col,
                hovertemplate="%{x}: %{y:.1%}<extra></extra>" if row == 1 else "%{x}: %{y:.2f} nats<extra></extra>",
            )  # fmt: skip
            draw_seeds(figure, what, places, list(points.values()), hue(role, dark), most=3, row=row, col=col)
        if control:
            line = {"color": hue("random", dark), "width": 3, "dash": "dash"}
            figure.add_hline(y=control["mean"], line=line, row=1, col=col)
    styled(figure, dark=dark, x="", y="", height=520)
    for col, title in enumerate(words.values(), 1):
        figure.update_xaxes(title_text=title, row=2, col=col)
    figure.update_yaxes(tickformat=".0%", row=1)
    figure.update_yaxes(title_text="Classes right (%)", title_font_size=TICK, row=1, col=1)
    figure.update_yaxes(title_text="InfoNCE (nats)", title_font_size=TICK, row=2, col=1)
    return figure
