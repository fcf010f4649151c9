"""The one loop: forward, loss, backward, step.

Everything that learns by gradients learns here, whatever its objective. The order of the examples and their
augmentation depend on the seed alone, so arms of a comparison that freeze other stages or start from other weights see
the same batches.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from core.learning.objective import Metrics, Objective
from core.learning.precision import evaluating, placed
from core.learning.rates import OPTIMISERS, SCHEDULES, pick, set_rates
from core.runs.settings import Refused

Probe = Callable[[], Mapping[str, float]]  # what it finds now, numbers by name
Part = tuple[Objective, torch.optim.Optimizer]
MEASUREMENTS = 20  # by each probe, beside the one before the first step


def fit(
    objective: Objective,
    *,
    steps: int,
    batch_size: int = 64,
    optimiser: str = "adamw",
    weight_decay: float = 1e-3,
    schedule: str = "one_cycle",
    seed: int = 0,
    probes: Mapping[str, Probe] | None = None,
    seconds: float = 0.0,
) -> Iterator[dict]:
    """Train the networks of `objective` in place and yield flat rows; afterwards they are where and as they were.

    A row a step, {"step", "split": "train", "loss", what the objective tells, "images_per_second"}, of the batch before
    its update; step 0 looks at the first batch before any. At some 20 steps, the first and last included, a row of each
    of `probes` too, its name the split. `images_per_second` is the mean so far and counts the time of training only.

    A batch is never larger than the number of examples. `seconds`, if any, end it before its steps do; the schedule and
    the probes then follow the clock, so that two such runs are not the same.
    `Refused`: a rate at which the loss is no number, nothing to train, an unknown word, fewer than two examples.
    """
    factor, choose = pick(SCHEDULES, "schedule", schedule), pick(OPTIMISERS, "optimiser", optimiser)
    budget = Budget(steps, seconds)
    groups = objective.groups()
    theirs = objective.adversary.groups() if objective.adversary else []
    _check(groups, objective.n, batch_size)
    with placed(objective, objective.arithmetic), _resting(objective, [*groups, *theirs]):
        parts = [(objective, choose(groups, weight_decay))]
        if objective.adversary:
            parts.insert(0, (objective.adversary, choose(theirs, weight_decay)))
        order = objective.order(steps, batch_size, seed)
        for row in loop(parts, order, factor, budget):
            yield _finite(row, groups)
            for name, probe in (probes or {}).items() if budget.due(row["step"]) else ():
                yield _finite({"step": row["step"], "split": name, **probe()}, groups)


class Budget:
    """How much of a training is done: of its steps, or of its seconds where these are sooner over."""

    def __init__(self, steps: int, seconds: float = 0.0):
        self.steps, self.seconds, self.began, self.measured = steps, seconds, time.monotonic(), -1
        self.measured_at = {round(k * steps / MEASUREMENTS) for k in range(MEASUREMENTS + 1)}

    def done(self, step: int) -> float:
        """0 to 1, before this step."""
        clock = (time.monotonic() - self.began) / self.seconds if self.seconds else 0.0
        return min(1.0, max(step / self.steps, clock))

    def due(self, step: int) -> bool:
        """Whether something is to be measured after this step."""
        if not self.seconds:
            return step in self.measured_at
        before, self.measured = self.measured, int(self.done(step) * MEASUREMENTS)
        return self.measured > before


def loop(
    parts: list[Part], order: Iterator[tuple[Tensor, Tensor]], factor: Callable[[float], float], budget: Budget
) -> Iterator[dict]:
    """One step for each (indices, draws) of `order`, at `factor(share done)` of the full rates; yields training rows.

    `parts`: the objective with its optimiser, last; before it its adversary, if it has one.
    """
    seconds, seen, (objective, _) = 0.0, 0, parts[-1]
    for step, (indices, drawn) in enumerate(order):
        done = budget.done(step)
        if done >= 1:
            return
        started = time.perf_counter()
        batch = objective.batch(indices, drawn)
        if step == 0:
            with evaluating(objective):
                row = _row(0, *objective.loss(batch))
            yield {**row, "images_per_second": 0.0}

        objective.train()
        for part, optimiser in parts:
            set_rates(optimiser, factor(done))
            loss, metrics = part.loss(batch)
            optimiser.zero_grad()
            loss.backward()
            if part.clip:
                clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], part.clip)
            optimiser.step()
            part.after_step(budget.done(step + 1))

        row = _row(step + 1, loss, metrics)
        seconds, seen = seconds + time.perf_counter() - started, seen + len(indices)
        yield {**row, "images_per_second": seen / seconds}


def _row(step: int, loss: Tensor, metrics: Metrics) -> dict:
    plain = {name: value.item() if isinstance(value, Tensor) else float(value) for name, value in metrics.items()}
    return {"step": step, "split": "train", "loss": loss.item(), **plain}


def _check(groups: list[dict], n: int, batch_size: int) -> None:
    if not any(group["params"] for group in groups):
        setting = groups[0]["setting"] if groups else "head_rate"
        raise Refused(setting, 0, "a rate above 0 for at least one stage that is not frozen.")
    if n < 2:
        raise Refused("labels_per_class", n, "at least two pictures to learn from.")
    if batch_size < 2:
        raise Refused("batch_size", batch_size, "at least 2: BatchNorm compares the pictures of a batch.")


def _finite(row: dict, groups: list[dict]) -> dict:
    """The row, unless its loss is no number: then the larger rate is at fault."""
    if math.isfinite(row.get("loss", 0)):
        return row
    fastest = max(reversed(groups), key=lambda group: group["full_rate"])
    allowed = f"a smaller rate: the loss became {row['loss']} at step {row['step']}."
    raise Refused(fastest["setting"], fastest["full_rate"], allowed)


@contextlib.contextmanager
def _resting(objective: Objective, groups: list[dict]) -> Iterator[None]:
    """While this lasts, no gradients for what is in no group."""
    learning = {id(parameter) for group in groups for parameter in group["params"]}
    resting = [p for p in objective.parameters() if p.requires_grad and id(p) not in learning]
    for parameter in resting:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in resting:
            parameter.requires_grad_(True)
