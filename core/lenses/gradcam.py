"""Grad-CAM (Selvaraju et al., arXiv:1610.02391): maps of a stage, weighted by how a score grows with them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.lenses.units import Unit, looking
from core.models.staged import Staged, activations
from core.runs.settings import Refused


def gradcam(network: Staged, x: Tensor, unit: Unit, stage: str | None = None) -> Tensor:
    """(N, 3, S, S), normalised -> (N, h, w), at least 0: the maps of `stage`, or the last that there are."""
    with looking(network):
        at = stage or last_maps(network, x[:1])
        given = activations(network, x.detach().requires_grad_(), [at, unit.stage])
        if given[at].ndim != 4:
            raise Refused("stage", at, "it has no maps: a stage of convolutions.")
        gradient = torch.autograd.grad(unit.of(given[unit.stage]).sum(), given[at])[0]
    weights = gradient.mean((2, 3), keepdim=True)
    return F.relu((weights * given[at]).sum(1)).detach()


def last_maps(network: Staged, x: Tensor) -> str:
    """The last stage that gives maps of more than one place; where it ends in a max-pool, the layer before that."""
    with torch.no_grad():
        given = activations(network, x, network.names)
    stage = [name for name in network.names if given[name].ndim == 4 and given[name].shape[-1] > 1][-1]
    *before, (_, last) = network.stage(stage).named_children()
    return f"{stage}.{before[-1][0]}" if before and isinstance(last, nn.MaxPool2d) else stage
