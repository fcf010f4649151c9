"""The Labels page without a browser: what is kept of what a browser sends, and what is forgotten."""

from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs.labels import KINDS, Label, Labels
from pages.parts import labelling
from pages.parts.labelling import INSTRUCTIONS, ROUNDS, _keep

APP = Path(__file__).parents[2] / "app.py"
NUMBERS = [5, 7, 9]
GOOD = {"kind": "box", "picture": 5, "value": [0, 0, 0.5, 0.5], "seconds": 2.0}


def kept(monkeypatch, sent):
    """(labels kept, the sentence of why not) for what a browser sent."""
    monkeypatch.setattr(labelling, "owner", lambda: "ada")
    state = {}
    monkeypatch.setattr(st, "session_state", state)
    _keep("toybox:b", "box", sent, NUMBERS)
    return Labels("toybox:b").of("ada", "box"), state.get("labels_problem", "")


def test_every_kind_has_words():
    assert tuple(ROUNDS) == tuple(INSTRUCTIONS) == KINDS


def test_labels_are_kept_as_they_come_and_again_does_no_harm(home, monkeypatch):
    two = [GOOD, {**GOOD, "picture": 7}]
    for sent in ([GOOD], two, two):
        labels, problem = kept(monkeypatch, sent)
    assert [label.picture for label in labels] == [5, 7]
    assert problem == ""


def test_a_bad_label_is_one_sentence_and_what_came_before_it_stays(home, monkeypatch):
    for bad in (
        {**GOOD, "picture": 6},
        {**GOOD, "kind": "class"},
        {**GOOD, "value": [0, 0, float("nan"), 1]},
        {**GOOD, "seconds": "soon"},
        {},
        "box",
        None,
    ):
        labels, problem = kept(monkeypatch, [GOOD, bad])
        assert [label.picture for label in labels] == [5]
        assert "cannot be used" in problem
        assert "\n" not in problem


def test_no_flood_is_looked_at(home, monkeypatch):
    for flood in ([GOOD] * 4, "x" * 10**6, {"labels": 3}, 7):
        labels, problem = kept(monkeypatch, flood)
        assert labels == []
        assert "one a picture" in problem


def test_what_was_drawn_on_photos_goes_with_them(home, monkeypatch):
    from core.ui import upload

    class Idle:
        def forget(self, ids):
            pass

        def runs(self):
            return []

    monkeypatch.setattr(upload, "engine", Idle)
    mine, others = (f"upload:{letter * 64}" for letter in "ab")
    for data in (mine, others):
        Labels(data).add("ada", Label("class", 1, 0, 1.0))
    upload.forget_photos([mine])
    assert Labels(mine).of("ada", "class") == []
    assert len(Labels(others).of("ada", "class")) == 1


def test_nothing_is_shown_before_the_guess(home):
    page = AppTest.from_file(APP, default_timeout=60).run()
    page.switch_page("pages/labels.py").run()
    assert not page.exception
    assert not [header.value for header in page.header]
    assert [button for button in page.button if button.label == "Skip"]
