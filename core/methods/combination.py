"""Several tasks at once, one encoder: each picture is turned, its patches are placed, and its views are told apart, and
the losses are added (Doersch and Zisserman 2017, arXiv:1708.07860).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from core.learning.objective import Metrics
from core.methods.exemplar import Exemplar
from core.methods.relative_position import RelativePosition
from core.methods.rotation import Turns


class Beside(RelativePosition):
    head = "position"


class Combination(Turns):
    """Rotation, of which the puzzles are asked, and beside it relative position and exemplars."""

    def add_heads(self, wide: int) -> None:
        super().add_heads(wide)
        exemplar = Exemplar(self.network, self.pictures, self.options, self.mirrors)
        self.pictures, self.n = exemplar.pictures, exemplar.n  # those that are classes of their own
        beside = Beside(self.network, self.pictures, self.options, self.mirrors)
        self.others = {"position": beside, "exemplar": exemplar}

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Any, list[Any]]:
        """That of each task, all by the same arithmetic."""
        for task in self.others.values():
            task.arithmetic = self.arithmetic
        return super().batch(indices, drawn), [task.batch(indices, drawn) for task in self.others.values()]

    def loss(self, batch: tuple[Any, list[Any]]) -> tuple[Tensor, Metrics]:
        mine, theirs = batch
        total, told = super().loss(mine)
        for (name, task), other in zip(self.others.items(), theirs, strict=True):
            loss, metrics = task.loss(other)
            total, told = total + loss, {**told, name: metrics["accuracy"]}
        return total, told
