"""The networks of the house, by name. A new network is one file and one row here.

This module imports no torch, so pages and the command line may read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.runs.settings import Refused


@dataclass(frozen=True)
class NetworkInfo:
    """What a page needs to know of a network without building it.

    `stages` run from the picture to the class scores, the last being the head. `size` is the usual side of a picture
    in pixels; `sizes` are the smallest and largest that may be asked for. `build` and the values of `loaders` are
    "module:function" addresses.
    """

    name: str
    title: str
    stages: tuple[str, ...]
    size: int
    sizes: tuple[int, int]
    build: str
    loaders: Mapping[str, str] = field(default_factory=dict)
    step: int = 1  # a side is a multiple of it
    pyramid: bool = True  # each stage sees a coarser picture than the one before
    fetchers: Mapping[str, str] = field(default_factory=dict)  # of weights that are downloaded first

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of the weights it can start from; "none" is a random start."""
        return ("none", *self.loaders)


def classic(name: str, title: str, stages: str, least: int = 32, step: int = 1) -> NetworkInfo:
    """A network of torchvision, whose ImageNet weights were trained at 224 pixels and are downloaded on request."""
    loaders = {"imagenet": "core.models.classics:load_imagenet"}
    fetchers = {"imagenet": "core.models.classics:fetch_imagenet"}
    build = f"core.models.classics:{name}"
    sizes, pyramid = (least, 224), step == 1  # a transformer sees as many patches in all its stages
    return NetworkInfo(name, title, tuple(stages.split()), 128, sizes, build, loaders, step, pyramid, fetchers)


NETWORKS: dict[str, NetworkInfo] = {
    info.name: info
    for info in (
        NetworkInfo(
            name="labnet",
            title="LabNet (8 stages, after AlexNet)",
            stages=("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"),
            size=48,
            sizes=(16, 128),
            build="core.models.labnet:labnet",
        ),
        NetworkInfo(
            name="efficientnet_lite0",
            title="EfficientNet-Lite0",
            stages=("stem", "block1", "block2", "block3", "block4", "block5", "block6", "features", "head"),
            size=128,  # the weights were trained at 224: a few points better, three times as slow
            sizes=(64, 224),
            build="core.models.efficientnet:efficientnet_lite0",
            loaders={"imagenet": "core.models.efficientnet:load_imagenet"},
        ),
        classic("alexnet", "AlexNet", "conv1 conv2 conv3 conv4 conv5 fc6 fc7 fc8", least=64),
        classic("vgg11", "VGG-11", "block1 block2 block3 block4 block5 fc6 fc7 fc8"),
        classic("vgg16", "VGG-16", "block1 block2 block3 block4 block5 fc6 fc7 fc8"),
        classic("resnet18", "ResNet-18", "stem layer1 layer2 layer3 layer4 head"),
        classic("resnet50", "ResNet-50", "stem layer1 layer2 layer3 layer4 head"),
        classic("squeezenet", "SqueezeNet 1.1", "stem fire1-2 fire3-4 fire5 fire6 fire7 fire8 head"),
        classic("mobilenet_v3", "MobileNetV3, small", "stem block1 block2 block3 block4 block5 features fc head"),
        classic("vit_b_16", "ViT-B/16", f"patches {' '.join(f'block{k}' for k in range(1, 13))} head", step=16),
    )
}


def network_info(name: str) -> NetworkInfo:
    """The row of a network; `Refused` names the ones there are."""
    if name not in NETWORKS:
        raise Refused("network", name, f"one of {', '.join(NETWORKS)}.")
    return NETWORKS[name]
