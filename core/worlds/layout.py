"""Which class, and which part, a file belongs to: read off the folders it lies in.

cats/a.jpg                      class folders
train/cats/a.jpg, test/…        a split given by the source, also as seg_train/…, TrainingData/…, cats/train/…
photos/cats/a.jpg               any of them inside wrapping folders

What is taken for what is said (`Arrangement.notes`), and what could mean two things is `Unclear`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION

UNLABELLED = -2  # a part without classes: pictures to be predicted
WORDS = {
    TRAIN: ("train", "training", "trn"),
    VALIDATION: ("val", "valid", "validation", "dev", "development", "eval", "evaluation"),
    TEST: ("test", "testing", "tst"),
    UNLABELLED: ("pred", "predict", "prediction", "unlabelled", "unlabeled"),
}
PARTS = {word: part for part, words in WORDS.items() for word in words}
PART_NAMES = {TRAIN: "training", VALIDATION: "validation", TEST: "test", UNLABELLED: "not used: no classes"}
FILLERS = {
    "data",
    "dataset",
    "datasets",
    "set",
    "sets",
    "images",
    "image",
    "imgs",
    "img",
    "pictures",
    "photos",
    "split",
}
WRAPPERS = 3  # an archive unpacked into a folder of its own name, and packed again
NAMED = 5  # folders

Path = tuple[str, ...]
Place = tuple[str, int]  # class and part; UNDECIDED without a given split


class Unclear(Exception):
    """Folders that mean nothing, or two things; the message says how to lay them out."""


@dataclasses.dataclass
class Arrangement:
    """path → its place, or the reason why it has none; and what was taken for what, a sentence each."""

    places: dict[Path, Place | str] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)


def arranged(paths: list[Path]) -> Arrangement:
    """Where each file belongs. `Unclear` if parts hold no class folders."""
    found = Arrangement()
    inner = _unwrapped({path: path for path in paths})
    parts = _parts_in(_tops(inner))
    if not parts and (turned := _classes_of_parts(inner)):
        parts = _parts_in(_tops(turned))
        inner = turned
    if len(set(parts.values())) > 1:
        _by_parts(inner, parts, found)
    else:
        _by_classes(inner, found)
    return found


def _unwrapped(inner: dict[Path, Path]) -> dict[Path, Path]:
    """Path → what is left of it without the folders that are around everything and hold more folders."""
    for _ in range(WRAPPERS):
        folders = {path[0] for path in inner.values() if len(path) > 1}
        if len(folders) != 1 or not any(len(path) > 2 for path in inner.values()):
            break
        inner = {whole: path[1:] if len(path) > 1 else path for whole, path in inner.items()}
    return inner


def _tops(inner: dict[Path, Path]) -> list[str]:
    return sorted({path[0] for path in inner.values() if len(path) > 1}, key=natural)


def _words(name: str) -> tuple[str, ...]:
    """`TrainingData`, `seg_train`, `Train ` → its words in small letters; `trainset` is two."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = re.findall(r"[^\W_]+", spaced.lower())
    return tuple(piece for word in words for piece in _halves(word))


def _halves(word: str) -> tuple[str, ...]:
    for filler in FILLERS:
        if word.endswith(filler) and word.removesuffix(filler) in PARTS:
            return word.removesuffix(filler), filler
    return (word,)


def _parts_in(names: list[str]) -> dict[str, int]:
    """Folder → part, of those that are named after a part.

    A name may have one such word, and beside it words that say nothing, or that another part has too: `seg_train` and
    `seg_test` are parts, `training_shoes` and `test_tubes` are not.
    """
    named = {}
    for name in names:
        words = _words(name)
        parts = [word for word in words if word in PARTS]
        if len(parts) == 1:
            rest = tuple(word for word in words if word not in PARTS and word not in FILLERS and not word.isdigit())
            named[name] = (PARTS[parts[0]], rest)
    return {
        name: part
        for name, (part, rest) in named.items()
        if not rest or any(rest == other and part != another for another, other in named.values())
    }


def _classes_of_parts(inner: dict[Path, Path]) -> dict[Path, Path] | None:
    """`cats/train/a.jpg` → `train/cats/a.jpg`, if all classes are divided so; None if they are not."""
    below: dict[str, set[str]] = {}
    for path in inner.values():
        if len(path) > 1:
            below.setdefault(path[0], set()).add(path[1] if len(path) > 2 else "")
    divided = all("" not in names and len(set(_parts_in(sorted(names)).values())) > 1 for names in below.values())
    if not divided or len(below) < 2:
        return None
    return {whole: (path[1], path[0], *path[2:]) if len(path) > 2 else path for whole, path in inner.items()}


def _by_parts(inner: dict[Path, Path], parts: dict[str, int], found: Arrangement) -> None:
    said, flat = [], []
    for top, part in parts.items():
        within = _unwrapped({whole: path[1:] for whole, path in inner.items() if path[0] == top and len(path) > 1})
        if not any(len(path) > 1 for path in within.values()):
            part = UNLABELLED
            flat.append(top)
        for whole, path in within.items():
            found.places[whole] = (
                (path[0], part) if len(path) > 1 and part != UNLABELLED else "it lies in no class folder"
            )
        said.append(f"{top} ({PART_NAMES[part]})")
    if len(flat) == len(parts) or any(parts[top] == TRAIN for top in flat):
        raise Unclear(
            f"{_named(flat)} {'hold' if len(flat) > 1 else 'holds'} pictures without classes; "
            "put the pictures of each class into a folder of their own, such as train/cats and test/cats."
        )
    for whole in inner.keys() - found.places.keys():
        found.places[whole] = f"it lies outside the parts {_named(list(parts))}"
    found.notes.append(f"Folders taken as parts: {', '.join(said)}. Those inside them were taken as classes.")


def _by_classes(inner: dict[Path, Path], found: Arrangement) -> None:
    """Class folders. A folder that holds folders of the same names again is a part of them, or a copy of everything."""
    tops = _tops(inner)
    again: dict[str, int] = {}
    for top in tops:
        below = {path[1] if len(path) > 2 else "" for path in inner.values() if path[0] == top and len(path) > 1}
        if len(below & set(tops) - {top}) > 1 and below <= {*tops, *again}:
            again[top] = PARTS.get("".join(_words(top)), UNDECIDED)
    parts = {top: part for top, part in again.items() if part in (VALIDATION, TEST)}
    for whole, path in inner.items():
        if len(path) < 2:
            found.places[whole] = "it lies in no class folder"
        elif path[0] in parts:
            found.places[whole] = (path[1], parts[path[0]])
        elif path[0] in again:
            found.places[whole] = f"{path[0]} holds the folders beside it once more"
        else:
            found.places[whole] = (path[0], TRAIN if parts else UNDECIDED)
    for top, part in again.items():
        what = (
            f"the {PART_NAMES[part]} part of the classes" if top in parts else "a second copy of the classes, not used"
        )
        found.notes.append(f"The folder {top} was taken as {what} beside it.")


def _named(names: Iterable[str]) -> str:
    names = list(names)
    shown = names[:NAMED] + (["…"] if len(names) > NAMED else [])
    return ", ".join(shown) if len(shown) < 2 or shown[-1] == "…" else f"{', '.join(shown[:-1])} and {shown[-1]}"


def natural(name: str) -> tuple:
    """Sorts as people do: `class 9` before `class 10`, small and capital letters together."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    numbers = [piece.lstrip("0") for piece in pieces[1::2]]
    keys = [(piece, 0, "") for piece in pieces]
    keys[1::2] = [("", len(number), number) for number in numbers]
    return (*keys, name)
