"""Videos of strangers: only a video, or a zip of frames, is opened; frames are upright, in order, not too many."""

import io
import zipfile

import av
import numpy as np
import pytest
from PIL import Image

from core.runs.settings import Refused
from core.worlds import videos
from core.worlds.uploads import file_of, forget, is_kept, store_video, sweep
from core.worlds.videos import PER_SECOND, reader, sequences

SIZE = (48, 32)  # width, height


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("TRANSFERLAB_HOME", str(tmp_path / "home"))


def frame(k):
    """A grey that says which frame it is, its left half black."""
    pixels = np.full((SIZE[1], SIZE[0], 3), 100 + 2 * k, np.uint8)
    pixels[:, : SIZE[0] // 2] = 0
    return pixels


def video(path, count=30, rate=25, codec="mpeg4", kind=None):
    with av.open(str(path), "w", format=kind) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height = SIZE
        stream.bit_rate = 4_000_000
        for k in range(count):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame(k), format="rgb24")))
        out.mux(stream.encode(None))
    return path


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def grey(picture):
    """Which frame it is, by its right half."""
    pixels = np.asarray(picture)
    return round((pixels[:, -10:].mean() - 100) / 2)


def read(address):
    return [list(each) for each in sequences(file_of(address, "clips"), address)]


@pytest.mark.parametrize("ending", ["mp4", "mov", "avi", "mkv"])
def test_of_a_video_ten_frames_a_second_are_read_in_order(tmp_path, ending):
    address = store_video(video(tmp_path / f"clip.{ending}"), "clip")
    assert address.startswith("video:")
    (frames,) = read(address)
    assert len(frames) == pytest.approx(30 / 25 * PER_SECOND, abs=1)
    numbers = list(map(grey, frames))
    np.testing.assert_allclose(numbers, 2.5 * np.arange(len(numbers)), atol=1.5)


def test_a_slow_video_is_read_whole(tmp_path):
    (frames,) = read(store_video(video(tmp_path / "clip.mp4", count=6, rate=5), "clip"))
    np.testing.assert_allclose(list(map(grey, frames)), range(6), atol=1)


def test_a_video_filmed_upright_stands_upright(tmp_path):
    """A telephone held upright writes the sensor's rows, and a matrix that says how they are to be turned."""
    data = bytearray(video(tmp_path / "clip.mp4").read_bytes())
    at = data.index(b"tkhd") + 44
    clockwise = (0, 1 << 16, 0, -(1 << 16), 0, 0, SIZE[1] << 16, 0, 1 << 30)
    data[at : at + 36] = b"".join(number.to_bytes(4, "big", signed=True) for number in clockwise)
    (frames,) = read(store_video(bytes(data), "clip"))
    pixels = np.asarray(frames[0])
    assert pixels.shape == (SIZE[0], SIZE[1], 3)
    assert pixels[:10].mean() < 20 < 80 < pixels[-10:].mean(), "what was left is above"


def test_a_zip_is_its_frames_a_clip_a_folder_and_what_is_no_picture_is_left_out(tmp_path):
    files = {f"a/frame{k}.png": png(frame(k)) for k in (0, 10, 9, 2)}
    files |= {"a/notes.txt": b"no picture", "b/1.png": png(frame(3)), "__MACOSX/a/._frame0.png": b"junk"}
    found = read(store_video(zipped(tmp_path / "clip.zip", files), "clip.zip"))
    assert [list(map(grey, frames)) for frames in found] == [[0, 2, 9, 10], [3]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"hello, this is a text", "it is no video"),
        (b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n", "it is no video"),
        (b"ffconcat version 1.0\nfile other.video\n", "it is no video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "it is no video"),
        (b"\x80\x02}q\x00.", "it is no video"),
        (b"PK\x03\x04" + bytes(40), "cut off"),
    ],
)
def test_what_is_no_video_is_refused_in_a_sentence_and_not_kept(tmp_path, data, words):
    with pytest.raises(Refused, match=words) as refused:
        store_video(data, "mine.mp4")
    assert refused.value.setting == "clips"
    assert "mine.mp4" in str(refused.value)
    assert not list((tmp_path / "home" / "uploads").iterdir())


def test_a_zip_that_leaves_its_folder_or_packs_too_well_is_refused(tmp_path, monkeypatch):
    with pytest.raises(Refused, match="leads out of its folder"):
        store_video(zipped(tmp_path / "up.zip", {"../1.png": b"1"}), "up.zip")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", bytes(30_000_000))
    with pytest.raises(Refused, match="packed more than 100-fold"):
        store_video(tmp_path / "bomb.zip", "bomb.zip")


def test_too_large_is_said_with_what_to_do(tmp_path):
    with pytest.raises(Refused, match=r"larger than 0 MB; cut a shorter clip"):
        store_video(video(tmp_path / "clip.mp4"), "clip.mp4", most_bytes=500)


def test_a_frame_of_too_many_pixels_is_not_decoded(tmp_path, monkeypatch):
    address = store_video(video(tmp_path / "clip.mp4"), "clip")
    assert read(address)[0]
    monkeypatch.setattr(videos, "MOST_PIXELS", SIZE[0] * SIZE[1] - 1)
    assert read(address) == [[]]


def test_a_video_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    whole = video(tmp_path / "clip.mkv").read_bytes()
    (frames,) = read(store_video(whole[: len(whole) // 2], "clip"))
    assert 0 < len(frames) < 12
    (none,) = read(store_video(video(tmp_path / "clip.mp4").read_bytes()[:300], "clip"))
    assert none == []


def test_it_is_deleted_after_a_day_or_when_its_owner_says_so(tmp_path):
    first, second = (store_video(video(tmp_path / f"{k}.mp4", count=9 + k), "clip") for k in range(2))
    forget([first])
    assert (is_kept(first), is_kept(second)) == (False, True)
    with pytest.raises(Refused, match="was deleted; upload it again") as refused:
        file_of(first, "clips")
    assert refused.value.setting == "clips"
    assert sweep(max_age_hours=-1) == [second]
    assert not is_kept(second)


def test_readers_are_of_the_kinds_that_are_named():
    assert reader(b"\0\0\0\x18ftypmp42") == "mov"
    assert reader(b"RIFF\0\0\0\0WAVE") == ""
    assert reader(b"RIFF\0\0\0\0AVI ") == "avi"
