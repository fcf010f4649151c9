"""SwAV (Caron et al. 2020, arXiv:2006.09882): views are not compared with one another but assigned to prototypes, and
the assignment of one is guessed from the other. In each batch all prototypes get an equal share of the pictures;
without that, all pictures may go to one. (No multi-crop here: two views of full size.)
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.catalog import Options
from core.methods.views import NO_EQUIPARTITION, Views, alike
from core.models.heads import attach
from core.models.staged import Staged

EPSILON, ITERATIONS = 0.05, 3  # of Sinkhorn's algorithm


class SwAV(Views):
    def __init__(self, network: Staged, pictures: np.ndarray, options: Options, *others, **place):
        super().__init__(network, pictures, options, *others, **place)
        if "prototypes" not in network.heads:
            sizes = {"inputs": self.outputs, "outputs": options.prototypes}
            attach(network, "prototypes", "linear", options.seed, **sizes)

    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        z = F.normalize(self.project(x), dim=1)
        prototypes = F.normalize(self.network.heads["prototypes"].get_parameter("linear.weight"), dim=1)  # (P, D)
        scores = (z @ prototypes.T).chunk(2)  # (B, P) each
        with torch.no_grad():
            assign = softly if self.without == NO_EQUIPARTITION else sinkhorn
            assigned = [assign(each) for each in scores]
        used = torch.cat(assigned).mean(0)
        metrics = {**alike(*z.chunk(2)), "prototypes_used": torch.exp(-(used * (used + 1e-9).log()).sum())}
        return swapped(scores, assigned, self.options.temperature), metrics


def sinkhorn(scores: Tensor, epsilon: float = EPSILON, iterations: int = ITERATIONS) -> Tensor:
    """(B, P) -> assignments (B, P): each picture's add up to 1, each prototype's nearly to B / P."""
    q = torch.exp((scores - scores.max()) / epsilon)
    for _ in range(iterations):
        q = q / q.sum(0, keepdim=True).clamp(min=1e-12)  # each prototype an equal share
        q = q / q.sum(1, keepdim=True).clamp(min=1e-12)  # each picture a whole
    return q


def softly(scores: Tensor) -> Tensor:
    """Every picture by itself: nobody sees to it that all prototypes are used."""
    return (scores / EPSILON).softmax(1)


def swapped(scores: tuple[Tensor, ...], assigned: list[Tensor], temperature: float) -> Tensor:
    """The cross-entropy of each view's assignment (B, P) under the scores (B, P) of the other, their mean."""
    losses = [
        -(q * (s / temperature).log_softmax(1)).sum(1).mean() for q, s in zip(assigned, scores[::-1], strict=True)
    ]
    return torch.stack(losses).mean()
