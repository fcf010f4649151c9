"""What every reader of annotations gives, whatever the format: pictures, and the things that somebody drew on them.

They come from strangers. An entry that cannot be used is left out and said; nothing in it is ever taken for a path.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from core.runs.settings import Refused
from core.worlds.decode import Unusable
from core.worlds.names import cleaned
from core.worlds.part_words import PARTS, UNLABELLED, part_words
from core.worlds.sources import Entry
from core.worlds.tree import SIDE, natural, short
from core.worlds.world import UNDECIDED, Skipped

MOST_ENTRIES = 200_000  # annotations of a world: memory, and minutes of drawing
MOST_CLASSES = 255  # a mask has 8 bits
MOST_SAID = 500  # entries that are named when they are left out; the others are counted
LETTERS = 60  # of a name that somebody chose, in a sentence

Size = tuple[int, int]  # width, height
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels
Named = Callable[[np.ndarray, dict[str, np.ndarray]], dict[int, str]]


class Shape(Protocol):
    """The pixels of a thing, as its format tells them."""

    def pixels(self, size: Size, small: Size) -> np.ndarray:
        """bool (h, w): in a picture of `size` that is drawn `small`. Raises `Unusable`."""


@dataclasses.dataclass(frozen=True, eq=False)
class Thing:
    """What an entry says. `box`: None where its shape says it; `is_crowd`: several, and no box is asked for."""

    entry: str  # where it stands, for people
    cls: str
    box: Box | None
    shape: Shape | None = None
    is_crowd: bool = False


@dataclasses.dataclass(eq=False)
class Drawn:
    """A picture with its annotations. `size`: of the picture, as they say; `mask`: a file of a class a pixel."""

    entry: Entry
    part: int  # TRAIN, VALIDATION, TEST or UNDECIDED
    size: Size | None = None
    things: list[Thing] = dataclasses.field(default_factory=list)
    mask: Entry | None = None


@dataclasses.dataclass(eq=False)
class Found:
    """What a reader found. `numbers`: class → its value in the masks that are drawn from shapes.

    `named` gives value of the masks → class, from how many pixels (256,) have each value, and, of each class of the
    boxes, how well (256,) the pixels of each value fill them.
    """

    pictures: list[Drawn]
    knows: tuple[str, ...]
    named: Named
    skipped: list[Skipped]
    notes: list[str] = dataclasses.field(default_factory=list)
    numbers: dict[str, int] = dataclasses.field(default_factory=dict)


def numbers(value: Any, what: str) -> np.ndarray:
    """A list of finite numbers, float64. Raises `Unusable`."""
    if not isinstance(value, list) or not all(type(each) in (int, float) for each in value):
        raise Unusable(f"{what} is not a list of numbers")
    try:
        array = np.array(value, np.float64)
    except OverflowError:
        array = np.array([np.inf])
    if not np.isfinite(array).all():
        raise Unusable(f"{what} holds a number that is not finite")
    return array


def boxed(left: float, top: float, right: float, bottom: float) -> Box:
    """Raises `Unusable` for no area."""
    if not (np.isfinite((left, top, right, bottom)).all() and right > left and bottom > top):
        raise Unusable("its box has no area")
    return float(left), float(top), float(right), float(bottom)


def class_name(value: Any) -> str:
    """A class as people see it. Raises `Unusable`."""
    name = short(cleaned(value).strip(), LETTERS) if isinstance(value, str) else ""
    if not name:
        raise Unusable("its class has no name")
    return name


def told(value: Any) -> str:
    """Whatever a stranger wrote, as it fits into a sentence."""
    return short(cleaned(value if isinstance(value, str) else repr(value)), LETTERS)


def why(error: Unusable | OSError) -> str:
    """For people: of the machine's own words none that tell its paths."""
    return str(error) if isinstance(error, Unusable) else f"it cannot be read ({error.strerror})"


def part_of(names: Iterable[str]) -> int:
    """TRAIN, VALIDATION or TEST, as the first of these names says that has a word for one of them; or UNDECIDED."""
    for name in names:
        parts = {PARTS[word] for word in part_words(name) if word in PARTS} - {UNLABELLED}
        if len(parts) == 1:
            return parts.pop()
    return UNDECIDED


def is_picture(entry: Entry) -> bool:
    """As far as its name says."""
    return not SIDE.search(entry.path[-1])


def stem(entry: Entry) -> str:
    """The name of a file without its last suffix."""
    name = entry.path[-1]
    return name.rpartition(".")[0] or name


def at_most(entries: int, address: str) -> None:
    if entries > MOST_ENTRIES:
        raise Refused("data", address, f"it has more than {MOST_ENTRIES} annotations; take fewer of its pictures.")


def classes_of(pictures: list[Drawn], address: str) -> list[str]:
    """The classes of their things, as people sort them. `Refused` for more than a mask can tell apart."""
    classes = sorted({thing.cls for drawn in pictures for thing in drawn.things}, key=natural)
    if len(classes) > MOST_CLASSES:
        raise Refused("data", address, f"it has {len(classes)} classes; at most {MOST_CLASSES} can be used.")
    return classes


def shortened(skipped: list[Skipped]) -> list[Skipped]:
    """No more than people read."""
    more = len(skipped) - MOST_SAID
    return [*skipped[:MOST_SAID], Skipped("and more", f"{more} others were left out too")] if more > 0 else skipped
