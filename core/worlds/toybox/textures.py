"""Patterns, evaluated at points of surfaces: 0 is the first colour of a material, 1 the second.

Most are formulas; a few are photographs of real surfaces, laid onto the nearest side of a box around the solid.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from core.worlds.bundled import package_file
from core.worlds.toybox.draws import uniform
from core.worlds.toybox.materials import PATTERNS, PHOTOGRAPHED

SIDE = 64  # of the table of noise, in cells
OCTAVES = ((4, 1.0), (8, 0.5), (16, 0.25))  # random numbers along the side, and their strength
PHOTO_SIDE = 256  # pixels of a photograph, which spans two periods; below it are halves of it, down to 8
PHOTO_SPREAD = 0.24  # standard deviation that its brightness is brought to
PHOTOS = frozenset(PATTERNS.index(name) for name in PHOTOGRAPHED)


@functools.cache
def noise_table() -> np.ndarray:
    """(SIDE³,) float32 of smooth noise that repeats itself, of mean 0 and standard deviation 1."""
    total = np.zeros((SIDE, SIDE, SIDE))
    for octave, (cells, strength) in enumerate(OCTAVES):
        grid = uniform(cells**3, octave, cells).reshape(cells, cells, cells)
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


@functools.cache
def photograph(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The brightness of a photograph in 0..1 at all its scales, one after the other, float32; and where each starts."""
    from PIL import Image

    with Image.open(package_file("skimage", "data", f"{name}.png")) as image:
        light = np.asarray(image.convert("L").resize((PHOTO_SIDE, PHOTO_SIDE), Image.Resampling.BOX), np.float32)
    scales = [(0.5 + PHOTO_SPREAD * (light - light.mean()) / light.std()).clip(0, 1)]
    while len(scales[-1]) > 8:
        half = len(scales[-1]) // 2
        scales.append(scales[-1].reshape(half, 2, half, 2).mean((1, 3)))
    starts = np.cumsum([0] + [scale.size for scale in scales[:-1]])
    return np.concatenate([scale.ravel() for scale in scales]), starts


def wave(phase: np.ndarray) -> np.ndarray:
    """A triangle of period 1 between 0 and 1."""
    return np.abs(2 * (phase - np.floor(phase)) - 1)


def sharp(value: np.ndarray, by: float) -> np.ndarray:
    """Steeper about one half."""
    return (0.5 + by * (value - 0.5)).clip(0, 1)


class Surface:
    """Points of P rays: own coordinates (3, P) in toy lengths, the pattern's periods, phase, bend and noise (P,).

    normal (3, P): in own coordinates; footprint (P,): toy lengths that a pixel covers. Photographs want these two.
    """

    def __init__(self, own: np.ndarray, material: np.ndarray, normal: np.ndarray | None, footprint: np.ndarray | None):
        self.own, self.periods, self.bend, self.normal, self.footprint = (
            own,
            material[7],
            material[11],
            normal,
            footprint,
        )
        self.shift = material[14:16]
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


def photographed(at: Surface, name: str) -> np.ndarray:
    """The photograph, mirrored at its borders so that it has no seams, at the scale whose pixels are as large."""
    assert at.normal is not None
    assert at.footprint is not None
    light, starts = photograph(name)
    x, y, z = at.own
    main = np.abs(at.normal).argmax(0)  # seen from the side of the box that the surface faces most
    u, v = np.where(main == 0, y, x), np.where(main == 2, y, z)
    texels = at.footprint * at.periods * np.float32(PHOTO_SIDE / 2)
    level = np.log2(texels.clip(1, PHOTO_SIDE / 8)).round().astype(np.int64)
    side = PHOTO_SIDE >> level
    column, row = (
        np.minimum(wave((way * at.periods + shift) / 4) * side, side - 1).astype(np.int64)
        for way, shift in zip((u, v), at.shift, strict=True)
    )
    return light.take(starts[level] + row * side + column)


FORMULAS: dict[str, Callable[[Surface], np.ndarray]] = {
    "stripes": lambda at: sharp(wave(at.phase), 6),
    "mottled": lambda at: (0.5 + 0.45 * at.noise).clip(0, 1),
    "marble": lambda at: sharp(wave(at.phase), 1.2),
    "rings": rings,
    "checker": checker,
    "dots": dots,
    "planks": planks,
    **{name: functools.partial(photographed, name=name) for name in PHOTOGRAPHED},
}


def textured(at: Surface, material: np.ndarray, patterns: set[int]) -> np.ndarray:
    """Linear RGB (3, P) at points of materials (16, P), which use these patterns only."""
    share = np.zeros_like(at.noise)
    for index in sorted(patterns - {0}):
        np.copyto(share, FORMULAS[PATTERNS[index]](at), where=material[6] == index)
    return (material[:3] + (material[3:6] - material[:3]) * share) * (1 + np.float32(0.04) * at.noise)
