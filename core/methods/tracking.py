"""What moves through a clip is the same thing at its end as at its beginning: the codes of its patches are nearer than
those of other things (Wang and Gupta 2015, arXiv:1505.00687).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.puzzle import CHOICES, Choice
from core.models.heads import attach

EMBEDDED, MARGIN = 64, 0.5
EASY, HARD = 0.3, 4  # share of the training with any others as negatives; then so many of the worst of each


class Tracking(Choice):
    """The head "embedding"; of clips uint8 (N, 4, S, S, 3)."""

    done = 0.0

    def side(self, size: int) -> int:
        return size // 2

    def add_heads(self, wide: int) -> None:
        if "embedding" not in self.network.heads:
            attach(self.network, "embedding", "linear", self.options.seed, inputs=wide, outputs=EMBEDDED)

    def batch(self, indices: Tensor, drawn: Tensor) -> Tensor:
        """(B, 2, 3, s, s): what moves, at the beginning of each clip and at its end."""
        return self.normalised(torch.stack(tracked(self.seen(indices, drawn)[0]), 1))

    def loss(self, pieces: Tensor) -> tuple[Tensor, Metrics]:
        first, last = self.embedded(pieces).unbind(1)
        distances = 1 - first @ last.T  # (B, B)
        return triplet(distances, hard=self.done > EASY), {"near": distances.diagonal().mean()}

    def after_step(self, done: float) -> None:
        self.done = done

    def question(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """What moves at the beginning, and at the end."""
        first, last = tracked(pixels)
        return first[:, None], last

    def scores(self, pieces: Tensor) -> Tensor:
        """(P, 5, 3, s, s) -> (P, 4): how near each is to the first."""
        codes = self.embedded(pieces)
        return torch.einsum("pd,pcd->pc", codes[:, 0], codes[:, -CHOICES:])

    def embedded(self, pieces: Tensor) -> Tensor:
        """(P, parts, 3, s, s) -> (P, parts, EMBEDDED), of length 1"""
        x = pieces.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        codes = self.network.heads["embedding"](self.codes(x))
        return F.normalize(codes, dim=1).view(*pieces.shape[:2], EMBEDDED)


def triplet(distances: Tensor, hard: bool) -> Tensor:
    """Distances (B, B), on the diagonal of the same thing -> how much nearer than another it is not, by a margin; mean
    over all others, or over the worst of each.
    """
    others = 1 - torch.eye(len(distances), device=distances.device)
    lost = others * F.relu(distances.diagonal()[:, None] - distances + MARGIN)
    return lost.topk(min(HARD, len(lost) - 1), dim=1).values.mean() if hard else lost.sum() / others.sum()


def tracked(clips: Tensor) -> tuple[Tensor, Tensor]:
    """Clips (B, 4, 3, S, S) by a camera that stands still -> patches (B, 3, S / 2, S / 2) of what moves, in the first
    frame and in the last: where that frame differs most from two others.
    """
    first, second, third, last = clips.unbind(1)
    return patch(first, moved(first, third, last)), patch(last, moved(last, first, second))


def moved(frame: Tensor, *others: Tensor) -> Tensor:
    """(B, S, S): how far each pixel is from that of the others, whichever is nearer."""
    return torch.stack([(frame - other).abs().mean(1) for other in others]).amin(0)


def patch(pixels: Tensor, weight: Tensor) -> Tensor:
    """Of each picture (B, 3, S, S) the window of half its side that holds most of the weight (B, S, S)."""
    side = pixels.shape[-1] // 2
    held = F.avg_pool2d(weight[:, None], side, stride=1)[:, 0]  # (B, S - side + 1, S - side + 1)
    best = held.flatten(1).argmax(1)
    across = torch.arange(side, device=pixels.device)
    rows, columns = (best // held.shape[-1])[:, None] + across, (best % held.shape[-1])[:, None] + across
    mine = torch.arange(len(pixels), device=pixels.device)[:, None, None]
    return pixels.permute(0, 2, 3, 1)[mine, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)
