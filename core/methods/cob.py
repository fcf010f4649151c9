"""Where one thing ends and another begins, and in which direction the boundary runs there: convolutional oriented
boundaries (Maninis et al. 2017, arXiv:1701.04658).

Side outputs of several resolutions are fused to one map of strength and a map for each of eight orientations. The paper
has two fusions, a coarse and a fine one, trains a small network for each orientation, and builds regions from both;
here one fusion learns strength and orientation together.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import flip, mirrored
from core.learning.boundaries import ods, skeletons, tallies, tangents, thinned
from core.learning.fit import Probe
from core.learning.objective import Metrics
from core.methods.sides import SideOutputs, balanced
from core.models.staged import Staged, as_pixels

ORIENTATIONS = 8  # bins of half a circle; the middle of the first is 0
ORIENTED = 0.1  # weight of the loss of the orientation


class OrientedBoundaries(SideOutputs):
    """Learns from pictures uint8 (N, H, W, 3) and where their boundaries are, bool (N, H, W); angles are those of
    `core.learning.boundaries`.
    """

    def __init__(self, network: Staged, pictures: np.ndarray, edges: np.ndarray, **how):
        super().__init__(network, 1 + ORIENTATIONS, **how)
        self.pictures, self.n = pictures, len(pictures)
        lines = np.stack([edges, tangents(edges)], 1)
        self.lines = torch.from_numpy(lines.astype(np.float32))  # (N, 2, H, W)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures, half of them mirrored, with their boundaries, 0 or 1, and angles (B, H, W)."""
        pixels = flip(as_pixels(self.pictures[indices.numpy()]), drawn).to(self.arithmetic.device)
        edges, angles = flip(self.lines[indices], drawn).to(self.arithmetic.device).unbind(1)
        turned = torch.where(mirrored(drawn).to(angles.device)[:, None, None], math.pi - angles, angles)
        return self.network.normalise(pixels), edges, turned

    def loss(self, batch: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, edges, angles = batch
        maps = self.maps(x)
        strength = balanced(maps[:, 0], edges)
        each = F.cross_entropy(maps[:, 1:], bins(angles), reduction="none")
        orientation = (each * edges).sum() / edges.sum().clamp(min=1)  # where there is no boundary there is none
        return strength + ORIENTED * orientation, {"strength_loss": strength, "orientation_loss": orientation}

    def said(self, pictures: np.ndarray) -> Tensor:
        """uint8 (N, H, W, 3) -> (N, 2, H, W): strength, 0..1, and angle."""
        maps = super().said(pictures)
        return torch.stack([maps[:, 0].sigmoid(), between(maps[:, 1:].softmax(1))], 1)

    def held_out(self, pictures: np.ndarray, edges: np.ndarray) -> Probe:
        """A probe: boundary F (ODS) of other pictures, thinned across the angles that are said."""
        truth = skeletons(edges)
        return lambda: {"f": ods(tallies(thinned(*strength_and_angles(self.said(pictures))), truth))}


def strength_and_angles(said: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2, H, W) -> strength and angles (N, H, W)."""
    strength, angles = said.numpy().transpose(1, 0, 2, 3)
    return strength, angles


def bins(angles: Tensor) -> Tensor:
    """The orientation that is nearest: pi is 0 again."""
    return (angles / math.pi * ORIENTATIONS).round().long() % ORIENTATIONS


def between(shares: Tensor) -> Tensor:
    """(N, ORIENTATIONS, H, W) -> (N, H, W): the mean angle; it is of doubled angles, as pi is 0 again."""
    doubled = 2 * math.pi / ORIENTATIONS * torch.arange(ORIENTATIONS).view(-1, 1, 1)
    mean = torch.atan2((shares * doubled.sin()).sum(1), (shares * doubled.cos()).sum(1)) / 2
    return mean % math.pi
