"""Where class folders come from: a folder on disk, or a zip that is read in place and never unpacked (`zips.py`)."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from core.runs.settings import Refused
from core.worlds import names
from core.worlds.decode import Unusable
from core.worlds.world import Skipped

JUNK = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "@eadir"}


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
    notes: list[str]  # what people should know of how it was read
    fingerprint: str

    def read(self, entry: Entry, most: int | None = None) -> bytes:
        """Raises `Unusable`, as for a file of more than `most` bytes (None: as its limits say), and OSError."""
        ...

    def close(self) -> None: ...


def open_source(path: Path, address: str, limits: Limits | None = None) -> Source:
    """The source at `path`. `Refused` (under the name `address`) if it is neither a folder nor a usable zip."""
    limits = limits or Limits()
    if path.is_dir():
        return Folder(path, address, limits)
    from core.worlds.zips import Zip

    return Zip(path, address, limits)


class Folder:
    """A folder on disk. Links inside it are skipped by name: they may lead anywhere."""

    def __init__(self, path: Path, address: str, limits: Limits):
        self.path, self.limits = path, limits
        self.entries: list[Entry] = []
        self.skipped: list[Skipped] = []
        self.notes: list[str] = []
        state = hashlib.sha256()
        listed = self._names(address)
        for name, parts in zip(listed, names.paths_of(listed), strict=True):
            entry = Entry(parts, name)
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
        listed: list[str] = []
        for folder, inner, files in os.walk(self.path, onerror=self._unreadable):
            links = [name for name in inner if os.path.islink(os.path.join(folder, name))]
            inner[:] = [name for name in inner if name not in links and not is_junk((name,))]
            relative = Path(folder).relative_to(self.path)
            listed += [(relative / name).as_posix() for name in (*files, *links) if not is_junk((name,))]
            if len(listed) > self.limits.entries:
                raise Refused("data", address, f"it holds more than {self.limits.entries} files.")
        return sorted(listed)

    def _unreadable(self, error: OSError) -> None:
        name = Path(error.filename).relative_to(self.path).as_posix()
        self.skipped.append(Skipped(names.cleaned(name), f"a folder that cannot be read ({error.strerror})"))

    def read(self, entry: Entry, most: int | None = None) -> bytes:
        file, most = self.path / str(entry.key), most or self.limits.file
        if file.stat().st_size > most:
            raise Unusable(f"larger than {most // 10**6} MB")
        return file.read_bytes()

    def close(self) -> None:
        pass


def is_junk(parts: Iterable[str]) -> bool:
    """What operating systems leave behind, ignored silently."""
    return any(part.lower() in JUNK or part.startswith(".") for part in parts)
