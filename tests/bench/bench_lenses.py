"""What a lens takes once its network is in memory, beside one plain pass of the same pictures.

python -m tests.bench.bench_lenses
One thread, as each run of the app has. On an otherwise idle machine only.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.experiments import experiment
from core.experiments.looked_at import Weights
from core.experiments.watched import at_hand, watcher
from core.learning.features import chunks
from core.learning.precision import evaluating
from core.runs.drive import drive
from core.runs.spec import Spec
from core.runs.store import Store

TOYS, LITE0 = {"source": "toybox"}, {"source": "imagenet"}
CAT = {"picture": "photograph:cat"}
ROWS = {  # what → (experiment, settings, what is looked at)
    "all stages on one picture, LabNet": ("lens_maps", TOYS, {"picture": "toybox#14201"}),
    "all stages on one picture, Lite0": ("lens_maps", LITE0, CAT),
    "top-9 of all channels of conv3, 2000 toys, 32 sheets": (
        "lens_units", TOYS | {"stage": "conv3"}, {"pictures": 1999},
    ),
    "top-9 of all channels of block3, 300 photographs": (
        "lens_units", LITE0 | {"stage": "block3", "data": "photos"}, {"pictures": 299},
    ),
    "six pictures made for conv3": ("lens_maximise", TOYS | {"stage": "conv3"}, {"pictures": 1999}),
    "six pictures made for block3": (
        "lens_maximise", LITE0 | {"stage": "block3", "data": "photos"}, {"pictures": 299},
    ),
    "128 scenes, nine factors, all channels": ("selectivity", TOYS, {"scenes": 127}),
}  # fmt: skip


def seconds(name: str, settings: dict[str, Any], folder: str) -> float:
    """Of a run that is not kept yet, its donor is."""
    store, spec = Store(Path(folder)), Spec.of(experiment(name), **settings)
    began = time.perf_counter()
    for _ in drive(spec, store):
        pass
    return time.perf_counter() - began


def plain(network: Any, n: int) -> float:
    """Seconds of one pass of n pictures."""
    size = network.preprocessing.size
    pictures = np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)
    with evaluating(network):
        began = time.perf_counter()
        for where in chunks(pictures):
            network(network.prepare(pictures[where]))
    return time.perf_counter() - began


def frames(source: str, stage: str) -> float:
    """How many frames of a camera a second."""
    watch = watcher(Weights(source=source).canonical())
    frame = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    watch(frame, stage)
    began = time.perf_counter()
    for _ in range(30):
        watch(frame, stage)
    return 30 / (time.perf_counter() - began)


def main() -> None:
    """Print seconds of each lens, and how many plain passes of a picture they are."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for what, (name, settings, others) in ROWS.items():
            network = at_hand(Weights(source=settings["source"]).canonical())
            once = plain(network, 64) / 64
            took = seconds(name, settings | others, folder)
            print(f"{what}: {took:.2f} s = {took / once:.0f} passes of a picture", flush=True)
    for source, stage in (("toybox", "conv4"), ("imagenet", "block3"), ("imagenet", "features")):
        print(f"live camera, {source}, {stage}: {frames(source, stage):.0f} frames a second of its 15", flush=True)
    torch.set_num_threads(threads)


if __name__ == "__main__":
    main()
