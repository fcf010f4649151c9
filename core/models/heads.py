"""Heads that a network may have beside its stages, by name: what a method learns on top of an encoder.

A head's recipe rebuilds it with the network it belongs to (`core.models.weights`). A new kind is a row of `HEADS`.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from core.models.initialisation import draw
from core.models.staged import Staged
from core.runs.settings import Refused


class Head(nn.Sequential):
    """A few layers, and how to build them again."""

    recipe: dict[str, Any]

    @property
    def pooled(self) -> bool:
        """Whether it takes vectors (N, D), the means of maps over place, and not the maps themselves."""
        return isinstance(self[0], nn.Linear)


def linear(inputs: int, outputs: int) -> Head:
    """(N, inputs) -> (N, outputs)"""
    return Head(OrderedDict(linear=nn.Linear(inputs, outputs)))


def projection(inputs: int, outputs: int, hidden: int) -> Head:
    """(N, inputs) -> (N, outputs), one hidden layer with BatchNorm between (arXiv:2002.05709, arXiv:2006.07733)."""
    layers = [nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outputs)]
    return Head(OrderedDict(zip(("hidden", "norm", "relu", "linear"), layers, strict=True)))


def dense(inputs: int, outputs: int) -> Head:
    """Maps (N, inputs, h, w) -> (N, outputs, h, w): a score for each place (arXiv:1411.4038)."""
    return Head(OrderedDict(convolution=nn.Conv2d(inputs, outputs, 1)))


def around(inputs: int, outputs: int) -> Head:
    """Maps (N, inputs, h, w) -> (N, outputs, h, w): of each place and its neighbours."""
    return Head(OrderedDict(convolution=nn.Conv2d(inputs, outputs, 3, 1, 1)))


def fusion(inputs: int, outputs: int, hidden: int) -> Head:
    """Maps (N, inputs, h, w) -> (N, outputs, h, w), one hidden layer that sees the neighbours (arXiv:1504.06375)."""
    layers = [nn.Conv2d(inputs, hidden, 3, 1, 1), nn.ReLU(), nn.Conv2d(hidden, outputs, 1)]
    return Head(OrderedDict(zip(("around", "relu", "convolution"), layers, strict=True)))


def causal(inputs: int, outputs: int, layers: int) -> Head:
    """Maps (N, inputs, h, w) -> (N, outputs, h, w): a place is told of its own row and of those above it, never of one
    below. Each layer is a convolution of 3 × 3 whose last row is masked (arXiv:1606.05328), here: is not there.
    """
    made: list[nn.Module] = []
    for k in range(layers):
        made += [nn.ZeroPad2d((1, 1, 1, 0)), nn.Conv2d(outputs if k else inputs, outputs, (2, 3)), nn.ReLU()]
    return Head(*made[:-1])


def decoder(inputs: int, outputs: int, doublings: int) -> Head:
    """Maps (N, inputs, h, w) -> (N, outputs, h * 2^doublings, w * 2^doublings); the widths halve as the maps grow."""
    layers, width = [], inputs
    for _ in range(doublings):
        narrower = max(16, width // 2)
        layers += [
            nn.Upsample(scale_factor=2),
            nn.Conv2d(width, narrower, 3, 1, 1),
            nn.BatchNorm2d(narrower),
            nn.ReLU(),
        ]
        width = narrower
    return Head(*layers, nn.Conv2d(width, outputs, 3, 1, 1))


def code(inputs: int, outputs: int) -> Head:
    """Maps (N, C, h, w) of C * h * w = `inputs` values -> (N, outputs)"""
    return Head(OrderedDict(flatten=nn.Flatten(), linear=nn.Linear(inputs, outputs)))


def unfolded(inputs: int, outputs: int, side: int) -> Head:
    """(N, inputs) -> maps (N, outputs, side, side): where a decoder of a code begins."""
    linear = nn.Linear(inputs, outputs * side * side)
    return Head(OrderedDict(linear=linear, maps=nn.Unflatten(1, (outputs, side, side)), relu=nn.ReLU()))


HEADS = {
    "linear": linear,
    "projection": projection,
    "dense": dense,
    "around": around,
    "fusion": fusion,
    "causal": causal,
    "decoder": decoder,
    "code": code,
    "unfolded": unfolded,
}


def attach(network: Staged, name: str, kind: str, seed: int = 0, deviation: float | None = None, **sizes: int) -> Head:
    """Give `network` a head of that name, drawn from `seed`, by a normal of that `deviation` or He's; `sizes` are the
    arguments of its row in `HEADS`.
    """
    if kind not in HEADS:
        raise Refused("head", kind, f"one of {', '.join(HEADS)}.")
    with torch.random.fork_rng(devices=[]):
        head = HEADS[kind](**sizes)  # type: ignore[operator]
    head.recipe = {"kind": kind, **sizes}
    draw(head, torch.Generator().manual_seed(zlib.crc32(f"{seed}:{name}".encode())), deviation)
    network.heads[name] = head.to(network.device).train(network.training)
    return head
