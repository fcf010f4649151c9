"""Learn a representation, with or without labels (`rep.autoencoder`, `con.*`): one encoder, one loop, many methods.

The classes of the pictures are used for measuring alone, unless the method is told them. What was learned is read by
nearest neighbours and by a linear probe that learn from the training pictures and answer for the test pictures.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Annotated

from core.experiments.learned import Learning, learned
from core.experiments.represented import SECOND_VIEWS, drawn, examples, probes, read, started
from core.experiments.sources import RUN, borrowed, checkpoint, told_of
from core.methods.catalog import BREAKS, METHODS, MethodInfo, Options, resolved
from core.runs.artifacts import Artifact
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, Matching, OneOf, Refused
from core.runs.spec import Course, Row, Spec, experiment
from core.worlds import fingerprint

TOYS = r"(few:\d{1,6}:\d{1,7}:)?toybox(:[a-z]+)?"  # worlds of which every factor is known
COLDEST = 0.01  # temperature: below it a loss of 1 / temperature drowns all but the nearest negative
METRICS = (
    Metric("accuracy", "Held-out pictures right, by nearest neighbours", "neighbours", share=True),
    Metric("loss", "Loss", "train", falls=True),
    Metric("effective_rank", "Directions in use by the projection (effective rank)", "collapse"),
    Metric("spread", "Spread over the sphere", "collapse", live=False),
)
STREAMS = (
    Stream("views", "Two views of the same picture, one above the other"),
    Stream("reconstructions", "Held-out pictures, and what comes back of them: step {step}"),
)


@dataclasses.dataclass(frozen=True)
class Ssl(Options, Learning):
    method: Annotated[str, OneOf(tuple(METHODS)), Help("how it learns")] = "simclr"
    second_view: Annotated[str, OneOf(tuple(SECOND_VIEWS)), Help("of what the second view is (toybox)")] = "itself"
    without: Annotated[str, OneOf(("", *BREAKS)), Help("what is taken away from the method")] = ""
    start: Annotated[
        str, Matching(rf"|{RUN}", "run:<id>@<step> of this method, or nothing"), Help("goes on from there")
    ] = ""
    donor: Spec | None = None  # the run of `start`, where a plan asks for it first

    def canonical(self) -> Ssl:
        """What a method does not use is as by default; what it does is written out."""
        info = METHODS[self.method]
        if self.without and self.without not in info.breaks:
            there = f"{info.title} has {' and '.join(info.breaks)}" if info.breaks else f"{info.title} has no such part"
            raise Refused("without", self.without, f"{there}.")
        if SECOND_VIEWS[self.second_view] and not re.fullmatch(TOYS, self.data):
            raise Refused("second_view", self.second_view, "only the toybox can be seen in another room: data=toybox.")
        if 0 < self.temperature < COLDEST:
            raise Refused("temperature", self.temperature, f"0 for the method's own, or from {COLDEST} to 10.")
        second = self.second_view if info.views == 2 else "itself"
        settings = dataclasses.replace(self, network=encoder(self.network, info), second_view=second)
        return resolved(self.method, dataclasses.replace(settings, **settings.budgeted()))


def encoder(network: str, info: MethodInfo) -> str:
    """The network, or the method's own instead of the usual one. `Refused`: one that it cannot use."""
    if not info.networks or network in info.networks:
        return network
    if network != Learning.network:
        raise Refused("network", network, f"{info.title} sees patch by patch: one of {', '.join(info.networks)}.")
    return info.networks[0]


def usual_view(data: str) -> str:
    """Of what the second view should be: two views of the same toybox picture are known by their floor."""
    return "new_room_and_light" if re.fullmatch(TOYS, data) else "itself"


def arm(settings: Ssl) -> str:
    """The method, and what it is without; or that it goes on from elsewhere."""
    info = METHODS[settings.method]
    if settings.without:
        return f"{info.title} without {info.breaks[settings.without]}"
    return f"{info.title}, going on" if settings.start else info.title


def steps_before(settings: Ssl) -> int:
    """Steps that the run from which this one goes on had made."""
    return int(settings.start.partition("@")[2] or 0)


@experiment(Ssl, version=1, data=lambda settings: fingerprint(settings.data), metrics=METRICS, streams=STREAMS)
def ssl(settings: Ssl) -> Course:
    """Rows of training; of `neighbours` (accuracy), `collapse` (spread, effective rank) and `similarity` (histograms of
    cosines) as it learns; of the probes at the end. Keeps the encoder with its heads.
    """
    if settings.start:
        borrowed(settings.start, None)  # a run that is not here is refused before pictures are read
    data = yield from examples(settings, settings.second_view)
    objective, common = started(settings, data), {"arm": arm(settings), "seed": settings.seed}

    def also(row: Row) -> Iterable[Row | Artifact]:
        return drawn(objective, data, row["step"], common) if row["split"] == "collapse" else ()

    done = yield from learned(objective, settings, probes(objective, data), common, steps_before(settings), also)
    yield checkpoint(objective.network, **told_of(objective.network, data.world.classes))
    summary = yield from read(objective.network, METHODS[settings.method].shows, data, common)
    return {**summary, "steps": done, "images": done * min(settings.batch_size, objective.n)}
