"""The receptive field: which pixels a place of a map can see at all."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.learning.precision import evaluating
from core.models.staged import Staged, activations

AT_ONCE = 8  # places of one pass
BENDS = ("torch.nn.modules.activation", "torch.nn.modules.batchnorm", "torch.nn.modules.dropout")
NORMS = ("BatchNorm", "LayerNorm", "DropPath")


def spans(network: Staged, stage: str) -> list[tuple[int, int]]:
    """(first, end), the end exclusive, of the rows of pixels that can change row k of the maps of `stage`, for each k;
    of its columns they are the same. One span, the whole picture, where the stage has no maps.

    Found with the gradient of a copy in which everything passes: weights of one sign, no ReLU, means for maxima.
    """
    size = network.preprocessing.size
    with evaluating(network):
        given = activations(network, torch.ones(1, 3, size, size, device=network.device), [stage])[stage]
    if given.ndim != 4:
        return [(0, size)]
    clear, rows = _transparent(network), list[Tensor]()
    for places in torch.arange(given.shape[2]).split(AT_ONCE):
        x = torch.ones(len(places), 3, size, size, requires_grad=True)
        given = activations(clear, x, [stage])[stage]
        diagonal = given[torch.arange(len(places)), :, places, places]
        rows += (torch.autograd.grad(diagonal.sum(), x)[0] > 0).any(1).any(2)
    return [(int(row.nonzero()[0]), int(row.nonzero()[-1]) + 1) for row in rows]


class Averaged(nn.Module):
    """A max-pool that looks at all it can see."""

    def __init__(self, pool: nn.MaxPool2d):
        super().__init__()
        self.arguments = (pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode)

    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, *self.arguments)


def _transparent(network: Staged) -> Staged:
    """A copy in which every input changes every output that it can reach, by a positive amount."""
    clear = copy.deepcopy(network).float().cpu().eval()
    for parent in list(clear.modules()):
        for name, module in list(parent.named_children()):
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.constant_(module.weight, 1 / module.weight[0].numel())
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.MaxPool2d):
                setattr(parent, name, Averaged(module))
            elif type(module).__module__ in BENDS or any(word in type(module).__name__ for word in NORMS):
                setattr(parent, name, nn.Identity())
    return clear
