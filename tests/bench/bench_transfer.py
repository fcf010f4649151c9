"""The express sweep of AnB (one seed, 60 labels a class): `python -m tests.bench.bench_transfer`.

Ours is the app's engine with its two workers; plain is one process at its best thread count that trains the same arms
and donors from the same starts on the same batches, in float32 and NCHW, with frozen stages run forward at every step.
It measures the validation pictures as often as ours, for the same curves; its time is told without that too.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.engine import ACTIVE, Engine
from core.experiments.anb import anb, arms_of
from core.experiments.train import STATES, Train
from core.learning.fit import MEASUREMENTS
from core.learning.intervals import t_interval
from core.learning.objective import batches
from core.learning.precision import arithmetic
from core.models.staged import Staged, as_pixels, build
from core.models.states import freeze, transplant
from core.models.weights import from_arrays
from core.runs.drive import drive
from core.runs.spec import Spec
from core.runs.store import Store
from core.worlds import open_world
from core.worlds.splits import split
from tests.bench.compared import accuracy, plain_loop

WARM = "core.experiments.warm"
PAIRED = tuple((curve, n) for curve in ("AnB", "AnB+") for n in (3, 5, 7))  # whose accuracy is compared, in 5 seeds
SEEDS = 5


def pictures(settings: Train, part: str) -> tuple[np.ndarray, np.ndarray]:
    world = open_world(settings.data)
    indices = getattr(split(world), part)
    return world.pictures(indices, settings.size), world.labels[indices]


class Measured:
    """Measures the validation pictures when `fit` does, and keeps the seconds that this takes."""

    def __init__(self, settings: Train):
        data, labels = pictures(settings, "validation")
        self.batches = [
            (as_pixels(data[k : k + 64]).contiguous(), torch.from_numpy(labels[k : k + 64]))
            for k in range(0, len(labels), 64)
        ]
        self.due = {round(k * settings.steps / MEASUREMENTS) for k in range(MEASUREMENTS + 1)}
        self.seconds = 0.0

    def __call__(self, network: Staged, step: int) -> None:
        if step not in self.due:
            return
        started = time.perf_counter()
        network.eval()
        with torch.no_grad():
            for pixels, truth in self.batches:
                scores = network(network.normalise(pixels))
                F.cross_entropy(scores, truth).item()
                (scores.argmax(1) == truth).sum().item()
        network.train()
        self.seconds += time.perf_counter() - started


def plainly(settings: Train, donor: Staged | None, measured: Measured | None = None) -> Staged:
    """The arm as `train` starts it, trained by the plain loop."""
    data, labels = pictures(settings, "train")
    truth = torch.from_numpy(labels)
    network = build(settings.network, len(open_world(settings.data).classes), settings.seed, size=settings.size)
    states = [STATES[letter] for letter in settings.stages]
    if donor:
        kept = [name for name, state in zip(network.names, states, strict=True) if state != "new"]
        transplant(donor, network, kept)
    freeze(network, states, settings.seed)

    def batch(indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        return as_pixels(data[indices.numpy()]).contiguous(), truth[indices]

    order = batches(len(labels), settings.batch_size, settings.steps, settings.seed)
    if measured is None:
        return plain_loop(network, order, settings.steps, batch, settings.head_rate)
    measured(network, 0)
    return plain_loop(network, order, settings.steps, batch, settings.head_rate, functools.partial(measured, network))


def best_threads(settings: Train) -> int:
    """With how many threads the plain loop is fastest here."""
    short = dataclasses.replace(settings, steps=20)

    def seconds(threads: int) -> float:
        torch.set_num_threads(threads)
        plainly(short, None)
        started = time.perf_counter()
        plainly(short, None)
        return time.perf_counter() - started

    return min(range(1, (os.cpu_count() or 1) + 1), key=seconds)


def plain_sweep(spec: Spec) -> tuple[float, float]:
    """Seconds of the whole sweep, donors and tests included; and how many of them went into measuring as it learns."""
    donors: dict[str, Staged] = {}
    measuring, started = 0.0, time.perf_counter()

    def trained(settings: Train, donor: Staged | None) -> Staged:
        nonlocal measuring
        measured = Measured(settings)
        network = plainly(settings, donor, measured)
        accuracy(network, pictures(settings, "test"), "float32")
        measuring += measured.seconds
        return network

    for _, _, arm in arms_of(spec.settings, spec.settings.seed):
        donor = arm.settings.donor
        if donor and donor.id not in donors:
            donors[donor.id] = trained(donor.settings, None)
        trained(arm.settings, donors[donor.id] if donor else None)
    return time.perf_counter() - started, measuring


def engine_sweep(engine: Engine, spec: Spec) -> tuple[float, float]:
    """Seconds to the first finished arm, and to the end."""
    started, first = time.perf_counter(), 0.0
    engine.submit(spec, "bench")
    while True:
        view = engine.view(spec.id)
        if not first and view and any(status == "done" for _, status in view.arms):
            first = time.perf_counter() - started
        if view and view.status not in ACTIVE:
            assert view.status == "done", view.error
            return first, time.perf_counter() - started
        time.sleep(0.05)


def rendered(spec: Spec) -> None:
    """The toybox's cache, warm."""
    for settings in [spec.arms()[0].settings, *(donor.settings for arm in spec.arms() for donor in arm.donors())]:
        for part in ("train", "validation", "test"):
            pictures(settings, part)


def differences(seeds: int = SEEDS) -> dict[str, list[float]]:
    """Ours − plain in test accuracy, seed by seed, from the same donor: of each arm of `PAIRED`, and their mean."""
    gaps: dict[str, list[float]] = {f"{curve} {n}": [] for curve, n in PAIRED}
    for seed in range(seeds):
        settings = dataclasses.replace(Spec.of(anb).settings, seed=seed, frozen_at=(3, 5, 7), tuned_at=(3, 5, 7))
        for curve, n, arm in arms_of(settings, seed):
            if (curve, n) in PAIRED:
                for _ in drive(arm):
                    pass
                ours = Store().open(arm).summary["test_accuracy"]
                (donor,) = arm.donors()
                kept = Store().open(donor).artifact("network")
                source = from_arrays(kept.recipe, kept.arrays)
                torch.set_num_threads(os.cpu_count() or 1)  # `drive` left it at one
                theirs = accuracy(plainly(arm.settings, source), pictures(arm.settings, "test"), "float32")
                gaps[f"{curve} {n}"].append(ours - theirs)
    return {"mean of all": np.mean(list(gaps.values()), axis=0).tolist(), **gaps}


def main() -> None:
    """Print the sweep's times, their ratio, and what the speed costs in accuracy."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["TRANSFERLAB_HOME"] = home
        spec = Spec.of(anb)
        rendered(spec)
        engine = Engine(warm=WARM)
        while engine.state == "starting":
            time.sleep(0.1)
        first, whole = engine_sweep(engine, spec)
        donors = {donor.id for arm in spec.arms() for donor in arm.donors()}
        gone = [run.id for run in Store().runs() if run.id not in donors]
        Store().delete(lambda run: run.id in gone)
        engine.forget(gone)
        _, again = engine_sweep(engine, spec)
        engine.close()
        threads = best_threads(spec.arms()[0].settings)
        torch.set_num_threads(threads)
        plain, measuring = plain_sweep(spec)
        print(
            f"AnB express, {len(spec.arms())} arms, {arithmetic().dtype}: first point {first:.1f} s (bar 12), "
            f"whole {whole:.1f} s (bar 100), with donors {again:.1f} s (bar 60)\n"
            f"  plain ({threads} threads) {plain:.1f} s, {plain / whole:.1f}x (bar 4x); "
            f"without measuring as it learns {plain - measuring:.1f} s, {(plain - measuring) / whole:.1f}x",
            flush=True,
        )
        for name, gaps in differences().items():
            mean, low, high = (100 * value for value in t_interval(gaps))
            print(
                f"  {name}, ours - plain, {len(gaps)} seeds: {mean:+.2f} [{low:+.2f}, {high:+.2f}] points", flush=True
            )


if __name__ == "__main__":
    main()
