"""Which stages settle first (`see.evolution`)? A network is kept at some steps of its training, and each stage is
compared with what it became (Zeiler and Fergus, arXiv:1311.2901, figure 4, who looked; Raghu et al. 2017,
arXiv:1706.05806, who measured).
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.lens_units import NINE, RENDERED, TILE, boxes_of
from core.experiments.looked_at import FEWEST, LookedAt, some_pictures
from core.experiments.reading import load
from core.experiments.sources import borrowed
from core.experiments.train import train
from core.learning.compare import over_seeds
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, Row, Spec, experiment, plan
from core.worlds import absolute, fingerprint

KEPT = (0, 0.02, 0.04, 0.08, 0.12, 0.2, 0.3, 0.4, 0.6, 0.8, 1)  # shares of the training
SETTLED = 0.9  # of CKA


@dataclasses.dataclass(frozen=True)
class Evolved:
    data: Annotated[str, Help("the pictures")] = "toybox:b"
    pictures: Annotated[int, Range(FEWEST, 5000), Help("how many of its test pictures, at most")] = 400
    channel: Annotated[int, Range(0, 2047), Help("the unit of each stage whose patches are kept")] = 0
    donor: Spec | None = None

    def canonical(self) -> Evolved:
        return dataclasses.replace(self, data=absolute(self.data), donor=self.donor or training(Evolution(), 0))


@experiment(Evolved, version=1, data=lambda settings: fingerprint(settings.data))
def evolved(settings: Evolved) -> Course:
    """A row a step that was kept and stage: `cka`, how like the finished stage it is on test pictures. Artifacts of
    each step: `patches`, a sheet a stage with maps, of the nine patches that then excite its unit most.
    """
    from core.learning.features import maps
    from core.lenses.similarity import cka

    assert settings.donor is not None
    address, steps = f"run:{settings.donor.id}", settings.donor.settings.checkpoints
    last = kept(address)
    looked_at = LookedAt(data=settings.data, pictures=settings.pictures)
    world, indices, pictures = yield from some_pictures(looked_at, last.preprocessing.size, 0.2)
    large = yield from load(world, indices, RENDERED * last.preprocessing.size, 0.2, 0.4)
    finished = maps(last, pictures, last.names, pooled=False)
    for k, step in enumerate(steps):
        network = kept(f"{address}@{step}")
        given = maps(network, pictures, network.names, pooled=False)
        for stage in network.names:
            like = cka(given[stage].flatten(1), finished[stage].flatten(1))
            yield {"split": "stage", "stage": stage, "step": step, "cka": round(like, 5)}
        yield Artifact("patches", sheets(network, given, large, settings.channel), step)
        yield Progress(k + 1, len(steps), "steps looked at", 0.4, 1.0)
    return {"stages": list(last.names), "steps": list(steps), "pictures": len(pictures)}


def kept(address: str) -> Any:
    """The network behind `run:<id>` or `run:<id>@<step>`."""
    from core.models.weights import from_arrays

    tensors = borrowed(address, None)
    assert tensors is not None  # an address names a run, or is refused
    return from_arrays(tensors.recipe, tensors.arrays)


def sheets(network: Any, given: dict[str, Any], large: Any, channel: int) -> Any:
    """uint8 (stages with maps, s, s, 3): of pictures that are seen `large`, (N, S, S, 3), the nine best patches."""
    import numpy as np

    from core.lenses.receptive import spans
    from core.lenses.sheets import patch, sheet

    found, size = [], network.preprocessing.size
    for stage, maps in given.items():
        if maps.ndim == 4:
            own = maps[:, min(channel, maps.shape[1] - 1)]  # (N, h, w)
            strength, where = own.flatten(1).max(1)
            best = strength.argsort(descending=True, stable=True)[:NINE]
            rows, columns = where[best] // own.shape[2], where[best] % own.shape[2]
            boxes = boxes_of(spans(network, stage), rows.tolist(), columns.tolist())
            tiles = [patch(large[k], box, size, TILE) for k, box in zip(best.tolist(), boxes, strict=True)]
            found.append(sheet(np.stack(tiles)))
    return np.stack(found)


@dataclasses.dataclass(frozen=True)
class Evolution:
    data: Annotated[str, Help("a world of classes")] = "toybox:b"
    labels_per_class: Annotated[int, Range(0, 100_000), Help("labelled pictures a class; 0 takes all")] = 100
    steps: Annotated[int, Range(50, 100_000), Help("of each training")] = 250
    pictures: Annotated[int, Range(FEWEST, 5000), Help("test pictures to compare on, at most")] = 400
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Evolution:
        return dataclasses.replace(self, data=absolute(self.data))


def training(settings: Evolution, seed: int) -> Spec:
    """The training whose network is kept on the way."""
    shared: dict[str, Any] = {name: getattr(settings, name) for name in ("data", "labels_per_class", "steps")}
    kept = tuple(round(share * settings.steps) for share in KEPT)
    return Spec.of(train, **shared, batch_size=64, head_rate=3e-3, seed=seed, checkpoints=kept)


def arm(settings: Evolution, seed: int) -> Spec:
    return Spec.of(evolved, data=settings.data, pictures=settings.pictures, donor=training(settings, seed))


def summarise(settings: Evolution, rows: list[Row]) -> dict:
    """`likeness[stage]`: points with `step`, and the mean CKA over seeds with its 95 % interval; `settled[stage]`: the
    share of the training after which it first is .9; `first_settles_first`: how much sooner that is of the first
    stage than of the last below the class scores, paired over seeds. Works on some of the rows.
    """
    seeds: dict[str, dict[str, dict[int, float]]] = {}
    for row in rows:
        seeds.setdefault(row["stage"], {}).setdefault(row["run"], {})[row["step"]] = row["cka"]
    likeness = {
        stage: [
            {"step": step, **over_seeds([run[step] for run in runs.values()]).as_json()}
            for step in sorted(next(iter(runs.values())))
        ]
        for stage, runs in seeds.items()
    }
    when = {stage: [settles(run) / settings.steps for run in runs.values()] for stage, runs in seeds.items()}
    summary = {"likeness": likeness, "settled": {stage: over_seeds(values).as_json() for stage, values in when.items()}}
    if when:
        first, *_, last, _ = when
        summary["first_settles_first"] = over_seeds(
            [late - early for early, late in zip(when[first], when[last], strict=True)]
        ).as_json()
    return summary


def settles(likeness: dict[int, float]) -> float:
    """The step at which the likeness first is .9, on a straight line between those that were kept."""
    before = None
    for step, value in sorted(likeness.items()):
        if value >= SETTLED:
            return step if before is None else step - (step - before[0]) * (value - SETTLED) / (value - before[1])
        before = step, value
    return max(likeness)


@plan(Evolution, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def evolution(settings: Evolution) -> list[Spec]:
    """An arm a seed."""
    return [arm(settings, seed) for seed in range(settings.seed, settings.seed + settings.seeds)]
