"""Which stage to read out: a linear classifier at the end of every stage of a borrowed network, as it is.

Nothing of the network is trained. One run reads all stages, of the same few labelled pictures.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.train import absolute, borrowed, load, train
from core.runs.settings import Help, Matching, Range
from core.runs.spec import Course, Progress, Spec, experiment
from core.worlds import counts, fingerprint


@dataclasses.dataclass(frozen=True)
class Readout:
    data: Annotated[str, Help("what is to be learned")] = "toybox:b"
    network: Annotated[
        str,
        Matching(r"(run:[0-9a-f]{16}(@\d+)?)?", "run:<id>, or nothing"),
        Help("whose network is read; nothing: the toybox donor"),
    ] = ""
    labels_per_class: Annotated[int, Range(1, 100_000), Help("labelled pictures a class")] = 5
    seed: Annotated[int, Range(0, 10**6), Help("draws the pictures")] = 0
    donor: Spec | None = None

    def canonical(self) -> Readout:
        donor = self.donor if self.network or self.donor else Spec.of(train, **TOYBOX_DONOR)
        return dataclasses.replace(self, data=absolute(self.data), donor=donor)


@experiment(Readout, version=1, data=lambda settings: fingerprint(settings.data))
def readout(settings: Readout) -> Course:
    """A row a stage and part (validation, test): accuracy of logistic regression on its features; `depth` counts the
    stages from 1. `Refused`: more labels than a class has.
    """
    from core.learning.features import features
    from core.learning.probe import linear_probe
    from core.models.weights import from_arrays
    from core.worlds import open_world, prepare
    from core.worlds.splits import budget, measured, split

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.1)
    kept = borrowed(settings.network, settings.donor)
    assert kept is not None  # a donor, or `run:<id>`, which always names a run or is refused
    network = from_arrays(kept.recipe, kept.arrays)
    world = open_world(settings.data)
    parts = measured(split(world))
    chosen = {"train": budget(world, parts.train, settings.labels_per_class, settings.seed)}
    chosen |= {"validation": parts.validation, "test": parts.test}
    size = network.preprocessing.size
    pictures = {}
    for k, (part, indices) in enumerate(chosen.items()):
        pictures[part] = yield from load(world, indices, size, 0.1 + 0.1 * k, 0.2 + 0.1 * k)
    stages = network.names[:-1]
    for depth, stage in enumerate(stages, start=1):
        known = {part: (features(network, pictures[part], stage), world.labels[chosen[part]]) for part in chosen}
        for part in ("validation", "test"):
            found = linear_probe(known["train"], known[part])
            correct = int((found.predicted == known[part][1]).sum())
            counted = {"accuracy": found.accuracy, "correct": correct, "n": len(known[part][1])}
            yield {"split": part, "seed": settings.seed, "stage": stage, "depth": depth, **counted}
        yield Progress(depth, len(stages), "stages read", 0.4, 1.0)
    return {"stages": list(stages), "labels": len(chosen["train"]), "classes": list(world.classes)}
