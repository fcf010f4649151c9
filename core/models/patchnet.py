"""LabResNet for patches: each of the 4 × 4 patches of a picture passes through it by itself, so that no place of its
maps has seen another patch (van den Oord et al. 2018, arXiv:1807.03748, whose patches overlap). Its variants differ in
one thing.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.models.catalog import network_info
from core.models.labnet import MEAN, STD
from core.models.labresnet import WIDTHS, Block, Norm
from core.models.staged import Preprocessing, Stage, Staged

ACROSS = 4  # patches in a row of a picture, and rows


@dataclass(frozen=True)
class Variant:
    """norm: of so many maps; widths: of the maps of its residual stages."""

    norm: Norm = nn.BatchNorm2d
    widths: tuple[int, ...] = WIDTHS


def layer_norm(width: int) -> nn.Module:
    """Of all the maps of a patch together (arXiv:1607.06450); no patch is told of another by it."""
    return nn.GroupNorm(1, width)


VARIANTS = {
    "patch_labresnet": Variant(),
    "patch_labresnet_layer": Variant(layer_norm),
    "patch_labresnet_wide": Variant(layer_norm, tuple(width * 5 // 4 for width in WIDTHS)),
}


class Cut(nn.Module):
    """(N, C, ACROSS * h, ACROSS * w) -> (N * ACROSS * ACROSS, C, h, w): the patches of each picture, row by row."""

    def forward(self, x: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        h, w = height // ACROSS, width // ACROSS
        apart = x.reshape(n, channels, ACROSS, h, ACROSS, w).permute(0, 2, 4, 1, 3, 5)
        return apart.reshape(-1, channels, h, w).contiguous(memory_format=torch.channels_last)


class Joined(nn.Module):
    """The other way round."""

    def forward(self, x: Tensor) -> Tensor:
        patches, channels, h, w = x.shape
        n = patches // ACROSS**2
        together = x.reshape(n, ACROSS, ACROSS, channels, h, w).permute(0, 3, 1, 4, 2, 5)
        return together.reshape(n, channels, ACROSS * h, ACROSS * w)


def patch_labresnet(name: str, classes: int, size: int) -> Staged:
    """For pictures of `size` pixels, its weights whatever the constructors drew; its stages below the head give maps in
    which the patches lie where they were.
    """
    about, names = VARIANTS[name], network_info(name).stages
    first, inputs = about.widths[0], about.widths[0]
    layers = {"conv": nn.Conv2d(3, first, 3, 2, 1, bias=False), "norm": about.norm(first), "relu": nn.ReLU()}
    stages = {names[0]: patch_by_patch(layers)}
    for k, width in enumerate(about.widths):
        stages[names[k + 1]] = patch_by_patch({"block": Block(inputs, width, 2 if k else 1, norm=about.norm)})
        inputs = width
    head = OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), linear=nn.Linear(inputs, classes))
    return Staged(name, classes, {**stages, names[-1]: Stage(head)}, Preprocessing(MEAN, STD, size))


def patch_by_patch(layers: dict[str, nn.Module]) -> Stage:
    return Stage(OrderedDict(cut=Cut(), **layers, joined=Joined()))
