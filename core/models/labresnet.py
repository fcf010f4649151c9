"""LabResNet: a stem and three residual stages (He et al., arXiv:1512.03385), small enough to learn by itself, without
labels, in a minute of two cores: .3 million weights.
"""

from __future__ import annotations

from collections import OrderedDict

import torch.nn.functional as F
from torch import Tensor, nn

from core.models.catalog import network_info
from core.models.labnet import MEAN, STD
from core.models.staged import Preprocessing, Stage, Staged

WIDTHS = (32, 64, 128)


class Block(nn.Module):
    """Two convolutions beside a shortcut, which is one of 1 × 1 where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity() if (inputs, stride) == (outputs, 1) else projection(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)"""
        changed = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(changed + self.shortcut(x))


def projection(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """The shortcut where the shape changes."""
    layers = {"conv": nn.Conv2d(inputs, outputs, 1, stride, bias=False), "norm": nn.BatchNorm2d(outputs)}
    return nn.Sequential(OrderedDict(layers))


def labresnet(name: str, classes: int, size: int = 32) -> Staged:
    """LabResNet for pictures of `size` pixels, its weights whatever the constructors drew."""
    names, first = network_info(name).stages, WIDTHS[0]
    layers = {"conv": nn.Conv2d(3, first, 3, 2, 1, bias=False), "norm": nn.BatchNorm2d(first), "relu": nn.ReLU()}
    stages, inputs = {names[0]: Stage(OrderedDict(layers))}, first
    for k, width in enumerate(WIDTHS):
        stages[names[k + 1]] = Stage(OrderedDict(block=Block(inputs, width, 1 if k == 0 else 2)))
        inputs = width
    head = OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), linear=nn.Linear(inputs, classes))
    return Staged(name, classes, {**stages, names[-1]: Stage(head)}, Preprocessing(MEAN, STD, size))
