"""What students bring: kept by content, unlisted, deleted after a day without use or when they say so.

    uploads/<sha256>.zip        a zip of class folders, address "upload:<sha256>"
    uploads/<sha256>.picture    a reduced copy of a single picture, address "picture:<sha256>"
    uploads/<sha256>.weights    weights of a network, as they came, address "weights:<sha256>"
    uploads/<sha256>.video      a short video, or a zip of its frames, address "video:<sha256>"

Zips and videos are kept as they came. Files are only ever read as zips, pictures and videos.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from core.runs.home import home, unwritable
from core.runs.settings import Refused
from core.worlds import reduced
from core.worlds.decode import Unusable, opened, square
from core.worlds.folders import FolderWorld, open_prepared, prepared
from core.worlds.received import Data, received
from core.worlds.sources import Limits, open_source
from core.worlds.videos import judged

MOST_BYTES = 1_000_000_000  # `maxUploadSize` of the server: some 300 pictures as phones take them
MOST_PICTURE_BYTES = 40_000_000
MOST_VIDEO_BYTES = 200_000_000
LIMITS = Limits(total=3_000_000_000)
MAX_AGE_HOURS = 24.0
KINDS = {"upload": ".zip", "picture": ".picture", "weights": ".weights", "video": ".video"}
SMALLER = "make the pictures smaller, or give their folder to the command line: transferlab run finetune data=FOLDER."
DELETED = "these pictures were deleted; upload them again."
MAGIC = (b"PK", b"\x80\x02")  # of a state dict as torch saves it, now and long ago
NO_WEIGHTS = "it is neither a safetensors file nor a state dict saved by torch."


def store_upload(data: Data, name: str, most_bytes: int = MOST_BYTES) -> str:
    """Keep a zip of class folders; returns its address. `Refused`, naming `name`, for one that cannot be used."""
    return _stored("upload", data, name, most_bytes, lambda draft: open_source(draft, name, LIMITS).close())


def store_video(data: Data, name: str, most_bytes: int = MOST_VIDEO_BYTES) -> str:
    """Keep a short video, or a zip of its frames; returns its address. `Refused`, naming `name`, for what is neither
    at first sight. Its frames are decoded, and counted, by a worker (`core.worlds.videos`).
    """
    return _stored("video", data, name, most_bytes, lambda draft: judged(draft, name), "clips", "cut a shorter clip.")


def _stored(
    kind: str, data: Data, name: str, most_bytes: int, judge: Callable[[Path], None], setting: str = "data",
    smaller: str = SMALLER,
) -> str:  # fmt: skip
    """Keep `data` as an upload of that kind, unless `judge`, which looks at its file, refuses it."""
    draft = _folder() / f".draft-{uuid.uuid4().hex}"
    too_large = Refused(setting, name, f"it is larger than {most_bytes / 1e6:.0f} MB; {smaller}")
    try:
        digest = received(data, draft, most_bytes, too_large)
        judge(draft)
        _put(draft, _file(f"{kind}:{digest}"))
    finally:
        draft.unlink(missing_ok=True)
    return f"{kind}:{digest}"


def store_weights(data: Data, name: str, most_bytes: int = MOST_BYTES) -> str:
    """Keep a file of weights; returns its address. `Refused`, naming `name`, for what is no such file at first sight.

    Its tensors are read, and looked at closely, by a worker (`core.models.own_weights`).
    """

    def judge(draft: Path) -> None:
        with open(draft, "rb") as file:
            start = file.read(9)
        is_safetensors = start[8:] == b"{" and int.from_bytes(start[:8], "little") < draft.stat().st_size
        if not is_safetensors and not start.startswith(MAGIC):
            raise Refused("weights", name, NO_WEIGHTS)

    return _stored("weights", data, name, most_bytes, judge)


def file_of(address: str, setting: str = "weights") -> Path:
    """The file that was brought, marked as used now. `Refused`, as this setting, if it was deleted."""
    if not is_kept(address):
        raise Refused(setting, address, "this file was deleted; upload it again.")
    return _used(address)


def store_picture(data: bytes, name: str = "this file") -> str:
    """Keep a single picture; returns its address. `Refused` for anything that is not a usable picture."""
    if len(data) > MOST_PICTURE_BYTES:
        raise Refused("picture", name, f"it is larger than {MOST_PICTURE_BYTES // 10**6} MB.")
    try:
        copy = reduced.reduced(data)
    except Unusable as unusable:
        raise Refused("picture", name, f"{unusable}.") from unusable
    address = f"picture:{hashlib.sha256(data).hexdigest()}"
    draft = _folder() / f".draft-{uuid.uuid4().hex}"
    try:
        draft.write_bytes(copy)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise unwritable(home(), error) from error
    _put(draft, _file(address))
    return address


def read_picture(address: str, size: int) -> np.ndarray:
    """A stored picture as a network sees it: uint8 (size, size, 3), RGB. `Refused` if it was deleted."""
    try:
        return square(opened(_used(address).read_bytes()), size)
    except FileNotFoundError:
        raise Refused("picture", address, DELETED) from None


def fingerprint(address: str) -> str:
    """Of the content. `Refused` if it was deleted."""
    _used(address)
    return key(address)


def key(address: str) -> str:
    """The fingerprint of what has this address, whether or not it is here."""
    return f"{address.replace(':', '-')}-{reduced.VERSION}"


def open_upload(address: str) -> FolderWorld:
    """The world of an uploaded zip. `Refused` if it was deleted, or cannot be used after all."""
    with _not_outliving(address):
        return open_prepared(_used(address), address, "your photos", fingerprint(address), LIMITS)


def prepare(address: str) -> Iterator[tuple[int, int]]:
    """Decode what `open_upload` will need; yields (pictures done, pictures in all)."""
    with _not_outliving(address):
        yield from prepared(_used(address), address, fingerprint(address), LIMITS)


def is_prepared(address: str) -> bool:
    """Whether `open_upload` is immediate. `Refused` if it was deleted."""
    return reduced.is_there(fingerprint(address))


def is_kept(address: str) -> bool:
    """Whether an upload or a picture is still here; asking does not count as use."""
    return _file(address).exists()


def forget(addresses: Iterable[str]) -> None:
    """Delete uploads and pictures with everything that was made of them, whether or not they are there."""
    for address in addresses:
        _file(address).unlink(missing_ok=True)
        reduced.abandon(key(address))


@contextlib.contextmanager
def _not_outliving(address: str) -> Iterator[None]:
    """What is forgotten while its copies are made leaves none behind."""
    try:
        yield
    except Refused as refused:
        if is_kept(address):
            raise
        raise Refused("data", address, DELETED) from refused
    else:
        if not is_kept(address):
            raise Refused("data", address, DELETED)
    finally:
        if not is_kept(address):
            reduced.abandon(key(address))


def sweep(max_age_hours: float = MAX_AGE_HOURS) -> list[str]:
    """Forget what was not used for so long, and drafts left by a crash; returns the addresses forgotten."""
    oldest = time.time() - max_age_hours * 3600
    gone = []
    for file in _folder().iterdir():
        with contextlib.suppress(FileNotFoundError):  # somebody else sweeps too
            if file.stat().st_mtime >= oldest:
                continue
            kind = next((kind for kind, suffix in KINDS.items() if file.suffix == suffix), None)
            if kind:
                gone.append(f"{kind}:{file.stem}")
            file.unlink()
    forget(gone)
    return gone


def _folder() -> Path:
    folder = home() / "uploads"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def _file(address: str) -> Path:
    """Where the content of an address is kept; `Refused` for what is no such address."""
    kind, _, digest = address.partition(":")
    if kind not in KINDS or not re.fullmatch("[0-9a-f]{64}", digest):
        raise Refused("data", address, "an upload is named by its kind, a colon and 64 hexadecimal digits.")
    return _folder() / f"{digest}{KINDS[kind]}"


def _put(draft: Path, final: Path) -> None:
    """Rename, or if the same content is there already, only mark it as used."""
    try:
        os.replace(draft, final)
        os.utime(final)
    except OSError as error:
        raise unwritable(final.parent, error) from error


def _used(address: str) -> Path:
    """The file of an upload, marked as used now. `Refused` if it was deleted."""
    file = _file(address)
    try:
        os.utime(file)
    except FileNotFoundError:
        raise Refused("data", address, DELETED) from None
    return file
