"""Clips of one's own: pieces are in order and of one part of one clip; what cannot be used is said in a sentence."""

import av
import numpy as np
import pytest
from PIL import Image

from core.runs.settings import Refused
from core.worlds import frames
from core.worlds.frames import APART, FRAMES, fingerprint, in_order, pieces

SIDE = 32


def frame(k):
    """A grey that says which frame it is."""
    return np.full((SIDE, SIDE, 3), 2 * k, np.uint8)


def folder(path, count, start=0):
    path.mkdir()
    for k in range(count):
        Image.fromarray(frame(start + k)).save(path / f"frame{k}.png")
    return path


def video(path, count=60):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width = stream.height = SIDE
        stream.bit_rate = 4_000_000
        for k in range(count):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame(k), format="rgb24")))
        out.mux(stream.encode(None))
    return path


def numbers(part):
    """(N, FRAMES) which frame each is."""
    return np.rint(part.mean((2, 3, 4)) / 2).astype(int)


def test_pieces_are_in_order_and_what_is_near_in_time_is_in_one_part(tmp_path):
    parts = [numbers(part) for part in pieces(str(folder(tmp_path / "clip", 100)), SIDE)]
    for part in parts:
        assert (np.diff(part, axis=1) == APART).all(), "frame2 comes before frame10"
        assert part.shape[1] == FRAMES
    seen = [set(part.ravel()) for part in parts]
    assert sum(map(len, seen)) == len(set.union(*seen)), "no frame is in two parts"
    assert min(seen[0]) == 0
    assert max(seen[2]) == 99


def test_of_several_clips_no_piece_goes_from_one_to_another(tmp_path):
    folder(tmp_path / "both", 0)
    for name, start in (("a", 0), ("b", 60)):
        folder(tmp_path / "both" / name, 50, start)
    for part in map(numbers, pieces(str(tmp_path / "both"), SIDE)):
        assert ((part < 55).all(1) | (part > 55).all(1)).all()


def test_a_video_is_read_in_order(tmp_path):
    train, *_ = pieces(str(video(tmp_path / "clip.mp4")), SIDE)
    found = numbers(train)
    assert abs(np.diff(found, axis=1) - APART).max() <= 1, "as well as it was kept"
    assert (np.diff(found[:, 0]) >= 0).all()


def test_what_cannot_be_used_is_said(tmp_path):
    broken, empty = tmp_path / "clip.mp4", tmp_path / "empty"
    broken.write_bytes(video(tmp_path / "whole.mp4").read_bytes()[:300])
    empty.mkdir()
    (empty / "notes.txt").write_text("nothing")
    (tmp_path / "text.mp4").write_text("no video")
    for path in (broken, empty, tmp_path / "text.mp4"):
        with pytest.raises(Refused, match="no frames can be read in it: give a video file"):
            pieces(str(path), SIDE)
    with pytest.raises(Refused, match="frames that can be read: 12; 40 or more"):
        pieces(str(folder(tmp_path / "short", 12)), SIDE)
    with pytest.raises(Refused, match="no such file or folder"):
        fingerprint(str(tmp_path / "nowhere"))
    with pytest.raises(Refused, match="no such file or folder"):
        fingerprint("/dev/null")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "frame1.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(Refused, match="links may lead nowhere"):
        fingerprint(str(tmp_path / "links"))
    cut = folder(tmp_path / "cut", 60)
    (cut / "frame7.png").write_bytes((cut / "frame7.png").read_bytes()[:40])
    assert len(pieces(str(cut), SIDE)[0]) > 30, "a broken frame is left out"


def test_a_fingerprint_follows_the_content(tmp_path):
    one = folder(tmp_path / "one", 5)
    before = fingerprint(str(one))
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(one / "frame9.png")
    assert fingerprint(str(one)) != before
    a, b = video(tmp_path / "a.mp4", 5), video(tmp_path / "b.mp4", 6)
    assert fingerprint(str(a)) != fingerprint(str(b))
    assert sorted(["frame10", "frame2"], key=in_order) == ["frame2", "frame10"]


def test_a_video_that_was_cut_off_is_read_up_to_there(tmp_path):
    whole = video(tmp_path / "whole.mpg", 100)
    cut = tmp_path / "cut.mpg"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    train, _, test = pieces(str(cut), SIDE)
    assert len(train) > 20
    assert numbers(test).max() < 99


def test_of_many_frames_the_first_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "MOST", 60)
    folder(tmp_path / "both", 0)
    for name, start in (("a", 0), ("b", 50)):
        folder(tmp_path / "both" / name, 50, start)
    assert max(numbers(part).max() for part in pieces(str(tmp_path / "both"), SIDE)) < 60
