"""What does a network forgive (`see.invariance`)? Pictures shifted, scaled and turned (Zeiler and Fergus,
arXiv:1311.2901, figure 5): how far their features move, early and late, and the probability of their class.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.looked_at import FEWEST, LookedAt, class_names, opened, some_pictures
from core.learning.intervals import t_interval
from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, Row, experiment
from core.worlds import fingerprint

AMOUNTS = {
    "shift": tuple(k / 24 for k in range(-6, 7)),  # of the side
    "scale": (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8),  # smaller, it would stand among its mirror images
    "rotation": tuple(float(k) for k in range(0, 360, 15)),  # degrees
}
STILL = {"shift": 0.0, "scale": 1.0, "rotation": 0.0}
SMALL, QUARTER = ("shift", 2 / 24), ("rotation", 90.0)  # what the claims are about


@dataclasses.dataclass(frozen=True)
class Invariance(LookedAt):
    data: Annotated[str, Help("the pictures")] = "toybox:a"
    pictures: Annotated[int, Range(FEWEST, 1000), Help("how many of its test pictures, at most")] = 64


@experiment(Invariance, version=1, data=lambda settings: fingerprint(settings.data))
def invariance(settings: Invariance) -> Course:
    """Rows of `distance`, a transform, amount and stage (the first, and the last below the class scores): how far the
    features move, as a multiple of the distance between two pictures; and where the network knows the classes of the
    pictures, of `truth`, their probability. Each is a mean over pictures with its 95 % interval.
    """
    from core.learning.evaluate import probabilities
    from core.learning.features import maps
    from core.lenses.invariance import apart, moved

    network = yield from opened(settings)
    world, indices, pictures = yield from some_pictures(settings, network.preprocessing.size, 0.5)
    known, column = known_classes(settings, network, world, indices)
    stages = [network.names[0], network.names[-2 if network.head else -1]]
    still, found = maps(network, pictures, stages, pooled=False), dict[tuple, Any]()
    for k, (transform, amount) in enumerate(cells := list(every())):
        seen = moved(pictures, transform, amount)
        for stage, given in maps(network, seen, stages, pooled=False).items():
            found[transform, amount, stage] = apart(still[stage], given).tolist()
            yield told("distance", transform, amount, found[transform, amount, stage], stage=stage)
        if len(known) > 1:
            found[transform, amount] = probabilities(network, seen[known])[range(len(known)), column].tolist()
            yield told("truth", transform, amount, found[transform, amount])
        yield Progress(k + 1, len(cells), "changed pictures", 0.5, 1.0)
    return {"stages": stages, "pictures": len(pictures), "known": len(known), **claimed(found, stages)}


def every() -> Iterator[tuple[str, float]]:
    return ((transform, amount) for transform, amounts in AMOUNTS.items() for amount in amounts)


def known_classes(settings: Invariance, network: Any, world: Any, indices: Any) -> tuple[list[int], list[int]]:
    """Which of the pictures are of a class that the network has a score for, and which score that is."""
    names = class_names(settings, network)
    words = [world.classes[label] for label in world.labels[indices]]
    known = [k for k, word in enumerate(words) if word in names]
    return known, [names.index(words[k]) for k in known]


def told(split: str, transform: str, amount: float, values: list[float], **more: str) -> Row:
    about = {"split": split, "transform": transform, "amount": round(amount, 4), **more}
    return {**about, **interval(values)}


def interval(values: list[float]) -> dict[str, float]:
    return dict(zip(("mean", "low", "high"), (round(value, 5) for value in t_interval(values)), strict=True))


def claimed(found: dict[tuple, Any], stages: list[str]) -> dict[str, dict[str, float]]:
    """`early_above_late`: at a small shift, how much further the first stage moves than the last; of the probability of
    the class, `lost_by_shift` and `lost_by_turn`; all paired by picture.
    """
    early, late = (found[*SMALL, stage] for stage in stages)
    pairs = {"early_above_late": (early, late)}
    if SMALL in found:
        still = found["shift", STILL["shift"]]
        pairs |= {"lost_by_shift": (still, found[SMALL]), "lost_by_turn": (still, found[QUARTER])}
    return {name: interval([a - b for a, b in zip(*pair, strict=True)]) for name, pair in pairs.items()}
