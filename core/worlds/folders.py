"""Class folders, on disk or zipped: the pictures that students bring.

`<class>/*.jpg`, or `train/` and `val/` or `test/` above that, all of it perhaps inside more folders (`layout.py`). A
given split is honoured. If there is no test part, `val` is the test and validation is taken from train; if there is no
validation part, it is taken from train too (`splits.py`). Classes are sorted as people do, with numbers by value.

`prepare` reads every picture once and keeps a reduced copy (`reduced.py`); what cannot be used is skipped by name. So
the labels, classes and indices of a world are those of pictures that can be read at any size, and after that
`open_folders` is immediate. Zips are read in place. Pictures with annotations are worlds of their own (`annotated.py`).
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from core.runs.settings import Refused
from core.worlds import reduced
from core.worlds.contents import Usable, at_least_two, index_of
from core.worlds.decode import fitted, in_order, square
from core.worlds.layout import Unclear, arranged
from core.worlds.sources import Entry, Limits, Source, open_source
from core.worlds.tree import natural
from core.worlds.world import Skipped, World, stacked

LOOKED_AT = 20  # pictures, to tell how large they are


class FolderWorld(World):
    """The prepared pictures of class folders."""

    def __init__(self, address: str, name: str, fingerprint: str):
        """Raises FileNotFoundError if `fingerprint` is not prepared."""
        self._copies = reduced.Reduced(fingerprint)
        index = self._copies.index
        self.address, self.name, self.fingerprint = address, name, fingerprint
        self.classes = tuple(index["classes"])
        self.labels = np.array(index["labels"], np.int64)
        self.given = None if index["given"] is None else np.array(index["given"], np.int64)
        self.groups = None if index["groups"] is None else np.array(index["groups"], np.int64)
        self.names: tuple[str, ...] = tuple(index["names"])  # index → file, from the top of the source
        self.skipped = tuple(Skipped(*pair) for pair in index["skipped"])
        self.notes: tuple[str, ...] = tuple(index["notes"])  # how it was read, a sentence each
        self.side = min(min(self._copies.open(k).size) for k in range(min(LOOKED_AT, len(self.labels))))

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        yield from stacked(in_order(lambda k: square(self._copies.open(int(k)), size), indices, ahead=8))

    def show(self, index: int, size: int = 160) -> np.ndarray:
        return fitted(self._copies.open(index), size)


def fingerprint(address: str) -> str:
    """Quick: nothing is decoded. `Refused` if there is nothing at `address`, or a zip that cannot be used."""
    with contextlib.closing(open_source(path_of(address), address)) as source:
        return reduced.key_of(source)


def open_folders(address: str) -> FolderWorld:
    """The world of the folder or zip at the path `address`, prepared if it is not yet."""
    path = path_of(address)
    return open_prepared(path, address, path.stem, fingerprint(address))


def prepare(address: str) -> Iterator[tuple[int, int]]:
    """Decode what `open_folders` will need; yields (pictures done, pictures in all); nothing if it is done already."""
    yield from prepared(path_of(address), address, fingerprint(address))


def path_of(address: str) -> Path:
    path = Path(address).expanduser()
    if not path.exists():
        raise Refused("data", address, "there is no such folder or file.")
    return path


def open_prepared(path: Path, address: str, name: str, key: str, limits: Limits | None = None) -> FolderWorld:
    """The world whose reduced copies lie under `key`, made now from the source at `path` if they are not there."""
    for _ in prepared(path, address, key, limits):
        pass
    try:
        return _world(address, name, key)
    except (OSError, ValueError):  # deleted since, or left half written by a machine that lost its power
        reduced.forget(key)
        for _ in prepared(path, address, key, limits):
            pass
        return _world(address, name, key)


def _world(address: str, name: str, key: str) -> FolderWorld:
    """Raises FileNotFoundError if `key` is not prepared."""
    if not reduced.Reduced(key).index.get("annotated"):
        return FolderWorld(address, name, key)
    from core.worlds.annotated import AnnotatedWorld

    return AnnotatedWorld(address, name, key)


def prepared(path: Path, address: str, key: str, limits: Limits | None = None) -> Iterator[tuple[int, int]]:
    """Make the reduced copies of the source at `path` under `key`; yields (pictures done, pictures in all).

    `Refused` before anything is decoded if the folders are unusable, after that if too few pictures are left.
    Closed early, it leaves nothing behind.
    """
    if reduced.is_there(key):
        return
    from core.worlds import annotating

    with contextlib.closing(open_source(path, address, limits)) as source:
        if read := annotating.reader_of(source):
            yield from annotating.prepared(source, read, key, address)
            return
        placed, skipped, notes = _placed(source, address)
        draft, usable = reduced.Draft(key), []
        outcomes = in_order(lambda item: reduced.reduce_entry(source, item[0]), placed)
        with contextlib.closing(draft), contextlib.closing(outcomes):
            for done, ((entry, cls, part), outcome) in enumerate(zip(placed, outcomes, strict=True), start=1):
                if isinstance(outcome, str):
                    skipped.append(Skipped(str(entry), outcome))
                else:
                    usable.append(Usable(str(entry), cls, part, draft.add(outcome[0]), outcome[1]))
                yield done, len(placed)  # after each: whoever asks to stop waits for those that are begun, no longer
            draft.commit(index_of(usable, _without_any(placed, usable, skipped), skipped, notes, address))


def _placed(source: Source, address: str) -> tuple[list[tuple[Entry, str, int]], list[Skipped], list[str]]:
    """The files in class folders in the order of their indices, with class and part; the others, skipped; the notes."""
    try:
        arrangement = arranged([entry.path for entry in source.entries])
    except Unclear as unclear:
        raise Refused("data", address, str(unclear)) from unclear
    placed, skipped = [], list(source.skipped)
    for entry in source.entries:
        place = arrangement.place(entry.path)
        if isinstance(place, str):
            skipped.append(Skipped(str(entry), place))
        else:
            placed.append((entry, *place))
    at_least_two({cls for _, cls, _ in placed}, skipped, address)
    ordered = sorted(placed, key=lambda item: (natural(item[1]), natural(str(item[0]))))
    return ordered, skipped, [*source.notes, *arrangement.notes]


def _without_any(placed: list[tuple[Entry, str, int]], usable: list[Usable], skipped: list[Skipped]) -> dict[str, str]:
    """Class → why none of its pictures can be used: the reason that most of them have."""
    reasons = {entry.name: entry.reason for entry in skipped}
    files: dict[str, list[str]] = {}
    for entry, cls, _ in placed:
        files.setdefault(cls, []).append(str(entry))
    lost = files.keys() - {picture.cls for picture in usable}
    return {
        cls: Counter(reasons[name] for name in files[cls]).most_common(1)[0][0] for cls in sorted(lost, key=natural)
    }
