"""A zip, read in place. It may come from a stranger: its table of contents is judged before anything in it is read."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO

from core.runs.settings import Refused
from core.worlds import names
from core.worlds.decode import Unusable
from core.worlds.names import BACKSLASH
from core.worlds.sources import Entry, Limits, is_junk
from core.worlds.world import Skipped

DEEPEST = 100  # folders in one another
DOS_FOLDER = 0x10  # among the attributes of a zip's entry
HEADER = 30  # bytes at least before a file in a zip
END_OF_CONTENTS, END_OF_CONTENTS_64 = b"PK\x05\x06", b"PK\x06\x06"
SPLIT = b"PK\x07\x08"
KINDS = {
    b"Rar!": "a rar archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"%PDF": "a PDF",
    b"\xff\xd8\xff": "one picture",
    b"\x89PNG": "one picture",
}
NO_ZIP = {
    "": "it is not a zip; put the pictures into one folder a class, and make a zip of these folders.",
    "empty": "it is empty; make the zip again.",
    "part": "it is one part of a zip that was split; make one zip of all the pictures, without parts.",
    "cut off": "it is a zip that was cut off on the way; copy it, or make it, again.",
    "broken": "it is a zip whose table of contents is broken; make it again.",
}


def fingerprint_of(found: dict[tuple[str, ...], zipfile.ZipInfo]) -> str:
    """Of names, sizes and checksums, whatever their order."""
    state = hashlib.sha256()
    for parts, info in sorted(found.items(), key=lambda item: item[0]):
        state.update(f"{parts!r} {info.file_size} {info.CRC}\n".encode())
    return f"zip-{state.hexdigest()[:32]}"


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
        infos = self._zip.infolist()
        named, page = names.decoded(infos)
        if deep := next((name for name in named if name.count("/") > DEEPEST), None):
            self.close()
            raise Refused(
                "data", address, f"{deep[:40]!r} … lies in more than {DEEPEST} folders; make it again flatter."
            )
        self.notes = (
            [f"Its names were read as {page}; make the zip anew with UTF-8 names if they look wrong."] if page else []
        )
        for info, name, parts in zip(infos, named, names.paths_of(named), strict=True):
            if _is_folder(info, name) or not parts or is_junk(parts):
                continue
            if parts in found:
                self.skipped.append(Skipped("/".join(parts), "twice in the zip; the later one is used"))
            found[parts] = info
        self.entries = [Entry(parts, info) for parts, info in found.items()]
        self.fingerprint = fingerprint_of(found)

    def read(self, entry: Entry, most: int | None = None) -> bytes:
        info, most = entry.key, most or self.limits.file
        assert isinstance(info, zipfile.ZipInfo)
        if info.file_size > most:
            raise Unusable(f"larger than {most // 10**6} MB")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unusable("packed by a method that is not read here")
        try:
            with self._zip.open(info) as file:  # `read()` without a size would unpack what a lying header hides
                return file.read(info.file_size)
        except Exception as error:  # wrong checksum, cut-off data, overlapping entries, a lying header …
            reason = " (its checksum is wrong)" if "CRC" in str(error) else ""
            raise Unusable(f"damaged inside the zip{reason}") from error

    def close(self) -> None:
        self._zip.close()


def _table_of_contents(path: Path, address: str, limits: Limits) -> zipfile.ZipFile:
    try:
        with open(path, "rb") as file:
            _bound_contents(file, address, limits)
            kind = _kind(file)
    except OSError as error:
        raise Refused("data", address, f"it cannot be read ({error.strerror}).") from error
    if kind == "part":
        raise Refused("data", address, NO_ZIP[kind])
    try:
        return zipfile.ZipFile(path)
    except Exception as error:  # zipfile raises nearly anything on a broken table
        raise Refused(
            "data", address, NO_ZIP.get(kind, f"it is {kind}, not a zip; make a zip of its pictures.")
        ) from error


def _kind(file: BinaryIO) -> str:
    """What a file is that may be no zip, by its first and last bytes."""
    file.seek(0)
    head = file.read(512)
    file.seek(max(0, file.seek(0, os.SEEK_END) - 66_000))
    tail = file.read()
    at = tail.rfind(END_OF_CONTENTS)
    part = tail[at + 4 : at + 6] if at >= 0 else b""
    if head.startswith(SPLIT) or part not in (b"", b"\0\0", b"\xff\xff"):
        return "part"
    if head.startswith(b"PK"):
        return "cut off" if at < 0 else "broken"
    if head[257:262] == b"ustar":
        return "a tar archive"
    if head.lstrip()[:9].lower() in (b"<!doctype", b"<html") or head.lstrip()[:5].lower() == b"<html":
        return "a web page"
    return next((kind for start, kind in KINDS.items() if head.startswith(start)), "" if head else "empty")


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


def _is_folder(info: zipfile.ZipInfo, name: str) -> bool:
    """Whether it is the entry of a folder itself, however the zip says so."""
    is_marked = stat.S_ISDIR(info.external_attr >> 16) or bool(info.external_attr & DOS_FOLDER)
    return name.endswith("/") or (is_marked and info.file_size == 0)
