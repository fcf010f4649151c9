"""Styles: the same geometry with another look, for domain adaptation. A style is a row of `LOOKS`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from core.worlds.toybox.draws import uniform
from core.worlds.toybox.edges import creases, occlusion_edges
from core.worlds.toybox.rays import Hits, Picture
from core.worlds.toybox.scenes import Scene
from core.worlds.toybox.views import View

MOONLIGHT, DARK = np.array((0.20, 0.26, 0.42), np.float32)[:, None], np.float32(0.16)
HAZE, WASHED = np.float32(0.22), np.float32(0.55)  # the least light of a washed-out picture, and its contrast
NOISE, NIGHT_NOISE = 0.04, 0.006  # standard deviation of a pixel, linear
INK, PAPER = np.float32(0.03), np.array((0.93, 0.91, 0.86), np.float32)[:, None, None]
GRAIN = 10_000  # the stream of a picture's noise
FINE = 3  # a drawing's lines are found on so many times as many pixels a side


@dataclasses.dataclass(frozen=True)
class Look:
    """shade: linear RGB (3, P) of rays; develop: what the camera makes of the picture (3, H, W); drawing: the picture
    itself, for styles that are not made ray by ray.
    """

    shade: Callable[[Hits], np.ndarray]
    develop: Callable[[np.ndarray, Scene], np.ndarray] | None = None
    drawing: Callable[[Picture], np.ndarray] | None = None


def shaded(hits: Hits) -> np.ndarray:
    return hits.paint * hits.light + hits.shine


def moonlit(hits: Hits) -> np.ndarray:
    return hits.paint * hits.light * MOONLIGHT + DARK * hits.shine


def flat(hits: Hits) -> np.ndarray:
    """The first colour of each part, without pattern, light or shadow."""
    return hits.table[21:24]


def noisy(light: np.ndarray, scene: Scene) -> np.ndarray:
    return light + NIGHT_NOISE * grain(light.shape, scene)


def washed_out(light: np.ndarray, scene: Scene) -> np.ndarray:
    """Little contrast and colour, and the noise of a cheap sensor."""
    grey = light.mean(0, keepdims=True)
    return HAZE + WASHED * (0.6 * light + 0.4 * grey) + NOISE * grain(light.shape, scene)


def grain(shape: tuple[int, ...], scene: Scene) -> np.ndarray:
    """Normal noise that depends on the scene alone: the sum of four uniform numbers, brought to a deviation of 1."""
    even = uniform(4 * int(np.prod(shape)), scene.grain, GRAIN).reshape(4, *shape)
    return ((even.sum(0) - 2) * np.sqrt(3)).astype(np.float32)


def line_drawing(picture: Picture) -> np.ndarray:
    """Ink on paper, where surfaces end, meet or bend sharply."""
    view = View(picture.scene, picture.size * FINE)
    lines = (occlusion_edges(view) | creases(view)).reshape(picture.size, FINE, picture.size, FINE).mean((1, 3))
    ink = np.minimum(lines * np.float32(1.6), 1).astype(np.float32)
    return PAPER + (INK - PAPER) * ink


LOOKS = {
    "default": Look(shaded),
    "lines": Look(flat, drawing=line_drawing),
    "night": Look(moonlit, noisy),
    "camera": Look(shaded, washed_out),
    "flat": Look(flat),
}
