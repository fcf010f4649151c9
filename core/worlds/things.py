"""What is in a picture, and where: the labels of detection and segmentation, in one form for every source.

A world that knows them has `things(indices, size)`, which yields `Things` in the order of `indices`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

LEAST = 3  # pixels: a side of a box that is asked for


@dataclasses.dataclass(frozen=True, eq=False)
class Things:
    """Of N pictures of S pixels a side.

    pictures: uint8 (N, S, S, 3); masks: uint8 (N, S, S), at each pixel its class from 1, 0 where nothing is; classes:
    uint8 (N, K), from 1, filled up with 0; boxes: float32 (N, K, 4), left, top, right, bottom in pixels, 0 for none.
    """

    pictures: np.ndarray
    masks: np.ndarray
    classes: np.ndarray
    boxes: np.ndarray

    def __len__(self) -> int:
        return len(self.pictures)

    def of(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The boxes (M, 4) and classes (M,) of one picture."""
        there = self.classes[k] > 0
        return self.boxes[k, there], self.classes[k, there]


def joined(chunks: list[Things]) -> Things:
    """All pictures of several `Things`, which may know of different numbers of things a picture."""
    most = max(chunk.classes.shape[1] for chunk in chunks)

    def filled(array: np.ndarray) -> np.ndarray:
        """(N, K, ...) -> (N, most, ...)"""
        return np.pad(array, ((0, 0), (0, most - array.shape[1]), *((0, 0),) * (array.ndim - 2)))

    return Things(
        np.concatenate([chunk.pictures for chunk in chunks]),
        np.concatenate([chunk.masks for chunk in chunks]),
        np.concatenate([filled(chunk.classes) for chunk in chunks]),
        np.concatenate([filled(chunk.boxes) for chunk in chunks]),
    )


def knows(world: Any) -> tuple[str, ...]:
    """What a world knows of its things: "boxes", "masks", both or nothing; where boxes are not known, they lie around
    the pieces of masks.
    """
    return getattr(world, "knows", ())
