"""What the surroundings give away (shortcuts of the toybox): can a network do its task without seeing the toy?

The same pictures are shown whole, with nothing left of the toy but its shadow, and as the empty room. Three tasks: name
the toy; tell by how many quarter turns the picture was rotated (the pretext task of Gidaris et al. 2018,
arXiv:1803.07728); and find the other crop of the same picture among those of all test pictures, which is what a
contrastive encoder is asked, here by nothing but the histogram of colours.
"""

from __future__ import annotations

import dataclasses
from statistics import mean
from typing import Annotated

from core.experiments.reading import gathered
from core.learning.compare import compare
from core.learning.intervals import t_interval
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Course, Progress, Row, Spec, experiment, plan
from core.worlds import fingerprint

VIEWS = ("pictures", "shadow", "room")
TASKS = ("class", "rotation", "identity")
SIDE, CROP, BINS = 48, 32, 6  # pixels of a picture and of a crop of it; bins of a histogram for each colour
RATE = 2e-3
SAME = 400  # test pictures among which the other crop is looked for


@dataclasses.dataclass(frozen=True)
class Cue:
    data: Annotated[str, OneOf(("toybox:a", "toybox:b")), Help("the toys")] = "toybox:a"
    view: Annotated[str, OneOf(VIEWS), Help("the picture, its shadows without the toy, or the empty room")] = "shadow"
    task: Annotated[str, OneOf(TASKS), Help("name the toy, tell the rotation, or find the same picture")] = "class"
    labels_per_class: Annotated[int, Range(2, 400), Help("pictures a class to learn from")] = 200
    steps: Annotated[int, Range(1, 100_000), Help("of training, 64 pictures each")] = 300
    seed: Annotated[int, Range(0, 10**6), Help("of weights, order, rotations and crops")] = 0


@experiment(Cue, version=1, data=lambda settings: fingerprint(settings.data))
def cue(settings: Cue) -> Course:
    """Rows of training, and one of the test with its `chance`."""
    import numpy as np

    from core.worlds.splits import split
    from core.worlds.toybox import open_toybox

    world = open_toybox(settings.data)
    parts = split(world)
    common = {"view": settings.view, "task": settings.task, "seed": settings.seed}
    if settings.task == "identity":
        chosen = np.random.default_rng(settings.seed).choice(parts.test, SAME, replace=False)
        pictures = yield from seen(world, np.sort(chosen), settings.view, 0.0, 1.0)
        accuracy, chance = found_again(pictures, settings.seed), 1 / SAME
    else:
        accuracy, chance = yield from trained(settings, world, parts, common)
    yield {**common, "split": "test", "accuracy": accuracy, "chance": chance}
    return {"test_accuracy": accuracy, "chance": chance}


def trained(settings: Cue, world, parts, common: Row):
    """LabNet from scratch; returns its accuracy on the test pictures, and that of guessing."""
    from core.learning.evaluate import probabilities
    from core.learning.fit import fit
    from core.learning.supervised import Supervised
    from core.methods.rotation import TURNS, Rotation, turned
    from core.models.staged import build
    from core.worlds.splits import budget

    train = budget(world, parts.train, settings.labels_per_class, settings.seed)
    learned = yield from seen(world, train, settings.view, 0.0, 0.2)
    tested = yield from seen(world, parts.test, settings.view, 0.2, 0.3)
    method, classes, labels = Supervised, len(world.classes), [world.labels[train], world.labels[parts.test]]
    if settings.task == "rotation":
        method, classes, labels = Rotation, TURNS, [drawn_turns(len(train), settings.seed), drawn_turns(len(tested), 1)]
        tested = turned(tested, labels[1])
    network = build("labnet", classes, settings.seed)
    objective = method(network, (learned, labels[0]), head_rate=RATE, body_rate=RATE)
    for row in fit(objective, steps=settings.steps, seed=settings.seed):
        yield {**common, **row}
        yield Progress(row["step"], settings.steps, "steps", 0.3, 0.95)
    return float((probabilities(network, tested).argmax(1) == labels[1]).mean()), 1 / classes


def seen(world, indices, view: str, start: float, end: float):
    """The pictures in one view; returns uint8 `(N, 48, 48, 3)`."""
    chunks = (chunk[view] for chunk in world.labelled(indices, SIDE, [view]))
    return (yield from gathered(chunks, len(indices), SIDE, start, end))


def drawn_turns(n: int, seed: int):
    """(n,) quarter turns, 0 to 3."""
    import numpy as np

    return np.random.default_rng(seed).integers(0, 4, n)


def found_again(pictures, seed: int) -> float:
    """The share of pictures of which one crop is most like the other crop of the same picture, by colours alone."""
    import numpy as np

    draw = np.random.default_rng(seed)

    def crops():
        for picture in pictures:
            down, right = draw.integers(0, SIDE - CROP + 1, 2)
            crop = picture[down : down + CROP, right : right + CROP].reshape(-1, 3).astype(int) * BINS // 256
            yield np.bincount((crop[:, 0] * BINS + crop[:, 1]) * BINS + crop[:, 2], minlength=BINS**3)

    first, second = np.stack(list(crops())), np.stack(list(crops()))
    apart = np.abs(first[:, None] - second[None]).sum(-1)
    return float((apart.argmin(1) == np.arange(len(pictures))).mean())


@dataclasses.dataclass(frozen=True)
class Shortcuts:
    data: Annotated[str, OneOf(("toybox:a", "toybox:b")), Help("the toys")] = "toybox:a"
    labels_per_class: Annotated[int, Range(2, 400), Help("pictures a class to learn from")] = 200
    steps: Annotated[int, Range(1, 100_000), Help("of training, 64 pictures each")] = 300
    seed: Annotated[int, Range(0, 10**6), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3


def summarise(settings: Shortcuts, rows: list[Row]) -> dict:
    """`table`: accuracy of each task in each view with its 95 % interval over seeds, and its chance; `toy`: how much
    better rotation is named with the toy than from the empty room, paired over seeds.
    """
    by = {spec.id: ((spec.settings.task, spec.settings.view), spec.settings.seed) for spec in shortcuts(settings)}
    compared, table = compare(rows, by), []
    for task, view in dict.fromkeys(cell for cell, _ in by.values()):
        tests = compared.tests[task, view]
        values = [row["accuracy"] for row in tests.values()]
        low, high = t_interval(values)[1:] if len(values) > 1 else (values[0], values[0])
        point = {"accuracy": mean(values), "low": max(0.0, low), "high": min(1.0, high)}
        table.append({"task": task, "view": view, **point, "chance": next(iter(tests.values()))["chance"]})
    gain = compared.gap(("rotation", "pictures"), ("rotation", "room"))
    assert gain
    return {"table": table, "toy": gain.mean, "toy_low": gain.low, "toy_high": gain.high}


@plan(Shortcuts, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def shortcuts(settings: Shortcuts) -> list[Spec]:
    """An arm a task, view and seed; seed by seed."""
    shared = {name: getattr(settings, name) for name in ("data", "labels_per_class", "steps")}
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return [
        Spec.of(cue, **shared, task=task, view=view, seed=seed) for seed in seeds for task in TASKS for view in VIEWS
    ]
