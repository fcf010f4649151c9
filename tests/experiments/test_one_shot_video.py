"""One-shot video: what is told and kept of clips of toys and of one's own, what arms share, and what is refused."""

import dataclasses
import json

import av
import numpy as np
import pytest
from PIL import Image
from scipy import stats

from core.experiments import experiment
from core.experiments.stations import STATIONS, Visit, arms_of
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.worlds.toybox.filmed import FRAMES

TINY = {"network": "labnet", "source": "none", "size": 48, "pictures": 10, "parent_steps": 2, "steps": 2,
        "batch_size": 2, "tested": 2, "precision": "float32"}  # fmt: skip
PARTS = ("parent", "one_shot", "contour")
MASK = [[0.1, 0.2], [0.4, 0.2], [0.4, 0.7], [0.1, 0.7]]


def spec(**changes):
    return Spec.of(experiment("one_shot_video"), **{**TINY, **changes})


def of(run, part):
    return [row for row in run.rows() if row["split"] == part]


def frame(k, height=40, width=60):
    pixels = np.full((height, width, 3), 90, np.uint8)
    pixels[8:28, 6 + k : 24 + k] = (240, 200, 30)
    return pixels


def folder(path, frames):
    path.mkdir()
    for k, pixels in enumerate(frames):
        Image.fromarray(pixels).save(path / f"frame{k}.png")
    return str(path)


def video(path, frames):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.height, stream.width = frames[0].shape[:2]
        for pixels in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode(None))
    return str(path)


def test_what_is_told_and_kept_of_clips_of_toys(finish):
    run, _ = finish("one_shot_video", **TINY)
    clips, frames, (test,) = of(run, "clip"), of(run, "frame"), of(run, "test")
    assert [row["clip"] for row in clips] == [0, 1]
    for row in clips:
        later = [one for one in frames if one["clip"] == row["clip"] and one["frame"] > 1]
        assert len(later) == FRAMES - 1
        for name in ("j", "f"):
            assert row[name] == pytest.approx(np.mean([one[name] for one in later]))
    js = [row["j"] for row in clips]
    assert test["j"] == test["mean"] == pytest.approx(np.mean(js))
    low, high = stats.t.interval(0.95, 1, np.mean(js), stats.sem(js))
    assert (test["low"], test["high"]) == pytest.approx((max(low, 0), min(high, 1)))
    masks = run.artifact("masks").arrays
    assert {name: mask.shape for name, mask in masks.items()} == {f"clip{k}": (FRAMES, 48, 48) for k in (0, 1)}
    assert {row["learns"] for row in of(run, "parent")} == {"things", "outlines"}
    assert {(row["clip"], row["step"]) for row in of(run, "one_shot")} == {
        (k, step) for k in (0, 1) for step in range(3)
    }
    assert run.summary["j"]["mean"] == test["mean"]


def test_the_answer_appears_frame_by_frame_and_its_story_is_told(finish):
    run, _ = finish("one_shot_video", **TINY)
    assert run.steps("answers") == list(range(1, 2 * FRAMES + 1))
    assert [len(run.artifact("answers", step)) for step in range(1, 2 * FRAMES + 1)] == [*range(1, FRAMES + 1)] * 2
    words = run.artifact("story_words")
    assert len(words) == len(run.artifact("story")) == 7
    assert words[3] == "After 2 steps on the first frame"


def test_arms_that_differ_in_later_parts_borrow_the_same_parents(finish):
    whole = spec()
    assert len(whole.donors()) == 2
    for change in ({"one_shot": False}, {"steps": 3}, {"tested": 3}):
        assert [donor.id for donor in spec(**change).donors()] == [donor.id for donor in whole.donors()]
    assert spec(contour=False).donors() == whole.donors()[:1]
    assert spec(parent=False).donors() == whole.donors()[1:]
    run, _ = finish("one_shot_video", **TINY)
    trained = [Store().open(donor).folder.stat().st_ino for donor in run.spec().donors()]
    finish("one_shot_video", **TINY, one_shot=False)
    assert [Store().open(donor).folder.stat().st_ino for donor in whole.donors()] == trained


@pytest.mark.parametrize("part", PARTS)
def test_each_part_can_be_left_out(finish, part):
    run, _ = finish("one_shot_video", **TINY, **{part: False})
    whole, _ = finish("one_shot_video", **TINY)
    assert len(of(run, "clip")) == 2
    assert bool(of(run, "one_shot")) == (part != "one_shot")
    learned = {"parent": {"outlines"}, "one_shot": {"things", "outlines"}, "contour": {"things"}}[part]
    assert {row["learns"] for row in of(run, "parent")} == learned
    assert len(run.artifact("story_words")) < len(whole.artifact("story_words"))
    said, whole_said = (one.artifact("masks").arrays["clip0"] for one in (run, whole))
    assert (said != whole_said).any()


@pytest.mark.parametrize("kind", ["folder", "video"])
def test_a_clip_of_ones_own_is_followed_as_a_whole_and_known_in_its_first_frame_alone(finish, tmp_path, kind):
    frames = [frame(k) for k in range(6)]
    clips = folder(tmp_path / "clip", frames) if kind == "folder" else video(tmp_path / "clip.mp4", frames)
    run, _ = finish("one_shot_video", **TINY, clips=clips, mask=json.dumps(MASK))
    assert not of(run, "test") + of(run, "clip")
    known = of(run, "frame")
    assert [("j" in row) for row in known] == [True] + [False] * 5
    masks = run.artifact("masks").arrays["clip0"]
    assert masks.shape == (6, 39, 59), "as many pixels as 48 x 48, as wide as the frames"
    drawn = np.zeros((39, 59), bool)
    drawn[round(0.2 * 39) : round(0.7 * 39), round(0.1 * 59) : round(0.4 * 59)] = True
    overlap = (masks[0] & drawn).sum() / (masks[0] | drawn).sum()
    assert run.summary["first_frame"]["j"] == known[0]["j"] == pytest.approx(overlap, abs=0.05)
    assert [len(run.artifact("answers", step)) for step in run.steps("answers")] == list(range(1, 7))


def test_a_clip_that_cannot_be_used_is_refused_in_a_sentence(finish, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.mp4").write_bytes((tmp_path / video(tmp_path / "v.mp4", [frame(0)] * 9)).open("rb").read(200))
    (tmp_path / "both").mkdir()
    folder(tmp_path / "both" / "a", [frame(0)] * 2)
    folder(tmp_path / "both" / "b", [frame(0)] * 2)
    clips = {
        str(tmp_path / "empty"): "no frames can be read in it",
        str(tmp_path / "broken.mp4"): "no frames can be read in it",
        str(tmp_path / "both"): "several clips",
        folder(tmp_path / "one", [frame(0)]): "only one frame",
        folder(tmp_path / "long", [frame(0, 8, 8)] * 201): "more than 200 frames",
        folder(tmp_path / "other", [frame(0), frame(0, 50)]): "different shapes",
        folder(tmp_path / "narrow", [frame(0, 20, 90)] * 2): "more than 4 times as long as wide",
    }
    for clip, words in clips.items():
        with pytest.raises(Refused, match=words) as refused:
            finish("one_shot_video", **TINY, clips=clip, mask=json.dumps(MASK))
        assert refused.value.setting == "clips"
    for path in (tmp_path / "nowhere.mp4", "~nobody_of_that_name/clip", "a" * 5000):
        with pytest.raises(Refused, match="no such file or folder"):
            spec(clips=str(path), mask=json.dumps(MASK))


@pytest.mark.parametrize(
    "mask",
    ["[[0.1, 0.1", "{}", "[]", "[[0.1, 0.1], [0.5, 0.5]]", "[[0, 0], [0, 1], [1, 1.2]]", "[[0, 0], [0, 1], [1, NaN]]",
     "[[0, 0], [0, 1], [1, true]]", '[[0, 0], [0, 1], "11"]', "[[0, 0], [0, 1], [1]]", "[" * 99_999,
     json.dumps([[0.5, 0.5]] * 501)],
)  # fmt: skip
def test_a_mask_that_is_no_polygon_is_refused_before_anything_runs(tmp_path, mask):
    with pytest.raises(
        Refused, match=r"the corners of a polygon in the first frame, \[\[x, y\], ...\], 3 to 500"
    ) as no:
        spec(clips=folder(tmp_path / "clip", [frame(0)] * 2), mask=mask)
    assert no.value.setting == "mask"


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ([[0.5, 0.5], [0.52, 0.5], [0.5, 0.52]], "it holds 2 of 2301 pixels"),
        ([[0, 0], [1, 0], [1, 1], [0, 1]], "it holds the whole frame"),
    ],
)
def test_a_mask_of_nothing_or_of_everything_is_refused(finish, tmp_path, mask, words):
    with pytest.raises(Refused, match=words):
        finish(
            "one_shot_video", **TINY, clips=folder(tmp_path / "clip", [frame(0)] * 2), mask=json.dumps(mask)
        )  # fmt: skip


def test_settings_that_do_not_go_together_are_refused(tmp_path):
    clip = folder(tmp_path / "clip", [frame(0)] * 2)
    for change, words in (
        ({"clips": clip}, "needs both, clips= and mask="),
        ({"mask": json.dumps(MASK)}, "needs both, clips= and mask="),
        ({"parent": False, "one_shot": False}, "it would have learned nothing"),
        ({"data": "digits"}, "frames of clips are learned from"),
    ):
        with pytest.raises(Refused, match=words):
            spec(**change)


def test_equal_settings_are_one_run(tmp_path):
    clip = folder(tmp_path / "clip", [frame(0)] * 2)
    own = spec(clips=clip, mask=json.dumps(MASK))
    assert spec(clips=clip, mask=json.dumps(MASK, indent=1), tested=5).id == own.id
    assert spec(clips=clip, mask=json.dumps(MASK[:3])).id != own.id
    assert spec(one_shot=False, steps=9).id == spec(one_shot=False).id != spec().id
    assert Spec.from_json(own.as_json()).id == own.id
    folder_of_another = folder(tmp_path / "another", [frame(1)] * 2)
    assert spec(clips=folder_of_another, mask=json.dumps(MASK)).id != own.id


def test_each_arm_of_the_station_leaves_out_one_thing():
    settings = Spec.of(experiment("wild"), station="osvos", controls=True, seeds=1).settings
    assert isinstance(settings, Visit)
    first, scratch, *others = (arm.settings for *_, arm in arms_of(settings))
    borrowed = ("things", "outlines")
    assert (first.source, scratch.source) == ("imagenet", "none")
    assert dataclasses.replace(scratch, source="imagenet", **{n: getattr(first, n) for n in borrowed}) == first
    assert len(others) == len(STATIONS["osvos"].controls) == len(PARTS)
    for part, other in zip(PARTS, others, strict=True):
        plain = {"steps": first.steps, **{name: getattr(first, name) for name in borrowed}}
        assert dataclasses.replace(other, **{part: True}, **plain) == first
        assert not getattr(other, part)


@pytest.mark.parametrize(
    "mask", [[[0, 0]] * 3, [[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]], [[0.5, 0.5], [0.51, 0.5], [0.5, 0.51]]]
)
def test_an_outline_around_nothing_is_refused_before_anything_is_learned(mask):
    with pytest.raises(Refused, match="next to nothing lies inside it"):
        spec(clips="toys:1", mask=json.dumps(mask))
