"""One scene seen at some size: what its labels and drawings are made of, each found once."""

from __future__ import annotations

import functools

import numpy as np

from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.rays import Hits, Picture
from core.worlds.toybox.scenes import Scene


class View:
    """A scene at `size` pixels a side. Directions are in the camera's frame: right, down, forward."""

    def __init__(self, scene: Scene, size: int):
        self.scene, self.size, self.picture = scene, size, Picture(scene, size)
        self.classes = [list(TOYS).index(one.toy.name) + 1 if one.toy.name in TOYS else 0 for one in scene.things]

    @functools.cached_property
    def at(self) -> np.ndarray:
        """(2, P): the middles of the pixels, -1..1 to the right and down."""
        middles = (np.arange(self.size, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / self.size) - 1
        return np.stack([np.tile(middles, self.size), np.repeat(middles, self.size)])

    @functools.cached_property
    def hits(self) -> Hits:
        return self.picture.meet(self.at)

    @functools.cached_property
    def which(self) -> np.ndarray:
        return self.grid(self.hits.which)

    @functools.cached_property
    def instance(self) -> np.ndarray:
        """(H, W) uint8: 0 is the room, 1 and up the things."""
        return self.grid(self.picture.thing_of[self.hits.which])

    @functools.cached_property
    def part(self) -> np.ndarray:
        """(H, W) uint8: 0 is the room, 1 and up the parts of a toy in the order of its declaration."""
        each = [thing.solids.part + 1 for thing in self.scene.things]
        room = np.zeros(len(self.picture.table) - self.picture.first[-1])
        return np.concatenate([*each, room]).astype(np.uint8)[self.which]

    @functools.cached_property
    def depth(self) -> np.ndarray:
        return self.grid(self.hits.t)

    @functools.cached_property
    def rays(self) -> np.ndarray:
        """(H, W, 3), of length 1 forward."""
        return self.grid(self.picture.camera @ self.hits.rays)

    @functools.cached_property
    def albedo(self) -> np.ndarray:
        return self.grid(self.hits.paint)

    @functools.cached_property
    def normal(self) -> np.ndarray:
        return self.grid(self.picture.camera @ self.hits.normal)

    @functools.cached_property
    def whole(self) -> np.ndarray:
        """(N, H, W) bool: each thing as if nothing stood before it."""
        return np.stack([self.grid(self.picture.alone(k, self.at)) for k in range(len(self.scene.things))])

    def grid(self, values: np.ndarray) -> np.ndarray:
        """(P,) or (n, P) -> (H, W) or (H, W, n)."""
        shaped = values.reshape(*values.shape[:-1], self.size, self.size)
        return shaped if values.ndim == 1 else np.moveaxis(shaped, 0, -1)

    def seen_from(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the room in the camera's frame."""
        return ((points - self.scene.camera.eye) @ self.scene.camera.axes.T).astype(np.float32)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Where points (..., 3) of the room appear, in pixels from the upper left corner: (..., 2) right and down."""
        return ((self.scene.camera.projected(points) + 1) * self.size / 2).astype(np.float32)
