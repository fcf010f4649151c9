"""A network of timm as stages: its own parts, one after the other, if that gives what the whole gives.

This is tried, with random pictures, before the network may be used. What branches, or calls functions between its
parts, is refused.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from core.models.staged import Stage
from core.runs.settings import Refused

CONTAINERS = {"blocks": "block", "stages": "stage", "layers": "layer", "features": "feature"}
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


class Back(nn.Module):
    """(N, C, H, W) -> (N, H, W, C)"""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


def stages_of(name: str, model: Any, size: int) -> dict[str, Stage]:
    """The parts of the network as named stages. `Refused` where they do not give what the whole gives."""
    model.eval()
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
