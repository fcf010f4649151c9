"""Which class, and which part, a file belongs to: read off the folders it lies in.

cats/a.jpg                      class folders
train/cats/a.jpg, test/…        a split given by the source (val, valid and validation are one)
photos/cats/a.jpg               either of them inside one wrapping folder
"""

from __future__ import annotations

import re

from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION

PARTS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
WRAPPERS = 3  # an archive unpacked into a folder of its own name, and packed again

Path = tuple[str, ...]


def arranged(paths: list[Path]) -> dict[Path, tuple[str, int] | str]:
    """path → (class, part), or the reason why the file belongs to none. Part is UNDECIDED without a given split."""
    depth = _wrapping(paths)
    inner = {path: path[depth:] for path in paths}
    deep = {path[0].lower() for path in inner.values() if len(path) > 2}
    tops = {path[0].lower() for path in inner.values() if len(path) > 1}
    given = any(PARTS.get(top) == TRAIN for top in deep) and len(tops & PARTS.keys()) > 1
    return {path: _given(within) if given else _class_folder(within) for path, within in inner.items()}


def _wrapping(paths: list[Path]) -> int:
    """How many folders are around everything and hold more folders."""
    for depth in range(WRAPPERS):
        folders = {path[depth] for path in paths if len(path) > depth + 1}
        if len(folders) != 1 or not any(len(path) > depth + 2 for path in paths):
            return depth
    return WRAPPERS


def _given(path: Path) -> tuple[str, int] | str:
    part = PARTS.get(path[0].lower()) if len(path) > 1 else None
    if part is None:
        return "it lies outside the train and test folders"
    return (path[1], part) if len(path) > 2 else "it lies in no class folder"


def _class_folder(path: Path) -> tuple[str, int] | str:
    return (path[0], UNDECIDED) if len(path) > 1 else "it lies in no class folder"


def natural(name: str) -> tuple:
    """Sorts as people do: `class 9` before `class 10`, small and capital letters together."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    numbers = [piece.lstrip("0") for piece in pieces[1::2]]
    keys = [(piece, 0, "") for piece in pieces]
    keys[1::2] = [("", len(number), number) for number in numbers]
    return (*keys, name)
