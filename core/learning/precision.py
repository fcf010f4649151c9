"""On what device and in what arithmetic a network runs.

Convolutions run in bfloat16 where the hardware multiplies it faster than float32, in channels_last memory; the head,
the loss and the weights stay float32. On a two-core AVX-512-BF16 machine a step of LabNet took 26 ms so, 56 ms plainly.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from core.learning.menus import PRECISIONS
from core.models.staged import Staged
from core.runs.settings import Refused

BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # x86 with AVX-512-BF16 or AMX, ARM with its bf16 extension


@dataclass(frozen=True)
class Arithmetic:
    """A device and the type in which convolutions run on it."""

    device: torch.device
    dtype: torch.dtype

    def forward(self, network: Staged, x: Tensor, start: int = 0) -> Tensor:
        """Stages `start` to the end; x as stage `start` expects it -> float32 scores (N, classes)."""
        head = len(network.names) - 1
        return network(self.features(network, x, start, head).float(), head)

    def features(self, network: Staged, x: Tensor, start: int = 0, stop: int | None = None) -> Tensor:
        """Stages `start` to `stop` (exclusive), by default all, in this arithmetic."""
        with self.autocast():
            return network(x, start, stop)

    def autocast(self) -> torch.autocast:
        """While this lasts, convolutions and products are in this arithmetic."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


def arithmetic(precision: str = "auto", device: str | None = None) -> Arithmetic:
    """The best device there is, or the one named, and bfloat16 where that gains ("auto") or where it is asked for."""
    if precision not in PRECISIONS:
        raise Refused("precision", precision, f"one of {', '.join(PRECISIONS)}.")
    chosen = torch.device(device or best_device())
    fast = precision == "bfloat16" or (precision == "auto" and bfloat16_gains(chosen.type))
    return Arithmetic(chosen, torch.bfloat16 if fast else torch.float32)


def best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def bfloat16_gains(device: str) -> bool:
    """Whether bfloat16 is faster than float32 there, not merely possible."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device == "cpu" and not BFLOAT16_FLAGS.isdisjoint(processor_flags())


@functools.cache
def processor_flags() -> frozenset[str]:
    """Lower-case names of what the processor can do, as torch and the kernel tell it; empty if neither does."""
    flags: set[str] = set()
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    flags.update(name.lower() for name, present in capabilities.items() if present is True)
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(errors="replace").splitlines():
            if line.lower().startswith(("flags", "features")):
                flags.update(line.partition(":")[2].lower().split())
                break
    return frozenset(flags)


@contextlib.contextmanager
def placed(module: nn.Module, chosen: Arithmetic) -> Iterator[None]:
    """The networks on the device and in channels_last memory; afterwards where, and in the mode, they were."""
    home, modes = next((value.device for value in module.parameters()), chosen.device), _modes(module)
    try:
        module.to(chosen.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
            yield
    finally:
        module.to(home)
        _restore(modes)


@contextlib.contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode is restored."""
    modes = _modes(module)
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        _restore(modes)


def _modes(module: nn.Module) -> list[tuple[nn.Module, bool]]:
    return [(part, part.training) for part in module.modules()]


def _restore(modes: list[tuple[nn.Module, bool]]) -> None:
    for part, training in modes:
        part.training = training
