"""Labels of two views of the same things, and of a clip: where each point of one picture is in another.

A point is followed by its place in the frame of the solid or wall that it lies on, so what moves is followed too. Both
scenes hold the same things in the same order; the room is followed only where it is the same room.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.worlds.toybox.draws import uniform
from core.worlds.toybox.rays import Hits, Picture
from core.worlds.toybox.scenes import Scene
from core.worlds.toybox.views import View

SAME = np.float32(0.01)  # toy lengths between a point and what is seen there, if it is the same


def camera_motion(one: Scene, other: Scene) -> np.ndarray:
    """(3, 4): [R | t] from the frame of one camera to that of the other: x' = R x + t."""
    turn = other.camera.axes @ one.camera.axes.T
    return np.concatenate([turn, (other.camera.axes @ (one.camera.eye - other.camera.eye))[:, None]], 1)


@np.errstate(all="ignore")
def followed(hits: Hits, other: Picture) -> tuple[np.ndarray, np.ndarray]:
    """Where points that were hit are in another picture: (P, 2), -1..1 right and down; and whether seen there (P,)."""
    now = other.columns.take(hits.which, 1)
    own = hits.own - now[9:12]
    points = np.stack([(now[[k, k + 3, k + 6]] * own).sum(0) for k in range(3)], 1)
    at = other.scene.camera.projected(points).astype(np.float32)
    depth = (points - other.eye) @ other.scene.camera.axes[2]
    seen = (depth > 0) & (np.abs(at) < 1).all(1)
    seen[seen] = np.abs(other.meet(at[seen].T).t - depth[seen]) < SAME
    return at, seen


def flow(one: Scene, other: Scene, size: int) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel's point moves: pixels right and down, float32 (H, W, 2); and whether it is seen then."""
    view = View(one, size)
    at, seen = followed(view.hits, Picture(other, size))
    return view.grid((at.T - view.at) * np.float32(size / 2)), view.grid(seen)


def matches(one: Scene, other: Scene, size: int, n: int, number: int = 0) -> np.ndarray:
    """Up to n points seen in both pictures, spread evenly over what both show: float32 (n, 4), pixels right and down in
    one, then in the other. `number` decides which.
    """
    moved, seen = flow(one, other, size)
    rows, columns = np.nonzero(seen)
    chosen = np.argsort(uniform(len(rows), number, 0))[:n]
    here = np.stack([columns[chosen], rows[chosen]], 1).astype(np.float32) + np.float32(0.5)
    return np.concatenate([here, here + moved[rows[chosen], columns[chosen]]], 1)


def tracks(scenes: Sequence[Scene], size: int, n: int, number: int = 0) -> np.ndarray:
    """Up to n points of the things in the first frame, through all frames: float32 (T, n, 3), pixels right and down,
    and 1 where the point is seen.
    """
    view = View(scenes[0], size)
    on_things = np.flatnonzero(view.picture.thing_of[view.hits.which])
    chosen = np.sort(on_things[np.argsort(uniform(len(on_things), number, 0))[:n]])
    hits = view.picture.meet(view.at[:, chosen])
    frames = [followed(hits, Picture(scene, size)) for scene in scenes]
    return np.stack([np.column_stack([(at + 1) * size / 2, seen]) for at, seen in frames]).astype(np.float32)
