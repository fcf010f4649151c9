"""Pictures shifted, scaled and turned: how far features move (Zeiler and Fergus, arXiv:1311.2901, figure 5)."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.staged import as_pixels

TRANSFORMS = {  # amount → what of the result comes from where, 2 x 3, in halves of the side
    "shift": lambda amount: [[1, 0, 0], [0, 1, -2 * amount]],
    "scale": lambda amount: [[1 / amount, 0, 0], [0, 1 / amount, 0]],
    "rotation": lambda amount: _turned(math.radians(amount)),
}


def moved(pictures: np.ndarray, transform: str, amount: float) -> np.ndarray:
    """uint8 (N, S, S, 3) -> the same, shifted down by a share of the side, enlarged so many times, or turned clockwise
    by degrees, about the middle. Between pixels it is bilinear; what comes in is the picture mirrored at its edge.
    """
    pixels = as_pixels(pictures).float()
    where = torch.tensor(TRANSFORMS[transform](amount), dtype=torch.float32).expand(len(pixels), 2, 3)
    grid = F.affine_grid(where, list(pixels.shape), align_corners=False)
    found = F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)
    return found.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


def apart(given: Tensor, changed: Tensor) -> Tensor:
    """Features (N, ...) of N >= 2 pictures, before and after -> (N,): how far each moved, as a multiple of the mean
    distance between two of the pictures, Euclidean. 1: it might as well be another picture.
    """
    before, after = given.flatten(1).double(), changed.flatten(1).double()
    usual = F.pdist(before).mean()
    return (after - before).norm(dim=1) / usual


def _turned(angle: float) -> list[list[float]]:
    return [[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0]]
