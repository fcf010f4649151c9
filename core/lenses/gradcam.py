"""Grad-CAM (Selvaraju et al., arXiv:1610.02391): maps of a stage, weighted by how a score grows with them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.lenses.units import Unit, looking
from core.models.staged import Staged, activations
from core.runs.settings import Refused

POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)


def gradcam(network: Staged, x: Tensor, unit: Unit, stage: str | None = None, by_place: bool = False) -> Tensor:
    """(N, 3, S, S), normalised -> (N, h, w), at least 0: the maps of `stage`, or the last that there are. Each map has
    one weight, its mean gradient; or `by_place` one a place (HiResCAM, Draelos and Carin 2020, arXiv:2011.08891).
    """
    with looking(network):
        at = stage or last_maps(network, x[:1])
        if at is None:
            raise Refused("method", "gradcam", "another one: this network has tokens or vectors, but no maps.")
        given = activations(network, x.detach().requires_grad_(), [at, unit.stage])
        if given[at].ndim != 4:
            raise Refused("stage", at, "it has no maps: a stage of convolutions.")
        gradient = torch.autograd.grad(unit.of(given[unit.stage]).sum(), given[at])[0]
    weights = gradient if by_place else gradient.mean((2, 3), keepdim=True)
    return F.relu((weights * given[at]).sum(1)).detach()


def last_maps(network: Staged, x: Tensor) -> str | None:
    """The last part of a stage ("conv5.relu") that gives maps of more than one place, before they are pooled."""
    parts = [f"{stage}.{part}" for stage in network.names for part, _ in network.stage(stage).named_children()]
    with torch.no_grad():
        given = activations(network, x, parts)
    maps = [part for part in parts if given[part].ndim == 4 and given[part].shape[-1] > 1]
    return next((part for part in reversed(maps) if not isinstance(network.stages.get_submodule(part), POOLS)), None)
