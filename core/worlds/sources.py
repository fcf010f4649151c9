"""Where class folders come from: a folder on disk, or a zip that is read in place and never unpacked.

A zip may come from a stranger: its table of contents is judged before anything in it is read.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from core.runs.settings import Refused
from core.worlds.decode import Unusable
from core.worlds.world import Skipped

JUNK = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "@eadir"}
HEADER = 30  # bytes at least before a file in a zip
BACKSLASH = "\\"
END_OF_CONTENTS, END_OF_CONTENTS_64 = b"PK\x05\x06", b"PK\x06\x06"


@dataclasses.dataclass(frozen=True)
class Limits:
    """What is too much. The ratio counts only above `small` bytes: a plain white picture packs well."""

    entries: int = 100_000
    contents: int = 24_000_000  # bytes of a zip's table of contents
    total: int = 60_000_000_000  # bytes, unpacked
    file: int = 100_000_000  # bytes of one file, unpacked; a larger one is skipped
    ratio: float = 100.0
    small: int = 20_000_000


@dataclasses.dataclass(frozen=True)
class Entry:
    """A file of a source: its path for people, from the top of the source, and how the source finds it."""

    path: tuple[str, ...]
    key: str | zipfile.ZipInfo

    def __str__(self) -> str:
        return "/".join(self.path)


class Source(Protocol):
    """A listing of files, and their bytes on demand, from any thread."""

    entries: list[Entry]
    skipped: list[Skipped]
    fingerprint: str

    def read(self, entry: Entry) -> bytes: ...

    def close(self) -> None: ...


def open_source(path: Path, address: str, limits: Limits | None = None) -> Source:
    """The source at `path`. `Refused` (under the name `address`) if it is neither a folder nor a usable zip."""
    limits = limits or Limits()
    if path.is_dir():
        return Folder(path, address, limits)
    return Zip(path, address, limits)


class Folder:
    """A folder on disk. Links inside it are skipped by name: they may lead anywhere."""

    def __init__(self, path: Path, address: str, limits: Limits):
        self.path, self.limits = path, limits
        self.entries: list[Entry] = []
        self.skipped: list[Skipped] = []
        state = hashlib.sha256()
        for name in self._names(address):
            entry = Entry(_parts(name), name)
            try:
                about = os.lstat(path / name)
            except OSError as error:  # deleted since it was listed, say
                self.skipped.append(Skipped(str(entry), f"it cannot be read ({error.strerror})"))
                continue
            if stat.S_ISREG(about.st_mode):
                self.entries.append(entry)
                state.update(f"{name!r} {about.st_size} {about.st_mtime_ns}\n".encode())
            else:
                self.skipped.append(Skipped(str(entry), "a link, which may lead anywhere"))
        self.fingerprint = f"folder-{state.hexdigest()[:32]}"

    def _names(self, address: str) -> list[str]:
        """Every file, as a path relative to the folder with slashes, sorted."""
        names: list[str] = []
        for folder, inner, files in os.walk(self.path):
            links = [name for name in inner if os.path.islink(os.path.join(folder, name))]
            inner[:] = [name for name in inner if name not in links and not _is_junk((name,))]
            relative = Path(folder).relative_to(self.path)
            names += [(relative / name).as_posix() for name in (*files, *links) if not _is_junk((name,))]
            if len(names) > self.limits.entries:
                raise Refused("data", address, f"it holds more than {self.limits.entries} files.")
        return sorted(names)

    def read(self, entry: Entry) -> bytes:
        file = self.path / str(entry.key)
        if file.stat().st_size > self.limits.file:
            raise Unusable(f"larger than {self.limits.file // 10**6} MB")
        return file.read_bytes()

    def close(self) -> None:
        pass


class Zip:
    """A zip, read in place. Its fingerprint is that of the names, sizes and checksums in its table of contents."""

    def __init__(self, path: Path, address: str, limits: Limits):
        self.limits = limits
        self._zip = _table_of_contents(path, address, limits)
        try:
            judge(self._zip.infolist(), self._zip.start_dir, address, limits)
        except Refused:
            self.close()
            raise
        found: dict[tuple[str, ...], zipfile.ZipInfo] = {}
        self.skipped: list[Skipped] = []
        for info in self._zip.infolist():
            parts = _parts(_name(info))
            if info.is_dir() or not parts or _is_junk(parts):
                continue
            if parts in found:
                self.skipped.append(Skipped("/".join(parts), "twice in the zip; the later one is used"))
            found[parts] = info
        self.entries = [Entry(parts, info) for parts, info in found.items()]
        state = hashlib.sha256()
        for parts, info in sorted(found.items(), key=lambda item: item[0]):
            state.update(f"{parts!r} {info.file_size} {info.CRC}\n".encode())
        self.fingerprint = f"zip-{state.hexdigest()[:32]}"

    def read(self, entry: Entry) -> bytes:
        info = entry.key
        assert isinstance(info, zipfile.ZipInfo)
        if info.file_size > self.limits.file:
            raise Unusable(f"larger than {self.limits.file // 10**6} MB")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unusable("packed by a method that is not read here")
        try:
            with self._zip.open(info) as file:  # `read()` without a size would unpack what a lying header hides
                return file.read(info.file_size)
        except Exception as error:  # wrong checksum, cut-off data, overlapping entries, a lying header …
            raise Unusable("damaged inside the zip") from error

    def close(self) -> None:
        self._zip.close()


def _table_of_contents(path: Path, address: str, limits: Limits) -> zipfile.ZipFile:
    try:
        with open(path, "rb") as file:
            _bound_contents(file, address, limits)
    except OSError as error:
        raise Refused("data", address, f"it cannot be read ({error.strerror}).") from error
    try:
        return zipfile.ZipFile(path)
    except Exception as error:  # zipfile raises nearly anything on a broken table
        raise Refused("data", address, "it is not a zip, or it was cut off on the way; make it again.") from error


def _bound_contents(file: BinaryIO, address: str, limits: Limits) -> None:
    """Refuse a table of contents so long that parsing it would take the memory that the limits protect."""
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 66_000))
    tail = file.read()
    for mark, where in ((END_OF_CONTENTS, slice(12, 16)), (END_OF_CONTENTS_64, slice(40, 48))):
        at = tail.rfind(mark)
        length = int.from_bytes(tail[at:][where], "little") if at >= 0 else 0
        if limits.contents < length and tail[at:][where] != b"\xff\xff\xff\xff":
            raise Refused("data", address, f"it holds more than {limits.entries} files.")


def judge(infos: list[zipfile.ZipInfo], end: int, address: str, limits: Limits) -> None:
    """`Refused` for a zip that is too much, leaves its folder, links, or asks for a password.

    `end` is where the last file ends and the table of contents begins.
    """
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if len(infos) > limits.entries:
        raise Refused("data", address, f"it holds {len(infos)} files; at most {limits.entries} can be used.")
    if unpacked > limits.total:
        allowed = f"unpacked it would be {unpacked / 1e9:.1f} GB; at most {limits.total / 1e9:g} GB can be used."
        raise Refused("data", address, allowed)
    bomb = next((info for info in infos if _packs_too_well(info.file_size, info.compress_size, limits)), None)
    if bomb or _packs_too_well(unpacked, packed, limits):
        allowed = f"it is packed more than {limits.ratio:g}-fold, which pictures are not."
        raise Refused("data", address, allowed)
    if _overlap(infos, end):
        raise Refused("data", address, "its files lie over one another, which no program writes; make it again.")
    for info in infos:
        if _leaves_the_folder(info.orig_filename):
            raise Refused("data", address, f"the entry {info.orig_filename!r} leads out of its folder.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Refused("data", address, f"the entry {info.orig_filename!r} is a link; put the picture itself in.")
        if info.flag_bits & 1:
            raise Refused("data", address, "it asks for a password; make it again without one.")


def _packs_too_well(unpacked: int, packed: int, limits: Limits) -> bool:
    return unpacked > limits.small and unpacked > limits.ratio * max(packed, 1)


def _overlap(infos: list[zipfile.ZipInfo], end: int) -> bool:
    """Whether bytes of the zip belong to two files: a small bomb hides behind many names that way."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    starts = [info.header_offset for info in ordered[1:]] + [end]
    ends = [info.header_offset + HEADER + info.compress_size for info in ordered]
    return any(stop > start for stop, start in zip(ends, starts, strict=False))


def _leaves_the_folder(name: str) -> bool:
    """Absolute, with a drive letter, or upwards."""
    name = name.replace(BACKSLASH, "/")
    return bool("\0" in name or name.startswith("/") or re.match(r"[A-Za-z]:", name)) or ".." in name.split("/")


def _name(info: zipfile.ZipInfo) -> str:
    """Its name, with slashes; some programs write UTF-8 and do not say so, some of Windows write backslashes."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace(BACKSLASH, "/")


def _parts(name: str) -> tuple[str, ...]:
    """The folders and the file, in the one form that Unicode calls composed; what cannot be printed becomes '?'."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    return tuple(part for part in name.split("/") if part not in ("", "."))


def _is_junk(parts: Iterable[str]) -> bool:
    """What operating systems leave behind, ignored silently."""
    return any(part.lower() in JUNK or part.startswith(".") for part in parts)
