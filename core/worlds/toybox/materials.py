"""Paints and patterns of toys and rooms.

A material is 16 numbers: two linear RGB colours, a pattern (index into PATTERNS), its periods per toy length, its
direction (3), how far noise bends it (periods), gloss (0..1), and scale and offset (2) of the noise.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from core.worlds.toybox.draws import Draws

DRAWN = ("plain", "stripes", "mottled", "marble", "rings", "checker", "dots", "planks")
PHOTOGRAPHED = ("brick", "grass", "gravel", "moon")  # scikit-image's pictures of these surfaces, in the two colours
PATTERNS = DRAWN + PHOTOGRAPHED
WIDTH = 16
PAINTS = {
    "red": "d9342b", "brick": "b5523b", "orange": "f08a24", "yellow": "f6c92e", "lemon": "f4e06d", "lime": "a4cf3c",
    "green": "4fa83d", "leaf": "2f7d3a", "teal": "1f9e93", "sky": "5db7e8", "blue": "2f6fd0", "navy": "2b4a8f",
    "purple": "7f4fb0", "lilac": "b79be0", "pink": "f08bb0", "rose": "d94f7f", "cream": "f6e7c5", "white": "f5f3ee",
    "grey": "9a9fa6", "steel": "b4bfca", "dark": "33343c", "brown": "7a4a2b", "wood": "b07b46", "sand": "d8b98a",
}  # fmt: skip
ANY = tuple(name for name in PAINTS if name not in ("dark", "grey"))


def linear(paint: str) -> np.ndarray:
    """(3,) linear RGB in 0..1 of a paint or six hexadecimal digits; the screen's gamma is taken as 2."""
    digits = PAINTS.get(paint, paint)
    return (np.array([int(digits[k : k + 2], 16) for k in (0, 2, 4)]) / 255) ** 2


@functools.cache
def palette(paints: tuple[str, ...]) -> np.ndarray:
    """(n, 3)."""
    return np.stack([linear(paint) for paint in paints])


def picked(draw: Draws, paints: Sequence[str]) -> np.ndarray:
    """(B, 3): one of the paints, a little off."""
    colours = palette(tuple(paints))[draw.whole(len(paints))]
    return (colours * draw(0.8, 1.15)[:, None] * (0.92 + 0.16 * draw.many(3))).clip(0.012, 0.95)


def painted(draw: Draws, parts: Sequence[str], own: float) -> np.ndarray:
    """(B, len(parts), 3): with probability `own` each part in one of its own paints, else in any."""
    natural = draw.chance(own)[:, None]
    colours = []
    for paints in parts:
        typical, other = picked(draw, paints.removeprefix("=").split()), picked(draw, ANY)
        colours.append(typical if paints.startswith("=") else np.where(natural, typical, other))
    return np.stack(colours, 1)


def two_colours(draw: Draws, colour: np.ndarray) -> np.ndarray:
    """(B, 6): the colour (B, 3), and for the pattern a shade or a tint of it, or another."""
    shade = colour * draw(0.3, 0.6)[:, None]
    tint = colour + (0.9 - colour) * draw(0.35, 0.75)[:, None]
    other = picked(draw, ANY)
    which = draw()[:, None]
    return np.concatenate([colour, np.where(which < 0.4, shade, np.where(which < 0.75, tint, other))], 1)


def pattern(draw: Draws, kind: np.ndarray, periods: tuple[float, float], gloss: float) -> np.ndarray:
    """(B, 10): all of a material but its colours; `kind` (B,) is an index into PATTERNS."""
    way = draw.many(3) * 2 - 1
    way[np.arange(len(way)), draw.whole(3)] += 2.5  # mostly along one axis
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    bend = np.select([kind == PATTERNS.index("marble"), kind == PATTERNS.index("rings")], [0.45, 0.12], 0.0)
    shine = gloss * draw() * draw.chance(0.6)
    first = np.stack((kind, draw(*periods)), 1)
    return np.concatenate([first, way, np.stack((bend, shine, draw(35, 70), draw(0, 64), draw(0, 64)), 1)], 1)


def kinds(draw: Draws, names: Sequence[str], share: float = 1.0) -> np.ndarray:
    """(B,) indices into PATTERNS: with probability `share` one of the names, else plain."""
    choice = np.array([PATTERNS.index(name) for name in names])[draw.whole(len(names))]
    return np.where(draw.chance(share), choice, 0)
