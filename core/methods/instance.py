"""Instance discrimination without a queue, the other two mechanisms that MoCo compares itself with (arXiv:1911.05722):
end to end, where the keys are those of the batch and learn too; and a memory bank (Wu et al. 2018, arXiv:1805.01978).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.catalog import Options
from core.methods.views import NO_NEGATIVES, Views, alike, attraction
from core.models.staged import Staged

BANK_MOMENTUM = 0.5  # of the remembered codes


class EndToEnd(Views):
    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        q, k = (F.normalize(z, dim=1) for z in self.project(x).chunk(2))  # (B, D) each
        if self.without == NO_NEGATIVES:
            return attraction(q, k), alike(q, k)
        logits = q @ k.T / self.options.temperature  # (B, B), the positives on the diagonal
        return F.cross_entropy(logits, torch.arange(len(q), device=q.device)), alike(q, k)


class MemoryBank(Views):
    """Each picture's code as it was when it was last seen; some of them are drawn as negatives."""

    views = 1
    bank: Tensor  # (N, D), of length 1

    def __init__(self, network: Staged, pictures: np.ndarray, options: Options, *others, **place):
        super().__init__(network, pictures, options, *others, **place)
        self.chance = torch.Generator().manual_seed(options.seed)
        self.register_buffer("bank", F.normalize(torch.randn(self.n, self.outputs, generator=self.chance), dim=1))

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        return super().batch(indices, drawn), indices

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, indices = batch
        q = F.normalize(self.project(x), dim=1)  # (B, D)
        positives = self.bank[indices.to(q.device)]
        self.seen = indices, q.detach()
        if self.without == NO_NEGATIVES:
            return attraction(q, positives), alike(q, positives)
        some = torch.randint(self.n, (self.options.negatives,), generator=self.chance)
        same = some == indices[:, None]  # a picture is not its own negative
        return info_nce(q, positives, self.bank[some.to(q.device)], self.options.temperature, same), alike(q, positives)

    @torch.no_grad()
    def after_step(self, done: float) -> None:
        indices, q = self.seen[0].to(self.bank.device), self.seen[1]
        self.bank[indices] = F.normalize(self.bank[indices].lerp(q, 1 - BANK_MOMENTUM), dim=1)


def info_nce(q: Tensor, k: Tensor, negatives: Tensor, temperature: float, same: Tensor | None = None) -> Tensor:
    """Which of 1 + K keys is that of each query (N, D)? Its own k (N, D), or one of the negatives (K, D). All have
    length 1; where `same` (N, K), what is called a negative is none.
    """
    positive = (q * k).sum(1, keepdim=True)  # (N, 1)
    negative = q @ negatives.T  # (N, K)
    if same is not None:
        negative = negative.masked_fill(same.to(negative.device), float("-inf"))
    logits = torch.cat([positive, negative], dim=1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.int64, device=q.device))
