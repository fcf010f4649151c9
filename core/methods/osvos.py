"""One-shot video object segmentation (Caelles et al. 2017, OSVOS, arXiv:1611.05198): a network that finds whatever is a
thing, the parent, is fine-tuned on one frame in which one thing is marked, and then finds it in every other frame, each
by itself. A second network of the same kind finds outlines, which correct the boundary of what the first has found.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor, nn

from core.learning.augment import augment, move_masks
from core.learning.fit import Probe
from core.learning.objective import Metrics
from core.learning.video_masks import region_overlap
from core.methods.sides import SideOutputs, balanced
from core.models.staged import Staged, as_pixels

CROPS = 2  # of the one frame, a step


class Foreground(SideOutputs):
    """The parent: at each pixel, whether there is a thing, whichever it is."""

    def __init__(self, network: Staged, pictures: np.ndarray, labels: np.ndarray, **how):
        """`pictures`: uint8 (N, H, W, 3); `labels`: whole numbers or bool (N, H, W), the number of the thing at each
        pixel, 0 for none; `how`: rates, seed, precision and device, as `SideOutputs` takes them.
        """
        super().__init__(network, 1, **how)
        self.n, self.pictures, self.labels = len(pictures), pictures, torch.from_numpy(labels.astype(np.uint8))

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Windows of the pictures, enlarged to their size, half of them mirrored, (B, 3, H, W) as the network sees
        them; and the truth (B, H, W), 0 or 1.
        """
        device = self.arithmetic.device
        pixels = augment(as_pixels(self.pictures[indices.numpy()]).to(device), "crop", drawn)
        truth = self.truth(move_masks(self.labels[indices], "crop", drawn))
        return self.network.normalise(pixels), truth.float().to(device)

    def truth(self, labels: Tensor) -> Tensor:
        """(B, H, W) -> bool"""
        return labels > 0

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, truth = batch
        return balanced(self.maps(x)[:, 0], truth), {}

    def held_out(self, pictures: np.ndarray, labels: np.ndarray) -> Probe:
        """A probe: the mean overlap of what it finds with the things of other pictures."""
        return lambda: {"j": float(region_overlap(probability(self, pictures) > 0.5, labels > 0).mean())}


class Outlines(Foreground):
    """The contour branch: at each pixel, whether one thing ends and another, or the room, begins beside it."""

    def truth(self, labels: Tensor) -> Tensor:
        from skimage.segmentation import find_boundaries

        return torch.from_numpy(np.stack([find_boundaries(each) for each in labels.numpy()]))


class OneShot(Foreground):
    """A copy of the parent that learns from one frame (H, W, 3), in which one thing is marked (H, W) bool.

    The statistics of BatchNorm stay those of the parent: two crops of one frame say little of other frames.
    """

    def __init__(self, parent: Staged, frame: np.ndarray, mask: np.ndarray, **how):
        super().__init__(copy.deepcopy(parent), np.stack([frame] * CROPS), np.stack([mask] * CROPS), **how)

    def train(self, mode: bool = True) -> OneShot:
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def probability(objective: SideOutputs, pictures: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3) -> float32 (N, H, W): how sure it is that what it looks for is there."""
    return objective.said(pictures)[:, 0].sigmoid().numpy()


def segmented(one: SideOutputs, outlines: SideOutputs | None, frame: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) -> bool (H, W): what it finds in a frame, by itself or corrected by outlines."""
    mask = probability(one, frame[None])[0] > 0.5
    return mask if outlines is None else snapped(mask, regions(probability(outlines, frame[None])[0]))


def regions(outline: np.ndarray) -> np.ndarray:
    """(H, W) how sure an outline is -> (H, W), numbers from 1: outlines are ridges between basins, and water that
    rises in each basin meets that of the others on them (the watershed, Vincent and Soille 1991, doi:10.1109/34.87344).
    The paper makes its regions in another way (ultrametric contour maps).
    """
    from skimage.segmentation import watershed

    return watershed(outline)


def snapped(mask: np.ndarray, basins: np.ndarray) -> np.ndarray:
    """(H, W) bool, (H, W) numbers from 1 -> (H, W) bool: a region as a whole, if most of its pixels are in the mask."""
    inside, size = (np.bincount(basins.ravel(), weights) for weights in (mask.ravel(), None))
    return (2 * inside > size)[basins]
