"""Accuracies of a few arms with their 95 % intervals, the student's guess, and the paper's number where it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.figures.intervals import bars, draw_seeds
from core.figures.style import HUES, LABEL, LINE, MARKER, MARKERS, WORDS, hue, styled, text

Interval = tuple[float, float, float]  # value, low, high


def accuracy_figure(
    arms: Mapping[str, Interval],
    *,
    dark: bool,
    frozen: bool = True,
    guess: float | None = None,
    chance: float | None = None,
    seeds: Mapping[str, Sequence[float]] | None = None,
    x: str = "Test pictures named correctly (%)",
) -> go.Figure:
    """One line an arm: a mark with its interval, labelled by name and number. All values are shares, 0 to 1.

    The borrowed arm is a filled square where stages of it are `frozen`, a hollow circle where all are fine-tuned.
    `seeds[name]`: the value of each seed; where they are two, they are drawn instead of the interval.
    """
    symbols = {**MARKERS, "transfer": "square" if frozen else "circle-open"}
    figure, names = go.Figure(), list(arms)[::-1]
    for row, name in enumerate(names):
        value, low, high = arms[name]
        each = (seeds or {}).get(name, ())
        point = {"mean": value, "low": low, "high": high, "seeds": len(each), "values": each}
        colour = hue(name, dark)
        figure.add_scatter(
            x=[value], y=[row], error_x={**bars([point]), "thickness": 3, "width": 15}, name=name, mode="markers+text",
            marker={"size": MARKER, "color": colour, "symbol": symbols[name], "line": {"width": 3, "color": colour}},
            text=[f"<b>{WORDS[name]} {value:.0%}</b>"], textposition="top left" if value > 0.6 else "top right",
            textfont={"size": LABEL, "color": colour},
            hovertemplate=f"{WORDS[name]}: {value:.1%} (95 %: {low:.1%} to {high:.1%})<extra></extra>",
        )  # fmt: skip
        draw_seeds(figure, name, [row], [point], colour, across=True)
    marks = [(guess, "your guess", "dash"), (chance, "chance", "dot")]
    for place, label, dash in marks:
        if place is not None:
            figure.add_vline(x=place, line={"color": text(dark), "dash": dash, "width": 2})
            figure.add_annotation(
                x=place, y=-0.62, text=label, showarrow=False, xanchor="left", xshift=5, font={"size": 15}
            )
    styled(figure, dark=dark, x=x, y="", height=150 + 85 * len(names))
    figure.update_xaxes(range=[-0.02, 1.04], tickformat=".0%")
    figure.update_yaxes(visible=False, range=[-0.75, len(names) - 0.3])
    return figure


def curves_figure(
    curves: Mapping[str, Sequence[tuple[float, float, float, float]]], *, dark: bool,
    title: str = "Held-out pictures right", share: bool = True, x: str = "Step",
) -> go.Figure:  # fmt: skip
    """Finished learning curves: for each arm (step, value, low, high), a line and, over seeds, a band.

    A `share`, from 0 to 1, is shown in per cent. An arm that has no hue of its own is drawn in the colour of the text.
    """
    figure = go.Figure()
    for name, points in curves.items():
        colour, words = hue(name, dark) if name in HUES else text(dark), WORDS.get(name, name)
        steps, values, lows, highs = zip(*points, strict=True)
        if lows != highs:
            outline = {"x": steps + steps[::-1], "y": highs + lows[::-1]}
            fill = {"fill": "toself", "fillcolor": colour, "opacity": 0.15}
            figure.add_scatter(**outline, **fill, line_width=0, hoverinfo="skip", mode="lines")
        figure.add_scatter(x=steps, y=values, mode="lines", line={"color": colour, "width": LINE}, name=words)
        label = {"text": f"<b>{words}</b>", "showarrow": False, "xanchor": "right", "yshift": 14}
        figure.add_annotation(x=steps[-1], y=values[-1], font={"size": LABEL, "color": colour}, **label)
    styled(figure, dark=dark, x=x, y=f"{title} (%)" if share else title)
    if share:
        figure.update_yaxes(range=[0, 1.05], tickformat=".0%")
    return figure
