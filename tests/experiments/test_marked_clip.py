"""A clip in whose first frame somebody marked a thing: of toys all is known, of uploads what is marked."""

import json

import numpy as np
import pytest

from core.experiments import experiment
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.ui.upload import BROUGHT
from core.worlds.toybox.filmed import FRAMES, filmed_one
from core.worlds.uploads import forget, store_video
from tests.experiments.test_one_shot_video import MASK, TINY, frame, of, spec, video
from tests.worlds.test_videos import png, zipped

SIDE = TINY["size"]
CROSSING = 2  # a test clip with two toys


def things():
    """(T, S, S) the numbers of the things of the clip."""
    return filmed_one("test", CROSSING, SIDE).things[0]


def around(number):
    """A box around a thing in the first frame, as a polygon."""
    rows, columns = np.nonzero(things()[0] == number)
    left, right = columns.min() / SIDE, (columns.max() + 1) / SIDE
    top, bottom = rows.min() / SIDE, (rows.max() + 1) / SIDE
    return json.dumps([[left, top], [right, top], [right, bottom], [left, bottom]])


@pytest.mark.parametrize("number", [1, 2])
def test_the_thing_in_the_outline_is_the_truth_of_all_frames(finish, number):
    run, _ = finish("one_shot_video", **TINY, clips=f"toys:{CROSSING}", mask=around(number))
    said, truth = run.artifact("masks").arrays["clip0"], things() == number
    both, either = (said & truth).sum((1, 2)), (said | truth).sum((1, 2))
    rows = of(run, "frame")
    assert [row["frame"] for row in rows] == list(range(1, FRAMES + 1))
    np.testing.assert_allclose([row["j"] for row in rows], both / np.maximum(either, 1) * (either > 0) + (either == 0))
    assert run.summary["j"] == pytest.approx(np.mean([row["j"] for row in rows][1:]))
    assert run.summary["f"] == pytest.approx(np.mean([row["f"] for row in rows][1:]))
    rows, columns = np.nonzero(truth[0])
    box = np.zeros((SIDE, SIDE), bool)
    box[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
    assert run.summary["drawn"] == pytest.approx(truth[0].sum() / box.sum()), "what was drawn, against the exact mask"
    assert not of(run, "test"), "one clip has no interval"
    assert [row["clip"] for row in of(run, "clip")] == [0]


def test_it_learns_from_what_was_drawn_and_not_from_the_exact_mask(finish):
    """Half of a thing is marked: the thing is the same, what is found in the first frame's loss is not."""
    whole = json.loads(around(1))
    half = [[x, min(y, (whole[0][1] + whole[2][1]) / 2)] for x, y in whole]
    first, second = (
        finish("one_shot_video", **TINY, clips=f"toys:{CROSSING}", mask=json.dumps(mask))[0] for mask in (whole, half)
    )
    assert [row["loss"] for row in of(first, "one_shot")] != [row["loss"] for row in of(second, "one_shot")]
    assert second.summary["drawn"] < first.summary["drawn"]
    assert first.spec().donors() == second.spec().donors(), "what it borrows does not depend on what is drawn"


def test_an_outline_of_the_bare_room_is_refused(finish):
    empty = things()[0] == 0
    corner = next(
        (y, x) for y in range(0, SIDE - 6, 2) for x in range(0, SIDE - 6, 2) if empty[y : y + 6, x : x + 6].all()
    )
    top, left = (place / SIDE for place in corner)
    mask = [[left, top], [left + 0.1, top], [left + 0.1, top + 0.1], [left, top + 0.1]]
    with pytest.raises(Refused, match="nothing of the clip's things lies in it") as refused:
        finish("one_shot_video", **TINY, clips=f"toys:{CROSSING}", mask=json.dumps(mask))
    assert refused.value.setting == "mask"


@pytest.mark.parametrize("clips", ["toys:", "toys:-1", "toys:1000", "toys:٣", "video:abc", "video:" + "g" * 64])
def test_an_address_of_no_clip_is_refused(clips):
    with pytest.raises(Refused, match="toys:0 to toys:999, video: and 64 hexadecimal digits") as refused:
        spec(clips=clips, mask=json.dumps(MASK))
    assert refused.value.setting == "clips"


def test_the_same_clip_is_one_run_however_it_is_written():
    assert spec(clips="toys:007", mask=json.dumps(MASK)).id == spec(clips="toys:7", mask=json.dumps(MASK)).id
    assert spec(clips="toys:7", mask=json.dumps(MASK)).id != spec(clips="toys:8", mask=json.dumps(MASK)).id


@pytest.mark.parametrize("kind", ["video", "zip"])
def test_an_upload_is_followed_as_the_same_clip_on_disk_would_be(finish, tmp_path, kind):
    frames = [frame(k) for k in range(5)]
    if kind == "video":
        file = video(tmp_path / "clip.mp4", frames)
    else:
        file = zipped(tmp_path / "clip.zip", {f"{k}.png": png(pixels) for k, pixels in enumerate(frames)})
    with open(file, "rb") as content:
        address = store_video(content, "mine")
    run, _ = finish("one_shot_video", **TINY, clips=address, mask=json.dumps(MASK))
    assert [("j" in row) for row in of(run, "frame")] == [True] + [False] * 4
    assert run.artifact("masks").arrays["clip0"].shape == (5, 39, 59)
    assert set(run.summary) >= {"first_frame", "frames"}
    assert "drawn" not in run.summary
    assert any(address in str(run.record["spec"]["settings"].get(name)) for name in BROUGHT), (
        "found when it is forgotten"
    )
    forget([address])
    with pytest.raises(Refused, match="was deleted; upload it again"):
        spec(clips=address, mask=json.dumps(MASK))


HOSTILE = {
    "nothing in it": ({"notes.txt": b"none"}, "no frames can be read in it"),
    "one frame": ({"1.png": png(frame(0))}, "only one frame"),
    "two clips": ({f"{name}/{k}.png": png(frame(k)) for name in "ab" for k in range(2)}, "several clips"),
    "too long": ({f"{k}.png": png(frame(0, 40, 60)) for k in range(201)}, "more than 200 frames"),
    "of two shapes": ({"1.png": png(frame(0)), "2.png": png(frame(0, 50))}, "different shapes"),
    "too narrow": ({f"{k}.png": png(frame(0, 20, 90)) for k in range(2)}, "more than 4 times as long as wide"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_clip_that_cannot_be_used_is_said_before_anybody_draws(finish, tmp_path, name):
    files, words = HOSTILE[name]
    address = store_video(zipped(tmp_path / "clip.zip", files), "clip.zip")
    with pytest.raises(Refused, match=words) as refused:
        finish("first_frame", clips=address)
    assert str(refused.value).startswith("clips=your clip cannot be used")


def test_the_first_frame_is_shown_as_it_is(finish, tmp_path):
    run, _ = finish("first_frame", clips=f"toys:{CROSSING}", size=96)
    assert (run.summary["width"], run.summary["height"], run.summary["frames"]) == (96, 96, FRAMES)
    wide = [frame(k, 60, 90) for k in range(4)]
    run, _ = finish("first_frame", clips=video(tmp_path / "clip.mp4", wide), size=96)
    assert run.summary["frames"] == 4
    assert run.summary["width"] / run.summary["height"] == pytest.approx(1.5, abs=0.03)
    assert run.summary["width"] * run.summary["height"] == pytest.approx(96 * 96, rel=0.03)
    assert Spec.of(experiment("first_frame"), clips="toys:2").about.quick
    assert Store().find(run.id)
