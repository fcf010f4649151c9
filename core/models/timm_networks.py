"""Any network of timm that splits into stages (https://github.com/huggingface/pytorch-image-models).

How it is split, and what is refused: `core.models.timm_stages`.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub import hf_hub_url
from timm.models._registry import get_deprecated_models
from torch import Tensor

from core.models.catalog import TIMM, NetworkInfo
from core.models.staged import Preprocessing, Staged, names_of
from core.models.timm_stages import stages_of
from core.runs.download import downloaded, downloading
from core.runs.settings import Refused

LARGEST, SMALLEST = 256, 64  # pixels a side
PROBED = (64, 96, 110, 140, 160, 190, 220, 240)  # pixels a side, about
STEPS = (1, 2, 4, 7, 8, 14, 16, 32)  # of which a side must be a multiple: strides, patches, windows
HERE = "core.models.timm_networks"


def describe(name: str) -> NetworkInfo:
    """The row of `timm:<name>`. `Refused`: timm has no such network, or it does not split into stages."""
    model = _model(name, classes=3)
    about, size = model.pretrained_cfg, _size(model)
    stages = stages_of(name, model, size)
    maps, x = [], torch.zeros(1, 3, size, size)
    with torch.no_grad():
        for stage in stages.values():
            x = stage.eval()(x)
            maps.append(x)
    sizes, step = _sizes(model, size)
    known = {"imagenet" if about.get("num_classes") == 1000 else "pretrained"} if _source(about) else set()
    return NetworkInfo(
        name=name,
        title=name.removeprefix(TIMM),
        stages=tuple(stages),
        strides=tuple(_stride(x, size) for x in maps),
        size=size,
        sizes=sizes,
        step=step,
        build=f"{HERE}:timm_network",
        loaders=dict.fromkeys(known, f"{HERE}:load_pretrained"),
        fetchers=dict.fromkeys(known, f"{HERE}:fetch_pretrained"),
    )


def _sizes(model: Any, own: int) -> tuple[tuple[int, int], int]:
    """The smallest and largest side that the network takes, and what a side must be a multiple of; all tried."""
    if model.pretrained_cfg.get("fixed_input_size"):
        return (own, own), 1
    for step in STEPS:
        odd = sorted({side // step // 2 * 2 + 1 for side in PROBED})  # multiples of no larger step
        works = [_takes(model, k * step) for k in odd]
        if all(works[-3:]):
            least = odd[len(works) - works[::-1].index(False)] if False in works else SMALLEST // step
            above = range(SMALLEST // step, least)  # every probe from `least` on works; perhaps some below it do
            found = above.start + bisect.bisect_left(above, True, key=lambda k: _takes(model, k * step))
            return (found * step, LARGEST // step * step), step
    return (own, own), 1


def _takes(model: Any, size: int) -> bool:
    """Whether the network makes anything of pictures of this side."""
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, 3, size, size))
    except Exception:  # a map that is no longer there, or does not divide into windows, raises anything
        return False
    return True


def timm_network(name: str, classes: int, size: int) -> Staged:
    """`timm:<name>` for pictures of `size` pixels; its weights are whatever the layers' constructors drew.

    `Refused` for a size that it cannot take.
    """
    model = _model(name, classes)
    own = _size(model)
    if size != own and not _takes(model, size):
        raise Refused("size", size, f"{name} takes no pictures of this side; {own} pixels work.")
    return _staged(name, model, classes, size)


def fetch_pretrained(name: str) -> Iterator[tuple[int, int]]:
    """Download the weights of a network if need be: yields (bytes done, bytes in all). `Refused` without a network."""
    yield from downloading(address(name), f"{name}'s weights", into=_file(name))


def load_pretrained(network: Staged) -> None:
    """Copy timm's weights into `network`, in place; its head is kept unless it has as many classes as theirs."""
    name = network.network
    file = downloaded(address(name), f"{name}'s weights", into=_file(name))
    classes = _about(name).num_classes
    model = _model(name, classes, pretrained=True, pretrained_cfg_overlay={"file": str(file)})
    network.take(_staged(name, model, classes, network.preprocessing.size))


def address(name: str) -> str:
    """Where timm keeps the weights of a network."""
    about = _about(name)
    return hf_hub_url(about.hf_hub_id, about.hf_hub_filename or "model.safetensors") if about.hf_hub_id else about.url


def _about(name: str) -> Any:
    """What timm knows of the weights of a network."""
    return timm.get_pretrained_cfg(_current(name))


def _current(name: str) -> str:
    """What timm calls `timm:<name>` today: it has renamed many networks after their weights."""
    plain = name.removeprefix(TIMM)
    return get_deprecated_models().get(plain) or plain


def _source(about: dict[str, Any]) -> bool:
    return bool(about.get("hf_hub_id") or about.get("url"))


def _file(name: str) -> str:
    """The name under which they are kept: on the hub all files have one name."""
    ending = Path(address(name)).suffix or ".safetensors"
    return f"{name.replace(':', '-')}{ending}"


def _model(name: str, classes: int, **options: Any) -> Any:
    try:
        return timm.create_model(_current(name), num_classes=classes, **{"pretrained": False, **options})
    except Exception as error:  # an unknown name, or a network that cannot have so few classes
        raise Refused("network", name, "timm, as installed here, has no such network for pictures.") from error


def _size(model: Any) -> int:
    """The side that its weights expect, at most `LARGEST`. `Refused` for a network of another fixed size."""
    about = model.pretrained_cfg
    channels, side, _ = about.get("input_size", (3, 224, 224))
    if channels != 3 or (about.get("fixed_input_size") and side > LARGEST):
        raise Refused("network", about["architecture"], f"it takes no pictures of at most {LARGEST} pixels, RGB.")
    return min(side, LARGEST)


def _staged(name: str, model: Any, classes: int, size: int) -> Staged:
    names, about = names_of(model), model.pretrained_cfg
    mean, std = (tuple(255 * v for v in about[key]) for key in ("mean", "std"))
    return Staged(name, classes, stages_of(name, model, _size(model)), Preprocessing(mean, std, size), names)


def _stride(x: Tensor, size: int) -> int:
    """Pixels of the picture to one of the map; tokens lie on a square; 0 for a vector."""
    if x.ndim == 4:
        return round(size / x.shape[-1]) if x.shape[-1] > 1 else 0
    return round(size / math.isqrt(x.shape[1])) if x.ndim == 3 else 0
