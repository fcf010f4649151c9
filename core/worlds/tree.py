"""The folders of a source, as far as files in them may be pictures: texts and tables beside pictures mean nothing."""

from __future__ import annotations

import functools
import re
from collections.abc import Container

DEEPEST = 16  # folders inside folders that mean anything; a zip of a stranger may have thousands
SIDE = re.compile(r"\.(txt|[ct]sv|jsonl?|xml|ya?ml|md|rst|html?|pdf|docx?|xlsx?|mat|np[yz]|h5|py|ipynb|log|ini)$", re.I)

Path = tuple[str, ...]


class Folder:
    """A folder at a path. `has_pictures`: right in it; `is_used`: at any depth."""

    def __init__(self, path: Path = ()):
        self.path = path
        self.inner: dict[str, Folder] = {}
        self.has_pictures = self.is_used = False

    @property
    def name(self) -> str:
        return self.path[-1] if self.path else ""

    @functools.cached_property
    def used(self) -> dict[str, Folder]:
        """The folders in it that hold pictures, as people sort them. The tree must be whole when it is asked for."""
        names = [name for name, folder in self.inner.items() if folder.is_used]
        return {name: self.inner[name] for name in sorted(names, key=natural)}

    def unwrapped(self, known: Container[str] = ()) -> Folder:
        """The innermost folder that is around everything and holds more folders.

        Folders with a name in `known` wrap nothing, but for one in a folder of its own name.
        """
        folder = self
        while len(used := folder.used) == 1:
            (only,) = used.values()
            if not only.used or (only.name in known and only.name != folder.name):
                break
            folder = only
        return folder


def tree(paths: list[Path]) -> Folder:
    """The folders around the files at `paths`."""
    top = Folder()
    only_side = all(SIDE.search(path[-1]) for path in paths)
    for path in paths:
        is_picture = only_side or not SIDE.search(path[-1])
        folder, depth = top, 0
        folder.is_used |= is_picture
        for depth in range(1, min(len(path), DEEPEST + 1)):
            folder = folder.inner.setdefault(path[depth - 1], Folder(path[:depth]))
            folder.is_used |= is_picture
        folder.has_pictures |= is_picture and depth == len(path) - 1
    return top


def short(name: str, letters: int = 30) -> str:
    """A name as it fits into a sentence."""
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def natural(name: str) -> tuple:
    """Sorts as people do: `class 9` before `class 10`, small and capital letters together."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    numbers = [piece.lstrip("0") for piece in pieces[1::2]]
    keys = [(piece, 0, "") for piece in pieces]
    keys[1::2] = [("", len(number), number) for number in numbers]
    return tuple(keys), name
