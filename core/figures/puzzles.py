"""Who solves more puzzles: oneself, the class, and the network at each checkpoint of its training."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.style import LABEL, LINE, MARKER, ground, hue, styled, text


def rivals_figure(
    network: Sequence[tuple[int, int]], *, own: int, asked: int, others: float | None, dark: bool
) -> go.Figure:
    """`network`: (step, how many right); `own` and `others` (their mean) are level lines; all of `asked` puzzles."""
    steps, right = zip(*network, strict=True)
    figure, colour = go.Figure(), hue("self", dark)
    figure.add_scatter(
        x=steps, y=right, mode="lines+markers", name="network", line={"color": colour, "width": LINE},
        marker={"size": MARKER - 4}, hovertemplate=f"after %{{x}} steps: %{{y}} of {asked}<extra></extra>",
    )  # fmt: skip
    _label(figure, steps[-1], right[-1], f"network {right[-1]}", colour, "right", dark)
    _level(figure, steps, own, f"you {own}", text(dark), "solid", "left", dark)
    if others is not None:
        _level(figure, steps, others, f"class {others:.1f}", hue("paper", dark), "dash", "center", dark)
    styled(figure, dark=dark, x="Steps of training", y=f"Right, of {asked}", height=320)
    figure.update_yaxes(range=[-0.06 * asked, 1.16 * asked], dtick=max(1, round(asked / 4)))
    return figure


def rivals_words(network: Sequence[tuple[int, int]], *, own: int, asked: int, others: float | None) -> str:
    """The same as a sentence: the network before, half-way and at the end."""
    said = [f"**You {own} of {asked}**"]
    said += [f"others on this server {others:.1f}"] if others is not None else []
    first, *_, (last, right) = network
    step, half = network[len(network) // 2]
    between = f", after {step} steps {half}" if 0 < step < last else ""
    return (
        "; ".join([*said, f"the network: untrained {first[1]}{between}, at the end ({last} steps) **{right}**"]) + "."
    )


def _level(
    figure: go.Figure, steps: Sequence[int], y: float, words: str, colour: str, dash: str, side: str, dark: bool
) -> None:
    ends = (steps[0], steps[-1])
    line = {"color": colour, "width": LINE - 1, "dash": dash}
    figure.add_scatter(x=ends, y=[y, y], mode="lines", name=words, line=line, hoverinfo="skip")
    place = {"left": ends[0], "right": ends[1], "center": sum(ends) / 2}[side]
    _label(figure, place, y, words, colour, side, dark)


def _label(figure: go.Figure, x: float, y: float, words: str, colour: str, side: str, dark: bool) -> None:
    below = side == "center"  # out of the way of the others
    figure.add_annotation(
        x=x, y=y, text=f"<b>{words}</b>", showarrow=False, xanchor=side, yshift=-17 if below else 17,
        bgcolor=ground(dark), opacity=0.9, borderpad=1, font={"size": LABEL - 2, "color": colour},
    )  # fmt: skip
