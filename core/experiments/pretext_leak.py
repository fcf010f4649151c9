"""What if something gives the answer away? The same training with and without a leak painted into its pictures: the
puzzles get easier, and the code that solves them is worth less (Doersch et al. 2015, arXiv:1505.05192).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.pretext import pretext
from core.learning.compare import by_seed, over_seeds, paired
from core.methods.puzzles import LEAKS, TASKS
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

HONEST, LEAKING = "honest", "leaking"
LEAKY = tuple(name for name, task in TASKS.items() if task.leaks)
TOLD = {"solved": {"split": "solved"}, "probe": {"split": "test", "probe": "linear_probe"}}


@dataclasses.dataclass(frozen=True)
class Leak:
    task: Annotated[str, OneOf(LEAKY), Help("the puzzle")] = "rotation"
    leak: Annotated[str, OneOf(("", *LEAKS)), Help("what gives the answer away; nothing: the first of the task")] = ""
    data: Annotated[str, Help("the pictures")] = "toybox:b"
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = 100
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Leak:
        leaks = TASKS[self.task].leaks
        if self.leak and self.leak not in leaks:
            raise Refused("leak", self.leak, f"{TASKS[self.task].title} can leak by {' or '.join(leaks)}.")
        return dataclasses.replace(self, data=absolute(self.data), leak=self.leak or leaks[0])


def arms_of(settings: Leak) -> Iterator[tuple[str, int, Spec]]:
    """(arm, seed, run), seed by seed."""
    about: dict[str, Any] = {"task": settings.task, "data": settings.data, "steps": settings.steps}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for arm, leak in {HONEST: "", LEAKING: settings.leak}.items():
            yield arm, seed, Spec.of(pretext, **about, seed=seed, leak=leak)


def summarise(settings: Leak, rows: list[Row]) -> dict[str, Any]:
    """`solved[arm]` of the test puzzles, which leak as those that were learned from, and `probe[arm]` of the classes of
    the pictures as they are: mean over seeds with its 95 % interval; `gained[number]`: by the leak, paired over seeds.
    `of`: the leak in words. Works on some of the rows.
    """
    by = {spec.id: (arm, seed) for arm, seed, spec in arms_of(settings)}
    chance = TASKS[settings.task].chance(next(arms_of(settings))[2].settings)
    summary: dict[str, Any] = {"gained": {}, "chance": chance, "of": LEAKS[settings.leak]}
    for name, wanted in TOLD.items():
        found = by_seed(rows, by, "accuracy", **wanted)
        summary[name] = {arm: over_seeds([*values.values()]).as_json() for arm, values in found.items()}
        if gap := paired(found.get(LEAKING, {}), found.get(HONEST, {})):
            summary["gained"][name] = gap.as_json()
    return summary


@plan(Leak, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def pretext_leak(settings: Leak) -> list[Spec]:
    """With and without, seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
