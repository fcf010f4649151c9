"""What a lens found, as pictures that people look at: patches cut out, sheets of nine, what came back in grey."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image
from torch import Tensor

GREY, GAP = 128, 2
TIED = 1e-5  # values that differ by this share are equal
LEAST, MOST = 0.4, 0.8  # share of the colour of a map over a picture, where it is nothing and where it is largest
VIRIDIS = np.array(  # evenly bright steps, for colour-blind people too (van der Walt and Smith 2015)
    [[68, 1, 84], [72, 40, 120], [62, 73, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121],
     [110, 206, 88], [181, 222, 43], [253, 231, 37]]
)  # fmt: skip
KINDS = {  # Okabe and Ito 2008
    "blue": (0, 114, 178), "orange": (230, 159, 0), "green": (0, 158, 115), "pink": (204, 121, 167),
    "light blue": (86, 180, 233),
}  # fmt: skip
OUTLIERS = 0.995  # of the pixels, the rest may be clipped
Box = tuple[int, int, int, int]  # top, left, bottom, right


def patch(picture: np.ndarray, box: Box, size: int, side: int) -> np.ndarray:
    """The part `box` of a picture that a network sees at `size` pixels, from a larger rendering of it, uint8
    (H, W, 3) -> (side, side, 3); grey where it reaches beyond the picture.
    """
    scale = len(picture) / size
    top, left, bottom, right = (round(edge * scale) for edge in box)
    canvas = np.full((bottom - top, right - left, 3), GREY, np.uint8)
    inside = picture[max(0, top) : bottom, max(0, left) : right]
    low, first = max(0, -top), max(0, -left)
    canvas[low : low + inside.shape[0], first : first + inside.shape[1]] = inside
    return np.asarray(Image.fromarray(canvas).resize((side, side), Image.Resampling.BICUBIC))


def sheet(tiles: np.ndarray) -> np.ndarray:
    """(N, s, s, 3) -> one square picture of them, row by row, on white."""
    n, side = len(tiles), tiles.shape[1]
    across = math.ceil(math.sqrt(n))
    down = math.ceil(n / across)
    page = np.full((down * (side + GAP) - GAP, across * (side + GAP) - GAP, 3), 255, np.uint8)
    for k, tile in enumerate(tiles):
        row, column = divmod(k, across)
        page[row * (side + GAP) :, column * (side + GAP) :][:side, :side] = tile
    return page


def in_grey(back: Tensor) -> np.ndarray:
    """What came back to the pixels, (N, 3, H, W) -> uint8 (N, H, W, 3): grey is none; all share one stretch."""
    values = back.detach().cpu().float().permute(0, 2, 3, 1).numpy()
    most = float(np.quantile(np.abs(values), OUTLIERS)) or 1.0
    return (GREY + (GREY - 1) * np.clip(values / most, -1, 1)).astype(np.uint8)


def over(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A map (h, w), at least 0, over a picture uint8 (S, S, 3): from dark violet, nothing, to yellow, its largest; a
    ring where that is. The picture is grey beneath.
    """
    side = len(picture)
    scaled = np.asarray(Image.fromarray((heat / (heat.max() or 1)).astype(np.float32)).resize((side, side)))
    anchors = np.linspace(0, 1, len(VIRIDIS))
    colours = np.stack([np.interp(scaled, anchors, VIRIDIS[:, k]) for k in range(3)], -1)
    share = LEAST + (MOST - LEAST) * scaled[..., None]
    mixed = (1 - share) * picture.mean(-1, keepdims=True) + share * colours
    if heat.max() > 0:
        down, across = ((k + 0.5) * side / len(heat) for k in peak(heat))
        rows, columns = np.mgrid[:side, :side]
        away = np.hypot(rows - down, columns - across) * 40 / side
        mixed[(away > 1.2) & (away < 2.4)] = 0
        mixed[(away > 1.5) & (away < 2.1)] = 255
    return mixed.clip(0, 255).astype(np.uint8)


def peak(heat: np.ndarray) -> tuple[int, int]:
    """(row, column) of the largest value of (h, w); of several equal ones, that nearest to their middle."""
    places = np.argwhere(heat >= heat.max() * (1 - TIED))
    row, column = places[np.square(places - places.mean(0)).sum(1).argmin()]
    return int(row), int(column)


def coloured(kinds: np.ndarray, order: Sequence[int], size: int) -> np.ndarray:
    """Kinds (h, w) as colours, uint8 (size, size, 3): those of `order` in the order of KINDS, others grey."""
    colours = np.full((*kinds.shape, 3), GREY, np.uint8)
    for kind, colour in zip(order, KINDS.values(), strict=False):
        colours[kinds == kind] = colour
    return np.asarray(Image.fromarray(colours).resize((size, size), Image.Resampling.NEAREST))
