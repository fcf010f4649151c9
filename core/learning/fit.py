"""The one loop: forward, loss, backward, step.

Everything that learns from labelled pictures learns here. The order of the pictures and their augmentation depend on
the seed alone, so arms of a comparison that freeze other stages or start from other weights see the same batches.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning import augment as augmentation
from core.learning.evaluate import measure
from core.learning.features import Inputs
from core.learning.precision import arithmetic, evaluating, placed
from core.learning.rates import OPTIMISERS, SCHEDULES, parameter_groups, pick, set_rates
from core.models.staged import Staged
from core.runs.settings import Refused

Labelled = tuple[np.ndarray, np.ndarray]  # pictures uint8 (N, S, S, 3), labels (N,) in 0..classes - 1
MEASUREMENTS = 20  # of the held-out pictures, beside the one before the first step


def fit(
    network: Staged,
    train: Labelled,
    held_out: Mapping[str, Labelled],
    *,
    steps: int,
    batch_size: int = 64,
    head_rate: float,
    body_rate: float,
    optimiser: str = "adamw",
    weight_decay: float = 1e-3,
    schedule: str = "one_cycle",
    augment: str = "none",
    seed: int = 0,
    precision: str = "auto",
    device: str | None = None,
    cache: bool = True,
) -> Iterator[dict]:
    """Train `network` in place and yield flat rows; afterwards it is on the device and in the mode it was.

    A row a step, {"step", "split": "train", "loss", "accuracy", "images_per_second"}, of the batch before its update;
    step 0 looks at the first batch before any. At some 20 steps, the first and last included, a row for each of
    `held_out` too. `images_per_second` is the mean so far and counts the time of training only.

    `head_rate` is for the last stage and every "new" one, `body_rate` for the "fine-tuned"; body_rate=0 keeps their
    weights, but their BatchNorm statistics follow the data (only "frozen" fixes these). The prefix of frozen stages is
    computed once a picture unless cache=False. A batch is never larger than the training set.
    `Refused`: a rate at which the loss is no number, nothing to train, an unknown word, fewer than two pictures.
    """
    chosen, factor = arithmetic(precision, device), pick(SCHEDULES, "schedule", schedule)
    labels, due = _labels(network, train), {round(k * steps / MEASUREMENTS) for k in range(MEASUREMENTS + 1)}
    with placed(network, chosen), _resting(network, body_rate):
        groups = parameter_groups(network, head_rate, body_rate)
        _check(groups, len(labels), batch_size)
        optimise = pick(OPTIMISERS, "optimiser", optimiser)(groups, weight_decay)
        inputs = Inputs(network, train[0], augmentation.check(augment), chosen, cache)
        sets = {
            name: (Inputs(network, held[0], "none", chosen, cache), _labels(network, held))
            for name, held in held_out.items()
            if len(held[1])
        }
        order = batches(len(labels), batch_size, steps, seed)
        for row in loop(network, inputs, labels, order, optimise, lambda step: factor(step / steps)):
            yield _finite(row, groups)
            for name, (pictures, truth) in sets.items() if row["step"] in due else ():
                loss, accuracy = measure(network, pictures, truth)
                yield _finite({"step": row["step"], "split": name, "loss": loss, "accuracy": accuracy}, groups)


def loop(
    network: Staged,
    inputs: Inputs,
    labels: Tensor,
    order: Iterator[tuple[Tensor, Tensor]],
    optimiser: torch.optim.Optimizer,
    factor: Callable[[int], float],
) -> Iterator[dict]:
    """One step for each (indices, draws) of `order`, at `factor(step)` of the full rates; yields the training rows."""
    seconds, seen = 0.0, 0
    for step, (indices, drawn) in enumerate(order):
        started = time.perf_counter()
        set_rates(optimiser, factor(step))
        x, y = inputs(indices, drawn), labels[indices].to(inputs.chosen.device)  # (B, 3, S, S) or features; (B,)
        if step == 0:
            with evaluating(network):
                scores = inputs.chosen.forward(network, x, inputs.start)
            yield {**_row(0, F.cross_entropy(scores, y), scores, y), "images_per_second": 0.0}

        network.train()
        scores = inputs.chosen.forward(network, x, inputs.start)  # (B, classes)
        loss = F.cross_entropy(scores, y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

        row = _row(step + 1, loss, scores, y)
        seconds, seen = seconds + time.perf_counter() - started, seen + len(y)
        yield {**row, "images_per_second": seen / seconds}


def batches(n: int, batch_size: int, steps: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """`steps` times (indices (B,), draws (B, DRAWS)): shuffled epochs end to end, so that every batch is full.

    B is the batch size or n, whichever is smaller.
    """
    shuffling, chance = (torch.Generator().manual_seed(2 * seed + k) for k in range(2))
    size = min(batch_size, n)
    waiting = torch.zeros(0, dtype=torch.int64)
    for _ in range(steps):
        if len(waiting) < size:
            waiting = torch.cat([waiting, torch.randperm(n, generator=shuffling)])
        indices, waiting = waiting[:size], waiting[size:]
        yield indices, augmentation.draws(size, chance)


def _row(step: int, loss: Tensor, scores: Tensor, y: Tensor) -> dict:
    accuracy = (scores.argmax(1) == y).float().mean().item()
    return {"step": step, "split": "train", "loss": loss.item(), "accuracy": accuracy}


def _labels(network: Staged, labelled: Labelled) -> Tensor:
    """The labels as (N,) int64. ValueError if they do not fit the pictures or the network."""
    pictures, labels = labelled[0], np.array(labelled[1], dtype=np.int64)
    if len(pictures) != len(labels) or (len(labels) and not 0 <= labels.min() <= labels.max() < network.classes):
        raise ValueError(f"{len(pictures)} pictures need as many labels from 0 to {network.classes - 1}")
    return torch.from_numpy(labels)


def _check(groups: list[dict], n: int, batch_size: int) -> None:
    if not groups:
        raise Refused("head_rate", 0, "a rate above 0 for at least one stage that is not frozen.")
    if n < 2:
        raise Refused("labels_per_class", n, "at least two pictures to learn from.")
    if batch_size < 2:
        raise Refused("batch_size", batch_size, "at least 2: BatchNorm compares the pictures of a batch.")


def _finite(row: dict, groups: list[dict]) -> dict:
    """The row, unless its loss is no number: then the larger rate is at fault."""
    if math.isfinite(row["loss"]):
        return row
    fastest = max(reversed(groups), key=lambda group: group["full_rate"])
    allowed = f"a smaller rate: the loss became {row['loss']} at step {row['step']}."
    raise Refused(f"{fastest['part']}_rate", fastest["full_rate"], allowed)


@contextlib.contextmanager
def _resting(network: Staged, body_rate: float) -> Iterator[None]:
    """With a body rate of 0, no gradients for the fine-tuned stages while this lasts."""
    resting = [
        parameter
        for name in network.names[:-1]
        if network.stage(name).state == "fine-tuned" and body_rate == 0
        for parameter in network.stage(name).parameters()
        if parameter.requires_grad
    ]
    for parameter in resting:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in resting:
            parameter.requires_grad_(True)
