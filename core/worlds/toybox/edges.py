"""Where neighbouring pixels differ: edges of depth, paint and shape, and the segments between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.worlds.toybox.views import View

SHAPE_JUMP = np.float32(0.02)  # toy lengths of depth, beyond what a surface's own slope explains
PAINT_JUMP = np.float32(0.12)  # of linear RGB between neighbours
CREASE = np.float32(0.82)  # cosine between the normals of neighbours, below which a surface bends sharply
Place = tuple[slice, slice]
Differ = Callable[[Place, Place], np.ndarray]
EVERY, FIRST, LAST = slice(None), slice(None, -1), slice(1, None)
NEIGHBOURS = (((FIRST, EVERY), (LAST, EVERY)), ((EVERY, FIRST), (EVERY, LAST)))


def depth_jumps(view: View) -> Differ:
    """Whether depth jumps: two surfaces, continued towards each other, do not meet between the two pixels.

    Two planes that meet in a crease cross there, however steeply they are seen, so a crease is no jump.
    """

    @np.errstate(all="ignore")
    def jumps(here: Place, there: Place) -> np.ndarray:
        one = view.depth[here] - _continued(view, there, here)
        other = _continued(view, here, there) - view.depth[there]
        far = np.minimum(np.abs(one), np.abs(other)) > SHAPE_JUMP
        return (view.which[here] != view.which[there]) & far & (one * other > 0)

    return jumps


@np.errstate(all="ignore")  # a ray along the plane meets it nowhere
def _continued(view: View, here: Place, there: Place) -> np.ndarray:
    """The depth of the surface at `here`, continued as a plane to the pixel `there`."""
    normal = view.normal[here]
    return view.depth[here] * (normal * view.rays[here]).sum(-1) / (normal * view.rays[there]).sum(-1)


def bends(view: View) -> Differ:
    def sharply(here: Place, there: Place) -> np.ndarray:
        return (view.normal[here] * view.normal[there]).sum(-1) < CREASE

    return sharply


def paint_changes(view: View) -> Differ:
    """Whether the paint changes within one surface."""

    def changes(here: Place, there: Place) -> np.ndarray:
        apart = (np.abs(view.albedo[here] - view.albedo[there]) > PAINT_JUMP).any(-1)
        return (view.which[here] == view.which[there]) & apart

    return changes


def other_paint(view: View) -> Differ:
    """Whether the paint changes, on one surface or from one to the next."""

    def changes(here: Place, there: Place) -> np.ndarray:
        return (np.abs(view.albedo[here] - view.albedo[there]) > PAINT_JUMP).any(-1)

    return changes


def occlusion_edges(view: View) -> np.ndarray:
    return _edges(view.size, depth_jumps(view))


def texture_edges(view: View) -> np.ndarray:
    return _edges(view.size, paint_changes(view))


def creases(view: View) -> np.ndarray:
    """Where surfaces bend sharply, or another part begins."""
    part, bent = view.part, bends(view)
    return _edges(view.size, lambda here, there: bent(here, there) | (part[here] != part[there]))


def segments_2d(view: View) -> np.ndarray:
    return _regions(view.size, other_paint(view))


def segments_25d(view: View) -> np.ndarray:
    jumps, bent = depth_jumps(view), bends(view)
    return _regions(view.size, lambda here, there: jumps(here, there) | bent(here, there))


def _edges(size: int, differ: Differ) -> np.ndarray:
    """(H, W) bool: both pixels of each pair of neighbours, beside or below one another, that differ."""
    edges = np.zeros((size, size), bool)
    for here, there in NEIGHBOURS:
        found = differ(here, there)
        edges[here] |= found
        edges[there] |= found
    return edges


def _regions(size: int, differ: Differ) -> np.ndarray:
    """(H, W) int32: regions of neighbours that do not differ, numbered from 0 in reading order."""
    from scipy.ndimage import label

    joined = np.zeros((2 * size - 1, 2 * size - 1), bool)  # pixels at even places, and between them whether they join
    joined[::2, ::2] = True
    (rows, columns) = NEIGHBOURS
    joined[1::2, ::2], joined[::2, 1::2] = ~differ(*rows), ~differ(*columns)
    return label(joined)[0][::2, ::2].astype(np.int32) - 1
