"""LabNet: eight small stages after AlexNet, the network Yosinski et al. cut open (arXiv:1411.1792), with BatchNorm
(arXiv:1502.03167). It learns the toybox in a quarter of a minute on one core. Its variants differ from it in one thing.

Stages can be taken out of it (Zeiler and Fergus, arXiv:1311.2901, table 3): `labnet-conv3-fc7` has six. Where one made
the maps smaller, max-pools that do so stay in its place, at the entrance of the next stage.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from torch import nn

from core.models.catalog import network_info
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


def pooling(times: int, stage: Stage) -> Stage:
    """The stage, behind max-pools that halve its maps so many times."""
    pools = {f"pool{k}": nn.MaxPool2d(3, 2, 1) for k in range(times)}
    return Stage(OrderedDict(pools, **dict(stage.named_children()))) if pools else stage


def labnet(name: str, classes: int, size: int = 48) -> Staged:
    """LabNet, a variant of it, or one without some stages, for pictures of `size` pixels; its weights are whatever the
    constructors drew.
    """
    about, names = VARIANTS[name.partition("-")[0]], network_info(name).stages
    stages, inputs, left = dict[str, Stage](), 3, 0
    for k, width in enumerate(about.widths):
        if (stage := f"conv{k + 1}") in names:
            made = convolution(inputs, width, 3 if k else 5, 1 if k else 2, k in about.pooled, about.normalised)
            stages[stage], inputs, left = pooling(left, made), width, 0
        else:
            left += (k in about.pooled) + (k == 0)
    side = -(-size // 16)  # one stride and three pools of two, each rounding up
    inputs *= side * side
    for stage in names[len(stages) : -1]:
        made = fully_connected(inputs, about.hidden, about.normalised)
        stages[stage], inputs, left = pooling(left, made), about.hidden, 0
    scores = Stage(OrderedDict(flatten=nn.Flatten(), linear=nn.Linear(inputs, classes)))
    stages[names[-1]] = pooling(left, scores)
    return Staged(name, classes, stages, Preprocessing(MEAN, STD, size))
