"""SimCLR (Chen et al. 2020, arXiv:2002.05709): every other view in the batch is a negative."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.views import NO_NEGATIVES, Views, alike, attraction


class SimCLR(Views):
    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        one, other = self.project(x).chunk(2)  # (B, D) each
        if self.without == NO_NEGATIVES:
            return attraction(one, other), alike(one, other)
        return nt_xent(one, other, self.options.temperature), alike(one, other)


def nt_xent(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """The normalised, temperature-scaled cross-entropy of two views (N, D): which of the 2N - 1 others is the same?"""
    z = F.normalize(torch.cat([one, other]), dim=1)
    similarity = z @ z.T / temperature  # (2N, 2N)
    similarity.fill_diagonal_(float("-inf"))
    same = torch.arange(len(z), device=z.device).roll(len(one))
    return F.cross_entropy(similarity, same)
