"""What a label costs and what it buys: seconds a label of each kind, and how well a network answers for the seconds."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import fmean, median, stdev
from typing import Any

import plotly.graph_objects as go

from core.figures.style import GRID, LABEL, LINE, MARKER, hue, in_points, styled, text
from core.figures.verdict import Verdict, verdict

KINDS = {"class": "Class", "box": "Box", "mask": "Outline"}
MEASURES = {
    "class": "Test pictures named correctly (%)",
    "box": "Overlap with the exact box (%)",
    "mask": "Overlap with the exact outline (%)",
}
ARMS = {  # of `labelled`: the words, the hue of the origin, the mark, the line, and the mark as a letter
    "yours": ("your labels", "transfer", "square", "solid", "■"),
    "exact": ("exact labels", "self", "diamond", "dot", "◆"),
    "random": ("random network", "random", "x", "solid", "✕"),
}
# Seconds for one object. Boxes: Papadopoulos et al. 2017, abstract; outlines: Bearman et al. 2016, introduction.
PAPERS = {"box": ((7.0, 7.0), (35.0, 35.0)), "mask": ((54.0, 79.0),)}
TICKS = (0.5, 1, 3, 10, 30, 100)
LEAST, SLOW = 0.3, 6.0  # seconds
LANES = {"own": 0.0, "others": -0.24, "papers": 0.26}


@dataclasses.dataclass(frozen=True)
class Times(Verdict):
    """A verdict on how many times one thing is another; value, low and high are logarithms of it."""

    @property
    def numbers(self) -> str:
        times = f"{math.exp(self.value):.1f} times"
        if not math.isfinite(self.high - self.low):
            return times
        return f"{times}, 95 % interval {math.exp(self.low):.1f} to {math.exp(self.high):.1f}"


def times(cheap: Mapping[int, float], dear: Mapping[int, float], expected: float = 2.0) -> Times | None:
    """How many times longer the dear label takes than the cheap one, on the same pictures (picture → seconds).

    The claim is "about `expected` times or more"; None where no picture has both. The interval is that of the mean
    logarithm of the ratio, ± 2 standard errors at least, wider for few pictures.
    """
    both = [picture for picture in cheap if picture in dear]
    ratios = [math.log(max(dear[one], 0.05) / max(cheap[one], 0.05)) for one in both]
    if not ratios:
        return None
    value, half = fmean(ratios), math.inf
    if len(ratios) > 1:
        half = STUDENT.get(len(ratios) - 1, 2.04) * stdev(ratios) / math.sqrt(len(ratios))
    return Times(**dataclasses.asdict(verdict(value, value - half, value + half, math.log(expected))))


# Two-sided 95 % of Student's t for 1 to 30 degrees of freedom: no figure imports scipy.
STUDENT = dict(
    enumerate(
        (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
         2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042), 1
    )
)  # fmt: skip


def seconds_figure(
    own: Mapping[str, Sequence[float]],
    others: Mapping[str, Sequence[float]],
    *,
    dark: bool,
    guess: float | None = None,
) -> go.Figure:
    """Seconds a label on a logarithmic axis, a row a kind.

    `own`: each of one's own labels; `others`: the median of everybody else; `guess`: of one outline.
    """
    figure = go.Figure()
    for row, kind in enumerate(KINDS):
        _dots(figure, own.get(kind, ()), -row + LANES["own"], "you", hue("transfer", dark), beside=True)
        who = f"{len(others.get(kind, ()))} others"
        _dots(figure, others.get(kind, ()), -row + LANES["others"], who, hue("self", dark), beside=False)
        for low, high in PAPERS.get(kind, ()):
            _paper(figure, low, high, -row + LANES["papers"], hue("paper", dark))
    if guess is not None:
        place, row = math.log10(max(guess, LEAST)), list(KINDS).index("mask")
        line = {"color": text(dark), "dash": "dash", "width": 2}
        figure.add_shape(type="line", x0=10**place, x1=10**place, y0=-row - 0.42, y1=-row + 0.42, line=line)
        figure.add_annotation(
            x=place, y=-row + 0.42, text="your guess", showarrow=False, xanchor="left", xshift=5, font={"size": 15}
        )
    styled(figure, dark=dark, x="Seconds a label", y="", height=470)
    figure.update_xaxes(type="log", range=[math.log10(LEAST), math.log10(150)], tickvals=TICKS, tickangle=0)
    rows = [-k for k in range(len(KINDS))]
    figure.update_yaxes(
        range=[-len(KINDS) + 0.4, 0.5], tickvals=rows, ticktext=list(KINDS.values()), gridcolor=GRID[dark]
    )
    return figure


def _dots(figure: go.Figure, values: Sequence[float], y: float, who: str, colour: str, *, beside: bool) -> None:
    """A dot a value, and the median, named beside the dots or under it."""
    if not values:
        return
    seen = [max(value, LEAST) for value in values]
    figure.add_scatter(
        x=seen, y=[y] * len(seen), mode="markers", hovertemplate=f"{who}: %{{x:.1f}} s<extra></extra>",
        marker={"size": 11 if beside else 9, "color": colour, "opacity": 0.4},
    )  # fmt: skip
    middle = max(median(values), LEAST)
    figure.add_scatter(
        x=[middle], y=[y], mode="markers", hovertemplate=f"{who}, median: {middle:.1f} s<extra></extra>",
        marker={"size": MARKER + 4, "symbol": "line-ns", "line": {"width": 5, "color": colour}},
    )  # fmt: skip
    words: dict[str, Any] = {"x": min(max(middle, 1.5), 30), "xanchor": "center", "yshift": -18}
    if beside and max(seen) > SLOW:  # no room for words on the right of a phone
        words = {"x": min(seen), "xanchor": "right", "xshift": -14}
    elif beside:
        words = {"x": max(seen), "xanchor": "left", "xshift": 14}
    text = {"text": f"<b>{who} {middle:.1f} s</b>", "font": {"size": LABEL - 2, "color": colour}}
    figure.add_annotation(y=y, showarrow=False, **{**words, "x": math.log10(words["x"])}, **text)


def _paper(figure: go.Figure, low: float, high: float, y: float, colour: str) -> None:
    """A dashed mark, or a dashed line from low to high, with its seconds."""
    if low == high:
        figure.add_scatter(
            x=[low], y=[y], mode="markers", hovertemplate=f"paper: {low:g} s<extra></extra>",
            marker={"size": 14, "symbol": "line-ns", "line": {"width": 3, "color": colour}},
        )  # fmt: skip
    else:
        figure.add_scatter(
            x=[low, high], y=[y, y], mode="lines", line={"color": colour, "dash": "dash", "width": 3},
            hovertemplate="paper: %{x:g} s<extra></extra>",
        )  # fmt: skip
    words = f"❝ {low:g} s" if low == high else f"❝ {low:g} to {high:g} s"
    right = low == high and low > 10  # the smaller one's words stand left of it, the larger one's right
    figure.add_annotation(
        x=math.log10(low), y=y, text=words, showarrow=False, xanchor="left" if right else "right",
        xshift=9 if right else -9, font={"size": 16, "color": colour},
    )  # fmt: skip


def quality_figure(
    kind: str, rows: Sequence[Mapping[str, Any]], seconds: Sequence[float], *, plain: float, dark: bool
) -> go.Figure:
    """How well the network answers test pictures, against the seconds spent on the labels it learned from.

    `rows`: tests with `arm`, `labels` (how many), `score`, `low`, `high` (shares). `seconds`: of each label, in order.
    """
    spent, figure = list(accumulate(seconds)), go.Figure()
    ends: dict[str, float] = {}
    for arm, (words, role, symbol, dash, _) in ARMS.items():
        points = [row for row in rows if row["arm"] == arm and row["labels"] <= len(spent)]
        if not points:
            continue
        figure.add_scatter(
            x=[spent[row["labels"] - 1] for row in points],
            y=[row["score"] for row in points],
            error_y={
                "type": "data", "symmetric": False, "thickness": 2, "width": 6,
                "array": [row["high"] - row["score"] for row in points],
                "arrayminus": [row["score"] - row["low"] for row in points],
            },
            mode="lines+markers",
            line={"color": hue(role, dark), "width": LINE - 1, "dash": dash},
            marker={"size": MARKER - 3, "symbol": symbol, "color": hue(role, dark)},
            text=[f"{row['labels']} labels" for row in points],
            hovertemplate=f"{words}, %{{text}}: %{{y:.0%}} after %{{x:.0f}} s<extra></extra>",
            name=arm,
        )  # fmt: skip
        ends[arm] = points[-1]["score"]
    figure.add_hline(y=plain, line={"color": hue("paper", dark), "dash": "dot", "width": 3})
    _key(figure, ends, plain, dark)
    styled(figure, dark=dark, x="Seconds spent on labels", y=MEASURES[kind], height=470)
    figure.update_layout(margin_t=22 * (len(ends) + 1) + 18)
    figure.update_xaxes(range=[0, 1.06 * spent[-1] if spent else 1], nticks=5)
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return figure


def exact_words(own: float, more: float, low: float, high: float) -> str:
    """How far one's own labels are the exact ones, and how much more those teach (shares, with the interval)."""
    return (
        f"Your labels agree with the exact ones by {own:.0%}. Exact ones would add {in_points(more, 1)} points "
        f"(95 % interval {in_points(low, 1)}, {in_points(high, 1)})."
    )


def _key(figure: go.Figure, ends: Mapping[str, float], plain: float, dark: bool) -> None:
    """Each arm with its last value, best first, above the axes: three curves this close leave no room beside them."""
    lines = [(value, f"{ARMS[arm][4]} {ARMS[arm][0]}", hue(ARMS[arm][1], dark)) for arm, value in ends.items()]
    lines = [*sorted(lines, reverse=True), (plain, "⋯ without looking", hue("paper", dark))]
    for row, (value, words, colour) in enumerate(reversed(lines)):
        figure.add_annotation(
            x=0, xref="paper", y=1, yref="paper", yshift=4 + 22 * row, yanchor="bottom", xanchor="left",
            text=f"<b>{words} {value:.0%}</b>", showarrow=False, font={"size": LABEL - 3, "color": colour},
        )  # fmt: skip
