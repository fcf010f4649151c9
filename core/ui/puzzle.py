"""Puzzles to play by mouse, finger or keyboard, one after the other; or one of them to show to a class.

The browser has the pieces of all from the start, so that the next one is there at once; what is right, and what the
network says, it is told of those that were answered only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.figures.style import ground
from core.methods.puzzles import TASKS
from core.ui.theme import dark, static

CELLS = ("top left", "top", "top right", "left", "right", "bottom left", "bottom", "bottom right")
LETTERS = ("A", "B", "C", "D")
TURN = "Turn the picture until it is upright."
TURNS = ("as it is", "one turn to the right", "upside down", "one turn to the left")

_puzzle = st.components.v2.component(
    "transferlab_puzzle",
    html='<div class="puzzle" role="group" aria-label="A puzzle" tabindex="-1"></div>',
    css=static("puzzle.css"),
    js=static("puzzle.js"),
)


@dataclasses.dataclass(frozen=True)
class Play:
    """How a task is played: its `kind` in puzzle.js, what is asked of the player, and what each answer is called; an
    order of tiles is called by how many of them are right.
    """

    kind: str
    invitation: str
    names: tuple[str, ...] = ()

    def allowed(self, value: Any) -> bool:
        if self.names:
            return value in map(str, range(len(self.names)))
        return isinstance(value, str) and sorted(value) == list("012345678")

    def words(self, value: str, right: str) -> str:
        if self.names:
            return self.names[int(value)]
        return f"{sum(a == b for a, b in zip(value, right, strict=True))} of {len(right)} tiles right"


PLAYS: Mapping[str, Play] = {
    "rotation": Play("turn", TURN, TURNS),
    "relative_position": Play("place", "Put the patch where it belongs, seen from the middle one.", CELLS),
    "jigsaw": Play("sort", "Swap the tiles until they make a picture."),
    "frame_order": Play("decide", TASKS["frame_order"].asks, ("mixed up", "in their order")),
    "combination": Play("turn", TURN, TURNS),
    "patches": Play("choose", "Which of these patches lies in the orange frame?", LETTERS),
}


def play_of(task: str) -> Play:
    """As the table says, or else one of four pictures is to be chosen."""
    return PLAYS.get(task) or Play("choose", TASKS[task].asks, LETTERS)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One's own answer to a puzzle, if any; what is right, and what the network says, where that is open by now."""

    own: str | None
    right: str | None = None
    said: str = ""
    sure: float = 0.0


@dataclasses.dataclass(frozen=True)
class Game:
    """The puzzles of a run as data addresses: the pieces of each, and the picture that it is of."""

    name: str
    pieces: Sequence[Sequence[str]]
    wholes: Sequence[str]


def play_puzzles(
    game: Game, play: Play, outcomes: Mapping[int, Outcome], *, key: str, keep: Callable[[Any], None],
    called: int | None = None,
) -> None:  # fmt: skip
    """The puzzles that have no outcome yet, one after the other; `keep` gets what the browser sent: puzzle → answer.
    `called`: the one that the class is shown, which comes first.
    """
    data = _data(game, play, outcomes) | {"mode": "play", "called": called}
    _puzzle(data=data, key=key, on_answers_change=lambda: keep(st.session_state[key].answers))


def show_puzzle(game: Game, play: Play, puzzle: int, outcome: Outcome | None, *, key: str) -> None:
    """One of them, large, to look at; with its outcome, once that is revealed."""
    outcomes = {puzzle: outcome} if outcome else {}
    _puzzle(data=_data(game, play, outcomes) | {"mode": "show", "called": puzzle}, key=key)


def _data(game: Game, play: Play, outcomes: Mapping[int, Outcome]) -> dict[str, Any]:
    told = {str(k): _told(play, outcome) for k, outcome in outcomes.items()}
    about = {"game": game.name, "pieces": game.pieces, "wholes": game.wholes, "outcomes": told}
    return about | {
        "kind": play.kind,
        "names": list(play.names),
        "invitation": play.invitation,
        "onPrimary": ground(dark()),
    }


def _told(play: Play, outcome: Outcome) -> dict[str, Any]:
    own, right = outcome.own, outcome.right
    if right is None:
        return {"own": own}
    words = {name: play.words(value, right) for name, value in (("own", own), ("said", outcome.said)) if value}
    return {**dataclasses.asdict(outcome), "words": {**words, "right": play.words(right, right) if play.names else ""}}
