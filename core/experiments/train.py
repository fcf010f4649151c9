"""Train one staged network on one world and test it: the arm that every comparison is made of.

A run draws labelled pictures from the training part of a world, starts from random or borrowed weights, freezes,
fine-tunes or re-initialises each stage, trains, and reports on the test part, which no run of any experiment trains on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments.reading import load
from core.experiments.sources import (
    NETWORK,
    SOURCE_WORDS,
    SOURCES,
    borrowed,
    checkpoint,
    fill,
    network_of,
    size_of,
    told_of,
)
from core.learning.intervals import wilson
from core.learning.menus import AUGMENTATIONS, OPTIMISERS, PRECISIONS, SCHEDULES
from core.models.catalog import WORDS, network_info
from core.runs.metrics import Metric
from core.runs.settings import Help, Later, Matching, OneOf, Range, Refused
from core.runs.spec import Course, Progress, Row, Spec, experiment
from core.worlds import absolute, counts, fingerprint

MOST_EMPIRICAL = 1000  # training pictures that are looked at once more
STATES = {"f": "frozen", "t": "fine-tuned", "n": "new"}


@dataclasses.dataclass(frozen=True)
class Learning:
    """How a network learns, whatever it is and wherever its weights come from."""

    labels_per_class: Annotated[int, Range(0, 100_000), Help("labelled pictures a class; 0 takes all")] = 0
    epochs: Annotated[int, Range(1, 500), Help("passes over the labelled pictures")] = 20
    steps: Annotated[int, Range(0, 1_000_000), Help("updates of the weights; 0 counts in epochs")] = 0
    batch_size: Annotated[int, Range(2, 512), Help("pictures a step")] = 32
    head_rate: Annotated[float, Range(1e-6, 10, log=True), Help("learning rate of the new head")] = 2e-3
    body_rate: Annotated[float, Range(0, 100), Help("rate of the fine-tuned stages, as a multiple of the head's")] = 1.0
    optimiser: Annotated[str, OneOf(OPTIMISERS), Help("rule of the step")] = "adamw"
    weight_decay: Annotated[float, Range(0, 10), Help("how strongly weights are pulled to zero (decoupled)")] = 1e-3
    schedule: Annotated[str, OneOf(SCHEDULES), Help("how the rate changes")] = "one_cycle"
    size: Annotated[int, Range(0, 256), Help("pixels a side that the network sees; 0 is the network's own")] = 0
    precision: Annotated[str, OneOf(PRECISIONS), Help("arithmetic")] = "auto"
    checkpoints: Annotated[
        tuple[int, ...],
        Range(0, 1_000_000),
        Later(),
        Help("steps after which the network is kept too: run:<id>@<step>"),
    ] = ()


@dataclasses.dataclass(frozen=True)
class Train(Learning):
    data: Annotated[str, Help("toybox:b, photos, digits, upload:<hash>, or the path of a folder or zip")] = "toybox:b"
    network: Annotated[str, Matching(NETWORK, WORDS), Help("the network to train")] = "labnet"
    source: Annotated[str, Matching(SOURCES, SOURCE_WORDS), Help("where its weights come from")] = "none"
    stages: Annotated[
        str,
        Matching("[ftn]*", "one letter a stage: f frozen, t fine-tuned, n new (empty: all t, the head n)"),
        Help("what happens to each stage"),
    ] = ""
    augment: Annotated[str, OneOf(AUGMENTATIONS), Help("random change of each training picture")] = "flip"
    seed: Annotated[int, Range(0, 10**6), Help("draws the pictures, the initial weights and the order")] = 0
    donor: Spec | None = None

    def canonical(self) -> Train:
        """One way to write equal settings; refuses what does not fit together."""
        info = network_info(self.network)
        stages = self.stages or "t" * (len(info.stages) - 1) + "n"
        epochs = 1 if self.steps else self.epochs  # which then count for nothing
        size = self.size or size_of(self.source) or info.size
        changes: dict[str, Any] = {"stages": stages, "size": size, "epochs": epochs}
        settings = dataclasses.replace(self, data=absolute(self.data), **changes)
        return settings.checked()

    def checked(self) -> Train:
        info = network_info(self.network)
        if len(self.stages) != len(info.stages) or not self.stages.endswith("n"):
            allowed = f"a letter for each stage of {self.network} ({', '.join(info.stages)}), the last one n."
            raise Refused("stages", self.stages, allowed)
        info.check_size(self.size)
        if self.source not in info.weights and not self.source.startswith(("run:", "weights:")):
            raise Refused("source", self.source, f"there are no such weights for {self.network}.")
        if self.source.startswith("run:") and (other := network_of(self.source)) != self.network:
            raise Refused("network", self.network, f"the weights of {self.source} are for {other}.")
        return self


def arm(settings: Train) -> str:
    """What the run is in a comparison: transfer, scratch (all random, all trained alike), or random (frozen so)."""
    if settings.donor or settings.source != "none":
        return "transfer"
    return "random" if "f" in settings.stages or settings.body_rate != 1 else "scratch"


METRICS = (
    Metric("accuracy", "Held-out pictures right", share=True),
    Metric("loss", "Held-out loss (nats)", falls=True, live=False),
)


@experiment(Train, version=2, data=lambda settings: fingerprint(settings.data), metrics=METRICS)
def train(settings: Train) -> Course:
    """Rows of training and validation, a row a test picture, a row of the risk and one of the empirical risk: of the
    pictures that were trained on, unchanged. Keeps the network, and as it was after the steps of `checkpoints`.
    """
    from core.learning.evaluate import probabilities

    data = yield from examples(settings)
    network = staged(settings, len(data.world.classes))
    steps = settings.steps or settings.epochs * max(1, round(len(data.chosen) / settings.batch_size))
    if beyond := [step for step in settings.checkpoints if step > steps]:
        raise Refused("checkpoints", beyond[0], f"this training has {steps} steps: name some from 0 to {steps}.")
    common = {"arm": arm(settings), "seed": settings.seed}
    about: dict[str, Any] = told_of(network, data.world.classes)
    for row in learning(settings, network, data, steps):
        yield {**common, **row}
        yield Progress(row["step"], steps, "steps", 0.2, 0.9)
        if row["split"] == "train" and row["step"] in settings.checkpoints:
            yield checkpoint(network, row["step"], **about)
    yield checkpoint(network, **about)
    accuracy, low, high = yield from test(network, data.world, data.parts.test, settings, common)
    some = thinned(len(data.chosen), MOST_EMPIRICAL)
    probs = probabilities(network, data.pictures[some], precision=settings.precision)
    yield {**common, "split": "empirical", **judged(probs, data.world.labels[data.chosen[some]])}
    skipped = [[s.name, s.reason] for s in data.world.skipped]
    about = {"steps": steps, "labels": len(data.chosen), "classes": list(data.world.classes), "skipped": skipped}
    return {"test_accuracy": accuracy, "low": low, "high": high, **about}


@dataclasses.dataclass(frozen=True)
class Examples:
    """What a training learns from: the world, its parts, which pictures were chosen, uint8 (N, S, S, 3)."""

    world: Any
    parts: Any
    chosen: Any  # indices (N,)
    pictures: Any
    validation: Any


def examples(settings: Train) -> Generator[Progress, None, Examples]:
    """Read the pictures, showing progress; weights that must be fetched are fetched too."""
    from core.models.staged import fetch
    from core.worlds import open_world, prepare
    from core.worlds.splits import budget, measured, split

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.1)
    for done, total in fetch(settings.network, settings.source):
        yield Progress(done // 1_000_000, max(done, total) // 1_000_000, "MB of weights fetched", 0, 0.1)
    world = open_world(settings.data)
    parts = measured(split(world))
    chosen = parts.train
    if settings.labels_per_class:
        chosen = budget(world, parts.train, settings.labels_per_class, settings.seed)
    pictures = yield from load(world, chosen, settings.size, 0.1, 0.15)
    validation = yield from load(world, parts.validation, settings.size, 0.15, 0.2)
    return Examples(world, parts, chosen, pictures, validation)


def learning(settings: Train, network: Any, data: Examples, steps: int) -> Iterator[Row]:
    """The rows of the loop."""
    from core.learning.fit import fit
    from core.learning.supervised import Supervised

    objective = Supervised(
        network,
        (data.pictures, data.world.labels[data.chosen]),
        head_rate=settings.head_rate,
        body_rate=settings.body_rate * settings.head_rate,
        augment=settings.augment,
        precision=settings.precision,
    )
    held = (data.validation, data.world.labels[data.parts.validation])
    return fit(
        objective,
        steps=steps,
        batch_size=settings.batch_size,
        optimiser=settings.optimiser,
        weight_decay=settings.weight_decay,
        schedule=settings.schedule,
        seed=settings.seed,
        probes={"validation": objective.held_out(held)} if len(data.validation) else {},
    )


def test(network: Any, world: Any, indices: Any, settings: Train, common: Row) -> Generator[Any, None, tuple]:
    """A row a test picture and one row of the test, its risk; returns accuracy, low, high."""
    from core.learning.evaluate import probabilities

    pictures = yield from load(world, indices, settings.size, 0.9, 1.0)
    probs = probabilities(network, pictures, precision=settings.precision)
    predicted, truth = probs.argmax(1), world.labels[indices]
    for k, index in enumerate(indices):
        yield {
            **common,
            "split": "picture",
            "picture": int(index),
            "label": int(truth[k]),
            "predicted": int(predicted[k]),
            "confidence": round(float(probs[k].max()), 4),
        }
    risk = judged(probs, truth)
    yield {**common, "split": "test", **risk}
    return wilson(risk["correct"], risk["n"])


def judged(probs: Any, truth: Any) -> Row:
    """Of answers (N, classes) and labels (N,): accuracy, how many were right, mean cross-entropy in nats."""
    import numpy as np

    correct, n = int((probs.argmax(1) == truth).sum()), len(truth)
    loss = float(-np.log(np.maximum(probs[np.arange(n), truth], 1e-12)).mean())
    return {"accuracy": correct / n, "correct": correct, "n": n, "loss": round(loss, 5)}


def thinned(n: int, most: int) -> Any:
    """At most `most` numbers from 0 to n - 1, evenly spread."""
    import numpy as np

    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))


def staged(settings: Train, classes: int) -> Any:
    """The network before its first step: random weights of this seed, borrowed stages put in, states applied."""
    from core.models.staged import build
    from core.models.states import freeze, transplant
    from core.models.weights import from_arrays

    weights = "none" if settings.source.startswith(("run:", "weights:")) else settings.source
    network = build(settings.network, classes, settings.seed, weights, settings.size)
    if settings.source.startswith("weights:"):
        fill(network, settings.source)
    states = [STATES[letter] for letter in settings.stages]
    if tensors := borrowed(settings.source, settings.donor):
        donor = from_arrays(tensors.recipe, tensors.arrays)
        kept = [name for name, state in zip(network.names, states, strict=True) if state != "new"]
        network = transplant(donor, network, kept)
    return freeze(network, states, settings.seed)
