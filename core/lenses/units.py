"""What a lens looks at: a channel of a stage, or a class score, of a network that is left as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.models.staged import Staged, activations
from core.runs.settings import Refused


@dataclass(frozen=True)
class Unit:
    """Channel `channel` of what `stage` gives: at `place` (row, column) of its map, or where it is strongest."""

    stage: str
    channel: int
    place: tuple[int, int] | None = None

    def of(self, given: Tensor) -> Tensor:
        """Maps (N, C, h, w), tokens (N, T, C) or vectors (N, C) of the stage -> (N,)."""
        n = channels(given)
        if not 0 <= self.channel < n:
            raise Refused("channel", self.channel, f"{self.stage} has channels 0 to {n - 1}.")
        if given.ndim == 4 and self.place is not None:
            return given[:, self.channel, self.place[0], self.place[1]]
        return strongest(given)[:, self.channel]


def channels(given: Tensor) -> int:
    return given.shape[2] if given.ndim == 3 else given.shape[1]


def strongest(given: Tensor) -> Tensor:
    """Maps (N, C, h, w), tokens (N, T, C) or vectors (N, C) -> (N, C): the largest value over the places."""
    if given.ndim == 4:
        return given.amax((2, 3))
    return given.amax(1) if given.ndim == 3 else given


def value(network: Staged, x: Tensor, unit: Unit) -> Tensor:
    """(N, 3, S, S), normalised -> (N,), differentiable."""
    return unit.of(activations(network, x, [unit.stage])[unit.stage])


@contextlib.contextmanager
def looking(network: nn.Module) -> Iterator[None]:
    """While this lasts: evaluation mode, no gradients for the weights, and no layer that writes over its input, so that
    what flows back can be seen. Afterwards the network is as it was.
    """
    modes = [(module, module.training) for module in network.modules()]
    inplace = [module for module in network.modules() if getattr(module, "inplace", False)]
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    try:
        network.eval()
        for module in inplace:
            module.inplace = False  # type: ignore[assignment]
        for parameter in learning:
            parameter.requires_grad_(False)
        with torch.enable_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training
        for module in inplace:
            module.inplace = True  # type: ignore[assignment]
        for parameter in learning:
            parameter.requires_grad_(True)
