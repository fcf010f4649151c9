"""Predict what comes next (`con.cpc`): the next steps of a sequence of which all is known, the patches below those that
are seen, or the next frame of a clip; one objective (van den Oord et al. 2018, arXiv:1807.03748).
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Annotated, Any

from core.experiments.learned import Learning, learned
from core.experiments.pretext import CLIPPED, clips
from core.experiments.reading import load
from core.experiments.represented import examples, read
from core.experiments.sources import checkpoint, told_of
from core.experiments.ssl import encoder
from core.experiments.train import thinned
from core.learning.intervals import wilson
from core.learning.menus import SCHEDULES, VIEWS
from core.methods.catalog import METHODS, PatchOptions
from core.runs.metrics import Metric
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Course, Row, experiment
from core.worlds import fingerprint, mirrors

SEQUENCE, PATCHES, CLIPS = OVER = ("sequence", "patches", "clips")
PLAYED, ASKED = 24, 100  # questions: to play, and of the curve
FURTHEST = 32  # steps: there, .9 ** 32, next to nothing is left to tell
WATCHED, JUDGED, JUDGED_BY = 2048, 16_384, 99  # pairs: of the curve, at the end; and the seed of both
METRICS = (
    Metric("bound", "What is told of the next one (nats)", "choices"),
    Metric("accuracy", "The right one chosen, held out", "choices", share=True),
    Metric("loss", "Loss", "train", falls=True, live=False),
)


@dataclasses.dataclass(frozen=True)
class Cpc(PatchOptions, Learning):
    over: Annotated[str, OneOf(OVER), Help("what goes on: a known sequence, patches of pictures, frames of clips")] = (
        SEQUENCE
    )
    negatives: Annotated[int, Range(2, 2048), Help("sequence: among how many the right one is, itself included")] = 128
    offsets: Annotated[tuple[int, ...], Range(1, FURTHEST), Help("sequence: so many steps ahead")] = (1,)
    augment: Annotated[str, OneOf(VIEWS), Help("how a picture changes before it is cut")] = "crop"
    temperature: Annotated[float, Range(0.01, 10), Help("of the loss over patches and clips")] = 0.1
    schedule: Annotated[str, OneOf(SCHEDULES), Help("how the rate changes")] = "one_cycle"
    seed: Annotated[int, Range(0, 10**6), Help("of weights, order and changes")] = 0

    def canonical(self) -> Cpc:
        """What is not read is as by default."""
        if self.over == SEQUENCE:
            if not self.offsets or len(set(self.offsets)) < len(self.offsets):
                raise Refused("offsets", self.offsets, "one or more steps ahead, each once.")
            read = ("over", "negatives", "offsets", "steps", "seconds", "rate", "schedule", "seed")
            return Cpc(**{name: getattr(self, name) for name in read}).within_budget()
        shared: dict[str, Any] = {"negatives": Cpc.negatives, "offsets": Cpc.offsets}
        if self.over == CLIPS:
            if not re.fullmatch(CLIPPED, self.data):
                raise Refused("data", self.data, "only the toybox has clips: data=toybox.")
            whole: dict[str, Any] = {"directions": 1, "patch_augment": "none"}
            return dataclasses.replace(self, **shared, **whole).within_budget()
        network = encoder(self.network, METHODS["cpc"])
        return dataclasses.replace(self, **shared, network=network).within_budget()

    def within_budget(self) -> Cpc:
        return dataclasses.replace(self, **self.budgeted(control=True))


def arm(settings: Cpc) -> str:
    if settings.untrained:
        return "Random weights"
    return f"One of {settings.negatives}" if settings.over == SEQUENCE else f"CPC over {settings.over}"


def looked_at(settings: Cpc) -> str:
    return "" if settings.over == SEQUENCE else fingerprint(settings.data)


@experiment(Cpc, version=1, data=looked_at, metrics=METRICS)
def cpc(settings: Cpc) -> Course:
    """Rows of training, and of held-out `choices` (accuracy, bound) as it learns. Over a sequence, a row an offset of
    `held_out`: the bound, its ceiling log N, the information and what the optimal critic finds, all in nats, and how
    well the latent is read from the code, `r2`, and from what is seen, `r2_seen`. Over patches and clips, what `read`
    tells of the encoder, which is kept, and a few questions to play with what the network said.
    """
    common = {"arm": arm(settings), "seed": settings.seed}
    return (yield from (of_sequence if settings.over == SEQUENCE else of_pictures)(settings, common))


def of_sequence(settings: Cpc, common: Row) -> Course:
    from core.methods.cpc_sequence import SequenceCPC, information, latent_read, measured

    objective = SequenceCPC(settings.negatives, settings.offsets, settings.seed)
    objective.rate = settings.rate

    def choices() -> dict[str, float]:
        nearest = next(measured(objective, WATCHED, JUDGED_BY))
        return {"bound": nearest["bound"], "accuracy": nearest["right"]}

    done = 0
    if not settings.untrained:
        done = yield from learned(objective, settings, {"choices": choices}, common)
    shared = {"negatives": settings.negatives, "ceiling": math.log(settings.negatives)}
    shared["r2"] = latent_read(objective.codes, JUDGED_BY)
    shared["r2_seen"] = latent_read(objective.seen, JUDGED_BY)
    rows = [
        {**common, "split": "held_out", "offset": offset, **shared, "information": information(offset), **told}
        for offset, told in zip(objective.offsets, measured(objective, JUDGED, JUDGED_BY), strict=True)
    ]
    yield from rows
    nearest = {name: rows[0][name] for name in (*shared, "information", "bound", "optimal")}
    return {**nearest, "steps": done, "pairs": done * objective.groups_of * settings.negatives}


def of_pictures(settings: Cpc, common: Row) -> Course:
    from core.experiments.cpc_play import Game
    from core.methods.cpc import CPC, FramesCPC
    from core.methods.cpc_choices import choosing
    from core.models.staged import build

    data = yield from examples(settings)
    if settings.over == CLIPS:
        train, some, test = yield from clips(data)
    else:
        train, some, test = data.train, data.validation, (yield from load(data.world, data.parts.test, data.size))
    network = build(settings.network, 0, settings.seed, size=data.size)
    kind = FramesCPC if settings.over == CLIPS else CPC
    objective = kind(network, train, settings, mirrors=mirrors(settings.data), precision=settings.precision)
    objective.rate = settings.rate
    game = Game(objective.held_out(test[thinned(len(test), PLAYED)]))
    yield from game.pictures()
    asked, done = {"choices": choosing(objective.held_out(some[thinned(len(some), ASKED)]))}, 0
    if not settings.untrained:
        done = yield from learned(objective, settings, asked, common, also=lambda row: game.said(row, common))
    yield checkpoint(network, **told_of(network, data.world.classes))
    yield (solved := {**common, "split": "solved", **chosen(objective.held_out(test))})
    summary = yield from read(network, "", data, common)
    right = {name: solved[name] for name in ("mean", "low", "high")}
    return {"right": right, **summary, "steps": done, "images": done * min(settings.batch_size, objective.n)}


def chosen(objective: Any) -> dict[str, float]:
    """Of all its questions, the share that is answered rightly with its interval, and the bound."""
    from core.learning.precision import placed
    from core.methods.cpc_choices import choosing

    with placed(objective, objective.arithmetic):
        found = choosing(objective)()
    mean, low, high = wilson(round(found["accuracy"] * objective.n), objective.n)
    return {**found, "mean": mean, "low": low, "high": high}
