"""Layer-wise relevance propagation (Bach et al. 2015, doi:10.1371/journal.pone.0130140): a score is handed down, layer
by layer, to what made it up, until it lies on the pixels.

By the rules of Montavon et al. 2019 (doi:10.1007/978-3-030-28954-6_10): z+ for convolutions, which hands on only to
what spoke for a unit, and plain shares for what is fully connected. BatchNorm is folded into the layer before it. A
layer written as p(x) (z/p), with the quotient held fixed, has its rule as input times gradient.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from core.lenses.units import Unit, looking, value
from core.models.staged import Staged
from core.runs.settings import Refused

KNOWN = (nn.Linear, nn.ReLU, nn.MaxPool2d, nn.AdaptiveAvgPool2d, nn.Flatten, nn.Dropout, nn.Identity)
LEAST = 1e-9


class Positive(nn.Module):
    """A convolution that hands down by z+: of negative inputs, negative weights speak for a unit."""

    def __init__(self, layer: nn.Conv2d):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        w, no_bias = self.layer.weight, None
        p = self.layer._conv_forward(x.clamp(min=0), w.clamp(min=0), no_bias)
        p = p + self.layer._conv_forward(x.clamp(max=0), w.clamp(max=0), no_bias)
        return p * (self.layer(x) / (p + LEAST)).detach()


def relevance(network: Staged, x: Tensor, unit: Unit) -> Tensor:
    """(N, 3, S, S), normalised -> (N, 3, S, S): shares of the unit's value, which add up to it but for biases.

    `Refused`: a network of other layers than convolutions, BatchNorm, ReLU, pooling and fully connected ones.
    """
    plain = copy.deepcopy(network).eval()
    rewrite(plain.stages)
    with looking(plain):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(value(plain, x, unit).sum(), x)[0] * x.detach()


def rewrite(parent: nn.Module) -> None:
    """In place. `Refused` as above."""
    before = ""
    for name, module in list(parent.named_children()):
        below = getattr(parent, before, None)
        if type(module) is nn.BatchNorm2d and isinstance(below, Positive):
            setattr(parent, before, Positive(fuse_conv_bn_eval(below.layer, module)))
            setattr(parent, name, nn.Identity())
        elif type(module) is nn.BatchNorm1d and isinstance(below, nn.Linear):
            setattr(parent, before, fuse_linear_bn_eval(below, module))
            setattr(parent, name, nn.Identity())
        elif type(module) is nn.Conv2d:
            setattr(parent, name, Positive(module))
        elif list(module.children()):
            rewrite(module)
        elif type(module) not in KNOWN:
            allowed = "relevance is handed down through convolutions, ReLU, pooling and fully connected layers only"
            raise Refused("method", "lrp", f"another one: {allowed}, and this network has {type(module).__name__}.")
        before = name
