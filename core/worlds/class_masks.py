"""Masks in files: a picture whose palette indices, or greys, are numbers of classes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from core.worlds.decode import JPEGS, Unusable, opened, within_memory
from core.worlds.deep import is_deep
from core.worlds.things import LEAST

VOID = 255  # beside other values: no class, as between two things of Pascal VOC
SMOOTH, BLACK_AND_WHITE = 100, 0.9  # more values, and a share of black and white: a mask of one class with soft edges
COLOURS = "it has colours, not numbers of classes; save it with a palette, or grey"


def class_numbers(data: bytes) -> np.ndarray:
    """The values in a file, uint8 (H, W). Raises `Unusable`, as for colours and for values beyond 255."""
    with within_memory(opened(data)):
        image = opened(data)
        try:
            values = _values(image)
        except Unusable:
            raise
        except Exception as error:  # broken pixels make Pillow raise nearly anything
            raise Unusable("the file is broken or cut off") from error
    counts = np.bincount(values.ravel(), minlength=256)
    is_smooth = (counts > 0).sum() > SMOOTH and counts[[0, 255]].sum() > BLACK_AND_WHITE * values.size
    if image.format in JPEGS or is_smooth:
        return np.where(values > 127, np.uint8(255), np.uint8(0))
    return values


def _values(image: Image.Image) -> np.ndarray:
    if image.mode in ("P", "L"):
        return np.asarray(image)
    if image.mode in ("PA", "LA"):
        return np.asarray(image)[..., 0]
    if image.mode == "1" or image.format in JPEGS:
        return np.asarray(image.convert("L"))
    if is_deep(image):
        values = np.asarray(image)
        if not ((values >= 0) & (values <= 255) & (values % 1 == 0)).all():  # False for NaN too
            raise Unusable("it has values that are not whole numbers from 0 to 255")
        return values.astype(np.uint8)
    colours = np.asarray(image.convert("RGB"))
    if (colours != colours[..., :1]).any():
        raise Unusable(COLOURS)
    return colours[..., 0]


def class_values(counts: np.ndarray) -> list[int]:
    """The values that are classes, from how many pixels (256,) have each: not 0, nor `VOID` beside others."""
    values = [int(value) for value in np.flatnonzero(counts) if value]
    return values if len(values) == 1 else [value for value in values if value != VOID]


def components(mask: np.ndarray, most: int) -> list[tuple[int, np.ndarray]]:
    """The pieces of one value that hang together, also by corners, in a mask (H, W): value and box (4,), the largest
    `most` of those of `LEAST` pixels a side.
    """
    found = sorted(_pieces(mask), key=lambda piece: -(piece[1][2:] - piece[1][:2]).prod())
    return found[:most]


def _pieces(mask: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    from scipy.ndimage import find_objects, label  # not at the top: worlds without masks open without it

    for value, where in enumerate(find_objects(mask), start=1):
        if where is None:
            continue
        pieces, _ = label(mask[where] == value, np.ones((3, 3)))
        for down, across in find_objects(pieces):
            if min(down.stop - down.start, across.stop - across.start) >= LEAST:
                top, left = where[0].start + down.start, where[1].start + across.start
                size = across.stop - across.start, down.stop - down.start
                yield value, np.array([left, top, left + size[0], top + size[1]])
