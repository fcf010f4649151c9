"""Which stage to read out: a linear classifier at the end of every stage of a borrowed network, as it is.

Nothing of the network is trained. One run reads all stages, of the same few labelled pictures. Early stages have fewer
features than late ones and want a weaker penalty, so the validation pictures choose it stage by stage.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.reading import load
from core.experiments.sources import RUN_OR_NOTHING, borrowed
from core.experiments.train import train
from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, Spec, experiment
from core.worlds import absolute, counts, fingerprint

# Inverse penalties. One for all stages would choose among them: at 0.01 a donor of light, 40 labels a class, seemed
# best read at fc6 (24.6 % against 24.9 % at conv3), at 1 it was read at conv3 (32.0 % against 23.9 %).
STRENGTHS = (0.01, 0.1, 1.0)


@dataclasses.dataclass(frozen=True)
class Readout:
    data: Annotated[str, Help("what is to be learned")] = "toybox:b"
    network: Annotated[
        str,
        RUN_OR_NOTHING,
        Help("whose network is read; nothing: the toybox donor"),
    ] = ""
    labels_per_class: Annotated[int, Range(1, 100_000), Help("labelled pictures a class")] = 5
    seed: Annotated[int, Range(0, 10**6), Help("draws the pictures")] = 0
    donor: Spec | None = None

    def canonical(self) -> Readout:
        donor = self.donor if self.network or self.donor else Spec.of(train, **TOYBOX_DONOR)
        return dataclasses.replace(self, data=absolute(self.data), donor=donor)


@experiment(Readout, version=2, data=lambda settings: fingerprint(settings.data))
def readout(settings: Readout) -> Course:
    """A row a stage and part (validation, test): accuracy of logistic regression on its features, with the `strength`
    that validation chose; `depth` counts the stages from 1. `Refused`: more labels than a class has.
    """
    from core.learning.features import maps
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
    stages = network.names[:-1] if network.classes else network.names  # an encoder has no head to leave out
    seen = {part: maps(network, pictures[part], stages) for part in chosen}
    for depth, stage in enumerate(stages, start=1):
        known = {part: (seen[part][stage].numpy(), world.labels[chosen[part]]) for part in chosen}
        strength, right = probed(known)
        for part, hits in right.items():
            counted = {"accuracy": float(hits.mean()), "correct": int(hits.sum()), "n": len(hits)}
            about = {"seed": settings.seed, "stage": stage, "depth": depth, "strength": strength}
            yield {"split": part, **about, **counted}
        yield Progress(depth, len(stages), "stages read", 0.4, 1.0)
    return {"stages": list(stages), "labels": len(chosen["train"]), "classes": list(world.classes)}


def probed(known: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """`known[part]` is features (N, D) and labels (N,) of train, validation and test. The inverse penalty that is best
    on validation, and with it who is right: validation and test → (N,) bool. Of equals the strongest penalty.
    """
    import numpy as np

    from core.learning.probe import linear_probe

    asked, truth = (np.concatenate(pair) for pair in zip(known["validation"], known["test"], strict=True))
    right = {one: linear_probe(known["train"], (asked, truth), one).predicted == truth for one in STRENGTHS}
    n = len(known["validation"][1])
    best = max(STRENGTHS, key=lambda one: float(right[one][:n].mean()))
    return best, {"validation": right[best][:n], "test": right[best][n:]}
