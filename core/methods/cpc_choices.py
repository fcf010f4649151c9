"""Which of four comes next? What CPC learns by (`core.methods.cpc`), as a question that a person can answer too."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.fit import Probe
from core.learning.precision import evaluating
from core.methods.cpc import CPC, bound, flat

CHOICES = 4
FEWEST = 3  # pictures: two of the wrong answers are of others
SEED = 1  # of the chance that makes the questions


@dataclass(frozen=True)
class Questions:
    """Of N pictures whose codes lie in a grid of `rows` and `columns`: the first half of the rows is seen, and asked is
    which of the `candidates` (N, 4) lies in the next row at `columns_asked` (N,); places are counted through all grids,
    row by row. `answers` (N,): which candidate it is. Of the wrong ones one is of the same picture, and two lie at the
    same place of others.
    """

    rows: int
    columns: int
    columns_asked: Tensor
    candidates: Tensor
    answers: Tensor

    @property
    def row(self) -> int:
        """The row that is asked about, from 0."""
        return self.rows // 2


def questions(n: int, rows: int, columns: int, seed: int = SEED) -> Questions:
    """One a picture."""
    if n < FEWEST:
        raise ValueError(f"{n} pictures are too few for wrong answers")
    chance, row, mine = torch.Generator().manual_seed(seed), rows // 2, torch.arange(n)
    column = torch.randint(columns, (n,), generator=chance)
    unseen = torch.randint((rows - row) * columns - 1, (n,), generator=chance)
    unseen = unseen + (unseen >= column).long() + row * columns  # any place that is neither seen nor the right one
    others = [mine]
    others += [(mine + ahead) % n for ahead in (torch.randperm(n - 1, generator=chance)[:2] + 1).tolist()]
    right, first, second = ((picture * rows + row) * columns + column for picture in others)
    candidates = torch.stack([right, mine * rows * columns + unseen, first, second], 1)
    order = torch.rand(n, CHOICES, generator=chance).argsort(1)
    return Questions(rows, columns, column, candidates.gather(1, order), (order == 0).long().argmax(1))


def scores(objective: CPC, asked: Questions, batch_size: int = 64) -> Tensor:
    """(N, 4): how well each candidate fits what is predicted of the next row, for the pictures of the objective."""
    with evaluating(objective):
        z = torch.cat([objective.codes(objective.batch(*one)[0]) for one in objective.all(batch_size, seed=0)])
        n = torch.arange(len(z), device=z.device)
        predicted = objective.predictions(z)[0][n, :, asked.row - 1, asked.columns_asked.to(z.device)]
        candidates = flat(z)[asked.candidates.to(z.device)]  # (N, 4, D)
        return F.cosine_similarity(predicted[:, None], candidates, dim=2).cpu() / objective.options.temperature


def choosing(objective: CPC) -> Probe:
    """A probe: how often the right one is chosen, and InfoNCE's bound of these choices among four, in nats."""
    asked = questions(objective.n, objective.rows, objective.columns)

    def probe() -> dict[str, float]:
        given = scores(objective, asked)
        told = bound(F.cross_entropy(given, asked.answers), CHOICES)
        return {"accuracy": float((given.argmax(1) == asked.answers).double().mean()), "bound": float(told)}

    return probe
