"""Commit, then reveal: a question about a run, answered before anything of the run is shown.

Each `ask_…` answers whether the question has been answered or skipped in this browser. What is kept is the guess: a
number, a word, or `NEVER`. `then` is called by the click that commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.figures.guesses import PER_CENT, guesses_figure, guesses_words, tally_figure
from core.figures.sketch import Points
from core.runs.guesses import Guess, Guesses
from core.runs.settings import Refused
from core.ui.choices import choose
from core.ui.commit import Card, Picture, commit_ab, commit_card, commit_curve, commit_number, commit_stage
from core.ui.owner import owner
from core.ui.said import refusal
from core.ui.theme import dark

Then = Callable[[], None] | None


def answered(run_id: str) -> bool:
    """Whether this browser has answered, or skipped, the question about a run."""
    return Guesses(run_id).answered(owner())


def ask_number(question: str, run_id: str, then: Then = None, **line: Any) -> bool:
    """A number line. line: low, high, step and unit; or `values`, such as 1, 2, 5 … 400, `NEVER`."""
    return _ask(commit_number, question, run_id, then, **line)


def ask_card(question: str, run_id: str, cards: Sequence[str | Card], then: Then = None) -> bool:
    """A few answers in words, each perhaps with a sentence or a small picture; a click commits."""
    return _ask(commit_card, question, run_id, then, cards=cards)


def ask_ab(
    question: str,
    run_id: str,
    pictures: Mapping[str, Picture | go.Figure],
    about: Sequence[str] = (),
    then: Then = None,
) -> bool:
    """Two pictures or figures without their names, A and B; the guess is the name of the one chosen.

    `about`: what each looks like, said to those who do not see it.
    """
    return _ask(commit_ab, question, run_id, then, pictures=pictures, about=about)


def ask_stage(
    question: str, run_id: str, stages: Sequence[str], then: Then = None, strides: Sequence[int] = ()
) -> bool:
    """The drawing of a network; the guess is the name of the stage that was tapped."""
    return _ask(commit_stage, question, run_id, then, stages=stages, strides=strides)


def ask_curve(
    question: str, run_id: str, shapes: Mapping[str, Points], then: Then = None, x: str = "", y: str = ""
) -> bool:
    """A few sketched shapes; the guess is a shape's name, its points are laid over the result by `sketch.overlay`."""
    return _ask(commit_curve, question, run_id, then, shapes=shapes, x=x, y=y)


def own_guess(run_id: str) -> Guess | None:
    """What this browser guessed, None if it skipped."""
    return Guesses(run_id).of(owner())


def histogram(
    run_id: str,
    measured: Guess | None,
    unit: str = "%",
    *,
    answers: Sequence[Guess | Card] | Mapping[str, Any] | None = None,
) -> None:
    """The guesses made on this server at the question of a run, with one's own and the measured answer.

    `answers`: what could be answered, in order: the values of the number line, the cards, the stages, the shapes.
    Without them it is the number line of per cent, or, where the measured answer is a word, the words guessed.
    """
    guesses = Guesses(run_id)
    values, own, night = guesses.values(), guesses.of(owner()), dark()
    if not values:
        st.caption("Nobody has guessed on this server yet.")
        return
    if answers is None:
        answers = [measured] if isinstance(measured, str) else list(PER_CENT)
    marks = [answer.word if isinstance(answer, Card) else answer for answer in answers]
    if all(isinstance(mark, str) for mark in marks):
        figure = tally_figure(values, options=[str(mark) for mark in marks], measured=measured, own=own, dark=night)
        alt = guesses_words(values, measured=measured, own=own)
    else:
        figure = guesses_figure(values, marks=marks, measured=measured, own=own, unit=unit, dark=night)
        alt = guesses_words(values, measured=measured, own=own, unit=unit)
    st.plotly_chart(figure, key=f"guesses_{run_id}", theme=None, config={"displayModeBar": False}, alt=alt)


def break_it(what: str, key: str = "break", **choices: Any) -> None:
    """One switch that makes the claim fail: these choices, for which the student guesses and runs again. Of several on
    a page each has a `key` of its own.
    """
    with st.container(key=f"{key}_it", border=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(f"**Break it.** {what}")
        right.button("Try that", key=key, icon=":material/bolt:", on_click=choose, kwargs=choices, width="stretch")


def _ask(commit: Callable[..., None], question: str, run_id: str, then: Then, **what: Any) -> bool:
    if not answered(run_id):
        commit(question, key=f"guess_{run_id}", save=_saver(run_id, then), **what)
    return answered(run_id)


def _saver(run_id: str, then: Then) -> Callable[[Guess | None], None]:
    def save(value: Guess | None) -> None:
        try:
            Guesses(run_id).add(owner(), value)
        except Refused as refused:
            refusal(refused)
            return
        if then:
            then()

    return save
