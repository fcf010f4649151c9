"""Reduced copies of the pictures of a source: decoded once, kept on disk, read from then on in a millisecond or two.

    cache/pictures/<key>/pixels.bin     the copies, one after the other, each a small JPEG or PNG
    cache/pictures/<key>/index.json     where each lies, its class and part, what was skipped

A copy is upright, its short side about `SHORT` pixels or less: enough for every network of the house. Copies of JPEGs
are JPEGs of quality 95, all others are exact; a small JPEG or PNG that needs nothing done keeps its own bytes. Decoding
everything once also finds every broken file, so what is in the index can be read, always and at any size.

A 12-megapixel JPEG takes 35 ms to decode at 1/8, 75 ms in full; its copy 3.5 ms at 224 px, 1 ms at 48 (one core of a
shared two-core EPYC).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import mmap
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from core.runs.home import home, unwritable
from core.worlds.decode import JPEGS, MOST, Unusable, decoded, opened, orientation, within_memory
from core.worlds.sources import Entry, Source

SHORT = 384  # pixels
QUALITY = 95
VERSION = 3  # raise it when copies come out differently: it is part of the key and of the identity of runs
CAP_BYTES = 4_000_000_000
DRAFT_HOURS, BUSY_HOURS = 24.0, 1.0

Copy = tuple[bytes, str]  # the reduced copy, and the digest of the original
Outcome = Copy | str  # or why there is none


def reduced(data: bytes, short: int = SHORT) -> bytes:
    """The reduced copy of a picture file, its short side about `short` pixels or less. Raises `Unusable`."""
    with within_memory(opened(data)):
        return _reduced(data, short)


def _reduced(data: bytes, short: int) -> bytes:
    image = opened(data)
    small = min(image.size) <= short * MOST and len(data) <= 20_000 + image.width * image.height
    plain = image.format in ("JPEG", "PNG") and image.mode in ("RGB", "L") and "transparency" not in image.info
    copy = decoded(image, short)  # a broken file is found here
    if small and plain and orientation(image) == 1:  # asked now: to look for it loads a PNG, and forgives a broken one
        return data
    file = io.BytesIO()
    if image.format in JPEGS:
        copy.save(file, "JPEG", quality=QUALITY, subsampling=0)
    else:
        copy.save(file, "PNG", compress_level=1)
    return file.getvalue()


def reduce_entry(source: Source, entry: Entry) -> Outcome:
    """The reduced copy of a file and the digest of its bytes, or the reason why it cannot be used."""
    try:
        data = source.read(entry)
        return reduced(data), hashlib.sha256(data).hexdigest()
    except Unusable as unusable:
        return str(unusable)
    except OSError as error:
        return f"it cannot be read ({error.strerror})"


def key_of(source: Source) -> str:
    return f"{source.fingerprint}-{VERSION}"


def folder_of(key: str) -> Path:
    return home() / "cache" / "pictures" / key


class Draft:
    """Reduced copies being written: committed whole, or gone when closed."""

    def __init__(self, key: str):
        self._final = folder_of(key)
        self._folder = self._final.with_name(f".draft-{key}-{uuid.uuid4().hex}")
        self._length = 0
        with _writing():
            self._folder.mkdir(parents=True)
            self._pixels = open(self._folder / "pixels.bin", "wb")  # noqa: SIM115  closed by commit

    def add(self, copy: bytes) -> tuple[int, int]:
        """Append a copy; returns where it starts and ends."""
        with _writing():
            self._pixels.write(copy)
        start, self._length = self._length, self._length + len(copy)
        return start, self._length

    def commit(self, index: dict) -> None:
        """Put everything in its place. If somebody else did meanwhile, theirs stays."""
        with _writing():
            self._pixels.close()
            (self._folder / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
            if not self._final.exists():
                with contextlib.suppress(FileExistsError):
                    os.rename(self._folder, self._final)
        self.close()
        trim(keep=self._final)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # closing flushes, which a full disk refuses once more
            self._pixels.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(home(), error) from error


class Reduced:
    """The finished copies under a key. They stay readable while this is held, even if the folder is deleted."""

    def __init__(self, key: str):
        """Raises FileNotFoundError if they were not made, or were deleted."""
        folder = folder_of(key)
        self.index: dict = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        with open(folder / "pixels.bin", "rb") as pixels:
            self._pixels = mmap.mmap(pixels.fileno(), 0, access=mmap.ACCESS_READ)
        with contextlib.suppress(OSError):
            os.utime(folder)  # last used now

    def open(self, k: int) -> Image.Image:
        """The k-th picture, not decoded yet."""
        start, end = self.index["where"][k]
        return opened(self._pixels[start:end])


def is_there(key: str) -> bool:
    return (folder_of(key) / "index.json").exists()


def forget(key: str) -> None:
    shutil.rmtree(folder_of(key), ignore_errors=True)


def abandon(key: str) -> None:
    """Forget, and delete what is being written under the key, or was when its process was killed."""
    forget(key)
    for draft in folder_of(key).parent.glob(f".draft-{key}-*"):
        shutil.rmtree(draft, ignore_errors=True)


def trim(keep: Path, cap_bytes: int = CAP_BYTES) -> None:
    """Delete the copies used longest ago until all are under the cap, and drafts left by a crash."""
    used, now = 0, time.time()
    for folder in sorted(keep.parent.iterdir(), key=_last_used, reverse=True):
        hours = (now - _last_used(folder)) / 3600
        if folder.name.startswith(".draft-"):
            if hours > DRAFT_HOURS:
                shutil.rmtree(folder, ignore_errors=True)
            continue
        with contextlib.suppress(FileNotFoundError):
            used += (folder / "pixels.bin").stat().st_size
        if used > cap_bytes and folder != keep and hours > BUSY_HOURS:
            shutil.rmtree(folder, ignore_errors=True)


def _last_used(folder: Path) -> float:
    with contextlib.suppress(FileNotFoundError):
        return folder.stat().st_mtime
    return 0.0
