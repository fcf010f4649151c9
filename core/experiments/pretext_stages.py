"""At which stage is a code best (`pretext.*`)? The end of each stage is read by a linear probe, of a residual and of a
plain network. Kolesnikov et al. 2019 (arXiv:1901.09005) found that residual networks do not get worse towards the end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.pretext import pretext
from core.experiments.readout import readout
from core.experiments.ssl import ssl
from core.learning.compare import by_seed, over_seeds, paired
from core.methods.catalog import METHODS
from core.methods.puzzles import TASKS
from core.models.catalog import network_info
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

NETWORKS = {"labresnet": "residual", "labnet": "plain"}
LEARNED = {"rotation": pretext, "exemplar": pretext, "simclr": ssl, "supervised": ssl}


@dataclasses.dataclass(frozen=True)
class Stages:
    network: Annotated[str, OneOf(tuple(NETWORKS)), Help("the encoder")] = "labresnet"
    data: Annotated[str, Help("the pictures")] = "toybox:b"
    labels_per_class: Annotated[int, Range(1, 100_000), Help("pictures a class that teach the probe")] = 100
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = 200
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Stages:
        return dataclasses.replace(self, data=absolute(self.data))


def title_of(name: str) -> str:
    return TASKS[name].title if name in TASKS else METHODS[name].title


def arms_of(settings: Stages) -> Iterator[tuple[str, int, Spec]]:
    """(title, seed, reading), seed by seed; what learned is its donor."""
    about: dict[str, Any] = {"data": settings.data, "network": settings.network, "steps": settings.steps}
    read: dict[str, Any] = {"data": settings.data, "labels_per_class": settings.labels_per_class}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for name, how in LEARNED.items():
            word: dict[str, Any] = {"task" if how is pretext else "method": name}
            donor = Spec.of(how, **about, **word, seed=seed)
            yield title_of(name), seed, Spec.of(readout, **read, seed=seed, donor=donor)


def summarise(settings: Stages, rows: list[Row]) -> dict[str, Any]:
    """`stages[title][stage]`: accuracy on test pictures, mean over seeds with its 95 % interval; `last[title]`: of the
    last stage less than of the best before it, paired over seeds. Works on some of the rows.
    """
    by = {spec.id: (title, seed) for title, seed, spec in arms_of(settings)}
    names = network_info(settings.network).stages[:-1]
    found = {stage: by_seed(rows, by, "accuracy", split="test", stage=stage) for stage in names}
    stages, last = dict[str, dict[str, Any]](), dict[str, Any]()
    for title in dict.fromkeys(title for title, *_ in by.values()):
        cells = {stage: of[title] for stage, of in found.items() if title in of}
        stages[title] = {stage: over_seeds([*values.values()]).as_json() for stage, values in cells.items()}
        if len(cells) > 1:
            *before, end = cells
            gap = paired(cells[end], cells[max(before, key=lambda stage: stages[title][stage]["mean"])])
            last |= {title: gap.as_json()} if gap else {}
    return {"stages": stages, "last": last, "network": NETWORKS[settings.network]}


@plan(Stages, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def pretext_stages(settings: Stages) -> list[Spec]:
    """A reading of all stages of each, seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
