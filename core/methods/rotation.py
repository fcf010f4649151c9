"""By how many quarter turns was a picture rotated? A task whose labels cost nothing (Gidaris et al. 2018,
arXiv:1803.07728).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.learning.supervised import Supervised
from core.methods.puzzle import Puzzle

TURNS = 4  # classes: 0 to 3 quarter turns


class Rotation(Supervised):
    """A network of four classes that is shown each picture turned as often as its label says."""

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) or features, (B,)"""
        turns = self.labels[indices]
        pictures = turned(self.inputs.pictures[indices.numpy()], turns.numpy())
        return self.inputs.computed(pictures, self.inputs.kind, drawn), turns.to(self.arithmetic.device)


class Turns(Puzzle):
    """Each picture of a batch four times, once a turn, as in the paper."""

    def answers(self) -> int:
        return TURNS

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        pieces = torch.cat([pixels.rot90(turn, (2, 3)) for turn in range(TURNS)])
        return pieces[:, None], torch.arange(TURNS, device=pixels.device).repeat_interleave(len(pixels))


def turned(pictures: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """uint8 (N, S, S, 3), each turned counterclockwise by its number of quarter turns (N,)."""
    return np.stack([np.rot90(picture, turn) for picture, turn in zip(pictures, turns, strict=True)])
