"""What a lens found, as pictures that people look at: patches cut out, sheets of nine, what came back in grey."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from torch import Tensor

GREY, GAP = 128, 2
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
