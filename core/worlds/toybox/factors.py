"""What decides a picture: its toys, and a number for every other factor, each drawn, fixed or shared on its own.

Equal numbers give equal factors: two pictures with the same number for `light` are lit alike, whatever else they show.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from core.runs.settings import Refused
from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.draws import Draws, seed

# class is its name; the others are numbers. position: where toys stand, and where they appear; background: the room.
FACTORS = ("class", "shape", "pose", "position", "colour", "texture", "background", "light", "camera")
NUMBERED = FACTORS[1:]
STYLES = ("default", "lines", "night", "camera", "flat")
MOST_TOYS, MOST_CLUTTER = 8, 12
Value = int | str


@dataclasses.dataclass(frozen=True)
class Factors:
    """One picture. `Refused`: unknown toy or style, too many toys or too much clutter.

    toys: the class of each; numbers: of NUMBERED, in its order; clutter: bricks and balls of no class that lie about;
    crowded: toys stand so close that they hide one another.
    """

    toys: tuple[str, ...]
    numbers: tuple[int, ...]
    style: str = "default"
    clutter: int = 0
    crowded: bool = False

    def __post_init__(self) -> None:
        for name in self.toys:
            if name not in TOYS:
                raise Refused("class", name, f"one of {', '.join(TOYS)}.")
        if self.style not in STYLES:
            raise Refused("style", self.style, f"one of {', '.join(STYLES)}.")
        for factor, number in zip(NUMBERED, self.numbers, strict=True):
            if not isinstance(number, int) or not 0 <= number < 2**64:
                raise Refused(factor, number, "a whole number, 0 or more: any will do.")
        if not 1 <= len(self.toys) <= MOST_TOYS:
            raise Refused("toys", len(self.toys), f"from 1 to {MOST_TOYS}.")
        if not 0 <= self.clutter <= MOST_CLUTTER:
            raise Refused("clutter", self.clutter, f"from 0 to {MOST_CLUTTER} pieces.")

    def number(self, factor: str) -> int:
        return self.numbers[NUMBERED.index(factor)]


def one(name: str, number: int) -> Factors:
    """One toy, all of whose factors come from one number."""
    return Factors((name,), (number,) * len(NUMBERED))


def drawn(
    number: int,
    classes: Sequence[str] = tuple(TOYS),
    fixed: Mapping[str, Value] | None = None,
    toys: int = 1,
    style: str = "default",
    clutter: int = 0,
    crowded: bool = False,
) -> Factors:
    """A picture whose factors are drawn, each by its own lot, but for the `fixed` ones.

    A class is fixed by name, or by several with commas between; any other factor by a number, and pictures with the
    same number share it.
    """
    fixed = fixed or {}
    known(fixed)
    names = str(fixed["class"]).split(",") if "class" in fixed else _lots(number, classes, toys)
    numbers = tuple(cast(int, fixed.get(factor, seed(factor, number))) for factor in NUMBERED)
    return Factors(tuple(names), numbers, style, clutter, crowded)


def pair(
    number: int,
    shared: Collection[str],
    fixed: Mapping[str, Value] | None = None,
    classes: Sequence[str] = tuple(TOYS),
    **others: int,
) -> tuple[Factors, Factors]:
    """Two pictures that share exactly these factors: the others are drawn for each on its own, and two classes differ.

    `others` are arguments of `drawn`. A factor that is fixed is the same in both too, so it cannot be shared as well.
    `Refused`: that, an unknown factor, or two different classes asked of fewer than two.
    """
    fixed = dict(fixed or {})
    known(shared)
    for factor in shared:
        if factor in fixed:
            raise Refused("shared", factor, "it is fixed already: fix it or share it.")
    first = drawn(seed("first", number), classes, fixed, **others)  # type: ignore[arg-type]
    same: dict[str, Value] = {factor: first.number(factor) for factor in shared if factor != "class"}
    if "class" in shared:
        same["class"] = ",".join(first.toys)
    elif "class" not in fixed:
        classes = [name for name in classes if name not in first.toys]
        if not classes:
            raise Refused("shared", ",".join(shared) or "nothing", "pictures of two classes want more classes.")
    return first, drawn(seed("second", number), classes, fixed | same, **others)  # type: ignore[arg-type]


def known(factors: Collection[str]) -> None:
    """`Refused` names the factors there are."""
    for factor in factors:
        if factor not in FACTORS:
            raise Refused("factor", factor, f"one of {', '.join(FACTORS)}.")


def _lots(number: int, classes: Sequence[str], toys: int) -> list[str]:
    """So many classes, no two alike while there are enough."""
    draw, left, chosen = Draws([seed("class", number)], 0), list(classes), []
    for _ in range(toys):
        left = left or list(classes)
        chosen.append(left.pop(int(draw.whole(len(left))[0])))
    return chosen
