"""The trainings on puzzles that students play against: which ship, and what they said to the same puzzles."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from core.experiments.pretext import pretext
from core.methods.orders import permutations
from core.methods.puzzles import TASKS
from core.runs.spec import Row, Spec

SHIPPED = {"data": "toybox:b", "steps": 200}


def puzzler(task: str, **chosen: Any) -> Spec:
    """The training that ships, or another one."""
    return Spec.of(pretext, task=task, **{**SHIPPED, **chosen})


@dataclasses.dataclass(frozen=True)
class Rival:
    """`right`: the answer of each puzzle; `said`: step → what the network answered; `sure`: how surely at the end."""

    right: tuple[str, ...]
    said: Mapping[int, tuple[str, ...]]
    sure: tuple[float, ...]

    @property
    def last(self) -> tuple[str, ...]:
        return self.said[max(self.said)]

    def solved(self, puzzles: Iterable[int]) -> list[tuple[int, int]]:
        """(step, how many of these puzzles it had right), for each step."""
        asked = list(puzzles)
        return [(step, sum(said[k] == self.right[k] for k in asked)) for step, said in sorted(self.said.items())]


def rival(rows: Iterable[Row], settings: Mapping[str, Any]) -> Rival:
    """What the rows of a run tell of the puzzles that are played."""
    told = sorted((row for row in rows if row["split"] == "said"), key=lambda row: (row["step"], row["puzzle"]))
    steps = {step: list(group) for step, group in itertools.groupby(told, key=lambda row: row["step"])}
    said = {step: tuple(written(row["said"], settings) for row in group) for step, group in steps.items()}
    last = steps[max(steps)]
    right = tuple(written(row["answer"], settings) for row in last)
    return Rival(right, said, tuple(row["probability"] for row in last))


def written(answer: int, settings: Mapping[str, Any]) -> str:
    """An answer as a player gives it: its number, or, of an order of tiles, the cell of each tile, a digit each."""
    task = TASKS.get(settings.get("task", ""))  # none of them: one of four is chosen (`core.experiments.cpc`)
    if task is None or task.answers != "permutations":
        return str(answer)
    return "".join(map(str, permutations(settings["permutations"])[answer]))
