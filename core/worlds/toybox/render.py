"""From scenes to pictures, one at a time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.worlds.toybox.rays import Picture
from core.worlds.toybox.scenes import Scene
from core.worlds.toybox.styles import LOOKS
from core.worlds.toybox.views import View

RAYS = 4096  # traced at once, so that temporary arrays stay in a processor's cache
CONTRAST = 0.2  # between neighbouring pixels, beyond which both are averaged over more rays
FEW = ((-0.33, -0.17), (0.33, 0.17))  # where those rays go, in pixels from the middle of theirs: for networks
MANY = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))  # and for people
Extra = tuple[tuple[float, float], ...]


def render(scenes: Iterable[Scene], size: int, extra: Extra = FEW) -> np.ndarray:
    """uint8 (B, size, size, 3), RGB; where neighbouring pixels differ, averaged over the `extra` rays as well."""
    return np.stack([drawn(View(scene, size), extra) for scene in scenes])


def drawn(view: View, extra: Extra = FEW) -> np.ndarray:
    """uint8 (size, size, 3)."""
    light = _light(view, np.array(extra, np.float32).reshape(-1, 2))
    return (np.sqrt(light.clip(0, 1)) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)


def _light(view: View, extra: np.ndarray) -> np.ndarray:
    """Linear RGB (3, size, size)."""
    look, size, at = LOOKS[view.scene.style], view.size, view.at
    if look.drawing:
        light = look.drawing(view.picture)
    else:
        first = look.shade(view.hits) if at.shape[1] <= RAYS else seen(view.picture, at)
        light = first.reshape(3, size, size).copy()
        rough = edges(light)
        more = at[:, None, rough.ravel()] + np.float32(2 / size) * extra.T[:, :, None]
        if more.size:
            light[:, rough] += seen(view.picture, more.reshape(2, -1)).reshape(3, len(extra), -1).sum(1)
            light[:, rough] /= len(extra) + 1
    return look.develop(light, view.scene) if look.develop else light


def seen(picture: Picture, at: np.ndarray) -> np.ndarray:
    """Linear RGB (3, P) at points (2, P) of the picture."""
    shade = LOOKS[picture.scene.style].shade
    parts = [at[:, start : start + RAYS] for start in range(0, at.shape[1], RAYS)]
    return np.concatenate([shade(picture.meet(part)) for part in parts], 1)


def edges(light: np.ndarray) -> np.ndarray:
    """(3, H, W) -> (H, W): pixels that differ from a neighbour."""
    rough = np.zeros(light.shape[1:], bool)
    down = (np.abs(light[:, 1:] - light[:, :-1]) > CONTRAST).any(0)
    across = (np.abs(light[:, :, 1:] - light[:, :, :-1]) > CONTRAST).any(0)
    rough[1:] |= down
    rough[:-1] |= down
    rough[:, 1:] |= across
    rough[:, :-1] |= across
    return rough
