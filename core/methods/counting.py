"""What is counted in four tiles, added, is what is counted in the picture (Noroozi et al. 2017, arXiv:1708.06734)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.puzzle import Choice
from core.models.heads import attach

TILES, COUNTED = 4, 64  # tiles of a picture; kinds of things that are counted
MARGIN = 10.0  # how far the count of another picture must be


class Counting(Choice):
    """The head "count" says how many there are of each kind, at least none."""

    def side(self, size: int) -> int:
        return size // 2

    def add_heads(self, wide: int) -> None:
        if "count" not in self.network.heads:
            sizes = {"inputs": wide, "hidden": 2 * wide, "outputs": COUNTED}
            attach(self.network, "count", "projection", self.options.seed, **sizes)

    def batch(self, indices: Tensor, drawn: Tensor) -> Tensor:
        """(B, 5, 3, s, s): the tiles of each picture, and the whole, made as small."""
        asked, right = self.question(*self.seen(indices, drawn))
        return self.normalised(torch.cat([asked, right[:, None]], 1))

    def loss(self, pieces: Tensor) -> tuple[Tensor, Metrics]:
        """The sum of the tiles is near to the whole, and far from another picture's."""
        counts = self.counts(pieces)
        total, whole = counts[:, :TILES].sum(1), counts[:, TILES]
        near, far = ((other - total).square().sum(1) for other in (whole, whole.roll(1, 0)))
        return (near + F.relu(MARGIN - far)).mean(), {"near": near.mean(), "far": far.mean()}

    def question(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Its four quarters, and the picture at half its size."""
        half = pixels.shape[-1] // 2
        quarters = [pixels[..., y : y + half, x : x + half] for y in (0, half) for x in (0, half)]
        return torch.stack(quarters, 1), F.avg_pool2d(pixels[..., : 2 * half, : 2 * half], 2)

    def scores(self, pieces: Tensor) -> Tensor:
        """(P, 8, 3, s, s) -> (P, 4): how near each whole is to the sum of the tiles."""
        counts = self.counts(pieces)
        return -(counts[:, TILES:] - counts[:, :TILES].sum(1, keepdim=True)).square().sum(2)

    def counts(self, pieces: Tensor) -> Tensor:
        """(P, parts, 3, s, s) -> (P, parts, COUNTED)"""
        x = pieces.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        return F.relu(self.network.heads["count"](self.codes(x))).view(*pieces.shape[:2], COUNTED)
