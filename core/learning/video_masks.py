"""How good the masks of a video are: J, the overlap of regions, and F, the agreement of their boundaries (Perazzi et
al. 2016, doi:10.1109/CVPR.2016.85). numpy and scipy only. Masks are (T, H, W) bool, T frames.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

from core.learning.boundaries import disk
from core.learning.overlap import mask_iou

TOLERANCE = 2.0  # pixels: DAVIS allows .008 of the diagonal, rounded up, which are 2 of a frame of 96


def region_overlap(said: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """J of each frame (T,): intersection over union; two empty masks are the same."""
    return mask_iou(said, truth)


def boundary_f(said: np.ndarray, truth: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """F of each frame (T,): the harmonic mean of the share of the boundary that is said which lies within `tolerance`
    pixels of the true one, and of the share of the true one that lies so near to what is said.

    Two masks without a boundary agree; one with and one without do not.
    """
    return np.array([_agreement(*pair, tolerance) for pair in zip(outlines(said), outlines(truth), strict=True)])


def outlines(labels: np.ndarray) -> np.ndarray:
    """(..., H, W) of masks, or of whole numbers -> bool: the pixels that differ from their neighbour to the right,
    below or between these two. What the edge of the picture cuts off has no outline there.
    """
    ahead = np.pad(labels, (*((0, 0),) * (labels.ndim - 2), (0, 1), (0, 1)), mode="edge")
    right, below, across = ahead[..., :-1, 1:], ahead[..., 1:, :-1], ahead[..., 1:, 1:]
    return (labels != right) | (labels != below) | (labels != across)


def _agreement(said: np.ndarray, truth: np.ndarray, tolerance: float) -> float:
    """Of two boundaries (H, W) bool."""
    if not said.any() or not truth.any():
        return float(said.any() == truth.any())
    reach = disk(tolerance)
    precision = binary_dilation(truth, reach)[said].mean()
    recall = binary_dilation(said, reach)[truth].mean()
    both = precision + recall
    return float(2 * precision * recall / both) if both else 0.0
