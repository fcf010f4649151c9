"""Does a network know that an eye is an eye (`see.correspondence`)? The same part is hidden in many pictures of a toy:
do the features change alike, more than where places of it are hidden at random? (Zeiler and Fergus, arXiv:1311.2901,
table 1.) The toybox knows where each part is.

Feet are low and beaks are high in all pictures, so the same part is also at much the same place. A second control,
which the paper has not, hides *elsewhere*: where the part is in another of the pictures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.invariance import interval
from core.experiments.looked_at import Weights, opened
from core.runs.artifacts import Artifact
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint

# toy → part → its keypoints, one a solid, in the order of the toy's declaration; of two the one that is seen
PARTS = {
    "bird": {"beak": (2,), "eye": (7, 11), "foot": (6, 10)},
    "dog": {"nose": (4,), "eye": (7, 11), "ear": (6, 10)},
}
RANDOM, ELSEWHERE = "random", "elsewhere"
SHOWN = 6  # pictures that are kept, with each part hidden


@dataclasses.dataclass(frozen=True)
class Correspondence(Weights):
    toy: Annotated[str, OneOf(tuple(PARTS)), Help("whose parts are hidden")] = "bird"
    pictures: Annotated[int, Range(5, 100), Help("how many of its test pictures, at most")] = 50
    side: Annotated[float, Range(0.05, 0.5), Help("of the square that hides a part, as a share of the picture's")] = (
        0.15
    )
    places: Annotated[int, Range(1, 50), Help("times that the places of the controls are drawn")] = 12


@experiment(Correspondence, version=1, data=lambda settings: fingerprint("toybox"))
def correspondence(settings: Correspondence) -> Course:
    """A row a stage and part, and a control: of two pictures, the share of features whose change has another
    sign, a mean over pairs with its 95 % interval (jackknife over pictures). Artifacts: `hidden`, some pictures with
    each part hidden in turn, part by part. `Refused`: a toy of which too few pictures show all parts.
    """
    import numpy as np

    from core.learning.features import maps
    from core.lenses.consistency import disagreement, hidden, pseudovalues

    network = yield from opened(settings)
    pictures, middles = yield from places(settings, network.preprocessing.size)
    side = max(1, round(settings.side * network.preprocessing.size))
    colour = np.round(np.array(network.preprocessing.mean)).astype(np.uint8)
    still, values, sheets = maps(network, pictures, network.names, pooled=False), dict[tuple, list](), []
    for k, (part, draws) in enumerate(middles.items()):
        for where in draws:
            covered = hidden(pictures, where, side, colour)
            for stage, given in maps(network, covered, network.names, pooled=False).items():
                values.setdefault((part, stage), []).append(pseudovalues(disagreement(still[stage], given)).numpy())
        sheets.append(covered[:SHOWN])
        yield Progress(k + 1, len(middles), "parts hidden", 0.3, 1.0)
    yield Artifact("hidden", np.concatenate(sheets))
    means = {cell: np.mean(draws, 0) for cell, draws in values.items()}
    for (part, stage), one in means.items():
        yield {"split": "part", "stage": stage, "part": part, **interval(one.tolist())}
    stages = list(network.names)
    return {"stages": stages, "parts": list(middles), "pictures": len(pictures), **claimed(means, still, stages)}


def places(settings: Correspondence, size: int) -> Generator[Progress, None, tuple[Any, dict[str, list]]]:
    """Pictures on which all parts are seen, uint8 (N, size, size, 3), and part → draws of (N, 2) right and down."""
    import numpy as np

    from core.worlds.toybox import open_toybox
    from core.worlds.world import TEST

    parts = PARTS[settings.toy]
    world: Any = open_toybox("toybox")
    indices = world.of(world.classes.index(settings.toy), TEST)
    found, done = [], 0
    for chunk in world.labelled(indices, size, ["pictures", "keypoints", "instances"]):
        found.append(chunk)
        done += len(chunk["pictures"])
        yield Progress(done, len(indices), "pictures read", 0.0, 0.3)
    pictures, points, toys = (np.concatenate([chunk[name] for chunk in found]) for name in found[0])
    seen = np.stack([points[:, 0, list(which), 2].max(1) > 0 for which in parts.values()]).all(0)
    chosen = np.flatnonzero(seen)[: settings.pictures]
    if len(chosen) < 5:
        raise Refused("toy", settings.toy, "one of which more pictures show all parts.")
    those, rows = points[chosen, 0], np.arange(len(chosen))
    middles = {}
    for part, which in parts.items():
        best = np.array(which)[those[:, list(which), 2].argmax(1)]
        middles[part] = [those[rows, best, :2]]
    draw = np.random.default_rng(settings.seed)
    own = list(middles.values())
    middles[RANDOM] = [np.stack([on_toy(toys[k], draw) for k in chosen]) for _ in range(settings.places)]
    middles[ELSEWHERE] = [dealt(own[k % len(own)][0], draw) for k in range(settings.places)]
    return pictures[chosen], middles


def on_toy(instances: Any, draw: Any) -> Any:
    """(2,), right and down: the middle of a pixel of the toy, drawn at random."""
    import numpy as np

    down, right = np.nonzero(instances == 1)
    k = draw.integers(len(down))
    return np.array([right[k] + 0.5, down[k] + 0.5])


def dealt(middles: Any, draw: Any) -> Any:
    """(N, 2): to each picture the place of another one."""
    import numpy as np

    order = draw.permutation(len(middles))
    other = np.empty_like(order)
    other[order] = np.roll(order, 1)
    return middles[other]


def claimed(means: dict[tuple, Any], still: dict[str, Any], stages: list[str]) -> dict:
    """`below[control][stage]`: how far the mean of the parts lies below it; `late` is the last stage below the class
    scores, `middle` the last with maps; `gone`: how much less it is in the late one, of random places. By jackknife.
    """
    import numpy as np

    parts = list(dict.fromkeys(part for part, _ in means if part not in (RANDOM, ELSEWHERE)))
    own = {stage: np.mean([means[part, stage] for part in parts], 0) for stage in stages}
    middle, late = [stage for stage in stages if still[stage].ndim == 4][-1], stages[-2]
    below = {control: {at: means[control, at] - own[at] for at in stages} for control in (RANDOM, ELSEWHERE)}
    return {
        "middle": middle,
        "late": late,
        "below": {name: {at: interval(one.tolist()) for at, one in rows.items()} for name, rows in below.items()},
        "gone": interval((below[RANDOM][middle] - below[RANDOM][late]).tolist()),
    }
