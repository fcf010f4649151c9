"""Learning rates: which parameters learn how fast, and how that changes over the steps."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn

from core.models.staged import Staged
from core.runs.settings import Refused

WARM_UP = 0.15  # of the steps, in one_cycle


def one_cycle(done: float) -> float:
    """Up in a straight line, then down to nothing on half a cosine (after arXiv:1708.07120)."""
    if done < WARM_UP:
        return 0.04 + 0.96 * done / WARM_UP
    return cosine((done - WARM_UP) / (1 - WARM_UP))


def cosine(done: float) -> float:
    """From the full rate to nothing on half a cosine (arXiv:1608.03983)."""
    return (1 + math.cos(math.pi * done)) / 2


def constant(done: float) -> float:
    return 1.0


SCHEDULES: dict[str, Callable[[float], float]] = {"one_cycle": one_cycle, "cosine": cosine, "constant": constant}


def adamw(groups: list[dict], weight_decay: float) -> torch.optim.Optimizer:
    """arXiv:1711.05101"""
    return torch.optim.AdamW(groups, weight_decay=weight_decay, fused=True)


def sgd(groups: list[dict], weight_decay: float) -> torch.optim.Optimizer:
    """Nesterov momentum .9."""
    return torch.optim.SGD(groups, weight_decay=weight_decay, momentum=0.9, nesterov=True)


OPTIMISERS: dict[str, Callable[[list[dict], float], torch.optim.Optimizer]] = {"adamw": adamw, "sgd": sgd}


def parameter_groups(network: Staged, head_rate: float, body_rate: float) -> list[dict]:
    """What the optimiser is given: trainable parameters only, with the rate that each starts from.

    The head's rate is for heads and every "new" stage, the body's for the "fine-tuned". A rate of 0 leaves the
    group out: its weights stay, while its BatchNorm statistics still follow the data (only "frozen" fixes these too).
    """
    parameters: dict[str, list[nn.Parameter]] = {"head": [], "body": []}
    for name, state in zip(network.names, network.states, strict=True):
        part = "head" if state == "new" or name == network.head else "body"
        parameters[part] += [p for p in network.stage(name).parameters() if p.requires_grad]
    parameters["head"] += [p for p in network.heads.parameters() if p.requires_grad]
    rates = {"head": head_rate, "body": body_rate}
    return [
        {"params": parameters[part], "full_rate": rate, "setting": f"{part}_rate"}
        for part, rate in rates.items()
        if rate > 0 and parameters[part]
    ]


def body_and_heads(network: Staged, head_rate: float, body_rate: float) -> list[dict]:
    """What the optimiser is given where heads stand on an encoder: all of its stages that are not frozen learn at one
    rate, borrowed or drawn, so that arms that start elsewhere differ in nothing else.
    """
    parts = {"head_rate": (network.heads, head_rate), "body_rate": (network.stages, body_rate)}
    groups = [
        {"params": [p for p in module.parameters() if p.requires_grad], "full_rate": rate, "setting": setting}
        for setting, (module, rate) in parts.items()
        if rate > 0
    ]
    return [group for group in groups if group["params"]]


def set_rates(optimiser: torch.optim.Optimizer, factor: float) -> None:
    """Every group at `factor` of its full rate."""
    for group in optimiser.param_groups:
        group["lr"] = group["full_rate"] * factor


def pick(table: dict[str, Callable], setting: str, name: str) -> Callable:
    """The entry of that name; `Refused` lists the names."""
    if name not in table:
        raise Refused(setting, name, f"one of {', '.join(table)}.")
    return table[name]
