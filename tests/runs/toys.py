"""Tiny experiments for the tests of runs: no torch, no pictures."""

import dataclasses
from typing import Annotated

import numpy as np

from core.runs.artifacts import Artifact, Tensors
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Progress, Spec, experiment, plan
from core.runs.store import Store


@dataclasses.dataclass(frozen=True)
class Count:
    to: Annotated[int, Range(1, 1000), Help("how far")] = 3
    rate: Annotated[float, Range(0.1, 10, log=True)] = 1.0
    mood: Annotated[str, OneOf(("calm", "broken", "refusing"))] = "calm"
    loud: bool = False
    donor: Spec | None = None

    def canonical(self):
        if self.loud and self.to > 100:
            raise Refused("to", self.to, "at most 100 when loud.")
        return self


closed = []


@experiment(Count, version=3, data=lambda settings: "numbers-1")
def count(settings):
    try:
        for k in range(settings.to):
            if settings.mood == "broken" and k == 1:
                raise ZeroDivisionError("a bug")
            if settings.mood == "refusing" and k == 1:
                raise Refused("rate", settings.rate, "a smaller one.")
            yield {"split": "train", "step": k, "value": k * settings.rate}
            yield Progress(k + 1, settings.to, "numbers")
        if settings.donor:
            yield {"split": "donor", "value": Store().open(settings.donor).summary["last"]}
        yield Artifact("net", Tensors({"w": np.arange(3.0), "n": np.array(7)}, {"network": "toy"}))
        yield Artifact("net", Tensors({"w": np.zeros(3)}, {"network": "toy"}), step=1)
        yield Artifact("seen", np.full((2, 4, 4, 3), 200, np.uint8))
        yield Artifact("note", {"words": ["naïve", "×"]})
        return {"last": (settings.to - 1) * settings.rate}
    finally:
        closed.append(settings)


def total(settings, rows):
    return {"total": sum(row["value"] for row in rows if row["split"] == "train")}


@dataclasses.dataclass(frozen=True)
class Counts:
    arms: Annotated[int, Range(1, 5)] = 2


@plan(Counts, version=1, summarise=total)
def counts(settings):
    return [Spec.of(count, to=k + 1) for k in range(settings.arms)] + [Spec.of(count, to=1)]
