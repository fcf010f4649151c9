"""Other questions about the pictures of the toybox than which toy it is. The factors of a scene have the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.draws import Draws
from core.worlds.toybox.factors import NUMBERED, Factors
from core.worlds.toybox.materials import painted
from core.worlds.toybox.rooms import INTERIORS, lights
from core.worlds.toybox.scenes import OWN_PAINT, SLOTS

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


def pose(pictures: Sequence[Factors]) -> np.ndarray:
    """(N,) int64: how far the toy is turned, from one side to the other, in four steps of its own range."""
    draws = _draws(pictures, "pose")
    far, side = draws(), draws.sign()
    return _binned((far * side + 1) / 2, 4)


def position(pictures: Sequence[Factors]) -> np.ndarray:
    """(N,) int64: whether a toy that stands alone appears left, in the middle or right."""
    draws = _draws(pictures, "position")
    draws.many(2)  # where in the room it is
    return _binned(draws.many(2)[:, 0], 3)


def colour(pictures: Sequence[Factors]) -> np.ndarray:
    """(N,) int64: whether the first part of the toy is more blue than red, or more red than blue."""
    found = np.zeros(len(pictures), np.int64)
    kinds = np.array([one.toys[0] for one in pictures])
    for name in np.unique(kinds):
        mine = np.flatnonzero(kinds == name)
        paint = painted(
            _draws([pictures[int(k)] for k in mine], "colour"), list(TOYS[name].parts.values()), own=OWN_PAINT
        )
        found[mine] = paint[:, 0, 0] > paint[:, 0, 2]
    return found


Task = tuple[tuple[str, ...], Callable[[Sequence[Factors]], np.ndarray]]
TASKS: dict[str, Task] = {
    "light": (tuple(f"light from sector {k + 1}" for k in range(SECTORS)), light),
    "room": (tuple(INTERIORS), room),
    "camera": (("camera at the floor", "camera low", "camera high", "camera above"), camera),
    "pose": (("turned far to one side", "a little to it", "a little to the other", "far to the other"), pose),
    "position": (("on the left", "in the middle", "on the right"), position),
    "colour": (("cold", "warm"), colour),
}


def _draws(pictures: Sequence[Factors], factor: str) -> Draws:
    return Draws([one.number(factor) for one in pictures], NUMBERED.index(factor) * SLOTS)


def _binned(share: np.ndarray, n: int) -> np.ndarray:
    return np.clip((share * n).astype(np.int64), 0, n - 1)
