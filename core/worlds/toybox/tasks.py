"""Other questions about the pictures of the toybox than which toy it is. The factors of a scene have the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.factors import NUMBERED, Factors
from core.worlds.toybox.rooms import INTERIORS, lights
from core.worlds.toybox.scenes import SLOTS

SECTORS, LOWEST, HIGHEST = 8, 8.0, 42.0  # of light from left to right; degrees of the camera above the floor
WIDEST = 1.7  # radians to either side from which light comes


def light(pictures: Sequence[Factors]) -> np.ndarray:
    """(N,) int64: the sector, counted from the right, from which the light comes."""
    towards = np.stack([one.towards for one in lights(_draws(pictures, "light"))])
    around = np.arctan2(towards[:, 1], towards[:, 0])
    return _binned((around + WIDEST) / (2 * WIDEST), SECTORS)


def room(pictures: Sequence[Factors]) -> np.ndarray:
    """(N,) int64: which kind of room it is."""
    return np.asarray(_draws(pictures, "background").whole(len(INTERIORS)), np.int64)


def camera(pictures: Sequence[Factors]) -> np.ndarray:
    """(N,) int64: how high the camera is, in four steps."""
    return _binned((_draws(pictures, "camera")(LOWEST, HIGHEST) - LOWEST) / (HIGHEST - LOWEST), 4)


Task = tuple[tuple[str, ...], Callable[[Sequence[Factors]], np.ndarray]]
TASKS: dict[str, Task] = {
    "light": (tuple(f"light from sector {k + 1}" for k in range(SECTORS)), light),
    "room": (tuple(INTERIORS), room),
    "camera": (("camera at the floor", "camera low", "camera high", "camera above"), camera),
}


def _draws(pictures: Sequence[Factors], factor: str) -> Draws:
    return Draws([one.number(factor) for one in pictures], NUMBERED.index(factor) * SLOTS)


def _binned(share: np.ndarray, n: int) -> np.ndarray:
    return np.clip((share * n).astype(np.int64), 0, n - 1)
