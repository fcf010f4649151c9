"""What the Toybox page asks of the quick worker, and what the surroundings of a toy give away."""

import numpy as np
import pytest
from PIL import Image

from core.experiments.clip import clip
from core.experiments.pair import pair
from core.experiments.recordings import recordings
from core.experiments.scene import scene
from core.experiments.shortcuts import TASKS, VIEWS, cue, drawn_turns, found_again, shortcuts, summarise
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import RECORDED, Store
from core.worlds.toybox.clips import MOTIONS
from core.worlds.toybox.factors import NUMBERED, STYLES
from core.worlds.toybox.shown import PORTRAYED
from pages.parts.toybox import LABEL_WORDS, MOTION_WORDS, STYLE_WORDS, WHAT


def finished(spec):
    store = Store()
    for _ in drive(spec, store):
        pass
    return store.find(spec.id)


def pixels(files):
    return np.stack([np.asarray(Image.open(file)) for file in files])


def test_a_scene_comes_with_a_picture_its_facts_and_every_label_that_people_can_look_at(home):
    run = finished(Spec.of(scene, toys="dog, mug", light=3, size=64, labels=True))
    assert [row["class"] for row in run.rows()] == ["dog", "mug"]
    assert [row["natural"] for row in run.rows()] == [True, False]
    assert pixels(run.artifact("picture")).shape == (1, 64, 64, 3)
    labels = pixels(run.artifact("labels"))
    assert labels.shape == (len(PORTRAYED), 64, 64, 3)
    assert run.summary["labels"] == list(PORTRAYED)
    assert (labels.std((1, 2)).max(-1) > 3).all(), "none of them is empty"
    assert len({label.tobytes() for label in labels}) >= len(PORTRAYED) - 1


def test_one_factor_changes_the_picture_and_a_style_leaves_the_geometry(home):
    plain = finished(Spec.of(scene, size=48, labels=True))
    for change in ({"light": 5}, {"camera": 5}, {"style": "night"}):
        other = finished(Spec.of(scene, size=48, labels=True, **change))
        assert (pixels(other.artifact("picture")) != pixels(plain.artifact("picture"))).any()
        same = (pixels(other.artifact("labels"))[:2] == pixels(plain.artifact("labels"))[:2]).all()
        assert same == ("camera" not in change)


def test_a_pair_shares_what_it_is_asked_to(home):
    first, second = finished(Spec.of(pair, shared="class", number=4, size=48)).rows()
    assert first["class"] == second["class"]
    first, second = finished(Spec.of(pair, shared="", number=4, size=48)).rows()
    assert first["class"] != second["class"]


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_clip_comes_with_its_flow_and_its_tracks(home, motion):
    run = finished(Spec.of(clip, motion=motion, toys=2, frames=4, per_second=4.0, size=48))
    assert [row["time"] for row in run.rows()] == [0, 0.25, 0.5, 0.75]
    frames, flow, tracks = (pixels(run.artifact(name)) for name in ("frames", "flow", "tracks"))
    assert frames.shape == tracks.shape == (4, 48, 48, 3)
    assert flow.shape == (4, 24, 24, 3)
    assert (frames[0] != frames[1]).any()
    assert flow.min() < 200, "something moves"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (lambda: Spec.of(scene, toys="unicorn"), "class=unicorn"),
        (lambda: Spec.of(scene, toys="dog", size=7), "size=7"),
        (lambda: Spec.of(scene, toys="dog", size=5000), "size=5000"),
        (lambda: Spec.of(scene, toys=",".join(["dog"] * 9)), "toys=9"),
        (lambda: Spec.of(pair, shared="smell"), "factor=smell"),
        (lambda: Spec.of(clip, motion="crossing", toys=1), "toys=1"),
        (lambda: Spec.of(clip, frames=0), "frames=0"),
    ],
)
def test_a_bad_request_is_refused_in_one_line(home, spec, words):
    with pytest.raises(Refused, match=words) as refused:
        finished(spec())
    assert "\n" not in str(refused.value)


def test_the_page_has_words_for_all_that_it_shows():
    assert list(LABEL_WORDS) == list(PORTRAYED)
    assert list(WHAT) == list(NUMBERED)
    assert list(STYLE_WORDS) == list(STYLES)
    assert list(MOTION_WORDS) == list(MOTIONS)


def test_crops_are_told_from_their_definition():
    assert set(drawn_turns(40, seed=3)) == {0, 1, 2, 3}
    noise = np.random.default_rng(0)
    plain = np.repeat(noise.integers(0, 256, (30, 1, 1, 3)), 48 * 48, 1).reshape(30, 48, 48, 3).astype(np.uint8)
    assert found_again(plain, 0) > 0.8, "pictures of one colour each are found by their colour"
    assert found_again(np.zeros_like(plain), 0) < 0.1, "equal pictures are not"


def test_a_cue_learns_from_its_view_and_is_tested_on_other_pictures(home):
    """The golden run: bump the version of `cue` if it changes."""
    run = finished(Spec.of(cue, task="identity", view="room"))
    (row,) = [row for row in run.rows() if row["split"] == "test"]
    assert row["chance"] == 1 / 400
    assert row["accuracy"] == pytest.approx(GOLDEN_IDENTITY, abs=1e-3)


GOLDEN_IDENTITY = 0.7


def test_the_recorded_shortcuts_are_those_of_the_docs():
    """Every number of the table in docs/toybox.md, to the per cent."""
    spec = recordings()["shortcuts"]
    run = Store(RECORDED).find(spec.id)
    assert run is not None
    table = run.summary["table"]
    assert [(point["task"], point["view"]) for point in table] == [(task, view) for task in TASKS for view in VIEWS]
    docs = (RECORDED.parents[1] / "docs" / "toybox.md").read_text(encoding="utf-8")
    for point in table:
        assert f"{point['accuracy']:.0%} [{point['low']:.0%}, {point['high']:.0%}]" in docs
    again = summarise(spec.settings, list(run.rows()))
    assert again["table"] == table
    assert len(shortcuts(spec.settings)) == len({row["run"] for row in run.rows()}) == 27
