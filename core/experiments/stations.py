"""Fine-tuning in the wild: the same recipe, steps, order and pictures with and without what ImageNet taught.

A station is a paper's system in small; a new one is an experiment and a row of `STATIONS`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from core.experiments.boundaries import boundaries
from core.experiments.detect import detect
from core.experiments.one_shot_video import one_shot_video
from core.experiments.segment import segment
from core.experiments.sources import LENT
from core.experiments.vessels import vessels
from core.learning.compare import over_seeds
from core.runs.settings import Help, Matching, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

BORROWED, SCRATCH = "transfer", "scratch"


@dataclasses.dataclass(frozen=True)
class Station:
    """`paper` as it is cited; `asks`: what it is about, in one sentence; `works`: how it finds an answer; `run`: the
    experiment of an arm; `column` of its test row, and what that is; `controls`: further arms of the recorded
    comparison, by what they change.
    """

    title: str
    paper: str
    asks: str
    works: str
    run: Callable
    column: str
    measures: str
    how: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    controls: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)


STATIONS: dict[str, Station] = {
    "faster_rcnn": Station(
        "Faster R-CNN", "Ren et al. 2015, arXiv:1506.01497", "Where is something, and what is it?",
        "Boxes of a few sizes are asked at every place of a map whether something is in them; the best are cut out of "
        "the same map, named and corrected.", detect, "map",
        "mean average precision (mAP)",
    ),
    "rcnn": Station(
        "R-CNN", "Girshick et al. 2014, arXiv:1311.2524", "Where is something, and what is it?",
        "Boxes around what looks like one thing are cut out and warped to windows, each a picture to a network that "
        "knew whole ones; an SVM a class names it, and its box is corrected.", detect, "map",
        "mean average precision (mAP)",
        {"method": "rcnn", "pictures": 100, "tested": 100, "steps": 120, "batch_size": 32, "head_rate": 3e-3},
        controls={
            "without fine-tuning": {"tune": False},
            "a softmax instead of SVMs": {"svm": False},
            "without box regression": {"regression": False},
        },
    ),
    "cob": Station(
        "COB", "Maninis et al. 2017, arXiv:1701.04658", "Where does one thing end and another begin?",
        "Maps of several resolutions are fused to the strength of a boundary and its direction; across that direction "
        "only the strongest pixel stays.", boundaries, "f", "boundary F (ODS)",
    ),
    "fcn": Station(
        "FCN", "Long et al. 2015, arXiv:1411.4038", "Which toy does each pixel belong to?",
        "The last maps say it for a few places; finer maps are added on the way back to the picture.", segment, "iou",
        "mean overlap (IoU)", controls={"the coarsest map alone (32s)": {"skips": "32s"}},
    ),
    "driu": Station(
        "DRIU", "Maninis et al. 2016, arXiv:1609.01103", "Which pixels of a retina are vessels?",
        "The base loses its last layers; what is read of its finer maps is fused, pixel by pixel.", vessels, "dice",
        "Dice overlap",
    ),
    "osvos": Station(
        "OSVOS", "Caelles et al. 2017, arXiv:1611.05198", "Where is this one thing in all other frames of the video?",
        "A network that finds whatever is a thing learns from the one frame in which it is marked and looks for it in "
        "each other frame; outlines correct what it finds.", one_shot_video, "j", "mean overlap (J)",
        controls={
            "without the parent": {"parent": False}, "without the one-shot step": {"one_shot": False},
            "without the contour branch": {"contour": False},
        },
    ),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Visit:
    station: Annotated[str, OneOf(tuple(STATIONS)), Help("whose system")] = "fcn"
    data: Annotated[str, Help("upload:<hash>, or the path of pictures with annotations; nothing: its own")] = ""
    source: Annotated[str, LENT, Help("what the one arm borrows")] = "imagenet"
    frozen: Annotated[
        str,
        Matching(r"auto|all|\d{1,3}", "auto, a number of stages, or all"),
        Help("stages that it keeps as they are; auto: as many as its experiment does"),
    ] = "auto"
    controls: Annotated[bool, Help("part by part: further arms, each without one")] = True
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Visit:
        own = STATIONS[self.station].run.experiment.settings.data  # type: ignore[attr-defined]
        return dataclasses.replace(self, data=absolute(self.data) if self.data else own)


def arms_of(settings: Visit) -> Iterator[tuple[str, int, Spec]]:
    """(arm, seed, run), seed by seed: what is borrowed, and the same network from scratch."""
    station = STATIONS[settings.station]
    about: dict[str, Any] = {"data": settings.data, "source": settings.source, **station.how}
    about |= {"frozen": settings.frozen} if settings.frozen != "auto" else {}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        first = Spec.of(station.run, **about, seed=seed)
        scratch = {"source": "none", "network": first.settings.network}
        arms = {BORROWED: {}, SCRATCH: scratch, **(station.controls if settings.controls else {})}
        for arm, change in arms.items():
            yield arm, seed, Spec.of(station.run, **{**about, **change}, seed=seed)


def summarise(settings: Visit, rows: list[Row]) -> dict[str, Any]:
    """`arms[arm]`: what the station measures on test pictures, over seeds, or of one seed with the interval of its test
    pictures; `gaps[arm]`: what is borrowed above that arm; `answer`: what is left without it; `pair`: the runs of these
    two. Works on some rows.
    """
    station, by = STATIONS[settings.station], {spec.id: (arm, seed) for arm, seed, spec in arms_of(settings)}
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        if row["split"] == "test":
            arm, seed = by[row["run"]]
            found.setdefault(arm, {})[seed] = row
    points = {arm: over(of, station.column) for arm, of in found.items()}
    pair = [run for run, (arm, _) in by.items() if arm in (BORROWED, SCRATCH)]
    summary: dict[str, Any] = {"arms": points, "gaps": {}, "of": station.measures, "pair": pair}
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
