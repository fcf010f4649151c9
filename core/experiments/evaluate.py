"""A trained network on the pictures of another world, as it is: nothing of it learns, and labels only count its errors.

That needs the classes that it knows, in the same order: other pictures, the same labels.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.reading import load
from core.experiments.sources import RUN_OR_NOTHING, borrowed
from core.experiments.train import judged, train
from core.runs.settings import Help, Later, Matching, Refused
from core.runs.spec import Course, Progress, Spec, experiment
from core.worlds import absolute, counts, fingerprint

MANY, TOP = 10, 5  # classes from which on it is told whether the best five have the right one


@dataclasses.dataclass(frozen=True)
class Evaluate:
    data: Annotated[str, Help("whose test pictures it is asked about")] = "toybox:a"
    network: Annotated[
        str,
        RUN_OR_NOTHING,
        Help("which network is asked; nothing: the toybox donor"),
    ] = ""
    passed: Annotated[
        str, Matching(r"(\w+(-\w+)*)?", "stages with - between, or nothing"), Help("stages that are passed by"), Later()
    ] = ""
    donor: Spec | None = None

    def canonical(self) -> Evaluate:
        donor = self.donor if self.network or self.donor else Spec.of(train, **TOYBOX_DONOR)
        return dataclasses.replace(self, data=absolute(self.data), donor=donor)


@experiment(Evaluate, version=1, data=lambda settings: fingerprint(settings.data))
def evaluate(settings: Evaluate) -> Course:
    """One row of the test pictures, with `top5`, the share of which the class is among the five likeliest, where there
    are ten classes or more. `Refused`: other classes than those it knows, a stage that cannot be passed by.
    """
    from core.learning.evaluate import probabilities
    from core.lenses.passed import passed_by
    from core.models.weights import from_arrays
    from core.worlds import open_world, prepare
    from core.worlds.splits import measured, split

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.1)
    kept = borrowed(settings.network, settings.donor)
    assert kept is not None  # a donor, or `run:<id>`, which always names a run or is refused
    world = open_world(settings.data)
    if list(world.classes) != list(kept.recipe["classes"]):
        raise Refused("data", settings.data, "this network names other classes: ask it about pictures of its own.")
    network = passed_by(from_arrays(kept.recipe, kept.arrays), filter(None, settings.passed.split("-")))
    indices = measured(split(world)).test
    pictures = yield from load(world, indices, network.preprocessing.size, 0.1, 0.8)
    probs, truth = probabilities(network, pictures), world.labels[indices]
    row = judged(probs, truth)
    if len(world.classes) >= MANY:
        row["top5"] = float((probs.argsort(1)[:, -TOP:] == truth[:, None]).any(1).mean())
    yield {"split": "test", "seed": 0, **row}
    return {"test_accuracy": row["accuracy"], "classes": list(world.classes)}
