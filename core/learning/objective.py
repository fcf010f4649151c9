"""What is learned, and from what: the loop (`core.learning.fit`) asks an objective for batches and losses, and knows
nothing else of it. A method is an objective of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.learning import augment
from core.learning.precision import arithmetic

Metrics = Mapping[str, Tensor | float]  # of a batch besides its loss: numbers by name


class Objective(nn.Module):
    """The networks that learn (its submodules), the examples (0..n - 1) that they learn from, and how wrong they are.

    A method says `batch` and `loss`. It may also say which parameters learn at which rates (`groups`), what happens
    after each step (`after_step`: a momentum copy, a queue), in what order the examples come (`order`: episodes), and
    who is its `adversary`: another objective, that learns from the same batches before it, with an optimiser of its own
    (arXiv:1406.2661).
    """

    n: int  # examples
    rate: float = 1e-3  # learning rate of all that learns, unless `groups` says more
    views: int = 1  # how often each example of a batch is drawn
    clip: float = 0.0  # a longer gradient is shortened to this (Pascanu et al. 2013, arXiv:1211.5063); 0: none is
    adversary: Objective | None

    def __init__(self, precision: str = "auto", device: str | None = None):
        super().__init__()
        self.arithmetic, self.adversary = arithmetic(precision, device), None

    def batch(self, indices: Tensor, drawn: Tensor) -> Any:
        """What `loss` takes, on the device, of the examples `indices` (B,), changed by the chance `drawn`: (B, DRAWS),
        or (views, B, DRAWS) where there are several views.
        """
        raise NotImplementedError

    def loss(self, batch: Any) -> tuple[Tensor, Metrics]:
        """The loss, one number that can be differentiated, and the metrics of the batch."""
        raise NotImplementedError

    def groups(self) -> list[dict]:
        """What the optimiser is given: parameters with their full rate and the setting that it comes from. What is in
        no group rests.
        """
        return [
            {"params": [p for p in self.parameters() if p.requires_grad], "full_rate": self.rate, "setting": "rate"}
        ]

    def after_step(self, done: float) -> None:
        """After each update of the weights; `done` is the share of the steps, 0 to 1."""

    def order(self, steps: int, batch_size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """`steps` times (indices, draws); both depend on `seed` alone."""
        return batches(self.n, batch_size, steps, seed, self.views)

    def all(self, batch_size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """(indices, draws) that go through all the examples once, in order."""
        chance = torch.Generator().manual_seed(seed)
        for indices in torch.arange(self.n).split(batch_size):
            yield indices, _draws(len(indices), self.views, chance)


def batches(n: int, batch_size: int, steps: int, seed: int, views: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
    """`steps` times (indices (B,), draws (B, DRAWS)): shuffled epochs end to end, so that every batch is full.

    B is the batch size or n, whichever is smaller. Of several views the draws are (views, B, DRAWS).
    """
    shuffling, chance = (torch.Generator().manual_seed(2 * seed + k) for k in range(2))
    size = min(batch_size, n)
    waiting = torch.zeros(0, dtype=torch.int64)
    for _ in range(steps):
        if len(waiting) < size:
            waiting = torch.cat([waiting, torch.randperm(n, generator=shuffling)])
        indices, waiting = waiting[:size], waiting[size:]
        yield indices, _draws(size, views, chance)


def _draws(n: int, views: int, chance: torch.Generator) -> Tensor:
    drawn = augment.draws(views * n, chance)
    return drawn if views == 1 else drawn.view(views, n, augment.DRAWS)
