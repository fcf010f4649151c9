"""Puzzles without a browser: what is sent to it and kept of what it sends, and who is told the answer when."""

import re
from types import SimpleNamespace

import pytest
import streamlit as st

from core.experiments.puzzle_runs import Rival, rival
from core.methods.orders import permutations
from core.methods.puzzles import TASKS
from core.runs.guesses import Guesses
from core.ui.puzzle import LETTERS, PLAYS, Outcome, _told, play_of
from core.ui.theme import static
from pages.parts import puzzles

ROTATION, JIGSAW = play_of("rotation"), play_of("jigsaw")
RUN = SimpleNamespace(
    id="a" * 16, provenance={"date": ""}, record={"spec": {"settings": {"task": "rotation"}}}, summary={}
)
OTHER = Rival(("1", "2", "0"), {0: ("0", "2", "3"), 10: ("1", "2", "3")}, (0.9, 0.8, 0.5))


@pytest.mark.parametrize("task", TASKS)
def test_every_task_can_be_played(task):
    play = play_of(task)
    assert re.search(rf"\b{play.kind}: [A-Z]", static("puzzle.js").partition("const KINDS")[2])
    assert play.invitation
    if task not in PLAYS:
        assert TASKS[task].answers == len(LETTERS)
    if play.names:
        assert TASKS[task].answers == len(play.names)


def test_an_order_is_nine_different_cells_and_other_answers_are_numbers_of_the_list():
    assert JIGSAW.allowed("120345678")
    assert ROTATION.allowed("3")
    for bad in ("4", "-1", "1.0", 1, None, "", ["1"], "²"):
        assert not ROTATION.allowed(bad)
    for bad in ("012345677", "01234567", "0123456789", 12345678, None, list("012345678")):
        assert not JIGSAW.allowed(bad)


def test_an_order_is_called_by_how_many_tiles_are_right():
    assert JIGSAW.words("102345678", "012345678") == "7 of 9 tiles right"
    assert play_of("relative_position").words("0", "7") == "top left"


def test_the_browser_is_told_what_is_right_only_of_what_is_open():
    assert _told(ROTATION, Outcome("2")) == {"own": "2"}
    told = _told(ROTATION, Outcome("2", "1", "3", 0.5))
    assert told["words"] == {"own": "upside down", "said": "one turn to the left", "right": "one turn to the right"}
    assert "own" not in _told(ROTATION, Outcome(None, "1", "3", 0.5))["words"]


def rows(answers, said):
    about = {"split": "said", "probability": 0.5}
    return [
        {**about, "puzzle": k, "answer": a, "said": s, "step": step}
        for step, words in said.items()
        for k, (a, s) in enumerate(zip(answers, words, strict=True))
    ]


def test_a_rival_is_read_from_its_rows_in_the_order_of_the_puzzles():
    told = rows([1, 2, 0], {0: [0, 2, 3], 10: [1, 2, 3]})
    found = rival([{"split": "train"}, *reversed(told)], {"task": "rotation"})
    assert (found.right, found.last) == (("1", "2", "0"), ("1", "2", "3"))
    assert found.solved([0, 1]) == [(0, 1), (10, 2)]
    assert found.solved([2]) == [(0, 0), (10, 0)]


def test_a_rival_at_jigsaw_answers_with_the_cell_of_each_tile():
    found = rival(rows([3], {0: [1]}), {"task": "jigsaw", "permutations": 24})
    assert found.right == ("".join(map(str, permutations(24)[3])),)
    assert found.last == ("".join(map(str, permutations(24)[1])),)


@pytest.fixture
def played(home, monkeypatch):
    """played(owner, sent) → the sentence of why not, or ""."""
    monkeypatch.setattr(puzzles, "rival_of", lambda *_: OTHER)

    def play(owner, sent):
        monkeypatch.setattr(puzzles, "owner", lambda: owner)
        state = {}
        monkeypatch.setattr(st, "session_state", state)
        puzzles.keep(RUN, ROTATION, sent)
        return str(state.get(puzzles.PROBLEM, ""))

    return play


def test_answers_are_kept_as_they_come_and_the_first_one_stays(played):
    assert played("ada", {"0": "1"}) == ""
    assert played("ada", {"0": "3", "2": "0"}) == ""
    assert puzzles.own_answers(RUN, 3) == {0: "1", 2: "0"}
    assert Guesses(f"{RUN.id}-puzzle-0").values() == ["1"]


@pytest.mark.parametrize("bad", [{"3": "1"}, {"-1": "1"}, {"0": "9"}, {"0": None}, {"x": "1"}, [], "0", None, 7])
def test_a_bad_answer_is_one_sentence_and_nothing_of_it_is_kept(played, bad):
    problem = played("ada", bad)
    assert "cannot be used" in problem
    assert "\n" not in problem
    assert puzzles.own_answers(RUN, 3) == {}


def test_no_flood_is_looked_at(played):
    assert "at most 3" in played("ada", {str(k): "1" for k in range(4)})


def test_the_class_is_everybody_else(played):
    played("ada", {"0": "1", "1": "0"})
    assert puzzles.others_right(RUN, OTHER, [0, 1]) is None
    played("bob", {"0": "1", "1": "2"})
    played("eve", {"0": "2"})
    played("ada", {})
    assert puzzles.others_right(RUN, OTHER, [0, 1]) == pytest.approx(0.5 + 1)
    assert puzzles.others_right(RUN, OTHER, [0]) == pytest.approx(0.5)
