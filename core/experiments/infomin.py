"""Which views? (`con.infomin`) A contrastive encoder learns from pairs that share exactly some factors.

InfoNCE of pairs that are given bounds what both views share; linear probes say what of it the code has kept. What a
target needs and the views do not share is missing; what they share beside it is noise (Tian et al. 2020,
arXiv:2005.10243, figure 1). Whoever chooses pairs of the same class has used the labels: that is supervision.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments.learned import Learning, learned
from core.experiments.reading import load
from core.experiments.represented import side
from core.experiments.sources import NETWORK, checkpoint, told_of
from core.learning.menus import SCHEDULES
from core.models.catalog import WORDS
from core.runs.artifacts import Artifact
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, Matching, OneOf, Range
from core.runs.spec import Course, Progress, Row, experiment
from core.worlds import fingerprint
from core.worlds.toybox.shared import SHARABLE, TOGETHER, meant, read_pairs

TARGETS = ("class", "room", "pose", "light")
TOYS = Matching(r"((few:\d{1,6}:\d{1,7}|half:[ab]:random-\d{1,6}):)*toybox(:[a-z]+)?", "toybox, toybox:a …, or a part")
SHOWN = 8  # pairs that are drawn
REGULARISATION = 0.03  # of the probes: a weight decay of .01 where 3,200 pictures teach them
METRICS = (
    Metric("information", "Information shared by held-out views, InfoNCE (nats)", "held_out"),
    Metric("loss", "Loss", "train", falls=True),
)
STREAMS = (Stream("views", "Pairs that it learns from: one view above the other"),)


@dataclasses.dataclass(frozen=True)
class Views(Learning):
    """What all trainings on chosen views have in common. steps=0: random weights, the control."""

    network: Annotated[str, Matching(NETWORK, WORDS), Help("the encoder: its last stage is the code")] = "labnet-fc7"
    steps: Annotated[int, Range(0, 100_000), Help("updates of the weights; 0 leaves them random")] = 200
    rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate")] = 8e-3
    schedule: Annotated[str, OneOf(SCHEDULES), Help("how the rate changes")] = "one_cycle"
    seed: Annotated[int, Range(0, 10**6), Help("of weights, order and crops")] = 0


@dataclasses.dataclass(frozen=True)
class Infomin(Views):
    data: Annotated[str, TOYS, Help("toys, of which every factor is known")] = "toybox:a"
    shared: Annotated[
        tuple[str, ...], OneOf((*SHARABLE, *TOGETHER)), Help("what both views have in common; all else is drawn anew")
    ] = ("class",)
    target: Annotated[str, OneOf(TARGETS), Help("what the summary is about; the others are read too")] = "class"
    pairs: Annotated[int, Range(2, 20_000), Help("pairs of views to learn from")] = 2000
    held_out: Annotated[int, Range(2, 2000), Help("other pairs N, on which the information is estimated")] = 400
    labels_per_class: Annotated[int, Range(5, 400), Help("pictures a class that teach the probes")] = 200

    def canonical(self) -> Infomin:
        about: dict[str, Any] = {"shared": meant(self.shared)}
        if self.untrained:
            unused = ("pairs", "held_out", "batch_size", "rate", "schedule", "checkpoints")
            about = {"shared": (), **{name: getattr(Infomin, name) for name in unused}}
        return dataclasses.replace(self, **about | self.budgeted(control=True))


def arm(settings: Infomin) -> str:
    """What is shared, in words."""
    return "random weights" if settings.untrained else in_words(settings.shared)


def in_words(shared: tuple[str, ...]) -> str:
    """By the shortest name that there is."""
    named = next((word for word, factors in TOGETHER.items() if meant(factors) == shared), "")
    return named or ", ".join(shared)


@experiment(Infomin, version=1, data=lambda s: fingerprint(s.data), metrics=METRICS, streams=STREAMS)
def infomin(settings: Infomin) -> Course:
    """Rows of training; of `held_out` (the InfoNCE estimate of the information in nats, which is at most log N) as it
    learns; in the end of `information`, and of `factor`, a row a target. Keeps the encoder.
    """
    from core.models.staged import build
    from core.worlds import open_world

    world, common = open_world(settings.data), {"arm": arm(settings), "seed": settings.seed}
    size = side(settings.network, settings.size, world.side)
    network, told = build(settings.network, 0, settings.seed, size=size), dict[str, Any]()
    if not settings.untrained:
        pairs = yield from views(settings, world.classes, size)
        yield Artifact("views", beside(pairs[:SHOWN]))
        told = yield from taught(settings, network, pairs, common)
    yield checkpoint(network, **told_of(network, world.classes))
    found = yield from read(settings, network, world, size, common)
    return {"target": settings.target, "accuracy": found[settings.target], "targets": found, **told}


def views(settings: Infomin, classes: tuple[str, ...], size: int) -> Generator[Progress, None, Any]:
    """uint8 (N, 2, S, S, 3): the pairs to learn from, then those that are held out."""
    import numpy as np

    n = settings.pairs + settings.held_out
    both, parts = range(n), []
    for chunk in read_pairs(both, settings.shared, classes, size):
        parts.append(chunk)
        yield Progress(sum(map(len, parts)), n, "pairs of views", 0, 0.07)
    return np.concatenate(parts)


def beside(pairs: Any) -> Any:
    """uint8 (n, 2, S, S, 3) -> (n, 2 S, S, 3): one view above the other."""
    import numpy as np

    return np.concatenate([pairs[:, 0], pairs[:, 1]], 1)


def taught(settings: Infomin, network: Any, pairs: Any, common: Row) -> Generator[Any, None, dict[str, Any]]:
    """The network learns from the first pairs; how much both views share is estimated on the others."""
    from core.methods.catalog import Options
    from core.methods.infomin import ChosenViews

    options = Options(augment="none", projection="linear", seed=settings.seed)
    how: dict[str, Any] = {"mirrors": False, "precision": settings.precision}  # a mirror would move light and pose
    seen, held = pairs[: settings.pairs], pairs[settings.pairs :]
    objective = ChosenViews(network, seen[:, 0], options, others=seen[:, 1], **how)
    return (yield from contrasted(settings, objective, objective.measuring(held[:, 0], held[:, 1], **how), common))


def contrasted(settings: Views, objective: Any, held: Any, common: Row) -> Generator[Any, None, dict[str, Any]]:
    """Train; a row of `information`, of all held-out pairs at once, and the summary's part of it."""
    from core.learning.precision import placed
    from core.learning.probe import held_out

    objective.rate, probe = settings.rate, held_out(held, held.n)
    done = yield from learned(objective, settings, {"held_out": probe}, common)
    with placed(held, held.arithmetic):
        information = {"information": probe()["information"], "ceiling": math.log(held.n), "pairs": held.n}
    yield {**common, "split": "information", **information}
    return {**information, "steps": done, "images": 2 * done * min(settings.batch_size, objective.n)}


def read(settings: Infomin, network: Any, world: Any, size: int, common: Row) -> Generator[Any, None, dict[str, Any]]:
    """target → share of the test pictures for which a linear probe finds it, with its interval; none of the pictures
    was in a pair.
    """
    from core.worlds.splits import budget, split

    parts = split(world)
    known = budget(world, parts.train, settings.labels_per_class, 0)
    taught_by = yield from load(world, known, size, 0.9, 0.93)
    asked = yield from load(world, parts.test, size, 0.93, 0.95)
    answers = [answers_of(world, some) for some in (known, parts.test)]
    found: dict[str, Any] = {}
    for row in probed(network, [taught_by, asked], answers):
        yield {**common, **row}
        found[row["factor"]] = {"mean": row["accuracy"], "low": row["low"], "high": row["high"]}
        yield Progress(len(found), len(TARGETS), "targets read", 0.95, 1.0)
    return found


def answers_of(world: Any, indices: Any) -> dict[str, Any]:
    """target → (N,) int64"""
    import numpy as np

    from core.experiments.maps import factors_of

    scenes = factors_of(world, indices)
    return {t: world.labels[indices] if t == "class" else np.array([one[t] for one in scenes]) for t in TARGETS}


def probed(network: Any, pictures: list[Any], answers: list[dict[str, Any]]) -> Iterator[Row]:
    """A row a target that is answered: a linear probe of the last stage learns from the first pictures, and is asked of
    the second; `chance` is the share of the commonest answer.
    """
    import numpy as np

    from core.learning.features import features
    from core.learning.probe import linear_probe

    known, asked = (features(network, some, network.names[-1]) for some in pictures)
    for target, truth in answers[1].items():
        right = linear_probe((known, answers[0][target]), (asked, truth), REGULARISATION)
        chance = round(float(np.bincount(truth).max() / len(truth)), 4)
        bounds = {"accuracy": right.accuracy, "low": right.low, "high": right.high}
        yield {"split": "factor", "factor": target, **bounds, "n": len(truth), "chance": chance}
