"""Take a part away while it trains (`con.byol`, `con.swav`): a run goes on from its checkpoint, once whole and once
without each of its parts. The loss may fall while the representation dies: a loss says nothing of what was learned.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.ssl import ssl, usual_view
from core.learning.compare import by_seed, over_seeds, paired
from core.methods.catalog import METHODS
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

BREAKABLE = tuple(name for name, info in METHODS.items() if info.breaks)
WHOLE = ""
OTHER_LOSS = ("negatives",)  # without them it is another loss, in other units: the two are not compared
TOLD = {"loss": "train", "effective_rank": "collapse", "accuracy": "neighbours"}  # number → split of its rows


@dataclasses.dataclass(frozen=True)
class Collapse:
    method: Annotated[str, OneOf(BREAKABLE), Help("what is broken")] = "byol"
    data: Annotated[str, Help("the pictures")] = "toybox:b"
    at: Annotated[int, Range(1, 100_000), Help("steps before, and after, a part is taken away")] = 100
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Collapse:
        return dataclasses.replace(self, data=absolute(self.data))


def before(settings: Collapse, seed: int) -> Spec:
    """The run up to the moment at which something is taken away."""
    about: dict[str, Any] = {"method": settings.method, "data": settings.data, "steps": settings.at, "seed": seed}
    about |= {"second_view": usual_view(settings.data), "schedule": "constant", "checkpoints": (settings.at,)}
    return Spec.of(ssl, **about)


def arms_of(settings: Collapse) -> Iterator[tuple[str, int, Spec]]:
    """(what is missing, seed, run): as it was, then without each part; all go on from the same checkpoint."""
    for seed in range(settings.seed, settings.seed + settings.seeds):
        donor = before(settings, seed)
        shared = {**dataclasses.asdict(donor.settings), "checkpoints": (), "start": f"run:{donor.id}@{settings.at}"}
        for word in (WHOLE, *METHODS[settings.method].breaks):
            yield word, seed, Spec.of(ssl, **{**shared, "without": word, "donor": donor})


def summarise(settings: Collapse, rows: list[Row]) -> dict[str, Any]:
    """`ends[number][what is missing]`: the last loss, effective rank and accuracy, mean over seeds with its interval;
    `changed[number][what is missing]`: how much larger it is than of the whole, paired over seeds; `answer`: what the
    loss did without the first part, where that is settled, and it is the same loss.
    """
    by = {spec.id: (word, seed) for word, seed, spec in arms_of(settings)}
    ends, changed = dict[str, dict[str, Any]](), dict[str, dict[str, Any]]()
    for name, split in TOLD.items():
        last = by_seed(rows, by, name, split=split)
        ends[name] = {word: over_seeds([*values.values()]).as_json() for word, values in last.items()}
        gaps = {word: paired(values, last.get(WHOLE, {})) for word, values in last.items() if word != WHOLE}
        other = OTHER_LOSS if name == "loss" else ()
        changed[name] = {word: gap.as_json() for word, gap in gaps.items() if gap and word not in other}
    parts = METHODS[settings.method].breaks
    answer = {}
    if first := changed["loss"].get(next(iter(parts))):  # the part that is asked about
        answer = {"answer": "falls"} if first["high"] < 0 else {"answer": "rises"} if first["low"] > 0 else {}
    return {"ends": ends, "changed": changed, "parts": dict(parts), **answer}


@plan(Collapse, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def collapse(settings: Collapse) -> list[Spec]:
    """The run goes on whole, and without each of its parts; seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
