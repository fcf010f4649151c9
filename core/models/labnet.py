"""LabNet: eight small stages after AlexNet, the network Yosinski et al. cut open (arXiv:1411.1792), with BatchNorm
(arXiv:1502.03167). It learns the toybox in a quarter of a minute on one core.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from core.models.catalog import NETWORKS
from core.models.staged import Preprocessing, Stage, Staged

WIDTHS = (24, 48, 64, 64, 48)
HIDDEN = 256
MEAN, STD = (114.75, 114.75, 114.75), (63.75, 63.75, 63.75)  # .45 and .25 of full white


def convolution(inputs: int, outputs: int, kernel: int, stride: int, pooled: bool) -> Stage:
    """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride), halved once more by the max-pool if `pooled`."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2),
        norm=nn.BatchNorm2d(outputs),
        relu=nn.ReLU(),
    )
    if pooled:
        layers["pool"] = nn.MaxPool2d(3, 2, 1)
    return Stage(layers)


def fully_connected(inputs: int, outputs: int) -> Stage:
    """(N, inputs) or (N, C, H, W) with as many values -> (N, outputs)."""
    return Stage(
        OrderedDict(
            flatten=nn.Flatten(),
            linear=nn.Linear(inputs, outputs),
            norm=nn.BatchNorm1d(outputs),
            relu=nn.ReLU(),
        )
    )


def labnet(name: str, classes: int, size: int = 48) -> Staged:
    """LabNet for pictures of `size` pixels; its weights are whatever the layers' constructors drew."""
    c1, c2, c3, c4, c5 = WIDTHS
    side = -(-size // 16)  # one stride and three pools of two, each rounding up
    stages = (
        convolution(3, c1, kernel=5, stride=2, pooled=True),
        convolution(c1, c2, kernel=3, stride=1, pooled=True),
        convolution(c2, c3, kernel=3, stride=1, pooled=False),
        convolution(c3, c4, kernel=3, stride=1, pooled=False),
        convolution(c4, c5, kernel=3, stride=1, pooled=True),
        fully_connected(c5 * side * side, HIDDEN),
        fully_connected(HIDDEN, HIDDEN),
        Stage(OrderedDict(linear=nn.Linear(HIDDEN, classes))),
    )
    named = dict(zip(NETWORKS[name].stages, stages, strict=True))
    return Staged(name, classes, named, Preprocessing(MEAN, STD, size))
