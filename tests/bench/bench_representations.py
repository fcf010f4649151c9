"""SimCLR and maps: training beside the same network, batch and views written the usual way; maps in seconds.

python -m tests.bench.bench_representations
The usual way is lightly's transform and loss, a DataLoader with two workers, float32, and as many threads as there are
cores. On an otherwise idle machine only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from core.learning.features import codes
from core.learning.fit import fit
from core.learning.intervals import t_interval
from core.learning.probe import linear_probe
from core.lenses.embedding import TECHNIQUES, directions
from core.methods.catalog import Options, resolved
from core.methods.simclr import SimCLR
from core.models.staged import Staged, build
from tests.bench.compared import Toys, toys

SIZE, BATCH, STEPS, SEEDS, RATE = 32, 256, 60, 5, 2e-3
POINTS = {"tsne": 5.0, "umap": 6.0, "pca": None}  # technique → bar in seconds for 1,000 points


class Pairs(Dataset):
    """Two views of each picture by lightly's transform, one after the other."""

    def __init__(self, pictures: np.ndarray):
        from lightly.transforms import SimCLRTransform

        self.pictures = pictures
        self.views = SimCLRTransform(SIZE, cj_strength=0.5, min_scale=0.2, gaussian_blur=0.0)

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, k: int) -> tuple[torch.Tensor, torch.Tensor]:
        one, other = self.views(Image.fromarray(self.pictures[k]))
        return one, other


def endless(loader: DataLoader) -> Iterator:
    while True:
        yield from loader


def simclr(pictures: np.ndarray, seed: int) -> SimCLR:
    return SimCLR(build("labresnet", 0, seed, size=SIZE), pictures, resolved("simclr", Options(seed=seed)))


def usual(pictures: np.ndarray, seed: int, steps: int) -> tuple[Staged, float]:
    """The network, and images a second without the first five steps."""
    from lightly.loss import NTXentLoss

    network = simclr(pictures, seed).network.train()
    loader = DataLoader(Pairs(pictures), BATCH, shuffle=True, num_workers=2, drop_last=True, persistent_workers=True)
    optimiser, loss_of, began = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-4), NTXentLoss(0.2), 0.0
    for step, (one, other) in zip(range(steps), endless(loader), strict=False):
        if step == 5:
            began = time.perf_counter()
        codes_of = network.heads["projection"](network(torch.cat([one, other])).mean((2, 3)))
        loss = loss_of(*codes_of.chunk(2))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval(), BATCH * (steps - 5) / (time.perf_counter() - began)


def ours(pictures: np.ndarray, seed: int, steps: int) -> tuple[Staged, float]:
    objective = simclr(pictures, seed)
    objective.rate = RATE
    rows = list(fit(objective, steps=steps, batch_size=BATCH, schedule="constant", weight_decay=1e-4, seed=seed))
    return objective.network.eval(), rows[-1]["images_per_second"]


def right(network: Staged, seen: Toys) -> float:
    known, asked = ((codes(network, pictures, "layer3"), labels) for pictures, labels in (seen.train, seen.test))
    return linear_probe(known, asked, 0.1).accuracy


def main() -> None:
    torch.set_num_threads(os.cpu_count() or 1)
    seen = toys(SIZE, 16, 200, 60)
    apart, speeds = [], []
    for seed in range(SEEDS):
        (own, fast), (plain, slow) = (way(seen.train[0], seed, STEPS) for way in (ours, usual))
        speeds.append((fast, slow))
        apart.append(right(own, seen) - right(plain, seen))
    fast, slow = (float(np.median(of)) for of in zip(*speeds, strict=True))
    mean, low, high = (100 * value for value in t_interval(apart))
    print(f"{'SimCLR, images a second':34} {fast:9.0f}   {slow:9.0f}   {fast / slow:7.1f}x (bar 5x)", end="   ")
    print(f"{mean:+.2f} [{low:+.2f}, {high:+.2f}] points of linear probe after {STEPS} steps", flush=True)
    x = directions(np.random.default_rng(0).normal(size=(1000, 64)).astype(np.float32))
    for technique, bar in POINTS.items():
        list(TECHNIQUES[technique](x[:100]))  # its compilation
        began = time.perf_counter()
        list(TECHNIQUES[technique](x))
        words = f" (bar {bar:g} s)" if bar else ""
        print(f"{technique + ' of 1,000 points':34} {time.perf_counter() - began:9.2f} s{words}", flush=True)


if __name__ == "__main__":
    main()
