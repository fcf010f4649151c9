"""A network with stages passed by, as if they were not there; nothing learns to do without them."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from core.learning.precision import evaluating
from core.models.staged import Staged, activations
from core.runs.settings import Refused


def passed_by(network: Staged, names: Iterable[str]) -> Staged:
    """Take the stages `names` out of `network`, in place: the next one then takes what the one before gives.

    `Refused`: a stage that gives another shape than it takes.
    """
    side = network.preprocessing.size
    with evaluating(network):
        x = torch.zeros(1, 3, side, side, device=network.device)
        given = activations(network, x, network.names)
    taken = dict(zip(network.names, (x, *given.values()), strict=False))
    for name in names:
        network.stage(name)  # refuses one that is not there
        if taken[name].shape != given[name].shape:
            raise Refused("passed", name, "a stage that gives the shape that it takes, or the next would not fit.")
        del network.stages[name]
    return network
