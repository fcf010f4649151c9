"""One puzzle for a whole class: it is shown, answers are counted as they come, and all is revealed at once."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from core.figures.guesses import tally_figure
from core.runs.guesses import Guess
from core.runs.lectern import Lectern, Shown
from core.runs.store import Run
from core.ui.figures import BARE
from core.ui.owner import owner
from core.ui.puzzle import Play, play_of, show_puzzle
from core.ui.theme import dark
from pages.parts.puzzles import answers_to, game_of, outcome_of, rival_of, task_of

SWITCH = "to_class"  # its key
LOOK, FOLLOW = 1.0, 2.0  # seconds between two looks, of the instructor's page and of a student's
TAKEN = "Somebody else shows a puzzle to the class; you can when theirs is closed."


def switch(run: Run) -> None:
    """Whether this browser shows a puzzle to the class; where another one does, it cannot."""
    now = Lectern(run.id).now()
    taken = now is not None and now.owner != owner()
    about = TAKEN if taken else "One puzzle fills this page; it is asked for on the page of everybody who plays."
    st.toggle("Show to the class", key=SWITCH, help=about, disabled=taken, on_change=_close, args=[run.id])


def showing() -> bool:
    return bool(st.session_state.get(SWITCH))


def _close(run_id: str) -> None:
    if not showing():
        Lectern(run_id).close(owner())


@st.fragment(run_every=FOLLOW)
def follow(run: Run) -> None:
    """Draws the page anew when the class is shown another puzzle, or its answer."""
    now, known = Lectern(run.id).now(), f"follow_{run.id}"
    if known in st.session_state and st.session_state[known] != now:
        st.session_state[known] = now
        st.rerun()
    st.session_state[known] = now
    if now and not now.revealed:
        st.info(f"The class is asked puzzle {now.puzzle + 1}.", icon=":material/co_present:")


@st.fragment(run_every=LOOK)
def class_section(run: Run) -> None:
    """The puzzle that the class is asked, how many have answered it, and the button that reveals."""
    lectern, play, other = Lectern(run.id), play_of(task_of(run)), rival_of(run.id, run.provenance["date"])
    now = lectern.now() or Shown(_fresh(run, len(other.right)), False, owner())
    if not lectern.show(now):
        st.info(TAKEN, icon=":material/co_present:")
        return
    st.title(play.invitation)
    left, right = st.columns([3, 2])
    with left:
        outcome = outcome_of(other, now.puzzle, None) if now.revealed else None
        show_puzzle(game_of(run), play, now.puzzle, outcome, key=f"class_{run.id}_{now.puzzle}")
    with right:
        values = answers_to(run, now.puzzle).values()
        with st.container(key="result_answered"):
            st.markdown(f"{len(values)} answered")
        if now.revealed:
            tally(play, values, other.right[now.puzzle], other.last[now.puzzle])
        else:
            address = urlsplit(st.context.url or "")
            st.markdown(f"Puzzle {now.puzzle + 1}, at **{address.netloc}{address.path}**")
        _buttons(lectern, now, len(other.right))


def _buttons(lectern: Lectern, now: Shown, count: int) -> None:
    following = Shown((now.puzzle - 1) % count, False, now.owner)
    with st.container(horizontal=True):
        if not now.revealed:
            open_now = Shown(now.puzzle, True, now.owner)
            st.button("Reveal", type="primary", icon=":material/visibility:", on_click=lectern.show, args=[open_now])
        st.button("Next puzzle", icon=":material/arrow_forward:", on_click=lectern.show, args=[following])


def tally(play: Play, values: list[Guess], right: str, said: str) -> None:
    """What the class answered, with the right answer and the network's."""
    words = [play.words(str(value), right) for value in values]
    best, network = play.words(right, right), play.words(said, right)
    options = play.names or [best, *sorted({*words, network} - {best}, reverse=True)]
    marks = {"✔ right": best, "▲ the network": network}
    figure = tally_figure(words, options=options, measured=best, marks=marks, dark=dark())
    alt = f"{len(words)} answers, {words.count(best)} of them right: {best}. The network says: {network}."
    st.plotly_chart(figure, theme=None, key="class_tally", config=BARE, alt=alt)


def _fresh(run: Run, count: int) -> int:
    """The last puzzle that nobody has answered: who plays alone begins with the first."""
    return next((k for k in reversed(range(count)) if not answers_to(run, k).values()), count - 1)
