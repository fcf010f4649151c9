"""The networks of the house, by name. A new network is one file and one row here; `timm:<name>` is any network of timm
that splits into stages; `labnet-conv3-fc7` is LabNet without those two.

This module imports no torch, so pages and the command line may read it.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.runs.home import home, unwritable
from core.runs.settings import Refused

TIMM = "timm:"
WITHOUT = r"labnet(-(conv[1-5]|fc[67]))+"  # and which of its stages are taken out
NAMED = r"timm:[a-z0-9_]+(\.[a-z0-9_]+)?"  # a name of timm's, its weights behind a dot


@dataclass(frozen=True)
class NetworkInfo:
    """What a page needs to know of a network without building it.

    `stages` run from the picture to the class scores, the last being the head; `strides` say of each how many pixels of
    the picture are one of its map (0: it gives a vector, which has no place). `size` is the usual side of a picture in
    pixels; `sizes` are the smallest and largest that may be asked for. `build` and the values of `loaders` (of weights)
    and of `fetchers` (which download weights first) are "module:function" addresses.
    """

    name: str
    title: str
    stages: tuple[str, ...]
    strides: tuple[int, ...]
    size: int
    sizes: tuple[int, int]
    build: str
    loaders: Mapping[str, str] = field(default_factory=dict)
    step: int = 1  # a side is a multiple of it
    fetchers: Mapping[str, str] = field(default_factory=dict)

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of the weights it can start from; "none" is a random start."""
        return ("none", *self.loaders)

    def check_size(self, size: int) -> None:
        """`Refused`: it cannot see pictures of so many pixels."""
        (least, most), whole = self.sizes, f", a multiple of {self.step}" if self.step > 1 else ""
        if not least <= size <= most or size % self.step:
            range_ = f"from {least} to {most}{whole}" if least < most else f"{self.size}"
            raise Refused("size", size, f"0 for the network's own, or {range_}.")


EIGHT = "conv1/4 conv2/8 conv3/8 conv4/8 conv5/16 fc6/0 fc7/0 fc8/0"
DEEP = "conv1/4 conv2/8 conv3/8 conv4/8 conv5/8 conv6/8 conv7/8 conv8/16 fc9/0 fc10/0 fc11/0"


def named(stages: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Stages written `name/stride` → names, strides."""
    pairs = [stage.split("/") for stage in stages.split()]
    return tuple(name for name, _ in pairs), tuple(int(stride) for _, stride in pairs)


def lab(name: str, title: str, stages: str = EIGHT) -> NetworkInfo:
    """A small network for the toybox, without weights of its own."""
    return NetworkInfo(name, title, *named(stages), size=48, sizes=(16, 128), build="core.models.labnet:labnet")


def patched(name: str, title: str) -> NetworkInfo:
    """A network that sees the 4 × 4 patches of a picture one by one."""
    build = "core.models.patchnet:patch_labresnet"
    return NetworkInfo(name, title, *named("stem/2 layer1/2 layer2/4 layer3/8 head/0"), 64, (32, 128), build, step=32)


def classic(name: str, title: str, stages: str, least: int = 32, step: int = 1) -> NetworkInfo:
    """A network of torchvision, whose ImageNet weights were trained at 224 pixels and are downloaded on request.

    `stages` are written `name/stride`.
    """
    loaders = {"imagenet": "core.models.classics:load_imagenet"}
    fetchers = {"imagenet": "core.models.classics:fetch_imagenet"}
    build, sizes = "core.models.classics:classic", (least, 224)
    return NetworkInfo(name, title, *named(stages), 128, sizes, build, loaders, step, fetchers)


NETWORKS: dict[str, NetworkInfo] = {
    info.name: info
    for info in (
        lab("labnet", "LabNet (8 stages, after AlexNet)"),
        lab("labnet_plain", "LabNet without BatchNorm"),
        lab("labnet_narrow", "LabNet, half as wide"),
        lab("labnet_deep", "LabNet, three stages deeper", DEEP),
        NetworkInfo(
            "labresnet",
            "LabResNet (a stem and three stages, after ResNet)",
            *named("stem/2 layer1/2 layer2/4 layer3/8 head/0"),
            size=48,
            sizes=(16, 128),
            build="core.models.labresnet:labresnet",
        ),
        NetworkInfo(
            "split_labresnet",
            "LabResNet in two halves, lightness and colours",
            *named("stem/2 layer1/2 layer2/4 layer3/8 head/0"),
            size=48,
            sizes=(16, 128),
            build="core.models.labresnet:split_labresnet",
        ),
        patched("patch_labresnet", "LabResNet on patches"),
        patched("patch_labresnet_layer", "LabResNet on patches, with layer norm"),
        patched("patch_labresnet_wide", "LabResNet on patches, with layer norm, a quarter wider"),
        NetworkInfo(
            name="efficientnet_lite0",
            title="EfficientNet-Lite0",
            stages=("stem", "block1", "block2", "block3", "block4", "block5", "block6", "features", "head"),
            strides=(2, 4, 8, 16, 16, 32, 32, 0, 0),
            size=128,  # the weights were trained at 224: a few points better, three times as slow
            sizes=(64, 224),
            build="core.models.efficientnet:efficientnet_lite0",
            loaders={"imagenet": "core.models.efficientnet:load_imagenet"},
        ),
        classic("alexnet", "AlexNet", "conv1/8 conv2/16 conv3/16 conv4/16 conv5/32 fc6/0 fc7/0 fc8/0", least=64),
        classic("vgg11", "VGG-11", "block1/2 block2/4 block3/8 block4/16 block5/32 fc6/0 fc7/0 fc8/0"),
        classic("vgg16", "VGG-16", "block1/2 block2/4 block3/8 block4/16 block5/32 fc6/0 fc7/0 fc8/0"),
        classic("resnet18", "ResNet-18", "stem/4 layer1/4 layer2/8 layer3/16 layer4/32 head/0"),
        classic("resnet50", "ResNet-50", "stem/4 layer1/4 layer2/8 layer3/16 layer4/32 head/0"),
        classic(
            "squeezenet",
            "SqueezeNet 1.1",
            "stem/4 fire1-2/8 fire3-4/16 fire5/16 fire6/16 fire7/16 fire8/16 head/0",
        ),
        classic(
            "mobilenet_v3",
            "MobileNetV3, small",
            "stem/2 block1/4 block2/8 block3/16 block4/16 block5/32 features/0 fc/0 head/0",
        ),
        classic("vit_b_16", "ViT-B/16", f"patches/16 {' '.join(f'block{k}/16' for k in range(1, 13))} head/0", step=16),
    )
}
WORDS = f"one of {', '.join(NETWORKS)}, or timm:<a name of timm's>"


def network_info(name: str) -> NetworkInfo:
    """The row of a network, or the description of one of timm's; `Refused` says which names there are."""
    if re.fullmatch(NAMED, name):
        return _of_timm(name)
    if re.fullmatch(WITHOUT, name):
        return _without(name)
    if name not in NETWORKS:
        raise Refused("network", name, f"{WORDS}.")
    return NETWORKS[name]


def _without(name: str) -> NetworkInfo:
    whole, *out = name.split("-")
    info = NETWORKS[whole]
    kept = [stage for stage in zip(info.stages, info.strides, strict=True) if stage[0] not in out]
    stages, strides = zip(*kept, strict=True)
    title = f"LabNet without {', '.join(out)}"
    return dataclasses.replace(info, name=name, title=title, stages=stages, strides=strides)


def described(name: str) -> bool:
    """Whether `network_info` answers at once: timm's networks are built, and looked at, the first time."""
    return name in NETWORKS or (re.fullmatch(NAMED, name) is not None and _description(name).exists())


def _description(name: str) -> Path:
    version = importlib.metadata.version("timm")
    return home() / "cache" / "networks" / f"{name.removeprefix(TIMM)}-timm-{version}-tried.json"


def _of_timm(name: str) -> NetworkInfo:
    """Kept as JSON once it is known, so that a page need not import timm."""
    file = _description(name)
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        info = importlib.import_module("core.models.timm_networks").describe(name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(dataclasses.asdict(info)), encoding="utf-8")
        except OSError as error:
            raise unwritable(file.parent, error) from error
        return info
    lists = {key: tuple(plain[key]) for key in ("stages", "strides", "sizes")}
    return NetworkInfo(**{**plain, **lists})
