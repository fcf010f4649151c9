"""Mark it yourself, without a browser: what is made of what a browser sends, and what is never asked of others."""

import json
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.runs.settings import Refused
from core.ui import upload
from core.ui.engine import engine
from core.worlds.uploads import is_kept, store_video
from pages.parts import mark
from pages.parts.mark import _forget, _keep
from tests.worlds.test_videos import video

APP = Path(__file__).parents[2] / "app.py"
OUTLINE = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8]]
HOW = {"parent_steps": 1, "steps": 1}


@pytest.fixture
def sent(home, monkeypatch):
    """sent(labels, clip) → (session, runs that were started)."""

    def send(labels, clip="toys:2"):
        started = []
        monkeypatch.setattr(mark, "start", started.extend)
        state = {"desk": type("State", (), {"labels": labels})}
        monkeypatch.setattr(st, "session_state", state)
        _keep(clip, HOW, "desk")
        return state, started

    return send


def test_an_outline_is_a_run_on_that_clip(sent):
    state, (spec,) = sent([{"kind": "mask", "picture": 0, "value": OUTLINE, "seconds": 2}])
    assert (spec.settings.clips, json.loads(spec.settings.mask)) == ("toys:2", OUTLINE)
    assert spec.settings.steps == 1
    assert json.loads(state["marks"]["toys:2"]) == OUTLINE
    assert state["mark_new"]


@pytest.mark.parametrize(
    "labels",
    [None, "x", [], [3], [{}], [{"value": "x"}], [{"value": OUTLINE[:2]}], [{"value": [[0, 0]] * 9}],
     [{"value": OUTLINE}] * 2, [{"value": [[float("nan"), 0], [1, 0], [1, 1]]}]],
)  # fmt: skip
def test_what_is_no_outline_is_one_sentence_and_starts_nothing(sent, labels):
    state, started = sent(labels)
    assert not started
    assert "cannot be used" in state["mark_problem"]
    assert "\n" not in state["mark_problem"]
    assert "marks" not in state


def test_a_clip_that_is_gone_is_said(sent):
    state, started = sent([{"value": OUTLINE}], "video:" + "a" * 64)
    assert not started
    assert "upload it again" in state["mark_problem"]


def test_a_forgotten_clip_takes_its_runs_along(home, tmp_path, monkeypatch):
    address = store_video(video(tmp_path / "clip.mp4"), "clip.mp4")
    asked = []
    monkeypatch.setattr(mark, "forget_photos", lambda addresses: asked.extend(addresses) or upload.forget(addresses))
    monkeypatch.setattr(st, "session_state", {"choice_clip": address})
    monkeypatch.setattr(st, "query_params", {"clip": address})
    _forget(address)
    assert asked == [address]
    assert not is_kept(address)
    assert not st.session_state
    assert not st.query_params


def test_nothing_is_learned_before_the_question_is_answered(home):
    page = AppTest.from_file(APP, default_timeout=60)
    page.query_params["station"] = "osvos"
    page.run()
    page.switch_page("pages/wild.py").run()
    assert not page.exception
    [skip] = [button for button in page.button if button.label == "Skip"]
    skip.click().run()
    assert not page.exception
    assert "Mark it yourself" in [header.value for header in page.header]
    assert len([button for button in page.button if button.label == "Skip"]) == 1, "the question of the section"
    assert not [view for view in engine().runs() if view.spec.about.name == "video_parent"]
    engine.clear()


def test_refusals_of_an_upload_name_the_file(home):
    with pytest.raises(Refused, match=r"clips=notes.txt cannot be used: it is no video"):
        store_video(b"hello, hello", "notes.txt")
