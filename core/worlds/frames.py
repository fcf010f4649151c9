"""Clips of one's own: a video file, or a folder of frames, or one of such folders; cut into short pieces in order."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.runs.settings import Refused
from core.worlds.decode import Unusable, opened, square

FRAMES, APART = 4, 2  # frames of a piece; from each to the next
FEWEST, MOST = 40, 2000  # frames in all: of more the first are read
MOST_BYTES = 2_000_000_000
PARTS = (0.7, 0.85)  # where the first part of each clip ends, and the second: what is near in time stays together
NOTHING = "no frames can be read in it: give a video file (mp4, webm, mov), or a folder of pictures named in order."


def pieces(address: str, size: int) -> list[np.ndarray]:
    """uint8 (N, FRAMES, size, size, 3) of the training, the validation and the test part.

    `Refused`: nothing there, nothing that can be read, or fewer than `FEWEST` frames.
    """
    found: list[list[np.ndarray]] = [[], [], []]
    total = 0
    for frames in sequences(address):
        shown = [square(frame, size) for frame in itertools.islice(frames, MOST - total)]
        total += len(shown)
        ends = [0, *(round(share * len(shown)) for share in PARTS), len(shown)]
        for part, (low, high) in zip(found, itertools.pairwise(ends), strict=True):
            reach = (FRAMES - 1) * APART
            part += [np.stack(shown[at : at + reach + 1 : APART]) for at in range(low, high - reach)]
    if total == 0:
        raise Refused("clips", address, NOTHING)
    if total < FEWEST or not all(found):
        raise Refused("clips", address, f"frames that can be read: {total}; {FEWEST} or more are needed, in one clip.")
    return [np.stack(part) for part in found]


def sequences(address: str) -> Iterator[Iterator]:
    """The frames of each clip, PIL pictures in order."""
    path = path_of(address)
    if path.is_file():
        yield decoded(path)
        return
    for folder in sorted([path, *filter(Path.is_dir, path.iterdir())]):
        files = sorted((file for file in folder.iterdir() if file.is_file()), key=lambda file: in_order(file.name))
        yield pictures(files)


def pictures(files: list[Path]) -> Iterator:
    """Those that can be read."""
    for file in files:
        with contextlib.suppress(Unusable, OSError, ValueError):
            frame = opened(file.read_bytes())
            frame.load()
            yield frame


def decoded(path: Path) -> Iterator:
    """The frames of a video, up to where it is broken; none of what is no video."""
    import av

    with contextlib.suppress(av.FFmpegError, IndexError, ValueError), av.open(str(path)) as video:
        for frame in video.decode(video=0):
            yield frame.to_image()


def in_order(name: str) -> list:
    """frame2 before frame10."""
    return [int(part) if k % 2 else part for k, part in enumerate(re.split(r"(\d+)", name))]


def fingerprint(address: str) -> str:
    """Of the content of a file, or of the names and sizes in a folder. `Refused`: nothing there, or too large."""
    path, state = path_of(address), hashlib.sha256()
    try:
        if path.is_file():
            if path.stat().st_size > MOST_BYTES:
                raise Refused("clips", address, f"it is larger than {MOST_BYTES / 1e9:.0f} GB: cut a shorter clip.")
            with open(path, "rb") as content:
                return f"video-{hashlib.file_digest(content, 'sha256').hexdigest()[:32]}"
        for file in sorted(path.rglob("*")):
            state.update(f"{file.relative_to(path)} {file.stat().st_size}\n".encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise Refused("clips", address, "it cannot be read: links may lead nowhere, or it is closed to you.") from error
    return f"frames-{state.hexdigest()[:32]}"


def path_of(address: str) -> Path:
    path = Path(address).expanduser()
    if not (path.is_file() or path.is_dir()):
        raise Refused("clips", address, "there is no such file or folder.")
    return path
