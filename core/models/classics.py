"""The networks of the lecture as torchvision builds them, cut into named stages: AlexNet (Krizhevsky et al. 2012), VGG
(arXiv:1409.1556), ResNet (arXiv:1512.03385), SqueezeNet (arXiv:1602.07360), MobileNetV3 (arXiv:1905.02244) and ViT
(arXiv:2010.11929).

A stage is a slice of torchvision's own modules, so that a network that was cut gives what the whole one gives, and
weights that were trained elsewhere fit. A new one is a row of `CLASSICS`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.vision_transformer import interpolate_embeddings

from core.models.catalog import NETWORKS
from core.models.initialisation import Dropout
from core.models.staged import Preprocessing, Stage, Staged, names_of
from core.runs.download import downloaded, downloading

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of ImageNet's pictures, 0..255
PATCH = 16  # pixels a side of ViT's patches
IMAGENET_CLASSES = 1000


class Tokens(nn.Module):
    """(N, 3, H, W) -> (N, T, C): ViT's patches, a class token before them, and where each lies."""

    def __init__(self, model: Any):
        super().__init__()
        self.class_token, self.project = model.class_token, model.conv_proj
        self.positions, self.dropout = model.encoder.pos_embedding, model.encoder.dropout

    def forward(self, x: Tensor) -> Tensor:
        patches = self.project(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), patches], 1)
        return self.dropout(tokens + self.positions)


class First(nn.Module):
    """(N, T, C) -> (N, C): the class token."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 0]


def cut_alexnet(model: Any) -> Iterator[Stage]:
    for start, end in pairwise((0, 3, 6, 8, 10, 13)):
        yield Stage(*model.features[start:end])
    yield from cut_three_layers(model)


def cut_vgg(model: Any) -> Iterator[Stage]:
    ends = [k + 1 for k, layer in enumerate(model.features) if isinstance(layer, nn.MaxPool2d)]
    for start, end in pairwise((0, *ends)):
        yield Stage(*model.features[start:end])
    yield from cut_three_layers(model)


def cut_three_layers(model: Any) -> Iterator[Stage]:
    """fc6, fc7 and fc8 of AlexNet and VGG, each with the ReLU and the Dropout that stand beside it."""
    ends = [k + 1 for k, layer in enumerate(model.classifier) if isinstance(layer, nn.ReLU)]
    layers = model.classifier
    yield Stage(model.avgpool, nn.Flatten(), *layers[: ends[0]])
    yield Stage(*layers[ends[0] : ends[1]])
    yield Stage(*layers[ends[1] :])


def cut_resnet(model: Any) -> Iterator[Stage]:
    yield Stage(model.conv1, model.bn1, model.relu, model.maxpool)
    for layer in (model.layer1, model.layer2, model.layer3, model.layer4):
        yield Stage(*layer)
    yield Stage(model.avgpool, nn.Flatten(), model.fc)


def cut_squeezenet(model: Any) -> Iterator[Stage]:
    for start, end in pairwise((0, 3, 6, 9, 10, 11, 12, 13)):
        yield Stage(*model.features[start:end])
    yield Stage(*model.classifier, nn.Flatten())


def cut_mobilenet(model: Any) -> Iterator[Stage]:
    for start, end in pairwise((0, 1, 2, 4, 7, 9, 12)):
        yield Stage(*model.features[start:end])
    yield Stage(model.features[12], model.avgpool, nn.Flatten())
    *hidden, scores = model.classifier
    yield Stage(*hidden)
    yield Stage(scores)


def cut_vision_transformer(model: Any) -> Iterator[Stage]:
    yield Stage(Tokens(model))
    for block in model.encoder.layers:
        yield Stage(block)
    yield Stage(model.encoder.ln, First(), model.heads.head)


@dataclasses.dataclass(frozen=True)
class Classic:
    """make: torchvision's constructor; cut: its stages in order; weights: its name of the ImageNet weights."""

    make: Callable[..., nn.Module]
    cut: Callable[[Any], Iterator[Stage]]
    weights: str


CLASSICS = {
    "alexnet": Classic(models.alexnet, cut_alexnet, "AlexNet_Weights.IMAGENET1K_V1"),
    "vgg11": Classic(models.vgg11, cut_vgg, "VGG11_Weights.IMAGENET1K_V1"),
    "vgg16": Classic(models.vgg16, cut_vgg, "VGG16_Weights.IMAGENET1K_V1"),
    "resnet18": Classic(models.resnet18, cut_resnet, "ResNet18_Weights.IMAGENET1K_V1"),
    "resnet50": Classic(models.resnet50, cut_resnet, "ResNet50_Weights.IMAGENET1K_V1"),
    "squeezenet": Classic(models.squeezenet1_1, cut_squeezenet, "SqueezeNet1_1_Weights.IMAGENET1K_V1"),
    "mobilenet_v3": Classic(models.mobilenet_v3_small, cut_mobilenet, "MobileNet_V3_Small_Weights.IMAGENET1K_V1"),
    "vit_b_16": Classic(models.vit_b_16, cut_vision_transformer, "ViT_B_16_Weights.IMAGENET1K_V1"),
}


def whole(name: str, classes: int, size: int) -> nn.Module:
    """The network as torchvision builds it, its weights as its constructors drew them."""
    sized = {"image_size": size} if name == "vit_b_16" else {}
    return CLASSICS[name].make(num_classes=classes, **sized)


def staged(name: str, model: nn.Module, classes: int, size: int) -> Staged:
    """The same modules as a list of the stages that the catalogue names."""
    names = names_of(model)
    for module in [*model.modules()]:
        for child, layer in module.named_children():
            if isinstance(layer, nn.Dropout):
                setattr(module, child, Dropout(layer.p))
    stages = dict(zip(NETWORKS[name].stages, CLASSICS[name].cut(model), strict=True))
    return Staged(name, classes, stages, Preprocessing(MEAN, STD, size), names)


def classic(name: str, classes: int, size: int) -> Staged:
    return staged(name, whole(name, classes, size), classes, size)


def address(name: str) -> str:
    """Where torchvision keeps the ImageNet weights of a network."""
    return models.get_weight(CLASSICS[name].weights).url


def fetch_imagenet(name: str) -> Iterator[tuple[int, int]]:
    """Download the weights of a network if need be: yields (bytes done, bytes in all). `Refused` without a network."""
    yield from downloading(address(name), f"{NETWORKS[name].title}'s weights")


def load_imagenet(network: Staged) -> None:
    """Copy torchvision's ImageNet weights into `network`, in place; its head is kept as it is unless it has 1000
    classes. They are downloaded once. `Refused`, in one sentence, without a network.
    """
    name, size = network.network, network.preprocessing.size
    file = downloaded(address(name), f"{NETWORKS[name].title}'s weights")
    stored = torch.load(file, map_location="cpu", weights_only=True)
    if name == "vit_b_16":
        stored = interpolate_embeddings(size, PATCH, stored)
    model = whole(name, IMAGENET_CLASSES, size)
    model.load_state_dict(stored)
    network.take(staged(name, model, IMAGENET_CLASSES, size))
