"""The loop beside the field: CIFAR-10 from scratch on a GPU, where 94 % is the published mark (arXiv:2404.00498).

    python -m tests.bench.bench_cifar [cifar10.npz]     x_train, y_train, x_test, y_test; without it the set is fetched

The network and its recipe are those of David Page's "How to train your ResNet" (DAWNBench 2018: 94 % in 24 epochs):
ResNet-9, SGD, pictures mirrored, moved by up to 4 pixels and with a square of 8 cut out.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.learning.augment import ACROSS, AREA, ASPECT, DOWN
from core.learning.fit import fit
from core.learning.intervals import t_interval
from core.learning.objective import Metrics
from core.learning.supervised import Supervised
from core.models.staged import Preprocessing, Stage, Staged
from core.worlds import open_world, prepare
from core.worlds.world import TEST, TRAIN
from tests.bench.compared import Toys, accuracy

SEEDS, EPOCHS, BATCH, RATE, DECAY = 3, 24, 512, 0.4, 5e-4
MOVED, CUT, SMOOTHING = 4, 8, 0.2  # pixels; share of the label that goes to all classes
MEAN, STD = (125.3, 123.0, 113.9), (63.0, 62.1, 66.7)  # of the training pictures
PUBLISHED = "published: 94 % in 3.3 s on an A100 (airbench, arXiv:2404.00498)"


class Residual(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


class Scaled(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) / 8


class Recipe(Supervised):
    """Supervised learning as the recipe has it: smoothed labels, pictures moved and cut as well as mirrored."""

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        x, y = super().batch(indices, drawn)
        return changed(x, drawn.to(x.device)), y

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        scores = self.arithmetic.forward(self.network, batch[0])
        return F.cross_entropy(scores, batch[1], label_smoothing=SMOOTHING), {}


def changed(x: Tensor, drawn: Tensor) -> Tensor:
    """(B, C, S, S) -> the same, each picture moved by up to MOVED pixels, its edges mirrored, and CUT² of it at 0."""
    places, padded = torch.arange(x.shape[-1], device=x.device), F.pad(x, (MOVED,) * 4, mode="reflect")
    down, across = ((drawn[:, column] * (2 * MOVED + 1)).long()[:, None] + places for column in (DOWN, ACROSS))
    pictures, colours = (torch.arange(n, device=x.device) for n in x.shape[:2])
    moved = padded[pictures[:, None, None, None], colours[:, None, None], down[:, None, :, None], across[:, None, None]]
    first = [(drawn[:, column] * (len(places) - CUT + 1)).long()[:, None] for column in (AREA, ASPECT)]
    low, right = ((places >= start) & (places < start + CUT) for start in first)
    return moved.masked_fill((low[:, :, None] & right[:, None])[:, None], 0)


def resnet9(seed: int) -> Staged:
    """Page's network, (N, 3, 32, 32) -> (N, 10)."""
    torch.manual_seed(seed)
    stages = {
        "prepared": Stage(*block(3, 64)),
        "layer1": Stage(*block(64, 128), nn.MaxPool2d(2), Residual(*block(128, 128), *block(128, 128))),
        "layer2": Stage(*block(128, 256), nn.MaxPool2d(2)),
        "layer3": Stage(*block(256, 512), nn.MaxPool2d(2), Residual(*block(512, 512), *block(512, 512))),
        "head": Stage(nn.MaxPool2d(4), nn.Flatten(), Scaled(512, 10, bias=False)),
    }
    return Staged("resnet9", 10, stages, Preprocessing(MEAN, STD, 32))


def block(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


def cifar10(file: str | None) -> Toys:
    if file:
        with np.load(Path(file)) as kept:
            (x, y), (u, v) = ((kept[f"x_{part}"], kept[f"y_{part}"].ravel()) for part in ("train", "test"))
        return Toys((x, y), (u, v))
    for _ in prepare("torchvision:cifar10"):
        pass
    world = open_world("torchvision:cifar10")
    train, test = (np.flatnonzero(world.given == part) for part in (TRAIN, TEST))
    return Toys(*((world.pictures(indices, 32), world.labels[indices]) for indices in (train, test)))


def main(file: str | None = None) -> None:
    """Print one row: the accuracy on the test pictures, all of them, and the seconds of training, over the seeds."""
    if not torch.cuda.is_available():
        print("NO GPU: CIFAR-10 from scratch is not trained")
        return
    pictures, right, seconds = cifar10(file), [], []
    for seed in range(SEEDS):
        network, began = resnet9(seed), time.perf_counter()
        recipe = Recipe(network, pictures.train, head_rate=RATE, body_rate=RATE, augment="flip", cache=False)
        steps = EPOCHS * (len(pictures.train[1]) // BATCH)
        for _ in fit(recipe, steps=steps, batch_size=BATCH, optimiser="sgd", weight_decay=DECAY, seed=seed):
            pass
        seconds.append(time.perf_counter() - began)
        right.append(accuracy(network, pictures.test, "auto"))
    mean, low, high = (100 * value for value in t_interval(right))
    print(
        f"CIFAR-10, ResNet-9, {EPOCHS} epochs, {SEEDS} seeds: {mean:.2f} % [{low:.2f}, {high:.2f}] of the test pictures"
    )
    print(f"in {np.mean(seconds):.1f} s a run on {torch.cuda.get_device_name()}; {PUBLISHED}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
