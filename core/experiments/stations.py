"""Fine-tuning in the wild: the same recipe, steps, order and pictures with and without what ImageNet taught.

A station is a paper's system in small; a new one is an experiment and a row of `STATIONS`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from core.experiments.detect import detect
from core.experiments.segment import segment
from core.experiments.sources import LENT
from core.experiments.wild import SCENES
from core.learning.compare import over_seeds
from core.runs.settings import Help, Matching, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

BORROWED, SCRATCH = "borrowed", "scratch"


@dataclasses.dataclass(frozen=True)
class Station:
    """`paper` as it is cited; `asks`: what it is about, in one sentence; `run`: the experiment of an arm; `column` of
    its test row, and what that is; `controls`: further arms of the recorded comparison, by what they change.
    """

    title: str
    paper: str
    asks: str
    run: Callable
    column: str
    measures: str
    how: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    controls: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)


STATIONS: dict[str, Station] = {
    "faster_rcnn": Station(
        "Faster R-CNN", "Ren et al. 2015, arXiv:1506.01497", "Where is something, and what is it?", detect, "map",
        "mean average precision (mAP)",
    ),
    "fcn": Station(
        "FCN", "Long et al. 2015, arXiv:1411.4038", "Which toy does each pixel belong to?", segment, "iou",
        "mean overlap (IoU)", controls={"the coarsest map alone (32s)": {"skips": "32s"}},
    ),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Visit:
    station: Annotated[str, OneOf(tuple(STATIONS)), Help("whose system")] = "fcn"
    data: Annotated[str, Help("scenes, upload:<hash>, or the path of pictures with annotations")] = SCENES
    source: Annotated[str, LENT, Help("what the one arm borrows")] = "imagenet"
    frozen: Annotated[
        str, Matching(r"all|\d{1,3}", "a number of stages, or all"), Help("stages that it keeps as they are")
    ] = "0"
    controls: Annotated[bool, Help("the other arms too")] = False
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 1

    def canonical(self) -> Visit:
        return dataclasses.replace(self, data=absolute(self.data))


def arms_of(settings: Visit) -> Iterator[tuple[str, int, Spec]]:
    """(arm, seed, run), seed by seed: what is borrowed, and the same network from scratch."""
    station = STATIONS[settings.station]
    about: dict[str, Any] = {"data": settings.data, "source": settings.source, "frozen": settings.frozen, **station.how}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        first = Spec.of(station.run, **about, seed=seed)
        scratch = {"source": "none", "network": first.settings.network}
        arms = {BORROWED: {}, SCRATCH: scratch, **(station.controls if settings.controls else {})}
        for arm, change in arms.items():
            yield arm, seed, Spec.of(station.run, **{**about, **change}, seed=seed)


def summarise(settings: Visit, rows: list[Row]) -> dict[str, Any]:
    """`arms[arm]`: what the station measures on test pictures, over seeds, or of one seed with the interval of its test
    pictures; `gaps[arm]`: what is borrowed above that arm; `answer`: what is left without it. Works on some rows.
    """
    station, by = STATIONS[settings.station], {spec.id: (arm, seed) for arm, seed, spec in arms_of(settings)}
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        if row["split"] == "test":
            arm, seed = by[row["run"]]
            found.setdefault(arm, {})[seed] = row
    points = {arm: over(of, station.column) for arm, of in found.items()}
    summary: dict[str, Any] = {"arms": points, "gaps": {}, "of": station.measures}
    for arm in points.keys() - {BORROWED} if BORROWED in points else ():
        summary["gaps"][arm] = gap(found[BORROWED], found[arm], station.column)
    if SCRATCH in points:
        summary["answer"] = round(100 * points[SCRATCH]["mean"], 1)
    return summary


def over(tests: Mapping[int, Row], column: str) -> Row:
    """The mean over seeds, or the one seed's own interval."""
    if len(tests) == 1:
        (row,) = tests.values()
        return {"mean": row[column], "low": row["low"], "high": row["high"], "seeds": 1, "values": [row[column]]}
    return over_seeds([tests[seed][column] for seed in sorted(tests)]).as_json()


def gap(more: Mapping[int, Row], less: Mapping[int, Row], column: str) -> Row:
    """Paired by seed; of one seed, the two intervals of the test pictures taken together, as if they were others."""
    seeds = sorted(more.keys() & less.keys())
    values = [more[seed][column] - less[seed][column] for seed in seeds]
    if len(seeds) != 1:
        return over_seeds(values).as_json() if seeds else {}
    (seed,), (value,) = seeds, values
    half = sum(((row[seed]["high"] - row[seed]["low"]) / 2) ** 2 for row in (more, less)) ** 0.5
    return {"mean": value, "low": value - half, "high": value + half, "seeds": 1, "values": values}


@plan(Visit, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def wild(settings: Visit) -> list[Spec]:
    """Every arm of every seed."""
    return [spec for *_, spec in arms_of(settings)]
