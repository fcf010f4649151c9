"""What all trainings of a representation have in common: settings, and the loop with what is told and kept of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Annotated, Any

from core.experiments.sources import NETWORK, checkpoint
from core.learning.menus import PRECISIONS
from core.models.catalog import WORDS, network_info
from core.runs.artifacts import Artifact, Tensors
from core.runs.settings import Help, Matching, OneOf, Range, Refused
from core.runs.spec import Progress, Row
from core.worlds import absolute

ENDLESS = 1_000_000  # steps, where seconds end the run


@dataclasses.dataclass(frozen=True)
class Learning:
    """What is learned from, by which network, for how long."""

    data: Annotated[str, Help("the pictures: toybox, upload:<hash>, or the path of a folder or zip")] = "toybox"
    network: Annotated[str, Matching(NETWORK, WORDS), Help("the encoder")] = "labresnet"
    size: Annotated[int, Range(0, 256), Help("pixels a side; 0: the network's, or the pictures' own if smaller")] = 0
    steps: Annotated[int, Range(0, ENDLESS), Help("updates of the weights, unless seconds are given")] = 400
    seconds: Annotated[float, Range(0, 36_000), Help("of a live run, instead of its steps")] = 0.0
    batch_size: Annotated[int, Range(2, 2048), Help("pictures a step")] = 128
    rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate")] = 4e-3
    checkpoints: Annotated[
        tuple[int, ...], Range(0, ENDLESS), Help("steps after which all is kept: run:<id>@<step>")
    ] = ()
    precision: Annotated[str, OneOf(PRECISIONS), Help("arithmetic")] = "auto"

    @property
    def untrained(self) -> bool:
        """Neither steps nor seconds: the network as it was drawn, a control."""
        return not self.steps and not self.seconds

    def budgeted(self, *, control: bool = False) -> dict[str, Any]:
        """What is written out of it: no steps where seconds are given. `Refused`: neither, unless it may be a control,
        or a size it cannot see.
        """
        if self.untrained and not control:
            raise Refused("steps", 0, "at least one step, or seconds.")
        if self.size:
            network_info(self.network).check_size(self.size)
        return {"data": absolute(self.data), "steps": 0 if self.seconds else self.steps}


def learned(
    objective: Any, settings: Any, asked: Mapping[str, Any], common: Row, before: int = 0,
    also: Callable[[Row], Iterable[Any]] = lambda row: (),
) -> Generator[Any, None, int]:  # fmt: skip
    """Train, telling each row, what `also` makes of it, and the progress; keeps the checkpoints that are asked for.
    Returns how many steps were made, `before` not counted.
    """
    from core.learning.fit import fit

    steps, began, done = settings.steps or ENDLESS, time.monotonic(), 0
    for row in fit(
        objective, steps=steps, seconds=settings.seconds, batch_size=settings.batch_size, schedule=settings.schedule,
        weight_decay=1e-4, seed=settings.seed, probes=asked,
    ):  # fmt: skip
        yield (told := {**common, **row, "step": before + row["step"]})
        yield from also(told)
        if row["split"] != "train":
            continue
        done = row["step"]
        if settings.seconds:
            yield Progress(round(time.monotonic() - began, 1), settings.seconds, "seconds", 0.1, 0.9)
        else:
            yield Progress(done, steps, "steps", 0.1, 0.9)
        if told["step"] in settings.checkpoints:
            yield from kept(objective, told["step"])
    return done


def kept(objective: Any, step: int) -> Iterator[Artifact]:
    """What is needed to go on from here, but for the optimiser's moments: they start anew, and so does the order."""
    state = objective.state_dict().items()
    beside = {name: value.cpu().numpy().copy() for name, value in state if not name.startswith("network.")}
    yield checkpoint(objective.network, step)
    yield Artifact("memory", Tensors(beside, {}), step)
