"""Class folders, on disk or zipped: the pictures that students bring.

`<class>/*.jpg`, or `train/` and `val/` or `test/` above that, all of it perhaps inside one more folder. A given split
is honoured. If there is no test part, `val` is the test and validation is taken from train; if there is no validation
part, it is taken from train too (`splits.py`). Classes are sorted as people do, with numbers by value.

`prepare` reads every picture once and keeps a reduced copy (`reduced.py`); what cannot be used is skipped by name. So
the labels, classes and indices of a world are those of pictures that can be read at any size, and after that
`open_folders` is immediate. Zips are read in place.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from core.runs.settings import Refused
from core.worlds import reduced
from core.worlds.decode import fitted, in_order, square
from core.worlds.layout import arranged, natural
from core.worlds.sources import Entry, Limits, Source, open_source
from core.worlds.world import TRAIN, UNDECIDED, Skipped, World

CHUNK = 64  # pictures read at once
FEWEST = 2  # usable pictures a class


@dataclasses.dataclass(frozen=True)
class Found:
    """A usable picture: its file, class and part, where its copy lies, and the digest that equal files share."""

    name: str
    cls: str
    part: int
    where: tuple[int, int]
    digest: str


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

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        chunk = []
        for picture in in_order(lambda k: square(self._copies.open(int(k)), size), indices, ahead=8):
            chunk.append(picture)
            if len(chunk) == CHUNK:
                yield np.stack(chunk)
                chunk = []
        if chunk:
            yield np.stack(chunk)

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
        return FolderWorld(address, name, key)
    except (OSError, ValueError):  # deleted since, or left half written by a machine that lost its power
        reduced.forget(key)
        for _ in prepared(path, address, key, limits):
            pass
        return FolderWorld(address, name, key)


def prepared(path: Path, address: str, key: str, limits: Limits | None = None) -> Iterator[tuple[int, int]]:
    """Make the reduced copies of the source at `path` under `key`; yields (pictures done, pictures in all).

    `Refused` before anything is decoded if the folders are unusable, after that if too few pictures are left.
    Closed early, it leaves nothing behind.
    """
    if reduced.is_there(key):
        return
    with contextlib.closing(open_source(path, address, limits)) as source:
        placed, skipped = _placed(source, address)
        draft, found = reduced.Draft(key), []
        outcomes = in_order(lambda item: reduced.reduce_entry(source, item[0]), placed)
        with contextlib.closing(draft), contextlib.closing(outcomes):
            for done, ((entry, cls, part), outcome) in enumerate(zip(placed, outcomes, strict=True), start=1):
                if isinstance(outcome, str):
                    skipped.append(Skipped(str(entry), outcome))
                else:
                    found.append(Found(str(entry), cls, part, draft.add(outcome[0]), outcome[1]))
                yield done, len(placed)  # after each: whoever asks to stop waits for those that are begun, no longer
            draft.commit(_index(found, skipped, address))


def _placed(source: Source, address: str) -> tuple[list[tuple[Entry, str, int]], list[Skipped]]:
    """The files that lie in class folders, in the order of their indices, with class and part; the others, skipped."""
    places = arranged([entry.path for entry in source.entries])
    placed, skipped = [], list(source.skipped)
    for entry in source.entries:
        place = places[entry.path]
        if isinstance(place, str):
            skipped.append(Skipped(str(entry), place))
        else:
            placed.append((entry, *place))
    _at_least_two({cls for _, cls, _ in placed}, skipped, address)
    return sorted(placed, key=lambda item: (natural(item[1]), natural(str(item[0])))), skipped


def _at_least_two(classes: Iterable[str], skipped: list[Skipped], address: str) -> None:
    names = sorted(classes, key=natural)
    if not names:
        first = f" (the first file: {skipped[0].name}, {skipped[0].reason})" if skipped else ""
        allowed = f"no picture in it can be used{first}; put the pictures of each class into a folder of their own."
        raise Refused("data", address, allowed)
    if len(names) == 1:
        raise Refused("data", address, f"pictures of two classes are needed, and there is only one class, {names[0]}.")


def _index(found: list[Found], skipped: list[Skipped], address: str) -> dict:
    """What `FolderWorld` reads. Copies across given parts are dropped, then classes with too few pictures."""
    found = _without_leaks(found, skipped)
    if all(picture.part != TRAIN for picture in found) or len({picture.part for picture in found}) == 1:
        found = [dataclasses.replace(picture, part=UNDECIDED) for picture in found]
    found = _without_small_classes(found, skipped)
    classes = sorted({picture.cls for picture in found}, key=natural)
    _at_least_two(classes, skipped, address)
    number = {cls: label for label, cls in enumerate(classes)}
    given = None if found[0].part == UNDECIDED else [picture.part for picture in found]
    return {
        "classes": classes,
        "labels": [number[picture.cls] for picture in found],
        "given": given,
        "groups": None if given else _copies(found, skipped),
        "names": [picture.name for picture in found],
        "where": [picture.where for picture in found],
        "skipped": [[entry.name, entry.reason] for entry in skipped],
    }


def _without_leaks(found: list[Found], skipped: list[Skipped]) -> list[Found]:
    """Of a file that lies in two given parts, the copy that is tested on stays, or else the one that validates."""
    last: dict[str, Found] = {}
    for picture in found:
        if picture.digest not in last or picture.part > last[picture.digest].part:
            last[picture.digest] = picture
    kept = []
    for picture in found:
        other = last[picture.digest]
        if picture.part == other.part:
            kept.append(picture)
        else:
            skipped.append(Skipped(picture.name, f"the same picture is held out as {other.name}"))
    return kept


def _without_small_classes(found: list[Found], skipped: list[Skipped]) -> list[Found]:
    usable = Counter(picture.cls for picture in found)
    trains = {picture.cls for picture in found if picture.part in (TRAIN, UNDECIDED)}
    for cls in sorted(usable, key=natural):
        if cls not in trains:
            skipped.append(Skipped(cls, "a class without pictures to train on"))
        elif usable[cls] < FEWEST:
            skipped.append(Skipped(cls, f"a class with only {usable[cls]} usable picture; {FEWEST} are needed"))
    return [picture for picture in found if picture.cls in trains and usable[picture.cls] >= FEWEST]


def _copies(found: list[Found], skipped: list[Skipped]) -> list[int] | None:
    """A number a picture, equal for equal files, so that copies never fall into two parts; None if there are none.

    A class of fewer than three different pictures cannot be tested without copies; they are told apart, and it is said.
    """
    different: dict[str, set[str]] = {}
    for picture in found:
        different.setdefault(picture.cls, set()).add(picture.digest)
    if len(set().union(*different.values())) == len(found):
        return None
    numbers: dict[str, int] = {}
    groups = []
    for k, picture in enumerate(found):
        alike = len(different[picture.cls]) >= 3
        groups.append(numbers.setdefault(picture.digest, k) if alike else k)
    for cls, digests in different.items():
        if len(digests) < min(3, sum(picture.cls == cls for picture in found)):
            reason = f"a class of copies: only {len(digests)} of its pictures differ, so its test is no test"
            skipped.append(Skipped(cls, reason))
    return groups
