"""Many pairs of pictures that share exactly some factors: views that are chosen, which no photograph can give (Tian et
al. 2020, arXiv:2005.10243).

One word is more than a factor: of a toy whose class is not shared, `group` may be, one of four; the class is then drawn
anew in its group, and may come out the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from core.runs.settings import Refused
from core.worlds.toybox.blocks import PICTURES, Block, rendering
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import FACTORS, Factors, drawn, pair

GROUP, GROUPS = "group", 4
SHARABLE = (GROUP, *FACTORS)
TOGETHER = {  # word → the factors that it stands for
    "nothing": (),
    "object": ("class", "shape", "colour", "texture"),
    "view": ("pose", "position", "camera"),
    "room": ("background",),
    "everything": FACTORS,
}
BLOCK = 50  # pairs


def meant(words: Iterable[str]) -> tuple[str, ...]:
    """What is shared, in the order of `SHARABLE`: words of it, or of `TOGETHER`. The class says the group as well."""
    found = {factor for word in words for factor in TOGETHER.get(word, (word,))}
    for word in found:
        if word not in SHARABLE:
            raise Refused("shared", word, f"some of {', '.join((*SHARABLE, *TOGETHER))}.")
    return tuple(word for word in SHARABLE if word in found and not (word == GROUP and "class" in found))


def group_of(name: str, classes: Sequence[str]) -> tuple[str, ...]:
    """The classes of the group of a class: a fourth of all, in their order."""
    mine = classes.index(name) * GROUPS // len(classes)
    return tuple(other for k, other in enumerate(classes) if k * GROUPS // len(classes) == mine)


def shared_pair(number: int, shared: Iterable[str], classes: Sequence[str]) -> tuple[Factors, Factors]:
    """Pair `number`: the two agree in what is `shared`, and all else is drawn for each on its own. The first picture is
    the same whatever is shared.
    """
    words = meant(shared)
    first, second = pair(number, [word for word in words if word != GROUP], classes=classes)
    if GROUP in words:
        (name,) = drawn(seed("group", number), group_of(first.toys[0], classes)).toys
        second = dataclasses.replace(second, toys=(name,))
    return first, second


def read_pairs(
    numbers: Sequence[int], shared: Sequence[str], classes: Sequence[str], size: int
) -> Iterator[np.ndarray]:
    """Chunks uint8 (n, 2, size, size, 3) of the pairs `numbers`, rendered when they are first read and then kept."""
    blocks = []
    for start in range(0, len(numbers), BLOCK):
        both = [shared_pair(number, shared, classes) for number in numbers[start : start + BLOCK]]
        blocks += [Block(tuple(views), size) for views in zip(*both, strict=True)]
    ahead = rendering(blocks)
    for first, second in zip(ahead, ahead, strict=True):
        yield np.stack([first[PICTURES], second[PICTURES]], 1)
