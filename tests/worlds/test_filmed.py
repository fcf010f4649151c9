"""Clips of toys: what decides them, that masks fit their pictures, and that they are rendered once."""

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds.toybox import filmed
from core.worlds.toybox.filmed import CLASSES, ENOUGH, FRAMES, MOTIONS, OTHERS, PARTS, Filmed

SIZE = 24


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("TRANSFERLAB_HOME", str(tmp_path))


def shot(part="test", clips=3, size=SIZE):
    """(counts, clips)."""
    counts, course = [], filmed.filmed(part, clips, size)
    while True:
        try:
            counts.append(next(course))
        except StopIteration as end:
            return counts, end.value


def test_clips_are_rendered_once_and_come_out_the_same(monkeypatch):
    counts, first = shot()
    assert counts == [(1, 3), (2, 3), (3, 3)]
    assert first.pictures.shape == (3, FRAMES, SIZE, SIZE, 3)
    assert first.things.shape == (3, FRAMES, SIZE, SIZE)
    assert first.pictures.dtype == first.things.dtype == np.uint8
    with monkeypatch.context() as patched:
        patched.setattr(filmed, "rendered", None)
        _, again = shot(clips=2)
    np.testing.assert_array_equal(again.pictures, first.pictures[:2])
    np.testing.assert_array_equal(again.things, first.things[:2])
    np.testing.assert_array_equal(filmed.rendered(*filmed.what("test", 2), SIZE)[..., :3], first.pictures[2])


def test_a_damaged_file_is_rendered_anew():
    _, first = shot(clips=1)
    file = filmed.file_of(*filmed.what("test", 0), SIZE)
    file.write_bytes(file.read_bytes()[:-9] + b"something")
    np.testing.assert_array_equal(shot(clips=1)[1].pictures, first.pictures)


def test_test_clips_hold_classes_that_no_other_clip_has_and_all_motions_come_in_turn():
    assert not set(CLASSES) & set(OTHERS)
    seen = {part: [filmed.what(part, k) for k in range(12)] for part in PARTS}
    for part, (_, classes) in PARTS.items():
        assert [motion for motion, _ in seen[part]] == [*MOTIONS] * 4
        assert all(set(factors.toys) <= set(classes) for _, factors in seen[part])
        assert {(motion, len(factors.toys)) for motion, factors in seen[part]} >= {("crossing", 2), ("moving", 3)}
    numbers = [factors.numbers for of in seen.values() for _, factors in of]
    assert len(set(numbers)) == 36, "no two clips are alike"


def test_masks_lie_on_their_things_and_move_with_them():
    _, clips = shot(clips=1, size=48)
    things, pictures = clips.things[0], clips.pictures[0].astype(int)
    moved = np.abs(pictures[0] - pictures[5]).sum(-1)
    covered = (things[0] > 0) | (things[5] > 0)
    assert moved[covered].mean() > 3 * moved[~covered].mean(), "the camera stands still, the things go"
    assert (things[0] != things[5]).any()


def test_pieces_that_lie_about_are_no_toys_and_the_first_toy_that_shows_enough_is_followed():
    things = np.zeros((3, 2, 20, 20), np.uint8)
    things[0, :, :10, :10], things[0, :, 10:, 10:] = 1, 2
    things[1, :, 0, 0], things[1, :, 10:, 10:], things[1, :, :5] = 1, 2, 3
    things[2, 0, 19, 19], things[2, :, :10] = 2, 3
    clips = Filmed(np.zeros((*things.shape, 3), np.uint8), things, np.array([2, 2, 2]))
    assert ENOUGH * 400 > 1
    np.testing.assert_array_equal(clips.of_toys()[1], np.where(things[1] == 3, 0, things[1]))
    for k, toy in enumerate((1, 2, 2)):
        np.testing.assert_array_equal(clips.followed()[k], things[k] == toy)


def test_a_size_that_cannot_be_rendered_is_refused():
    with pytest.raises(Refused, match="from 16 to 512 pixels"):
        shot(size=8)
    assert filmed.fingerprint().startswith("filmed-v")
