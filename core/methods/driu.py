"""The vessels of a retina (Maninis et al. 2016, Deep Retinal Image Understanding, arXiv:1609.01103): a base that named
whole pictures loses its last layers, and side outputs of its finer maps say for each pixel whether it is of a vessel.
Few pictures are enough, as each has many crops.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import ACROSS, AREA, DOWN, MIRROR
from core.learning.fit import Probe
from core.learning.objective import Metrics
from core.learning.overlap import dice
from core.learning.precision import evaluating
from core.methods.sides import SideOutputs, balanced
from core.models.staged import Staged, as_pixels

Full = Sequence[tuple[np.ndarray, np.ndarray]]  # pictures uint8 (H, W, 3) and masks uint8 (H, W), each of its own size
STEP = 32  # a picture is filled up to a multiple of so many pixels, as the coarsest maps want


class Vessels(SideOutputs):
    """Learns from crops of `crop` pixels, turned and mirrored; answers for whole pictures."""

    at, neighbours = 1.0, True  # vessels are a pixel wide

    def __init__(self, network: Staged, pictures: Full, crop: int = 160, **how):
        super().__init__(network, 1, **how)
        self.pictures, self.n = pictures, len(pictures)
        self.crop = min([crop, *(length for picture, _ in pictures for length in picture.shape[:2])])

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, C, C) as the network sees it, and (B, C, C): a crop of each picture."""
        crops = [self.cropped(int(k), chance) for k, chance in zip(indices, drawn, strict=True)]
        pixels, masks = (np.stack(each) for each in zip(*crops, strict=True))
        device = self.arithmetic.device
        x = self.network.normalise(as_pixels(pixels).to(device))
        return x, torch.from_numpy(masks.astype(np.float32)).to(device)

    def cropped(self, k: int, chance: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """(C, C, 3), (C, C): a square anywhere in picture `k`, in one of eight positions."""
        picture, mask = self.pictures[k]
        height, width = mask.shape
        top, left = int(chance[DOWN] * (height - self.crop + 1)), int(chance[ACROSS] * (width - self.crop + 1))
        turns, mirrored = int(chance[AREA] * 4), bool(chance[MIRROR] < 0.5)
        where = np.s_[top : top + self.crop, left : left + self.crop]
        cut = [np.rot90(array[where], turns) for array in (picture, mask)]
        first, second = (np.ascontiguousarray(each[:, ::-1] if mirrored else each) for each in cut)
        return first, second

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, masks = batch
        odds = self.maps(x)[:, 0]
        return balanced(odds, masks), {"dice": dice((odds > 0).cpu().numpy(), masks.cpu().numpy() > 0)}

    def probabilities(self, picture: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) -> float32 (H, W)"""
        height, width = picture.shape[:2]
        x = self.network.prepare(picture[None])
        x = F.pad(x, (0, -width % STEP, 0, -height % STEP), mode="reflect")
        with evaluating(self):
            return self.maps(x)[0, 0, :height, :width].sigmoid().cpu().numpy()

    def seen_by_stage(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        """stage -> float32 (H, W), 0 to 1: how much is read there, of a square picture of a multiple of 32 pixels."""
        with evaluating(self):
            read = [side.mean(1)[0] for side in self.sides(self.network.prepare(picture[None]))]
        return {
            stage: (side / side.max().clamp(min=1e-6)).cpu().numpy()
            for stage, side in zip(self.stages, read, strict=True)
        }

    def held_out(self, pictures: Full) -> Probe:
        """A probe: the overlap of vessels, at one half, on other pictures."""

        def probe() -> dict[str, float]:
            return {"dice": float(np.mean([dice(self.probabilities(one) > 0.5, mask > 0) for one, mask in pictures]))}

        return probe


THRESHOLDS = np.arange(0.05, 1, 0.05)


def best_threshold(probabilities: Sequence[np.ndarray], masks: Sequence[np.ndarray]) -> float:
    """Where the mean Dice is largest: to be chosen on the pictures that were learned from."""
    pairs = list(zip(probabilities, masks, strict=True))
    scores = [np.mean([dice(p > threshold, mask > 0) for p, mask in pairs]) for threshold in THRESHOLDS]
    return float(THRESHOLDS[int(np.argmax(scores))])


def precision_recall(probabilities: Sequence[np.ndarray], masks: Sequence[np.ndarray]) -> list[tuple[float, float]]:
    """(precision, recall) of the pixels of all pictures at each of `THRESHOLDS`."""
    said, truth = np.concatenate([p.ravel() for p in probabilities]), np.concatenate([m.ravel() > 0 for m in masks])
    points = []
    for threshold in THRESHOLDS:
        found = said > threshold
        right = (found & truth).sum()
        points.append((float(right / max(found.sum(), 1)), float(right / max(truth.sum(), 1))))
    return points
