"""Commit, then reveal: a question about a run, answered before anything of the run is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.figures.guesses import guesses_figure
from core.runs.guesses import Guess, Guesses
from core.runs.settings import Refused
from core.ui.choices import choose
from core.ui.commit import commit_card, commit_number
from core.ui.owner import owner
from core.ui.theme import dark


def answered(run_id: str) -> bool:
    """Whether this browser has answered, or skipped, the question about a run."""
    return Guesses(run_id).answered(owner())


def ask_number(question: str, run_id: str, **line: Any) -> bool:
    """Put a question whose answer is a number; True once it is answered or skipped."""
    if not answered(run_id):
        commit_number(question, key=f"guess_{run_id}", save=_saver(run_id), **line)
    return answered(run_id)


def ask_card(question: str, run_id: str, cards: Sequence[str], then: Callable[[], None] | None = None) -> bool:
    """Put a question with a few answers; a click commits, and calls `then`."""
    if not answered(run_id):
        commit_card(question, cards, key=f"guess_{run_id}", save=_saver(run_id, then))
    return answered(run_id)


def own_guess(run_id: str) -> Guess | None:
    """What this browser guessed, None if it skipped."""
    return Guesses(run_id).of(owner())


def histogram(run_id: str, measured: float, unit: str = "%") -> None:
    """The guesses made on this server at the question of a run, with one's own and the measured value."""
    guesses = Guesses(run_id)
    values = [value for value in guesses.values() if isinstance(value, int | float)]
    if not values:
        st.caption("Nobody has guessed on this server yet.")
        return
    own = guesses.of(owner())
    figure = guesses_figure(
        values, own=own if isinstance(own, int | float) else None, measured=measured, unit=unit, dark=dark()
    )
    st.plotly_chart(figure, key=f"guesses_{run_id}", theme=None, config={"displayModeBar": False})


def break_it(what: str, **choices: str) -> None:
    """One switch that makes the claim fail: these choices, for which the student guesses and runs again."""
    with st.container(key="break_it", border=True):
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(f"**Break it.** {what}")
        right.button("Try that", key="break", icon=":material/bolt:", on_click=choose, kwargs=choices, width="stretch")


def _saver(run_id: str, then: Callable[[], None] | None = None) -> Callable[[Guess | None], None]:
    def save(value: Guess | None) -> None:
        try:
            Guesses(run_id).add(owner(), value)
        except Refused as refused:
            st.error(str(refused), icon=":material/block:")
            return
        if then:
            then()

    return save
