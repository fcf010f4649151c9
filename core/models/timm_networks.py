"""Any network of timm that splits into stages (https://github.com/huggingface/pytorch-image-models).

A network's own parts, one after the other, are its stages, if that gives what the whole gives: this is tried, with
random pictures, before the network may be used. What branches, or calls functions between its parts, is refused.
"""

from __future__ import annotations

import bisect
import math
import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub import hf_hub_url
from timm.models._registry import get_deprecated_models
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from core.models.catalog import TIMM, NetworkInfo
from core.models.staged import Preprocessing, Stage, Staged, names_of
from core.runs.download import downloaded, downloading
from core.runs.settings import Refused

CONTAINERS = {"blocks": "block", "stages": "stage", "layers": "layer", "features": "feature"}
LARGEST, SMALLEST = 256, 64  # pixels a side
PROBED = (64, 96, 110, 140, 160, 190, 220, 240)  # pixels a side, about
STEPS = (1, 2, 4, 7, 8, 14, 16, 32)  # of which a side must be a multiple: strides, patches, windows
HERE = "core.models.timm_networks"
BESIDE = nn.modules.batchnorm._BatchNorm | nn.LayerNorm | nn.GroupNorm  # belongs to the stage before it


class Tokens(nn.Module):
    """(N, 3, H, W) -> (N, T, C): a transformer's patches with their positions, class token and registers."""

    def __init__(self, model: Any):
        super().__init__()
        self.patch_embed, self.pos_drop, self.norm_pre = model.patch_embed, model.pos_drop, model.norm_pre
        self.cls_token, self.reg_token, self.pos_embed = model.cls_token, model.reg_token, model.pos_embed
        self.num_prefix_tokens, self.no_embed_class = model.num_prefix_tokens, model.no_embed_class
        self.dynamic_img_size = model.dynamic_img_size

    def forward(self, x: Tensor) -> Tensor:
        placed: Any = VisionTransformer._pos_embed  # reads nothing but what is set above
        return self.norm_pre(placed(self, self.patch_embed(x)))


class Pooled(nn.Module):
    """(N, T, C) -> (N, C): the class token, or the mean of all tokens but the first `prefix`."""

    def __init__(self, kind: str, prefix: int = 0):
        super().__init__()
        self.kind, self.prefix = kind, prefix

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 0] if self.kind == "token" else tokens[:, self.prefix :].mean(1)


class Turned(nn.Module):
    """A part that has its maps as (N, H, W, C), between neighbours that have theirs as (N, C, H, W)."""

    def __init__(self, inner: nn.Module, first: bool):
        super().__init__()
        self.inner, self.first = inner, first

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x if self.first else x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def describe(name: str) -> NetworkInfo:
    """The row of `timm:<name>`. `Refused`: timm has no such network, or it does not split into stages."""
    model = _model(name, classes=3)
    about, size = model.pretrained_cfg, _size(model)
    stages = _stages(name, model)
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
    return Staged(name, classes, _stages(name, model), Preprocessing(mean, std, size), names)


def _stages(name: str, model: Any) -> dict[str, Stage]:
    """The parts of the network as named stages. `Refused` where they do not give what the whole gives."""
    model.eval()
    size = _size(model)
    x = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = model(x)
        for parts in _ways(model):
            try:
                stages = _grouped(parts, x)
                found = x
                for stage in stages.values():
                    found = stage(found)
            except Exception:  # parts that do not fit one after the other raise anything; the next way may do
                continue
            if isinstance(found, Tensor) and found.shape == wanted.shape and torch.allclose(found, wanted, atol=1e-4):
                return stages
    raise Refused("network", name, "it does not split into stages one after the other; choose another network.")


def _ways(model: Any) -> Iterator[list[tuple[str, nn.Module]]]:
    """Lists of named parts that may give what the network gives: as they are; with tokens; with a mean over tokens."""
    parts = list(_parts(model))
    if isinstance(model, VisionTransformer):
        blocks = [part for part in parts if part[0].startswith("block")]
        end = nn.Sequential(
            model.norm,
            model.attn_pool or Pooled(model.global_pool, model.num_prefix_tokens),
            model.fc_norm,
            model.head,
        )
        yield [("patches", Tokens(model)), *blocks, ("head", end)]
        return
    yield parts
    yield [*parts[:-1], ("pool", Pooled("avg")), parts[-1]]


def _parts(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The network's children; those that only hold a row of blocks are opened, and the blocks counted from 1."""
    for name, child in model.named_children():
        if name in CONTAINERS and isinstance(child, nn.Sequential | nn.ModuleList):
            count = 0
            for inner, block in child.named_children():
                count += inner.isdigit() and _begins(block)
                yield (f"{CONTAINERS[name]}{count}" if inner.isdigit() else inner), block
        else:
            yield name, child


def _begins(part: nn.Module) -> bool:
    """Whether a part is a stage of its own: it has weights, and is no normalisation of what came before."""
    return not isinstance(part, BESIDE) and any(True for _ in part.parameters())


def _grouped(parts: list[tuple[str, nn.Module]], x: Tensor) -> dict[str, Stage]:
    """Parts → stages: what has no weights of its own goes with the stage before it, a pooling with the one after."""
    stages: OrderedDict[str, list[nn.Module]] = OrderedDict()
    waiting: list[nn.Module] = []
    for name, part in parts:
        if re.match("global_pool|pool$|norm$", name) and name != parts[-1][0]:
            waiting.append(part)
        elif not stages or _begins(part):
            stages[_plain(name)] = [*waiting, part]
            waiting = []
        else:
            (waiting if waiting else next(reversed(stages.values()))).append(part)
    if waiting:
        next(reversed(stages.values())).extend(waiting)
    head = stages.pop(next(reversed(stages)))
    return _turned({**{name: Stage(*inner) for name, inner in stages.items()}, "head": Stage(*head)}, x)


def _plain(name: str) -> str:
    return name.replace(".", "_")


def _turned(stages: dict[str, Stage], x: Tensor) -> dict[str, Stage]:
    """The stages with all maps as (N, C, H, W) between them: some transformers have the channels last."""
    before = False
    result = {}
    for name, stage in stages.items():
        x = stage.eval()(x)
        last = x.ndim == 4 and x.shape[1] == x.shape[2] != x.shape[3]
        if last:
            stage = Stage(Turned(stage, first=not before))
        elif before:
            stage = Stage(Back(), *stage)
        before, result[name] = last, stage
    return result


class Back(nn.Module):
    """(N, C, H, W) -> (N, H, W, C)"""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


def _stride(x: Tensor, size: int) -> int:
    """Pixels of the picture to one of the map; tokens lie on a square; 0 for a vector."""
    if x.ndim == 4:
        return round(size / x.shape[-1]) if x.shape[-1] > 1 else 0
    return round(size / math.isqrt(x.shape[1])) if x.ndim == 3 else 0
