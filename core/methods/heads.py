"""One convolution of 1 × 1 on frozen feature maps, read in three ways: a class, a box, a mask.

Maps of several stages, brought to one resolution and stacked, are hypercolumns (Hariharan et al. 2015,
arXiv:1411.5752). A class is told by the mean over place, as in class activation maps (Zhou et al. 2016,
arXiv:1512.04150). Each side of a box is the expected place of a heat map, a soft argmax (Sun et al. 2018,
arXiv:1711.08229). A mask is a score a pixel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.learning.features import maps
from core.learning.fit import fit
from core.learning.objective import Metrics, Objective
from core.models.staged import Staged

STEPS, RATE, DECAY = 200, 2e-2, 0.1  # of 8 to 16 labels on the toybox: half the rate or ten times the decay gave less
SLACK = 0.05  # of the picture: errors below it count by their square


def hypercolumns(network: Staged, pictures: np.ndarray, stages: Sequence[str]) -> Tensor:
    """uint8 (N, H, W, 3) -> float32 (N, D, h, w): the maps of these stages at the resolution of the first of them."""
    given = maps(network, pictures, stages, pooled=False, precision="float32")
    side = given[stages[0]].shape[-1]
    return torch.cat([_resized(given[stage], side) for stage in stages], 1)


def averaged(scores: Tensor) -> Tensor:
    """(N, K, h, w) -> (N, K): class scores."""
    return scores.mean((2, 3))


def sides(scores: Tensor) -> Tensor:
    """(N, 4, h, w) -> (N, 4): left, top, right, bottom as shares of the picture, each the expected place of its map."""
    n, _, height, width = scores.shape
    there = scores.flatten(2).softmax(2).view(n, 4, height, width)
    across = there.sum(2) @ _middles(width).to(there)  # (N, 4)
    down = there.sum(3) @ _middles(height).to(there)
    return torch.stack([across[:, 0], down[:, 1], across[:, 2], down[:, 3]], 1)


def pixels(scores: Tensor) -> Tensor:
    """(N, 1, h, w) -> (N, h, w): the log-odds that a place belongs to the object."""
    return scores[:, 0]


@dataclasses.dataclass(frozen=True)
class Reading:
    """How the maps of the head are read, and what is lost when the answer is not the label."""

    read: Callable[[Tensor], Tensor]
    loss: Callable[[Tensor, Tensor], Tensor]
    say: Callable[[Tensor, int], Tensor]  # (answers, pixels a side of a mask) -> class, box or mask
    maps: int  # of the head; 0: one a class


def place_loss(answers: Tensor, labels: Tensor) -> Tensor:
    """Of the sides of boxes: squared when small, linear when large, so that one bad label does not rule."""
    return F.smooth_l1_loss(answers, labels, beta=SLACK)


def mask_loss(answers: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy a pixel; answers (N, h, w) are enlarged to labels (N, H, W) of 0 and 1."""
    return F.binary_cross_entropy_with_logits(_resized(answers[:, None], labels.shape[-1])[:, 0], labels)


READINGS = {
    "class": Reading(averaged, F.cross_entropy, lambda scores, size: scores.argmax(1), 0),
    "box": Reading(sides, place_loss, lambda boxes, size: boxes, 4),
    "mask": Reading(pixels, mask_loss, lambda odds, size: _resized(odds[:, None], size)[:, 0] > 0, 1),
}


class MapHead(nn.Module):
    """The 1 × 1 convolution, its reading, and an offset to each answer. It starts at zero: no map prefers a place."""

    mean: Tensor  # (1, D, 1, 1) of the maps that are learned from, and their deviation
    deviation: Tensor

    def __init__(self, reading: Reading, maps: Tensor, outputs: int):
        super().__init__()
        self.reading = reading
        self.register_buffer("mean", maps.mean((0, 2, 3), keepdim=True))
        self.register_buffer("deviation", maps.std((0, 2, 3), keepdim=True) + 1e-2)
        self.convolution = nn.Conv2d(maps.shape[1], outputs, 1, bias=False)
        self.offset = nn.Parameter(torch.zeros(outputs))
        nn.init.zeros_(self.convolution.weight)

    def forward(self, maps: Tensor) -> Tensor:
        answers = self.reading.read(self.convolution((maps - self.mean) / self.deviation))
        return answers + self.offset


class HeadOnMaps(Objective):
    """A head that learns from the labels of hypercolumns (N, D, h, w), in float32.

    Labels: of a class (N,) int64, of boxes (N, 4) shares of the picture, of masks (N, H, W) 0 or 1.
    """

    rate = RATE

    def __init__(self, kind: str, maps: Tensor, labels: Tensor, classes: int = 0):
        super().__init__("float32")
        reading = READINGS[kind]
        self.head, self.n = MapHead(reading, maps, reading.maps or classes), len(maps)
        self.maps, self.labels = maps, labels

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        return self.maps[indices].to(self.arithmetic.device), self.labels[indices].to(self.arithmetic.device)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        maps, labels = batch
        return self.head.reading.loss(self.head(maps), labels), {}


def teach(kind: str, maps: Tensor, labels: Tensor, classes: int = 0, steps: int = STEPS) -> MapHead:
    """A head that has learned all of these labels in every step."""
    objective = HeadOnMaps(kind, maps, labels, classes)
    for _ in fit(objective, steps=steps, batch_size=len(maps), weight_decay=DECAY, schedule="cosine"):
        pass
    return objective.head


@torch.no_grad()
def answers(head: MapHead, maps: Tensor, size: int) -> np.ndarray:
    """What the head says: classes (N,), boxes (N, 4) as shares of the picture, or masks (N, size, size) bool."""
    return head.reading.say(head(maps), size).numpy()


def _middles(n: int) -> Tensor:
    return (torch.arange(n) + 0.5) / n


def _resized(maps: Tensor, side: int) -> Tensor:
    """(N, C, h, w) -> (N, C, side, side), bilinearly."""
    if maps.shape[-1] == side:
        return maps
    return F.interpolate(maps, size=(side, side), mode="bilinear", align_corners=False)
