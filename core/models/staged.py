"""Staged networks: an ordered list of named stages, so that one slice says what is frozen, cached, cut or looked into.

The stages are an encoder. A classifier has one stage more, as the lecture counts them: its class scores. Any other head
(projection, decoder, a score a pixel, a second task) is kept by name beside the stages (`core.models.heads`).
Every stage carries its state: "frozen", "fine-tuned" or "new" (see `core.models.states`).
"""

from __future__ import annotations

import contextlib
import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.models.catalog import network_info
from core.models.initialisation import draw
from core.runs.settings import Refused


@dataclass(frozen=True)
class Preprocessing:
    """A pixel v in 0..255 enters as (v - mean) / std, a colour at a time; `size` is the side of the picture."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    size: int


class Stage(nn.Sequential):
    """One named step of a network. A frozen stage stays in evaluation mode, so its BatchNorm statistics are fixed."""

    state: str = "new"

    def train(self, mode: bool = True) -> Stage:
        return super().train(mode and self.state != "frozen")


class Staged(nn.Module):
    """An ordered list of named stages: pictures in, class scores (N, classes) out of the last one, the head; or without
    one, classes=0, an encoder that gives features.
    """

    def __init__(
        self,
        network: str,
        classes: int,
        stages: Mapping[str, Stage],
        preprocessing: Preprocessing,
        names: Mapping[int, str] | None = None,
    ):
        """`names`: what the weights were called in the network that was cut (`names_of`), if it was another's."""
        super().__init__()
        self.network, self.classes, self.preprocessing = network, classes, preprocessing
        self.stages, self.heads = nn.ModuleDict(stages), nn.ModuleDict()
        held = self.state_dict(keep_vars=True)
        self.elsewhere = {own: names[id(value)] for own, value in held.items()} if names else {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.stages)

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.stage(name).state for name in self.names)

    @property
    def head(self) -> str | None:
        """The name of the stage that gives the class scores."""
        return self.names[-1] if self.classes else None

    @property
    def recipe(self) -> dict[str, Any]:
        """JSON-able: enough to build the same network again, its weights aside."""
        heads = {name: head.recipe for name, head in self.heads.items()}
        recipe = {"network": self.network, "outputs": self.classes, "size": self.preprocessing.size}
        return {**recipe, "heads": heads} if heads else recipe

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def stage(self, name: str) -> Stage:
        """The stage of that name; `Refused` lists the names."""
        if name not in self.stages:
            raise Refused("stage", name, f"one of {', '.join(self.names)}.")
        return self.stages[name]  # type: ignore[return-value]

    def take(self, other: Staged) -> None:
        """Copy the weights and statistics of `other`, the same network, in place; the head stays as it is where the
        two have other numbers of classes. What was copied is "fine-tuned".
        """
        for name in self.names:
            if name == self.head and self.classes != other.classes:
                continue
            self.stage(name).load_state_dict(other.stage(name).state_dict())
            self.stage(name).state = "fine-tuned"

    def forward(self, x: Tensor, start: int = 0, stop: int | None = None) -> Tensor:
        """Stages start to stop (exclusive) of the list; the defaults run all. `start=k` takes what stage k-1 gave."""
        for name in self.names[start:stop]:
            x = self.stages[name](x)
        return x

    def prepare(self, pictures: np.ndarray | Tensor) -> Tensor:
        """uint8 (N, H, W, 3) RGB -> float32 (N, 3, H, W), normalised, in channels_last memory, on the own device."""
        return self.normalise(as_pixels(pictures).to(self.device))

    def normalise(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) in 0..255 -> float32, as the first stage expects it."""
        pixels = pixels.float()
        mean, std = (pixels.new_tensor(v).view(3, 1, 1) for v in (self.preprocessing.mean, self.preprocessing.std))
        return torch.addcmul(-mean / std, pixels, 1 / std)  # (v - mean) / std in one pass


def names_of(model: nn.Module) -> dict[int, str]:
    """The weights and statistics of a whole network, by identity: cut it, and its stages still hold the same ones."""
    return {id(value): name for name, value in model.state_dict(keep_vars=True).items()}


def as_pixels(pictures: np.ndarray | Tensor) -> Tensor:
    """uint8 (N, H, W, 3) RGB -> the same numbers seen as (N, 3, H, W): NHWC memory is what channels_last means."""
    pixels = torch.as_tensor(pictures)
    if pixels.dtype != torch.uint8 or pixels.ndim != 4 or pixels.shape[-1] != 3:
        raise ValueError(f"pictures must be uint8 (N, H, W, 3), not {pixels.dtype} {tuple(pixels.shape)}")
    return pixels.permute(0, 3, 1, 2)


def activations(network: Staged, x: Tensor, names: Iterable[str], start: int = 0) -> dict[str, Tensor]:
    """What the modules `names` give in one pass of x, which is what stage `start` takes: whole maps, differentiable.

    A name is a stage's ("conv2"), or that of a part of it ("conv2.relu"). No stage is passed that none of them needs.
    """
    found: dict[str, Tensor] = {}
    names = list(names)
    changed = any(getattr(module, "inplace", False) for module in network.modules())  # a later layer may overwrite them
    with contextlib.ExitStack() as hooks:
        for name in names:
            network.stage(name.partition(".")[0])

            def keep(module: nn.Module, given: Any, x: Tensor, name: str = name) -> None:
                found[name] = x.clone() if changed else x

            hooks.callback(network.stages.get_submodule(name).register_forward_hook(keep).remove)
        stop = 1 + max((network.names.index(name.partition(".")[0]) for name in names), default=start - 1)
        network(x, start, stop)
    return found


def build(name: str, classes: int, seed: int, weights: str = "none", size: int | None = None) -> Staged:
    """A network of the catalogue with `classes` outputs, or with classes=0 an encoder, for pictures of `size` pixels.

    With weights="none" every stage is new, drawn from `seed`. Else all stages but the head hold those weights and are
    fine-tuned; the head is kept only if the weights have as many classes. `Refused`: a name, size or weights unknown.
    """
    info = network_info(name)
    size = info.size if size is None else size
    if weights not in info.weights:
        raise Refused("weights", weights, f"{info.title} has {', '.join(info.weights)}.")
    if not info.sizes[0] <= size <= info.sizes[1]:
        raise Refused("size", size, f"{info.title} takes pictures of {info.sizes[0]} to {info.sizes[1]} pixels.")
    if size % info.step:
        raise Refused("size", size, f"{info.title} cuts pictures into pieces: a multiple of {info.step} pixels.")
    if classes < 2 and classes != 0:
        raise Refused("classes", classes, "a network needs at least two classes to tell apart.")
    with torch.random.fork_rng(devices=[]):  # the layers' constructors draw from the global generator
        network = _function(info.build)(name, classes or 2, size)  # they have class scores, whoever wants them
        for stage in network.names:
            initialise(network, stage, seed)
        if weights != "none":
            _function(info.loaders[weights])(network)
    if not classes:
        network.classes = 0
        del network.stages[network.names[-1]]
    return network


def fetch(name: str, weights: str) -> Iterator[tuple[int, int]]:
    """What `build` would download, step by step: yields (bytes done, bytes in all); nothing for weights at hand."""
    fetchers = network_info(name).fetchers
    if weights in fetchers:
        yield from _function(fetchers[weights])(name)


def initialise(network: Staged, name: str, seed: int) -> None:
    """Draw the stage `name` of `network` anew, in place; the numbers depend on the seed and the stage, on nothing else.

    He's normal for what feeds a ReLU, a narrow normal for the class scores; BatchNorm starts afresh, with momentum .1.
    """
    generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}:{name}".encode()))
    stage = network.stage(name)
    draw(stage, generator, 0.01 if name == network.head else None)
    stage.state = "new"


def _function(address: str) -> Callable[..., Any]:
    module, name = address.split(":")
    return getattr(importlib.import_module(module), name)
