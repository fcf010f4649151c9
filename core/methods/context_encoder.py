"""What was in the hole? It is drawn from what is around it, and a critic tells drawn patches from true ones (Pathak et
al. 2016, arXiv:1604.07379).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.learning.objective import Metrics, Objective
from core.methods.autoencoder import add_code, decode
from core.methods.puzzle import CHOICES, Choice

CODE = 128
DRAWN, CRITIC = 0.999, 0.001  # weights of the two losses


class ContextEncoder(Choice):
    """The heads "code", "unfolded" and "decoder", and a critic that is thrown away."""

    adversary: Critic

    def add_heads(self, wide: int) -> None:
        if "decoder" not in self.network.heads:
            add_code(self.network, CODE, 1, self.options.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.options.seed)
            self.adversary = Critic(self)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures with a hole (B, 3, S, S), and what was in it (B, 3, S / 2, S / 2), both as the network sees them."""
        pixels, _ = self.seen(indices, drawn)
        x = self.network.normalise(pixels).contiguous(memory_format=torch.channels_last)
        return with_hole(x), hole(x)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, truth = batch
        patch = self.drawn(x)
        error, fooled = F.mse_loss(patch, truth), F.softplus(-self.adversary.judged(patch)).mean()
        return DRAWN * error + CRITIC * fooled, {"error": error, "critic": fooled}

    def groups(self) -> list[dict]:
        return [{"params": list(self.network.parameters()), "full_rate": self.rate, "setting": "rate"}]

    def drawn(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) with a hole -> what may have been in it (N, 3, S / 2, S / 2)"""
        with self.arithmetic.autocast():
            code = self.network.heads["code"](self.arithmetic.features(self.network, x).float())
            return hole(decode(self.network, code)).float()

    def question(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The picture with a hole, and the picture."""
        return with_hole(pixels, self.network.preprocessing.mean[0])[:, None], pixels

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The picture with a hole, and that picture with one of four patches in it."""
        pieces, answers = super().puzzle(pixels, drawn)
        filled = pieces[:, :1].repeat(1, 1 + CHOICES, 1, 1, 1)
        hole(filled)[:, 1:] = hole(pieces)[:, 1:]
        return filled, answers

    def scores(self, pieces: Tensor) -> Tensor:
        """(P, 5, 3, S, S) -> (P, 4): how near each patch is to the drawn one."""
        patch = self.drawn(with_hole(pieces[:, 0].contiguous(memory_format=torch.channels_last)))
        return -(hole(pieces[:, 1:]) - patch[:, None]).square().mean((2, 3, 4))


class Critic(Objective):
    """Is a patch (N, 3, s, s) true (above 0) or drawn?"""

    rate = 1e-3

    def __init__(self, of: ContextEncoder):
        super().__init__()
        self.arithmetic, self._drawn = of.arithmetic, of.drawn
        self.judge = nn.Sequential(
            nn.Conv2d(3, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1), nn.LeakyReLU(0.2),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 1),
        )  # fmt: skip

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, truth = batch
        with torch.no_grad():
            patch = self._drawn(x)
        return (F.softplus(-self.judged(truth)) + F.softplus(self.judged(patch))).mean(), {}

    def judged(self, patch: Tensor) -> Tensor:
        return self.judge(patch)[:, 0]


def hole(pictures: Tensor) -> Tensor:
    """(..., S, S) -> (..., S / 2, S / 2): the middle, as a part of the same memory."""
    low, high = pictures.shape[-1] // 4, pictures.shape[-1] // 4 + pictures.shape[-1] // 2
    return pictures[..., low:high, low:high]


def with_hole(pictures: Tensor, colour: float = 0.0) -> Tensor:
    """The same without their middle; 0 is the mean colour, as the network sees it."""
    pictures = pictures.clone()
    hole(pictures)[:] = colour
    return pictures
