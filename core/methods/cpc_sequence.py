"""A sequence of which all is known: its latent, and how much each step tells of a later one; and what CPC finds of it
(van den Oord et al. 2018, arXiv:1807.03748; the ceiling of its bound: Poole et al. 2019, arXiv:1905.06922).

z_t = RHO z_{t-1} + noise, LATENT numbers of variance 1; x_t, SEEN numbers, is a fixed random mixture of z_t.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.learning.objective import Metrics, Objective
from core.methods.cpc import bound
from core.models.initialisation import draw

LATENT, SEEN, MIXED, RHO = 8, 16, 24, 0.9
HIDDEN, CODE = 128, 64
PAIRS = 512  # a step, however many of them are compared with one another


def information(offset: int) -> float:
    """Nats that x_t tells of x_{t + offset}: those of z, since the mixture can be undone."""
    return -LATENT / 2 * math.log(1 - RHO ** (2 * offset))


class SequenceCPC(Objective):
    """Encoder, context and a matrix an offset; each positive is among `negatives` - 1 steps of other sequences."""

    n = 10**9  # it never ends
    mixture: Tensor  # (LATENT, MIXED)
    spread: Tensor  # (MIXED, SEEN)

    def __init__(self, negatives: int, offsets: Sequence[int] = (1,), seed: int = 0, pairs: int = PAIRS):
        super().__init__("float32", "cpu")
        self.negatives, self.offsets = negatives, sorted(offsets)
        self.groups_of = max(1, pairs // negatives)
        self.encoder, self.context = mlp(SEEN, CODE), mlp(CODE, CODE)
        self.matrices = nn.ModuleList([nn.Linear(CODE, CODE, bias=False) for _ in self.offsets])
        draw(self, torch.Generator().manual_seed(seed))
        chance = torch.Generator().manual_seed(0)  # one mixture for all seeds
        self.register_buffer("mixture", torch.randn(LATENT, MIXED, generator=chance) / LATENT**0.5)
        self.register_buffer("spread", torch.randn(MIXED, SEEN, generator=chance) / MIXED**0.5)

    def order(self, steps: int, batch_size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Sequences that were never seen before: normal numbers, (groups * negatives, 1 + offsets, LATENT)."""
        chance = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            yield torch.arange(2), self.noise(chance)

    def noise(self, chance: torch.Generator) -> Tensor:
        return torch.randn(self.groups_of * self.negatives, 1 + len(self.offsets), LATENT, generator=chance)

    def batch(self, indices: Tensor, drawn: Tensor) -> Tensor:
        """Noise (P, 1 + K, LATENT) -> the latents z_t, z_{t + k} … of the offsets k, (1 + K, P, LATENT)"""
        latents, before = [drawn[:, 0]], 0
        for place, offset in enumerate(self.offsets, start=1):
            kept = RHO ** (offset - before)
            latents.append(kept * latents[-1] + math.sqrt(1 - kept**2) * drawn[:, place])
            before = offset
        return torch.stack(latents)

    def seen(self, z: Tensor) -> Tensor:
        """Latents (…, LATENT) -> what is seen of them (…, SEEN)"""
        return torch.tanh(1.2 * z @ self.mixture) @ self.spread

    def codes(self, z: Tensor) -> Tensor:
        """Latents (…, LATENT) -> codes (…, CODE) of what is seen of them."""
        return self.encoder(self.seen(z))

    def scores(self, batch: Tensor) -> Tensor:
        """(1 + K, P, LATENT) -> (K, groups, negatives, negatives): z_{t + k} W_k c_t, the positives on the diagonal."""
        now, *later = self.codes(batch).unflatten(1, (self.groups_of, self.negatives))
        context = self.context(now)
        predicted = torch.stack([matrix(context) for matrix in self.matrices])
        return predicted @ torch.stack(later).transpose(2, 3) / CODE**0.5

    def loss(self, batch: Tensor) -> tuple[Tensor, Metrics]:
        losses = torch.stack([which(scores) for scores in self.scores(batch)])
        return losses.mean(), {}


def mlp(inputs: int, outputs: int) -> nn.Sequential:
    layers = [nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs)]
    return nn.Sequential(*layers)


def which(scores: Tensor) -> Tensor:
    """InfoNCE of scores (groups, N, N): which of the N is the positive, the one on the diagonal?"""
    n = scores.shape[-1]
    return F.cross_entropy(scores.reshape(-1, n), torch.arange(n, device=scores.device).repeat(len(scores)))


def best_scores(z: Tensor, later: Tensor, offset: int) -> Tensor:
    """Of the optimal critic, the logarithm of the density ratio: latents (groups, N, LATENT) each -> (groups, N, N)."""
    kept = RHO**offset
    apart = torch.cdist(kept * z, later) ** 2
    return (later**2).sum(-1)[:, None] / 2 - apart / (2 * (1 - kept**2))


@torch.no_grad()
def measured(objective: SequenceCPC, pairs: int, seed: int) -> Iterator[dict[str, float]]:
    """For each offset, on sequences that nobody learned from: the `bound` of what was learned and of the `optimal`
    critic on the same ones, in nats; and `right`, how often the positive has the highest score.
    """
    chance, rounds = torch.Generator().manual_seed(seed), max(1, pairs // (objective.groups_of * objective.negatives))
    found: list[list[Tensor]] = [[] for _ in objective.offsets]
    for _ in range(rounds):
        batch = objective.batch(torch.arange(2), objective.noise(chance))
        z, *later = batch.unflatten(1, (objective.groups_of, objective.negatives))
        for k, scores in enumerate(objective.scores(batch)):
            best = best_scores(z, later[k], objective.offsets[k])
            hits = (scores.argmax(2) == torch.arange(objective.negatives)).float().mean()
            found[k].append(torch.stack([which(scores), which(best), hits]))
    for values in found:
        learned, best, hits = torch.stack(values).double().mean(0)
        yield {
            "bound": float(bound(learned, objective.negatives)), "optimal": float(bound(best, objective.negatives)),
            "right": float(hits),
        }  # fmt: skip


@torch.no_grad()
def latent_read(what: Callable[[Tensor], Tensor], seed: int, steps: int = 4000) -> float:
    """R² of the latent, read linearly from `what` it gives, such as codes (steps, D): learned on one half of the steps,
    asked of the other.
    """
    z = torch.randn(steps, LATENT, generator=torch.Generator().manual_seed(seed))
    codes = torch.cat([what(z), torch.ones(steps, 1)], 1).double()
    half, truth = steps // 2, z.double()
    read = codes[half:] @ torch.linalg.lstsq(codes[:half], truth[:half]).solution
    missed = ((read - truth[half:]) ** 2).sum()
    return float(1 - missed / ((truth[half:] - truth[half:].mean(0)) ** 2).sum())
