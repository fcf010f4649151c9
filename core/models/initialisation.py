"""Weights drawn anew: He's normal for what feeds a ReLU (arXiv:1502.01852), and dropout that a seed decides."""

from __future__ import annotations

import zlib

import torch
from torch import Tensor, nn

BARE_DEVIATION = 0.02
SCALES = ("weight", "alpha", "gamma", "scale")  # names of vectors that multiply, feature by feature
BATCHNORM_MOMENTUM = 0.1  # Lite0's own .01 needs thousands of steps before the statistics are usable


class Dropout(nn.Module):
    """Dropout whose draws depend on its seed alone (see `initialise`), so that a run can be repeated bit by bit."""

    def __init__(self, p: float):
        super().__init__()
        self.p, self.seed, self.drawn = p, 0, 0

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        generator = torch.Generator().manual_seed(zlib.crc32(f"{self.seed}:{self.drawn}".encode()))
        self.drawn += 1
        kept = torch.rand(x.shape, generator=generator) >= self.p
        return x * kept.to(x) / (1 - self.p)


def draw(drawn_into: nn.Module, generator: torch.Generator, deviation: float | None = None) -> None:
    """Draw the weights of a module anew; `deviation` of its layers, None for He's."""
    for module in drawn_into.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            he = (2 / module.weight[0].numel()) ** 0.5
            drawn = torch.randn(module.weight.shape, generator=generator) * (deviation or he)
            module.weight.data.copy_(drawn)
            if module.bias is not None:
                module.bias.data.zero_()
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_running_stats()
            module.weight.data.fill_(1)
            module.bias.data.zero_()
            module.momentum = BATCHNORM_MOMENTUM
        elif isinstance(module, Dropout):
            module.seed, module.drawn = int(torch.randint(2**31, (), generator=generator)), 0
        elif isinstance(module, nn.LayerNorm | nn.GroupNorm):
            module.reset_parameters()
        else:  # what a module holds besides layers: ViT's class token and positions, the projections of attention
            for bare_name, bare in module.named_parameters(recurse=False):
                _initialise_bare(bare_name, bare, generator)


def _initialise_bare(name: str, bare: nn.Parameter, generator: torch.Generator) -> None:
    drawn = torch.randn(bare.shape, generator=generator) * BARE_DEVIATION
    is_vector = bare.numel() == max(bare.shape, default=1)
    if "bias" in name or name == "beta":
        drawn.zero_()
    elif is_vector and name in SCALES:
        drawn.fill_(1)
    bare.data.copy_(drawn)
