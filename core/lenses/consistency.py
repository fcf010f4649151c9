"""Does the same part matter in the same way in different pictures? (Zeiler and Fergus, arXiv:1311.2901, 4.3)"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def hidden(pictures: np.ndarray, middles: np.ndarray, side: int, colour: np.ndarray) -> np.ndarray:
    """uint8 (N, S, S, 3), each with a square of `side` pixels in one colour (3,) over its middle (N, 2), which is right
    and down in pixels; at the edge the square is moved in, so that all are of one size.
    """
    covered = pictures.copy()
    corners = np.clip(np.round(middles - side / 2), 0, pictures.shape[1] - side).astype(int)
    for picture, (left, top) in zip(covered, corners, strict=True):
        picture[top : top + side, left : left + side] = colour
    return covered


def disagreement(given: Tensor, changed: Tensor) -> Tensor:
    """Features (N, ...) before and after -> (N, N): of two pictures the share of features whose change has another sign
    (rises, falls, none), which is the paper's Hamming distance.
    """
    signs = (given - changed).flatten(1).sign()
    return torch.stack([(signs != one).double().mean(1) for one in signs])


def pseudovalues(pairs: Tensor) -> Tensor:
    """(N, N), symmetric, of N >= 3 pictures -> (N,), whose mean is that of the pairs of two, and whose spread over
    pictures gives its interval: the jackknife (Tukey 1958).
    """
    n = len(pairs)
    off = pairs - pairs.diag().diag()
    whole, own = off.sum(), 2 * off.sum(1)  # of all ordered pairs, and of those with each picture
    return n * whole / (n * (n - 1)) - (n - 1) * (whole - own) / ((n - 1) * (n - 2))
