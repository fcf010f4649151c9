"""One half of the encoder sees how light a picture is and says its colours; the other sees the colours and says how
light it is (Zhang et al. 2017, arXiv:1611.09842). Both are asked in bins, as classes.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import BLUR, LUMA
from core.learning.objective import Metrics
from core.methods.puzzle import CHOICES, Choice
from core.models.heads import attach
from core.models.labresnet import to_lab
from core.models.staged import Staged, activations

LIGHT = 10  # bins of L, 0..100
SIDE, REACH = 8, 80  # bins of a, and as many of b, from -REACH to REACH; what is beyond is in the last


class SplitBrain(Choice):
    """The heads "colours" and "lightness" give, at each place of the last maps, a score to each bin."""

    def add_heads(self, wide: int) -> None:
        for name, outputs in {"colours": SIDE * SIDE, "lightness": LIGHT}.items():
            if name not in self.network.heads:
                attach(self.network, name, "dense", self.options.seed, inputs=wide // 2, outputs=outputs)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) as the network sees them, and in 0..255."""
        pixels, _ = self.seen(indices, drawn)
        return self.network.normalise(pixels).contiguous(memory_format=torch.channels_last), pixels

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, pixels = batch
        colours, lightness = self.said(x)
        truth = bins(pixels, colours.shape[-1])
        lost = [F.cross_entropy(scores, bin) for scores, bin in zip((colours, lightness), truth, strict=True)]
        return lost[0] + lost[1], {"colours": lost[0], "lightness": lost[1]}

    def said(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, S, S) -> scores of the colours, by the half that sees the lightness, and of the lightness, by the
        other: (N, bins, h, w) each.
        """
        with self.arithmetic.autocast():
            last = activations(self.network, x, [self.network.names[-1]])[self.network.names[-1]]
        light, colourful = last.float().chunk(2, 1)
        return self.network.heads["colours"](light), self.network.heads["lightness"](colourful)

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The picture in grey, and in its own and three other colours: its hues turned by quarters of the circle."""
        answers = (drawn[:, BLUR] * CHOICES).long()
        return torch.cat([grey(pixels)[:, None], recoloured(pixels, answers)], 1), answers

    def scores(self, pieces: Tensor) -> Tensor:
        """(P, 5, 3, S, S) -> (P, 4): how probable each picture's colours are, to who sees the grey one."""
        colours, _ = self.said(pieces[:, 0].contiguous(memory_format=torch.channels_last))
        return likelihood(colours.log_softmax(1), denormalised(pieces[:, 1:], self.network))


def likelihood(told: Tensor, candidates: Tensor) -> Tensor:
    """Of the colours of pictures (P, C, 3, S, S) in 0..255, under log-probabilities of the bins (P, bins, h, w):
    (P, C), the mean over the places.
    """
    chosen = bins(candidates.flatten(0, 1), told.shape[-1])[0]
    return told.gather(1, chosen.view(*candidates.shape[:2], *told.shape[-2:])).mean((2, 3))


def denormalised(x: Tensor, network: Staged) -> Tensor:
    """(..., 3, S, S) as the network sees them -> in 0..255"""
    known = network.preprocessing
    mean, std = (x.new_tensor(v).view(3, 1, 1) for v in (known.mean, known.std))
    return x * std + mean


def grey(pixels: Tensor) -> Tensor:
    """(N, 3, S, S) -> the same without colours"""
    return torch.einsum("c,nchw->nhw", pixels.new_tensor(LUMA), pixels)[:, None].expand_as(pixels)


def recoloured(pixels: Tensor, answers: Tensor) -> Tensor:
    """(P, 3, S, S) -> (P, CHOICES, 3, S, S): in the own colours at the place that the answer says, and in three others:
    the hues turned by quarters of the circle.
    """
    turned = torch.stack([hues(pixels, k * math.tau / CHOICES) for k in range(CHOICES)], 1)
    places = (torch.arange(CHOICES, device=pixels.device) - answers[:, None]) % CHOICES
    return turned[torch.arange(len(pixels), device=pixels.device)[:, None], places]


def bins(pixels: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """(N, 3, S, S) in 0..255 -> the bins of the colours and of the lightness, (N, side, side) each."""
    lab = F.adaptive_avg_pool2d(to_lab(pixels), side)
    across, down = ((lab[:, k] + REACH) * SIDE / (2 * REACH) for k in (1, 2))
    colours = [v.floor().long().clamp(0, SIDE - 1) for v in (across, down)]
    return colours[0] * SIDE + colours[1], (lab[:, 0] * LIGHT / 100).floor().long().clamp(0, LIGHT - 1)


def hues(pixels: Tensor, angle: float) -> Tensor:
    """(N, 3, S, S) in 0..255, each colour turned about the grey axis."""
    axis = pixels.new_tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    turn = torch.eye(3, device=pixels.device) + math.sin(angle) * axis + (1 - math.cos(angle)) * (axis @ axis)
    return torch.einsum("ij,njhw->nihw", turn, pixels).clamp(0, 255)
