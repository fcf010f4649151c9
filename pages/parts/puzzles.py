"""The page "Ten puzzles": a student and the network solve the same ones."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.experiments.pretext import Pretext
from core.experiments.puzzle_runs import SHIPPED, Rival, rival
from core.figures.puzzles import rivals_figure, rivals_words
from core.methods.puzzles import TASKS
from core.runs.guesses import Guess, Guesses
from core.runs.lectern import Lectern
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.controls import controls
from core.ui.figures import BARE
from core.ui.inline import inlined
from core.ui.live import live_runs
from core.ui.owner import owner
from core.ui.puzzle import Game, Outcome, Play, play_of, play_puzzles
from core.ui.said import refusal
from core.ui.theme import dark

ENOUGH = 5  # puzzles, after which the page asks
TOYS = {SHIPPED["data"]: "16 toys", "toybox": "32 toys"}  # of which there are clips
WORLDS = {**TOYS, "photos": "Photographs", "digits": "Digits"}
LABELS = {"steps": "Steps of its training", "batch_size": "Pictures a step", "size": "Pixels a side", "seed": "Seed"}
FEWEST = 3  # puzzles of which a curve says anything
PROBLEM = "puzzles_problem"  # of the session: why an answer was not kept


def chosen() -> tuple[str, dict[str, Any]]:
    """The task, and of the training all that may differ from the one that ships."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        task = remembered("Puzzle", {name: info.title for name, info in TASKS.items()}, name="task", many=True)
    with right, st.expander("More", icon=":material/tune:"):
        data = remembered("Pictures", TOYS if TASKS[task].clips else WORLDS, name="data")
        own = controls(Pretext, list(LABELS), LABELS, {"steps": (20, 100, 200, 400, 800, 1600)}, steps=SHIPPED["steps"])
    return task, {"data": data, **own}


def rival_run(spec: Spec) -> Run | None:
    """The network to play against; where it is not there, the page offers to train it."""
    if run := Store().find(spec.id):
        return run
    st.caption("This network is not here yet: it takes some minutes on a laptop.")
    runs = live_runs([spec], button="Train it", key="rival")
    return runs[0] if runs else None


@functools.lru_cache(maxsize=16)
def rival_of(run_id: str, date: str) -> Rival:
    """Read once for all reruns and browsers."""
    run = Store().open(run_id)
    return rival(run.rows(), run.record["spec"]["settings"])


def game_of(run: Run) -> Game:
    """Its puzzles, for this browser."""
    pieces, wholes = (inlined(tuple(run.artifact(name))) for name in ("pieces", "wholes"))
    each = len(pieces) // len(wholes)
    cut = [pieces[k : k + each] for k in range(0, len(pieces), each)]
    return Game(f"{run.id} {owner()}", cut, wholes)


def task_of(run: Run) -> str:
    settings = run.record["spec"]["settings"]
    return settings["task"] if "task" in settings else settings["over"]


def answers_to(run: Run, puzzle: int) -> Guesses:
    """All answers on this server to one of its puzzles."""
    return Guesses(f"{run.id}-puzzle-{puzzle}")


def own_answers(run: Run, count: int) -> dict[int, Guess]:
    """puzzle → what this browser answered."""
    found = {k: answers_to(run, k).of(owner()) for k in range(count)}
    return {k: value for k, value in found.items() if value is not None}


@st.fragment
def play_section(run: Run, asked: bool) -> None:
    """The puzzles one after the other, and the score so far; the whole page, which has `asked` or not, is drawn anew
    once it may.
    """
    other, play = rival_of(run.id, run.provenance["date"]), play_of(task_of(run))
    own, shown = own_answers(run, len(other.right)), Lectern(run.id).now()
    waits = shown.puzzle if shown and not shown.revealed else None
    outcomes = {k: Outcome(str(value)) if k == waits else outcome_of(other, k, value) for k, value in own.items()}
    play_puzzles(
        game_of(run), play, outcomes, key=f"puzzles_{run.id}", keep=lambda sent: keep(run, play, sent),
        called=shown.puzzle if shown else None,
    )  # fmt: skip
    if problem := st.session_state.pop(PROBLEM, None):
        refusal(problem)
    if open_ones := {k: value for k, value in own.items() if k != waits}:
        score(run, other, open_ones)
    if len(own) >= ENOUGH and not asked:
        st.rerun()


def may_ask(run: Run) -> bool:
    """Whether this browser has played enough of its puzzles."""
    return len(own_answers(run, len(rival_of(run.id, run.provenance["date"]).right))) >= ENOUGH


def outcome_of(other: Rival, k: int, own: Guess | None) -> Outcome:
    return Outcome(None if own is None else str(own), other.right[k], other.last[k], other.sure[k])


def keep(run: Run, play: Play, sent: Any) -> None:
    """Keep what is new of what the browser sent: puzzle → answer; why not is said when the page is drawn."""
    count = len(rival_of(run.id, run.provenance["date"]).right)
    try:
        if not isinstance(sent, dict) or len(sent) > count:
            raise Refused("answers", type(sent).__name__, f"at most {count} answers, one a puzzle.")
        for k, value in sent.items():
            if k not in map(str, range(count)) or not play.allowed(value):
                raise Refused("answer", value, "it is none of this puzzle.")
            answers_to(run, int(k)).add(owner(), value)
    except Refused as refused:
        st.session_state[PROBLEM] = refused


def score(run: Run, other: Rival, own: dict[int, Guess]) -> None:
    """Oneself, the class and each checkpoint of the network, on the puzzles that this browser answered."""
    badge(run, place="play_")
    network, right = other.solved(own), sum(value == other.right[k] for k, value in own.items())
    said = {"own": right, "asked": len(own), "others": others_right(run, other, own)}
    words = rivals_words(network, **said)
    st.markdown(words)
    if len(own) < FEWEST:
        return
    figure = rivals_figure(network, dark=dark(), **said)
    st.plotly_chart(figure, theme=None, key="rivals", config=BARE, alt=words.replace("*", ""))


def others_right(run: Run, other: Rival, puzzles: Sequence[int] | dict[int, Guess]) -> float | None:
    """How many of these puzzles everybody else has right, by the share right of those who answered each."""
    shares = []
    for k in puzzles:
        answers = answers_to(run, k)
        mine, values = answers.of(owner()), answers.values()
        theirs = len(values) - (mine is not None)
        shares += [(values.count(other.right[k]) - (mine == other.right[k])) / theirs] if theirs else []
    return len(puzzles) * sum(shares) / len(shares) if shares else None
