"""Keypoints: a point on every solid of a toy, the same one on every toy of its class.

The point is an end or a side of the solid: the first one, in this order, that no other solid of the class's typical toy
covers. On a limb that is where it was drawn to: a foot, the tip of an ear, the spout.
"""

from __future__ import annotations

import functools

import numpy as np

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.scenes import Thing, standing
from core.worlds.toybox.toys import Toy
from core.worlds.toybox.views import View

BEFORE = 0.012  # toy lengths in front of a keypoint, nearer than which something does not hide it


@functools.cache
def chosen(toy: Toy) -> np.ndarray:
    """(K,): which of a solid's ends is its keypoint."""
    solids = standing(toy, Draws.middle(), Draws.middle())[0]
    ends = solids.ends()
    covered = solids.contains(ends.reshape(-1, 3)).reshape(len(ends), *ends.shape[:2])
    covered[np.arange(len(ends)), np.arange(len(ends))] = False  # a solid does not cover its own
    return covered.any(0).argmin(1)


def in_room(thing: Thing) -> np.ndarray:
    """(K, 3): the keypoints of a thing."""
    which = chosen(thing.toy)
    return thing.placed.ends()[np.arange(len(which)), which]


def keypoints(view: View) -> np.ndarray:
    """(N, K, 6) float32: right and down in pixels, 1 if seen, and the place in the camera's frame; K is that of the
    thing with most, and what a thing has not is NaN.
    """
    each = [in_room(thing) for thing in view.scene.things]
    found = np.full((len(each), max(map(len, each)), 6), np.nan, np.float32)
    for rows, points in zip(found, each, strict=True):
        at = view.scene.camera.projected(points).astype(np.float32)
        place = view.seen_from(points)
        clear = view.picture.meet(at.T).t > place[:, 2] - BEFORE
        rows[: len(points)] = np.concatenate(
            [view.pixels(points), (clear & (np.abs(at) < 1).all(1))[:, None], place], 1
        )
    return found
