"""Learn a representation, with or without labels (`rep.autoencoder`, `con.*`): one encoder, one loop, many methods.

The classes of the pictures are used for measuring alone, unless the method is told them. What was learned is read by
nearest neighbours and by a linear probe that learn from the training pictures and answer for the test pictures.
"""

from __future__ import annotations

import dataclasses
import re
import time
from typing import Annotated

from core.experiments.represented import SECOND_VIEWS, drawn, examples, kept, probes, read, started
from core.experiments.sources import NETWORK, RUN, borrowed, checkpoint, told_of
from core.learning.menus import PRECISIONS
from core.methods.catalog import BREAKS, METHODS, Options, resolved
from core.models.catalog import WORDS, network_info
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, Matching, OneOf, Range, Refused
from core.runs.spec import Course, Progress, Spec, experiment
from core.worlds import absolute, fingerprint

TOYS = r"(few:\d{1,6}:\d{1,7}:)?toybox(:[a-z]+)?"  # worlds of which every factor is known
ENDLESS = 1_000_000  # steps, where seconds end the run
COLDEST = 0.01  # temperature: below it a loss of 1 / temperature drowns all but the nearest negative
METRICS = (
    Metric("accuracy", "Held-out pictures right, by nearest neighbours", "neighbours", share=True),
    Metric("loss", "Loss", "train", falls=True),
    Metric("effective_rank", "Directions in use (effective rank)", "collapse"),
    Metric("spread", "Spread over the sphere", "collapse", live=False),
)
STREAMS = (
    Stream("views", "Two views of the same picture, one above the other"),
    Stream("reconstructions", "Held-out pictures, and what comes back of them: step {step}"),
)


@dataclasses.dataclass(frozen=True)
class Ssl(Options):
    method: Annotated[str, OneOf(tuple(METHODS)), Help("how it learns")] = "simclr"
    data: Annotated[str, Help("the pictures: toybox, upload:<hash>, or the path of a folder or zip")] = "toybox"
    network: Annotated[str, Matching(NETWORK, WORDS), Help("the encoder")] = "labresnet"
    size: Annotated[int, Range(0, 256), Help("pixels a side; 0: the network's, or the pictures' own if smaller")] = 0
    steps: Annotated[int, Range(0, ENDLESS), Help("updates of the weights, unless seconds are given")] = 400
    seconds: Annotated[float, Range(0, 36_000), Help("of a live run, instead of its steps")] = 0.0
    batch_size: Annotated[int, Range(2, 2048), Help("pictures a step")] = 128
    rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate")] = 4e-3
    second_view: Annotated[str, OneOf(tuple(SECOND_VIEWS)), Help("of what the second view is (toybox)")] = "itself"
    without: Annotated[str, OneOf(("", *BREAKS)), Help("what is taken away from the method")] = ""
    start: Annotated[
        str, Matching(rf"|{RUN}", "run:<id>@<step> of this method, or nothing"), Help("goes on from there")
    ] = ""
    checkpoints: Annotated[
        tuple[int, ...], Range(0, ENDLESS), Help("steps after which all is kept: run:<id>@<step>")
    ] = ()
    precision: Annotated[str, OneOf(PRECISIONS), Help("arithmetic")] = "auto"
    donor: Spec | None = None  # the run of `start`, where a plan asks for it first

    def canonical(self) -> Ssl:
        """What a method does not use is as by default; what it does is written out."""
        info = METHODS[self.method]
        if self.without and self.without not in info.breaks:
            there = f"{info.title} has {' and '.join(info.breaks)}" if info.breaks else f"{info.title} has no such part"
            raise Refused("without", self.without, f"{there}.")
        if SECOND_VIEWS[self.second_view] and not re.fullmatch(TOYS, self.data):
            raise Refused("second_view", self.second_view, "only the toybox can be seen in another room: data=toybox.")
        if not self.steps and not self.seconds:
            raise Refused("steps", 0, "at least one step, or seconds.")
        if 0 < self.temperature < COLDEST:
            raise Refused("temperature", self.temperature, f"0 for the method's own, or from {COLDEST} to 10.")
        if self.size:
            network_info(self.network).check_size(self.size)
        steps, second = 0 if self.seconds else self.steps, self.second_view if info.views == 2 else "itself"
        settings = dataclasses.replace(self, data=absolute(self.data), steps=steps, second_view=second)
        return resolved(self.method, settings)


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
    from core.learning.fit import fit

    if settings.start:
        borrowed(settings.start, None)  # a run that is not here is refused before pictures are read
    data = yield from examples(settings)
    objective, common = started(settings, data), {"arm": arm(settings), "seed": settings.seed}
    steps, began, before = settings.steps or ENDLESS, time.monotonic(), steps_before(settings)
    progress = fit(
        objective, steps=steps, seconds=settings.seconds, batch_size=settings.batch_size, schedule=settings.schedule,
        weight_decay=1e-4, seed=settings.seed, probes=probes(objective, data),
    )  # fmt: skip
    done = 0
    for row in progress:
        at = before + row["step"]
        yield {**common, **row, "step": at}
        if row["split"] == "collapse":
            yield from drawn(objective, data, at, common)
        if row["split"] != "train":
            continue
        done = row["step"]
        if settings.seconds:
            yield Progress(round(time.monotonic() - began, 1), settings.seconds, "seconds", 0.1, 0.9)
        else:
            yield Progress(done, steps, "steps", 0.1, 0.9)
        if at in settings.checkpoints:
            yield from kept(objective, at)
    yield checkpoint(objective.network, **told_of(objective.network, data.world.classes))
    summary = yield from read(objective.network, METHODS[settings.method].shows, data, common)
    return {**summary, "steps": done, "images": done * min(settings.batch_size, objective.n)}
