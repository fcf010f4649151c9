"""A grey frame copies its colours from an earlier one, from where it looks alike: so the same thing has to look alike
(Vondrick et al. 2018, arXiv:1806.09594).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import BLUR
from core.learning.objective import Metrics
from core.methods.puzzle import CHOICES, Choice
from core.methods.split_brain import SIDE, bins, denormalised, grey, likelihood, recoloured
from core.models.heads import attach
from core.models.staged import activations

EMBEDDED, SMALLEST = 64, 1e-4  # numbers a place; probability


class VideoColour(Choice):
    """The head "embedding" of each place of the last maps; of clips uint8 (N, 4, S, S, 3)."""

    def add_heads(self, wide: int) -> None:
        if "embedding" not in self.network.heads:
            attach(self.network, "embedding", "dense", self.options.seed, inputs=wide, outputs=EMBEDDED)

    def batch(self, indices: Tensor, drawn: Tensor) -> Tensor:
        """(B, 2, 3, S, S) in 0..255: the first frame of each clip, and the last."""
        return self.seen(indices, drawn)[0][:, [0, -1]]

    def loss(self, frames: Tensor) -> tuple[Tensor, Metrics]:
        told = self.copied(*frames.unbind(1))
        truth = bins(frames[:, 1], told.shape[-1])[0]
        return F.nll_loss(told, truth), {"colours": (told.argmax(1) == truth).float().mean()}

    def copied(self, reference: Tensor, target: Tensor) -> Tensor:
        """Frames (B, 3, S, S) in 0..255 -> log-probabilities of the target's colours (B, bins, h, w): those of the
        reference, each weighted by how alike the two places are without colours (equation 1).
        """
        there, here = (self.embedded(grey(frame)) for frame in (reference, target))  # (B, D, h, w) each
        alike = torch.einsum("bdr,bdt->brt", there.flatten(2), here.flatten(2)).softmax(1)
        colours = F.one_hot(bins(reference, there.shape[-1])[0].flatten(1), SIDE * SIDE).float()  # (B, hw, bins)
        told = torch.einsum("brc,brt->bct", colours, alike)
        return told.clamp(min=SMALLEST).log().unflatten(2, here.shape[-2:])

    def embedded(self, frames: Tensor) -> Tensor:
        x, last = self.network.normalise(frames).contiguous(memory_format=torch.channels_last), self.network.names[-1]
        with self.arithmetic.autocast():
            maps = activations(self.network, x, [last])[last]
        return self.network.heads["embedding"](maps.float())

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The first frame, the last in grey, and in its own and three other colours."""
        answers, first, last = (drawn[:, BLUR] * CHOICES).long(), pixels[:, 0], pixels[:, -1]
        return torch.cat([torch.stack([first, grey(last)], 1), recoloured(last, answers)], 1), answers

    def scores(self, pieces: Tensor) -> Tensor:
        """(P, 6, 3, S, S) -> (P, 4): how probable each picture's colours are, copied from the first frame."""
        seen = denormalised(pieces, self.network)
        return likelihood(self.copied(seen[:, 0], seen[:, 1]), seen[:, 2:])
