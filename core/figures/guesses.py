"""What the class guessed: one bar an answer, with one's own guess and what was measured."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.figures.style import LABEL, TICK, hue, styled, text

Answer = float | str
PER_CENT = tuple(range(0, 101, 5))
TICKS, WRAP, ROW = 8, 16, 62  # labels on a number line at most; letters a line; px a row of words
BREAK = 6  # a word stands a sixth of the number line behind it, so that its label has room on a phone


def place(answer: Answer, marks: Sequence[Answer]) -> float:
    """Where an answer stands on a line on which `marks` stand at 0, 1, 2 …; words such as "never" a little apart.

    A number between two marks stands between them, by ratio where the marks are not evenly spaced (1, 2, 5 …); one
    beyond the last number stands half a step beyond it.
    """
    numbers = [mark for mark in marks if not isinstance(mark, str)]
    if isinstance(answer, str):
        return marks.index(answer) + len(numbers) / BREAK
    if answer <= numbers[0] or len(numbers) == 1:
        return 0.0 if answer >= numbers[0] else -0.5
    if answer >= numbers[-1]:
        return len(numbers) - 1 + (0.5 if answer > numbers[-1] else 0.0)
    k = max(k for k, mark in enumerate(numbers) if mark <= answer)
    even = len({round(b - a, 9) for a, b in itertools.pairwise(numbers)}) == 1
    if even or numbers[k] <= 0:
        return k + (answer - numbers[k]) / (numbers[k + 1] - numbers[k])
    return k + math.log(answer / numbers[k]) / math.log(numbers[k + 1] / numbers[k])


def guesses_figure(
    values: Sequence[Answer],
    *,
    measured: Answer | None,
    dark: bool,
    own: Answer | None = None,
    unit: str = "%",
    marks: Sequence[Answer] = PER_CENT,
) -> go.Figure:
    """Guesses on a number line of `marks`, the numbers that could be chosen and perhaps "never" behind them.

    The measured answer and one's own are lines with their words. Answers that are not on the line are left out.
    """
    values = [value for value in values if _on(value, marks)]
    spots = [place(mark, marks) for mark in marks]
    counts = Counter(min(spots, key=lambda spot: abs(spot - place(value, marks))) for value in values)
    bars = go.Bar(
        x=spots, y=[counts[spot] for spot in spots], width=0.9, text=[_amount(mark, unit) for mark in marks],
        marker={"color": hue("paper", dark), "line": {"width": 0}}, textposition="none",
        hovertemplate="%{y} guessed %{text}<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(bars)
    styled(figure, dark=dark, x=f"Guess ({unit})", y="Guesses", height=290)
    shown = list(_ticks(sum(not isinstance(mark, str) for mark in marks)))
    shown += [k for k, mark in enumerate(marks) if isinstance(mark, str)]
    figure.update_xaxes(
        range=[-0.8, spots[-1] + 0.8],
        tickvals=[spots[k] for k in shown],
        ticktext=[f"{marks[k]:g}" if not isinstance(marks[k], str) else marks[k] for k in shown],
        tickangle=0,
    )
    figure.update_yaxes(dtick=max(1, math.ceil(max(counts.values(), default=1) / 4)), rangemode="tozero")
    figure.update_layout(margin_t=62)
    short = unit if len(unit) == 1 else ""  # a longer one stands on the axis, and would be cut off on a phone
    if own is not None and _on(own, marks):
        _line(figure, place(own, marks), f"yours {_amount(own, short)}", text(dark), 1.02, spots[-1], "dash")
    if measured is not None and _on(measured, marks):
        words = f"measured {_amount(measured, short)}"
        _line(figure, place(measured, marks), words, hue("transfer", dark), 1.15, spots[-1], "solid")
    return figure


def tally_figure(
    values: Sequence[Answer],
    *,
    options: Sequence[str],
    measured: Answer | None,
    dark: bool,
    own: Answer | None = None,
    marks: Mapping[str, Answer | None] | None = None,
) -> go.Figure:
    """Guesses that are words: one bar an option, in their order; under its word stand "measured" and "yours", or other
    `marks`: words, and the answer under which they stand.

    A word that is no option any more, left from an older form of the question, gets a bar of its own at the end.
    """
    rows = list(dict.fromkeys([*options, *map(str, values)]))
    counts = Counter(map(str, values))
    marks = marks or {"✔ measured": measured, "● yours": own}
    words, colours, borders = [], [], []
    for row in rows:
        lines = [f"<b>{line}</b>" for line in textwrap.wrap(row, WRAP)]
        words.append("<br>".join([*lines, *(mark for mark, answer in marks.items() if answer == row)]))
        colours.append(hue("transfer" if measured == row else "paper", dark))
        borders.append(4 if own == row else 0)
    figure = go.Figure(
        go.Bar(
            x=[counts[row] for row in rows],
            y=words,
            orientation="h",
            width=0.7,
            marker={"color": colours, "line": {"color": text(dark), "width": borders}},
            text=[f" {counts[row]}" for row in rows],
            textposition="outside",
            textfont={"size": LABEL},
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    tall = max(ROW, 22 * max(word.count("<br>") + 1 for word in words))
    styled(figure, dark=dark, x="Guesses", y="", height=tall * len(rows) + 40)
    most = max(counts.values(), default=1)
    figure.update_xaxes(range=[0, 1.12 * most], showticklabels=False, showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_size=TICK, ticklabelstandoff=8)
    return figure


def guesses_words(
    values: Sequence[Answer], *, measured: Answer | None, own: Answer | None = None, unit: str = ""
) -> str:
    """The same as a sentence, for those who do not see the figure."""
    counts = Counter(values)
    order = sorted(counts, key=lambda answer: (isinstance(answer, str), answer))  # numbers first, then words
    many = f"{len(values)} guess{'es' if len(values) != 1 else ''}"
    said = [f"{many}: " + ", ".join(f"{_amount(answer, unit)} ({counts[answer]})" for answer in order)]
    said += [f"Measured: {_amount(measured, unit)}"] if measured is not None else []
    said += [f"Yours: {_amount(own, unit)}"] if own is not None else []
    return ". ".join(said) + "."


def _on(answer: Answer, marks: Sequence[Answer]) -> bool:
    """Whether an answer can stand on a line: any number, and the words among its marks."""
    return answer in marks if isinstance(answer, str) else math.isfinite(answer)


def _amount(answer: Answer, unit: str) -> str:
    if isinstance(answer, str):
        return answer
    number = f"{answer:.0f}" if abs(answer) >= 10 else f"{answer:.2g}"
    return f"{number} {unit}".strip()


def _ticks(n: int) -> range:
    """Which of n marks get a label: evenly spaced, the first and if possible the last among them."""
    fitting = [step for step in range(1, n + 1) if (n - 1) // step < TICKS]
    return range(0, n, next((step for step in fitting if (n - 1) % step == 0 and step <= n // 3), fitting[0]))


def _line(figure: go.Figure, x: float, words: str, colour: str, height: float, end: float, dash: str) -> None:
    """An upright line with its words above the axes, which stay inside the figure."""
    side = "left" if x < 0.3 * end else "right" if x > 0.7 * end else "center"
    figure.add_vline(x=x, line={"color": colour, "width": 4 if dash == "solid" else 3, "dash": dash})
    figure.add_annotation(
        x=x, y=height, yref="paper", yanchor="bottom", text=f"<b>{words}</b>", showarrow=False, xanchor=side,
        font={"size": LABEL, "color": colour},
    )  # fmt: skip
