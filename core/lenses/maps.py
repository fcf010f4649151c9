"""What the channels of a stage answer to a picture, a tile each (Yosinski et al., arXiv:1506.06579, figure 2)."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.lenses.sheets import OUTLIERS, in_grey

TILE = 64  # pixels a side


def tiles(given: Tensor) -> np.ndarray:
    """What a stage gives of one picture, maps (C, h, w), tokens (T, C) or a vector (C,) -> uint8 (C, TILE, TILE, 3).

    All channels share one stretch. Black is nothing, white much; where some answer below 0, grey is nothing.
    """
    maps = as_maps(given.detach().float().cpu())
    large = F.interpolate(maps[:, None], TILE, mode="nearest-exact" if maps.shape[-1] < TILE else "area")
    if maps.min() < 0:
        return in_grey(large.expand(-1, 3, -1, -1))
    most = (
        float(torch.quantile(maps.flatten()[:: max(1, maps.numel() // 100_000)], OUTLIERS)) or float(maps.max()) or 1.0
    )
    grey = (255 * (large / most).clamp(0, 1)).to(torch.uint8)
    return grey.permute(0, 2, 3, 1).expand(-1, -1, -1, 3).numpy()


def as_maps(given: Tensor) -> Tensor:
    """-> (C, h, w). Tokens become the map that they were cut from, without those that stand for no place."""
    if given.ndim == 3:
        return given
    if given.ndim == 1:
        return given[:, None, None]
    side = math.isqrt(len(given))
    return given[len(given) - side**2 :].T.unflatten(1, (side, side))


def mosaic(of: np.ndarray, across: int) -> np.ndarray:
    """(N, s, s, 3) -> one picture of them without gaps, row by row, black where there are no more."""
    side, down = of.shape[1], math.ceil(len(of) / across)
    page = np.zeros((down * across, side, side, 3), np.uint8)
    page[: len(of)] = of
    return page.reshape(down, across, side, side, 3).swapaxes(1, 2).reshape(down * side, across * side, 3)
