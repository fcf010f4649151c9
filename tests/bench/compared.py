"""What the benchmarks share: pictures, a plain loop, two ways of one training side by side, and a row of the table."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.evaluate import probabilities
from core.learning.intervals import t_interval
from core.learning.rates import one_cycle
from core.models.staged import Staged
from core.worlds import open_world

RATE, DECAY = 2e-3, 1e-3
RATES = {"head_rate": RATE, "body_rate": RATE}
OURS, PLAIN = "auto", "float32"  # the precision of either way


@dataclasses.dataclass(frozen=True)
class Compared:
    """One row: seconds of either way, and ours - plain in accuracy, seed by seed."""

    name: str
    bar: float
    ours: float
    plain: float
    differences: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return self.plain / self.ours

    def __str__(self) -> str:
        mean, low, high = (100 * value for value in t_interval(self.differences))
        return (
            f"{self.name:34} {self.ours:9.3f} s {self.plain:9.3f} s {self.ratio:7.1f}x (bar {self.bar:g}x)"
            f"   {mean:+.2f} [{low:+.2f}, {high:+.2f}] points"
        )


@dataclasses.dataclass(frozen=True)
class Toys:
    """Pictures (N, size, size, 3) uint8 and labels (N,) of the first `classes` kinds of the toybox."""

    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]


def toys(size: int, classes: int, train: int, test: int) -> Toys:
    """At most so many pictures a class, of kinds spread over the toybox; no picture is in both parts."""
    world = open_world("toybox")
    kinds = np.linspace(0, len(world.classes) - 1, min(classes, len(world.classes))).round().astype(int)
    of_kind = [np.flatnonzero(world.labels == kind) for kind in kinds]

    def drawn(which: slice) -> tuple[np.ndarray, np.ndarray]:
        chosen = np.concatenate([indices[which] for indices in of_kind])
        return world.pictures(chosen, size), np.searchsorted(kinds, world.labels[chosen])

    return Toys(drawn(slice(train)), drawn(slice(train, train + test)))


def accuracy(network: Staged, test: tuple[np.ndarray, np.ndarray], precision: str) -> float:
    return float((probabilities(network, test[0], precision=precision).argmax(1) == test[1]).mean())


def compare(
    name: str, bar: float, ways: dict[str, Callable[[int], Staged]], tested: Callable[[Staged, str], float], seeds: int
) -> Compared:
    """Train in either way for each seed, in turns, and test; `ways` and `tested` go by the precision, OURS or PLAIN."""
    seconds = dict.fromkeys(ways, 0.0)
    differences = []
    for seed in range(seeds):
        accuracies = {}
        for precision, train in ways.items():
            started = time.perf_counter()
            network = train(seed)
            seconds[precision] += time.perf_counter() - started
            accuracies[precision] = tested(network, precision)
        differences.append(accuracies[OURS] - accuracies[PLAIN])
    return Compared(name, bar, seconds[OURS] / seeds, seconds[PLAIN] / seeds, tuple(differences))


def plain_loop(
    network: Staged,
    order: Iterator[tuple[Tensor, Tensor]],
    steps: int,
    batch: Callable,
    rate: float = RATE,
    after: Callable[[int], None] | None = None,
) -> Staged:
    """What one writes without the house: float32, NCHW, every stage at every step. `batch` -> (pictures, labels).

    `after(step)` is called after each step, for measurements.
    """
    optimiser = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=rate, weight_decay=DECAY)
    network.train()
    for step, (indices, drawn) in enumerate(order):
        optimiser.param_groups[0]["lr"] = rate * one_cycle(step / steps)
        pixels, y = batch(indices, drawn)
        loss = F.cross_entropy(network(network.normalise(pixels)), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if after:
            after(step + 1)
    return network
