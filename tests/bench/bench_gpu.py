"""What a GPU gives: bfloat16 against float32 on it, and it against this processor: `make gpu`."""

from __future__ import annotations

import time

import torch

from core.learning.fit import fit
from core.learning.supervised import Supervised
from core.models.staged import build
from tests.bench.compared import RATES, Compared, accuracy, toys

SEEDS, STEPS = 5, 200
WAYS = {"GPU, bfloat16": ("cuda", "bfloat16"), "GPU, float32": ("cuda", "float32"), "processor": ("cpu", "auto")}


def main() -> None:
    """Print a row a pair of ways; LabNet from scratch on toybox pictures in memory."""
    if not torch.cuda.is_available():
        print("NO GPU: nothing to measure")
        return
    print(torch.cuda.get_device_name())
    toybox, seconds, right = toys(48, 4, 300, 225), dict.fromkeys(WAYS, 0.0), {way: [] for way in WAYS}
    for seed in range(-1, SEEDS):  # the first warms up
        for way, (device, precision) in WAYS.items():
            network = build("labnet", 4, seed + 1)
            objective = Supervised(network, toybox.train, augment="flip", device=device, precision=precision, **RATES)
            began = time.perf_counter()
            for _ in fit(objective, steps=STEPS, seed=seed + 1):
                pass
            if seed >= 0:
                seconds[way] += (time.perf_counter() - began) / SEEDS
                right[way].append(accuracy(network, toybox.test, "float32"))
    for ours, plain in (("GPU, bfloat16", "GPU, float32"), ("GPU, bfloat16", "processor")):
        apart = tuple(a - b for a, b in zip(right[ours], right[plain], strict=True))
        print(Compared(f"LabNet: {ours} / {plain}", 1, seconds[ours], seconds[plain], apart))


if __name__ == "__main__":
    main()
