"""Procedural patterns, evaluated at points of surfaces: 0 is the first colour of a material, 1 the second."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from core.worlds.toybox.materials import PATTERNS

SIDE = 64  # of the table of noise, in cells
OCTAVES = ((4, 1.0), (8, 0.5), (16, 0.25))  # random numbers along the side, and their strength


@functools.cache
def noise_table() -> np.ndarray:
    """(SIDE³,) float32 of smooth noise that repeats itself, of mean 0 and standard deviation 1."""
    total = np.zeros((SIDE, SIDE, SIDE))
    for octave, (cells, strength) in enumerate(OCTAVES):
        raw = np.random.Philox(key=[octave, cells]).random_raw(cells**3)
        grid = (raw >> 11).reshape(cells, cells, cells) * 2.0**-53
        for axis in range(3):
            place = np.arange(SIDE) * cells / SIDE
            first, share = place.astype(int), place % 1
            share = (share * share * (3 - 2 * share)).reshape([-1 if k == axis else 1 for k in range(3)])
            grid = grid.take(first, axis) * (1 - share) + grid.take((first + 1) % cells, axis) * share
        total += strength * grid
    return ((total - total.mean()) / total.std()).astype(np.float32).ravel()


def noise(own: np.ndarray, scale: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The table's value at points (3, P), in cells of 1 / scale, the table shifted by (first, second)."""
    cells = own * scale
    cells += np.stack([first, second, first + second])
    i, j, k = np.floor(cells, out=cells).astype(np.int32) & (SIDE - 1)
    return noise_table().take((i * SIDE + j) * SIDE + k)


def wave(phase: np.ndarray) -> np.ndarray:
    """A triangle of period 1 between 0 and 1."""
    return np.abs(2 * (phase - np.floor(phase)) - 1)


def sharp(value: np.ndarray, by: float) -> np.ndarray:
    """Steeper about one half."""
    return (0.5 + by * (value - 0.5)).clip(0, 1)


class Surface:
    """Points of P rays: own coordinates (3, P) in toy lengths, the pattern's periods, phase, bend and noise (P,)."""

    def __init__(self, own: np.ndarray, material: np.ndarray):
        self.own, self.periods, self.bend = own, material[7], material[11]
        self.noise = noise(own, *material[13:16])
        self.phase = (own * material[8:11]).sum(0) * self.periods + self.bend * self.noise


def checker(at: Surface) -> np.ndarray:
    cells = np.floor(at.own * at.periods + 0.37).sum(0)
    return cells - 2 * np.floor(cells / 2)


def dots(at: Surface) -> np.ndarray:
    x = at.own * at.periods
    x[2] += 0.5
    away = x - np.floor(x) - 0.5
    return (20 * (0.13 - (away * away).sum(0))).clip(0, 1)


def rings(at: Surface) -> np.ndarray:
    x, y, _ = at.own
    return sharp(wave(np.sqrt(x * x + 1.5 * y * y) * 2 * at.periods + at.bend * at.noise), 1.5)


def planks(at: Surface) -> np.ndarray:
    plank = at.own[0] * at.periods * 2
    tone = np.floor(plank) * 0.618034
    return np.where(wave(plank) > 0.93, 1.0, 0.6 * (tone - np.floor(tone)) + 0.08 * at.noise).clip(0, 1)


FORMULAS: dict[str, Callable[[Surface], np.ndarray]] = {
    "stripes": lambda at: sharp(wave(at.phase), 6),
    "mottled": lambda at: (0.5 + 0.45 * at.noise).clip(0, 1),
    "marble": lambda at: sharp(wave(at.phase), 1.2),
    "rings": rings,
    "checker": checker,
    "dots": dots,
    "planks": planks,
}


def textured(own: np.ndarray, material: np.ndarray, patterns: set[int]) -> np.ndarray:
    """Linear RGB (3, P) at points with own coordinates (3, P) and materials (16, P), which use these patterns only."""
    at = Surface(own, material)
    share = np.zeros_like(at.noise)
    for index in sorted(patterns - {0}):
        np.copyto(share, FORMULAS[PATTERNS[index]](at), where=material[6] == index)
    return (material[:3] + (material[3:6] - material[:3]) * share) * (1 + np.float32(0.04) * at.noise)
