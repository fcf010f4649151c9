"""How much faster we train than a plain loop, and what it costs in accuracy: `python -m tests.bench.bench_learning`.

Each row compares two ways of the same training that differ in speed alone, seed by seed with the same batches: the
ratio of their times, and the difference of their test accuracies over five seeds with its 95 % interval. A ratio means
something on an otherwise idle machine only.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from core.learning.augment import (
    ACROSS,
    AREA,
    ASPECT,
    BRIGHT,
    CONTRAST,
    DOWN,
    GREY,
    HUE,
    JITTER,
    MIRROR,
    SATURATE,
    augment,
    draws,
    mirrored,
)
from core.learning.features import Inputs, features
from core.learning.fit import fit
from core.learning.objective import batches
from core.learning.precision import arithmetic, bfloat16_gains
from core.learning.supervised import Supervised
from core.models.staged import Staged, as_pixels, build
from core.models.states import freeze
from core.worlds import open_world
from tests.bench.compared import DECAY, OURS, PLAIN, RATES, Compared, accuracy, compare, plain_loop, toys

SEEDS = 5
HEAD_ONLY = ("frozen",) * 8 + ("new",)


# Head only: the prefix is computed once a picture and side, instead of decode + augment + forward in every epoch


def write_photos(folder: Path, pictures: np.ndarray, labels: np.ndarray) -> list[Path]:
    """Class folders of JPEGs of 500 x 500 pixels, as small photos are; the paths in the order of the labels."""
    paths = []
    for k, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        path = folder / f"kind{label:02}" / f"{k:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).resize((500, 500), Image.Resampling.BICUBIC).save(path, quality=92)
        paths.append(path)
    return paths


def decoded(path: Path, size: int, flipped: bool) -> Tensor:
    """One picture as a plain loop reads it: float32 (3, size, size) in 0..255."""
    with Image.open(path) as image:
        picture = np.array(image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC))
    pixels = torch.from_numpy(picture).permute(2, 0, 1).contiguous().float()
    return pixels.flip(2) if flipped else pixels


def head_only(seeds: int = SEEDS, size: int = 128, per_class: int = 30, epochs: int = 10, test: int = 120) -> Compared:
    """ImageNet's EfficientNet-Lite0, all frozen but the head, from JPEGs on disk to a trained head."""
    toybox, batch_size = toys(size, 8, per_class, test), 32
    labels = torch.from_numpy(toybox.train[1])
    classes = int(labels.max()) + 1
    steps = epochs * round(len(labels) / batch_size)
    start = build("efficientnet_lite0", classes, seed=0, weights="imagenet", size=size)
    seen = {
        kind: torch.from_numpy(features(start, toybox.test[0], "features", precision=kind)) for kind in (OURS, PLAIN)
    }

    with tempfile.TemporaryDirectory() as folder:
        paths = write_photos(Path(folder), *toybox.train)

        def ours(seed: int) -> Staged:
            network = head_new(start, seed)
            world = open_world(folder)
            photos = world.pictures(np.arange(len(world.labels)), size), world.labels
            run(network, photos, steps, seed, batch_size)
            return network

        def plain(seed: int) -> Staged:
            def batch(indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
                flips = mirrored(drawn).tolist()
                pixels = [decoded(paths[i], size, flip) for i, flip in zip(indices.tolist(), flips, strict=True)]
                return torch.stack(pixels), labels[indices]

            return plain_loop(head_new(start, seed), batches(len(labels), batch_size, steps, seed), steps, batch)

        def tested(network: Staged, kind: str) -> float:
            with torch.no_grad():
                answers = network(seen[kind], len(network.names) - 1).argmax(1)
            return float((answers.numpy() == toybox.test[1]).mean())

        return compare("head only, ten epochs, 128 px", 12, {OURS: ours, PLAIN: plain}, tested, seeds)


def run(network: Staged, train: tuple[np.ndarray, np.ndarray], steps: int, seed: int, batch_size: int) -> None:
    objective = Supervised(network, train, augment="flip", **RATES)
    for _ in fit(objective, steps=steps, batch_size=batch_size, weight_decay=DECAY, seed=seed):
        pass


def head_new(start: Staged, seed: int) -> Staged:
    network = build("efficientnet_lite0", start.classes, seed, size=start.preprocessing.size)
    network.load_state_dict(start.state_dict())
    return freeze(network, HEAD_ONLY, seed)


# LabNet: channels_last and bfloat16 against NCHW and float32


def labnet(seeds: int = SEEDS, steps: int = 200, classes: int = 4, train: int = 300, test: int = 225) -> Compared:
    """All of LabNet from scratch on toybox pictures in memory, with one thread, as each run of the app has."""
    toybox = toys(48, classes, train, test)
    pictures, labels = toybox.train[0], torch.from_numpy(toybox.train[1])

    def ours(seed: int, steps: int = steps) -> Staged:
        network = build("labnet", classes, seed)
        run(network, toybox.train, steps, seed, batch_size=64)
        return network

    def plain(seed: int, steps: int = steps) -> Staged:
        def batch(indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
            return augment(as_pixels(pictures[indices.numpy()]).contiguous(), "flip", drawn), labels[indices]

        return plain_loop(build("labnet", classes, seed), batches(len(labels), 64, steps, seed), steps, batch)

    def tested(network: Staged, precision: str) -> float:
        return accuracy(network, toybox.test, precision)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ours(0, steps=2), plain(0, steps=2)  # the first step of a process compiles its kernels
        return compare("LabNet, bfloat16 channels_last", 1.8, {OURS: ours, PLAIN: plain}, tested, seeds)
    finally:
        torch.set_num_threads(threads)


# Augmentation: a batch in a few tensor operations against torchvision, picture by picture


class PerPicture(Inputs):
    """The crops, flips and colours that the same draws stand for, made by torchvision, one picture at a time."""

    def _normalised(self, pictures: np.ndarray, kind: str, drawn: Tensor | None) -> Tensor:
        if drawn is None:
            return super()._normalised(pictures, kind, drawn)
        made = [torchvision_drawn(*pair) for pair in zip(as_pixels(pictures), drawn, strict=True)]
        return self.network.normalise(torch.stack(made).float())


def torchvision_drawn(picture: Tensor, drawn: Tensor) -> Tensor:
    """One picture (3, S, S) uint8, changed as `drawn` (DRAWS,) says."""
    size, draw = picture.shape[1], drawn.tolist()
    area, stretch = 0.2 + 0.8 * draw[AREA], (4 / 3) ** (draw[ASPECT] - 0.5)
    width, height = (round(size * min(1, area**0.5 * factor)) for factor in (stretch, 1 / stretch))
    left, top = round(draw[ACROSS] * (size - width)), round(draw[DOWN] * (size - height))
    picture = functional.resized_crop(picture, top, left, height, width, [size, size], antialias=True)
    if draw[MIRROR] < 0.5:
        picture = functional.horizontal_flip(picture)
    if draw[JITTER] < 0.8:
        picture = functional.adjust_brightness(picture, 0.6 + 0.8 * draw[BRIGHT])
        picture = functional.adjust_contrast(picture, 0.6 + 0.8 * draw[CONTRAST])
        picture = functional.adjust_saturation(picture, 0.6 + 0.8 * draw[SATURATE])
        picture = functional.adjust_hue(picture, 0.2 * draw[HUE] - 0.1)
    return functional.rgb_to_grayscale(picture, 3) if draw[GREY] < 0.2 else picture


def torchvision_colour(size: int) -> v2.Transform:
    jitter = v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
    crop = v2.RandomResizedCrop(size, scale=(0.2, 1), ratio=(3 / 4, 4 / 3))
    return v2.Compose([crop, v2.RandomHorizontalFlip(), v2.RandomApply([jitter], 0.8), v2.RandomGrayscale(0.2)])


def torchvision_pictures(pictures: np.ndarray, transform: v2.Transform) -> Tensor:
    return torch.stack([transform(picture) for picture in torch.from_numpy(pictures).permute(0, 3, 1, 2)])


def augmentation(seeds: int = SEEDS, steps: int = 200, classes: int = 4, train: int = 300, test: int = 225) -> Compared:
    """Random crop, flip and colour jitter; the times are of the augmentation alone, a thousand pictures of 48 px."""
    toybox = toys(48, classes, train, test)

    def trained(seed: int, kind: type[Inputs]) -> Staged:
        network = build("labnet", classes, seed)
        objective = Supervised(network, toybox.train, augment="colour", **RATES)
        objective.inputs = kind(network, toybox.train[0], "colour", arithmetic())
        for _ in fit(objective, steps=steps, weight_decay=DECAY, seed=seed):
            pass
        return network

    differences = tuple(
        accuracy(trained(seed, Inputs), toybox.test, "auto") - accuracy(trained(seed, PerPicture), toybox.test, "auto")
        for seed in range(seeds)
    )
    ours, plain = augmentation_seconds(toybox.train[0])
    return Compared("augmentation, 48 px", 10, ours, plain, differences)


def augmentation_seconds(pictures: np.ndarray, size: int = 64, rounds: int = 16) -> tuple[float, float]:
    """Seconds for `rounds` batches of `size` pictures, ours and torchvision's, in turns."""
    generator, transform = torch.Generator().manual_seed(0), torchvision_colour(pictures.shape[1])
    seconds = {"ours": 0.0, "plain": 0.0}
    for k in range(-1, rounds):  # the first is a warm-up
        batch = np.roll(pictures, -k * size, axis=0)[:size]
        started = time.perf_counter()
        augment(as_pixels(batch), "colour", draws(len(batch), generator))
        between = time.perf_counter()
        torchvision_pictures(batch, transform)
        if k >= 0:
            seconds["ours"] += between - started
            seconds["plain"] += time.perf_counter() - between
    return seconds["ours"], seconds["plain"]


def main() -> None:
    """Print the three rows."""
    gains = "gains from" if bfloat16_gains("cpu") else "does not gain from"
    print(f"{torch.get_num_threads()} threads; this processor {gains} bfloat16")
    print(f"{'':34} {'ours':>11} {'plain':>11} {'ratio':>8} {'':11}   accuracy, ours - plain [95 %]")
    for benchmark in (head_only, labnet, augmentation):
        print(benchmark(), flush=True)


if __name__ == "__main__":
    main()
