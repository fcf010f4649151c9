"""By how many quarter turns was a picture rotated? A task whose labels cost nothing (Gidaris et al. 2018,
arXiv:1803.07728).
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from core.learning.supervised import Supervised

TURNS = 4  # classes: 0 to 3 quarter turns


class Rotation(Supervised):
    """A network of four classes that is shown each picture turned as often as its label says."""

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) or features, (B,)"""
        turns = self.labels[indices]
        pictures = turned(self.inputs.pictures[indices.numpy()], turns.numpy())
        return self.inputs.computed(pictures, self.inputs.kind, drawn), turns.to(self.arithmetic.device)


def turned(pictures: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """uint8 (N, S, S, 3), each turned counterclockwise by its number of quarter turns (N,)."""
    return np.stack([np.rot90(picture, turn) for picture, turn in zip(pictures, turns, strict=True)])
