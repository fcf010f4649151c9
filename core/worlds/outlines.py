"""The pixels of a thing from its outline: polygons, and runs of pixels as COCO packs them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from core.worlds.annotations import Box, Size, boxed, numbers
from core.worlds.decode import Unusable

MOST_CORNERS = 20_000  # of one polygon
FEWEST_CORNERS = 3
LONGEST = 12  # letters of a packed number: 60 bits


@dataclasses.dataclass(frozen=True, eq=False)
class Polygons:
    """Corners (P, 2) each, to the right and down in pixels of the picture; a thing has the pixels of all of them."""

    corners: list[np.ndarray]

    def pixels(self, size: Size, small: Size) -> np.ndarray:
        found = np.zeros(small[::-1], bool)
        for corners in self.corners:
            if (np.abs(corners / size - 0.5) > 1.5).any():
                raise Unusable("its segmentation has a corner far outside the picture")
            points = corners * (np.array(small) / size)
            left, top = np.floor(points.min(0)).clip(0, small).astype(int)
            right, bottom = np.ceil(points.max(0)).clip(0, small).astype(int)
            found[top:bottom, left:right] |= filled(points - (left, top), (right - left, bottom - top))
        return found

    def box(self) -> Box:
        """Around all corners. Raises `Unusable` for no area."""
        left, top = np.concatenate(self.corners).min(0)
        right, bottom = np.concatenate(self.corners).max(0)
        return boxed(left, top, right, bottom)

    def is_box(self, box: Box) -> bool:
        """Whether it says no more than its box, as some programs write it."""
        one = len(self.corners) == 1 and len(self.corners[0]) <= 5
        ends = np.array(box).reshape(2, 2)  # left and top, right and bottom
        return one and bool((np.abs(self.corners[0][:, None] - ends).min(1) < 1).all())


@dataclasses.dataclass(frozen=True, eq=False)
class Runs:
    """Lengths of runs of pixels, column by column, in turns outside and inside; of a picture (width, height)."""

    size: Size
    lengths: list[int] | str

    def pixels(self, size: Size, small: Size) -> np.ndarray:
        if size != self.size:
            sizes = [f"{width} × {height}" for width, height in (self.size, size)]
            raise Unusable(f"its segmentation is for {sizes[0]} pixels, and the picture has {sizes[1]}")
        lengths = unpacked(self.lengths) if isinstance(self.lengths, str) else whole(self.lengths)
        ends = np.cumsum(lengths)
        if len(ends) and (lengths.max() > size[0] * size[1] or ends[-1] > size[0] * size[1]):
            raise Unusable("its segmentation is longer than the picture")
        across, down = (((np.arange(n) + 0.5) * m / n).astype(np.int64) for n, m in zip(small, size, strict=True))
        run = np.searchsorted(ends, across * size[1] + down[:, None], side="right")  # which one a pixel lies in
        return (run % 2 == 1) & (run < len(ends))


def filled(points: np.ndarray, size: Size) -> np.ndarray:
    """Corners (P, 2), size (w, h) -> bool (h, w): the pixels whose middle lies inside, by the rule of odd crossings.

    Each edge turns over all pixels to the right of it, in each row whose middle it crosses.
    """
    (width, height), (x, y), (next_x, next_y) = size, points.T, np.roll(points, -1, 0).T
    first = np.ceil(np.minimum(y, next_y) - 0.5).clip(0, height).astype(np.int64)
    rows = np.ceil(np.maximum(y, next_y) - 0.5).clip(0, height).astype(np.int64) - first
    edge = np.repeat(np.arange(len(points)), rows)
    row = np.arange(len(edge)) + np.repeat(first - (np.cumsum(rows) - rows), rows)
    slope = (next_x - x)[edge] / (next_y - y)[edge]
    column = np.ceil(x[edge] + (row + 0.5 - y[edge]) * slope - 0.5).clip(0, width).astype(np.int64)
    turns = np.bincount(row * (width + 1) + column, minlength=height * (width + 1)) % 2 == 1
    return np.logical_xor.accumulate(turns.reshape(height, width + 1)[:, :width], 1)


def polygons(value: Any) -> Polygons:
    """From lists of x, y, x, y … Raises `Unusable`."""
    if not isinstance(value, list):
        raise Unusable("its segmentation is neither polygons nor runs")
    lists = [value] if all(type(each) in (int, float) for each in value) else value
    found = []
    for each in lists:
        flat = numbers(each, "its segmentation")
        if len(flat) % 2 or len(flat) < 2 * FEWEST_CORNERS:
            raise Unusable(f"a polygon of {len(flat)} numbers; it has x and y of at least {FEWEST_CORNERS} corners")
        if len(flat) > 2 * MOST_CORNERS:
            raise Unusable(f"a polygon of more than {MOST_CORNERS} corners")
        found.append(flat.reshape(-1, 2))
    return Polygons(found)


def runs(value: dict[str, Any]) -> Runs:
    """From {"size": [height, width], "counts": …}; what is in `counts` shows when it is drawn. Raises `Unusable`."""
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(type(side) is int and side > 0 for side in size):
        raise Unusable("the size of its segmentation is not two whole numbers")
    if not isinstance(counts, list | str):
        raise Unusable("the counts of its segmentation are neither numbers nor a word")
    return Runs((size[1], size[0]), counts)


def whole(lengths: list[Any]) -> np.ndarray:
    """Whole numbers from 0, int64. Raises `Unusable`."""
    if not all(type(length) is int and 0 <= length < 2**40 for length in lengths):
        raise Unusable("the counts of its segmentation are not whole numbers from 0")
    return np.array(lengths, np.int64)


def unpacked(word: str) -> np.ndarray:
    """The numbers in a packed word, int64. Raises `Unusable`.

    A letter holds 5 bits, the lowest first, and a bit that says whether the number goes on; the last letter has its
    sign. From the fourth on, a number is the difference to the one before the last (`rleFrString` of COCO's API).
    """
    letters = np.frombuffer(word.encode("utf-8", "replace"), np.uint8).astype(np.int64) - 48
    if not len(letters):
        return np.zeros(0, np.int64)
    last = letters & 32 == 0
    starts = np.flatnonzero(np.concatenate([[True], last[:-1]]))
    sizes = np.diff(np.append(starts, len(letters)))
    if letters.min() < 0 or letters.max() > 63 or not last[-1] or sizes.max() > LONGEST:
        raise Unusable("the counts of its segmentation are no packed numbers")
    place = 5 * (np.arange(len(letters)) - np.repeat(starts, sizes))
    lengths = np.add.reduceat((letters & 31) << place, starts)
    ends = starts + sizes - 1
    lengths -= np.where(letters[ends] & 16, np.int64(1) << (place[ends] + 5), 0)
    lengths[1::2], lengths[2::2] = lengths[1::2].cumsum(), lengths[2::2].cumsum()
    if lengths.min() < 0:
        raise Unusable("the counts of its segmentation are not whole numbers from 0")
    return lengths
