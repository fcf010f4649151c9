"""How far two boxes, or two masks, are the same: intersection over union (Jaccard 1912). numpy only.

Boxes are (..., 4) left, top, right, bottom; masks are (..., H, W) bool.
"""

from __future__ import annotations

import numpy as np


def box_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(..., 4), (..., 4) -> (...): the overlap of each pair, 0 where they do not meet or neither has an area."""
    inner = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    both = _area(*inner)
    either = _area(a[..., :2], a[..., 2:]) + _area(b[..., :2], b[..., 2:]) - both
    return both / np.where(either > 0, either, 1)


def mask_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(..., H, W), (..., H, W) -> (...); two empty masks are the same."""
    both, either = (a & b).sum((-2, -1)), (a | b).sum((-2, -1))
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Twice what two masks share, of both together (Dice 1945, doi:10.2307/1932409); two empty masks are the same."""
    both = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / both if both else 1.0


def confusions(said: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """uint8 (N, H, W), (N, H, W) -> (N, C, C): of each picture how many pixels of class i were said to be j."""
    pairs = truth.reshape(len(truth), -1).astype(np.int64) * classes + said.reshape(len(said), -1)
    counts = [np.bincount(row, minlength=classes * classes) for row in pairs]
    return np.reshape(counts, (-1, classes, classes))


def mean_iou(confusion: np.ndarray) -> float:
    """Of the pixels (..., C, C) of all pictures together: the mean over the classes that there are, background too, of
    intersection over union.
    """
    both = np.diagonal(confusion, axis1=-2, axis2=-1)
    either = confusion.sum(-1) + confusion.sum(-2) - both
    there = confusion.sum(-1) > 0
    return np.where(there, both / np.maximum(either, 1), 0).sum(-1) / np.maximum(there.sum(-1), 1)


def polygon_mask(points: np.ndarray, size: int) -> np.ndarray:
    """(P, 2) corners, 0..1 to the right and down -> (size, size) bool: the pixels whose middle lies inside.

    A middle is inside where a ray to its right crosses the closed outline an odd number of times, so a line that
    crosses itself leaves a hole.
    """
    corners = np.asarray(points, float) * size
    x, y = corners.T  # (P,)
    next_x, next_y = np.roll(corners, -1, 0).T
    middles = np.arange(size) + 0.5
    crossed = (y > middles[:, None]) != (next_y > middles[:, None])  # (H, P): the edge crosses the row of middles
    slope = (next_x - x) / np.where(next_y == y, 1, next_y - y)
    where = x + (middles[:, None] - y) * slope  # (H, P)
    right = crossed[:, None] & (where[:, None] > middles[:, None])  # (H, W, P)
    return right.sum(-1) % 2 == 1


def _area(upper_left: np.ndarray, lower_right: np.ndarray) -> np.ndarray:
    return np.maximum(lower_right - upper_left, 0).prod(-1)
