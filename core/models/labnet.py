"""LabNet: eight small stages after AlexNet, the network Yosinski et al. cut open (arXiv:1411.1792), with BatchNorm
(arXiv:1502.03167). It learns the toybox in a quarter of a minute on one core. Its variants differ from it in one thing.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from torch import nn

from core.models.catalog import NETWORKS
from core.models.staged import Preprocessing, Stage, Staged

MEAN, STD = (114.75, 114.75, 114.75), (63.75, 63.75, 63.75)  # .45 and .25 of full white


@dataclass(frozen=True)
class Variant:
    """widths: of the convolutions; pooled: which of them, from 0, halve their maps; hidden: width of the two layers
    before the head.
    """

    widths: tuple[int, ...] = (24, 48, 64, 64, 48)
    pooled: tuple[int, ...] = (0, 1, 4)
    hidden: int = 256
    normalised: bool = True


VARIANTS = {
    "labnet": Variant(),
    "labnet_plain": Variant(normalised=False),
    "labnet_narrow": Variant(widths=(12, 24, 32, 32, 24), hidden=64),
    "labnet_deep": Variant(widths=(24, 48, 64, 64, 64, 64, 64, 48), pooled=(0, 1, 7)),
}


def convolution(inputs: int, outputs: int, kernel: int, stride: int, pooled: bool, normalised: bool = True) -> Stage:
    """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride), halved once more by the max-pool if `pooled`."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv=nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2),
        norm=nn.BatchNorm2d(outputs),
        relu=nn.ReLU(),
    )
    if not normalised:
        del layers["norm"]
    if pooled:
        layers["pool"] = nn.MaxPool2d(3, 2, 1)
    return Stage(layers)


def fully_connected(inputs: int, outputs: int, normalised: bool = True) -> Stage:
    """(N, inputs) or (N, C, H, W) with as many values -> (N, outputs)."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        flatten=nn.Flatten(),
        linear=nn.Linear(inputs, outputs),
        norm=nn.BatchNorm1d(outputs),
        relu=nn.ReLU(),
    )
    if not normalised:
        del layers["norm"]
    return Stage(layers)


def labnet(name: str, classes: int, size: int = 48) -> Staged:
    """LabNet, or a variant of it, for pictures of `size` pixels; its weights are whatever the constructors drew."""
    about = VARIANTS[name]
    inputs = (3, *about.widths)
    side = -(-size // 16)  # one stride and three pools of two, each rounding up
    stages = [
        convolution(inputs[k], width, 3 if k else 5, 1 if k else 2, k in about.pooled, about.normalised)
        for k, width in enumerate(about.widths)
    ]
    stages.append(fully_connected(about.widths[-1] * side * side, about.hidden, about.normalised))
    stages.append(fully_connected(about.hidden, about.hidden, about.normalised))
    stages.append(Stage(OrderedDict(linear=nn.Linear(about.hidden, classes))))
    named = dict(zip(NETWORKS[name].stages, stages, strict=True))
    return Staged(name, classes, named, Preprocessing(MEAN, STD, size))
