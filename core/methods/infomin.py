"""Which views? InfoNCE (van den Oord et al. 2018, arXiv:1807.03748) on views that are chosen: pairs that are given, and
crops and colours of one picture. What both views share is what a code can learn; how much that is, the loss bounds:
I(v1; v2) >= log N - loss, which cannot exceed log N (Tian et al. 2020, arXiv:2005.10243).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.learning.augment import AREA, GREY, JITTER, MIRROR, crop, jitter
from core.learning.objective import Metrics
from core.methods.catalog import Options
from core.methods.views import Views, alike
from core.models.staged import Staged, as_pixels

SHARPEST, FIRST = 50.0, 5.0  # inverse temperature: the most it may be, and where it begins
SMALLEST = 0.6  # of the picture, the window of a given view: from .5 the class was read a point less well (one seed)


class ChosenViews(Views):
    """Two views of N pairs, uint8 (N, S, S, 3) each, seen through a window. The temperature is learned
    (arXiv:2103.00020).

    `scale`: the logarithm of its inverse, of another objective that this one measures.
    """

    def __init__(
        self, network: Staged, pictures: np.ndarray, options: Options, *,
        scale: nn.Parameter | None = None, **place: Any,
    ):  # fmt: skip
        super().__init__(network, pictures, options, **place)
        self.scale = nn.Parameter(torch.tensor(math.log(FIRST))) if scale is None else scale

    def batch(self, indices: Tensor, drawn: Tensor) -> Tensor:
        """(2 B, 3, S, S): the first views of all pairs, then the others."""
        device, seen = self.arithmetic.device, []
        for source, chance in zip(self.sources, drawn, strict=True):
            mirrored = chance if self.mirrors else chance.index_fill(1, torch.tensor([MIRROR]), 1.0)
            seen.append(self.view(as_pixels(source[indices.numpy()]).to(device), mirrored.to(device)))
        return self.network.normalise(torch.cat(seen)).contiguous(memory_format=torch.channels_last)

    def view(self, pixels: Tensor, chance: Tensor) -> Tensor:
        """(N, 3, S, S) in 0..255 -> the same size, by the chance (N, DRAWS): most of it, so that no pixels match."""
        return crop(pixels, chance, SMALLEST)

    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        one, other = (F.normalize(z, dim=1) for z in self.project(x).chunk(2))  # (B, D) each
        loss = chosen_info_nce(one, other, self.scale.exp().clamp(max=SHARPEST))
        return loss, {"information": math.log(len(one)) - loss.detach(), **alike(one, other)}

    def measuring(self, pictures: np.ndarray, others: np.ndarray | None = None, **place: Any) -> ChosenViews:
        """The same networks on pairs that are not learned from."""
        return type(self)(self.network, pictures, self.options, scale=self.scale, others=others, **place)


def chosen_info_nce(one: Tensor, other: Tensor, scale: Tensor) -> Tensor:
    """Which of the N other views (N, D) belongs to each, asked in both directions; all have length 1, `scale` is the
    inverse temperature. The one positive is in its own place, the N - 1 negatives are of other pairs.
    """
    logits = one @ other.T * scale  # (N, N), the positives on the diagonal
    own = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


class CropsAndColours(ChosenViews):
    """Two windows of a picture, each a `share` of its area, in other colours: at strength 1 as SimCLR's jitter, at 0 as
    they are. One in two is mirrored where pictures may be.
    """

    def __init__(self, *those: Any, share: float, strength: float, **others: Any):
        super().__init__(*those, **others)
        self.share, self.strength = share, strength

    def measuring(self, pictures: np.ndarray, others: np.ndarray | None = None, **place: Any) -> ChosenViews:
        return super().measuring(pictures, others, share=self.share, strength=self.strength, **place)

    def view(self, pixels: Tensor, chance: Tensor) -> Tensor:
        where, colours = chance.clone(), 0.5 + self.strength * (chance - 0.5)
        where[:, AREA] = 0.0  # the smallest window: all are of one size
        colours[:, [JITTER, GREY, MIRROR]] = colours.new_tensor([0.0, 1.0, 1.0])  # all of them, no grey, not once more
        return jitter(crop(pixels, where, self.share), colours)
