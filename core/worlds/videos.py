"""Short videos from strangers: a file in a container of `BOXES` and `STARTS`, or a zip of frames.

The first bytes decide which reader opens it, and no other does: a playlist, say, would make the decoder open whatever
files it names.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from core.runs.settings import Refused
from core.worlds.decode import MOST_PIXELS, Unusable, opened
from core.worlds.frames import in_order
from core.worlds.sources import Entry, Limits
from core.worlds.zips import Zip

PER_SECOND = 10  # frames that are kept of a video: a telephone films 30, of which neighbours are alike
LIMITS = Limits(entries=5000, total=1_000_000_000)
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # with which mp4 and mov may begin, after a length
STARTS = {b"\x1a\x45\xdf\xa3": "matroska", b"GIF8": "gif"}  # webm is a matroska
NO_VIDEO = "it is no video that is read here: give an mp4, mov, webm, mkv, avi or gif, or a zip of frames."


def judged(file: Path, name: str) -> None:
    """`Refused` for what is neither a video nor a zip, at first sight, or a zip that is too much."""
    head = _head(file)
    if not head:
        raise Refused("clips", name, "it is empty: choose another file.")
    if head.startswith(b"PK"):
        _zip(file, name).close()
    elif not reader(head):
        raise Refused("clips", name, NO_VIDEO)


def reader(head: bytes) -> str:
    """The reader of ffmpeg for a file that begins like this; "" for none."""
    if head[4:8] in BOXES:
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return next((kind for start, kind in STARTS.items() if head.startswith(start)), "")


def sequences(file: Path, address: str) -> Iterator[Iterator[Image.Image]]:
    """The frames of each clip in order: of a video one clip, of a zip one a folder. `Refused`: a zip that is broken."""
    head = _head(file)
    if not head.startswith(b"PK"):
        yield decoded(file, reader(head))
        return
    source = _zip(file, address)
    try:
        folders: dict[tuple[str, ...], list[Entry]] = {}
        for entry in source.entries:
            folders.setdefault(entry.path[:-1], []).append(entry)
        for _, entries in sorted(folders.items()):
            yield _pictures(source, sorted(entries, key=lambda entry: in_order(entry.path[-1])))
    finally:
        source.close()


def decoded(file: Path, kind: str) -> Iterator[Image.Image]:
    """Upright frames of a video, `PER_SECOND` or fewer, up to where it is broken; none of what is no video."""
    import av

    last = -1
    with contextlib.suppress(av.FFmpegError, IndexError, ValueError), av.open(str(file), format=kind) as video:
        stream = video.streams.video[0]
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        for frame in video.decode(stream):
            tick = last + 1 if frame.time is None else int(frame.time * PER_SECOND + 1e-6)
            if tick != last:
                last = tick
                yield frame.to_image().rotate(frame.rotation, expand=True)


def _pictures(source: Zip, entries: list[Entry]) -> Iterator[Image.Image]:
    """Those that can be read."""
    for entry in entries:
        with contextlib.suppress(Unusable, OSError, ValueError):
            frame = opened(source.read(entry))
            frame.load()
            yield frame


def _zip(file: Path, name: str) -> Zip:
    try:
        return Zip(file, name, LIMITS)
    except Refused as refused:
        raise Refused("clips", name, refused.allowed) from refused


def _head(file: Path) -> bytes:
    with open(file, "rb") as content:
        return content.read(12)
