"""Side outputs: maps of several resolutions, each read by a convolution of 1 x 1, brought to one size and fused (Xie
and Tu 2015, holistically nested edges, arXiv:1504.06375). Boundaries, vessels and objects of a video are found by them.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.features import width
from core.learning.objective import Objective
from core.learning.precision import evaluating
from core.learning.rates import body_and_heads
from core.models.catalog import network_info
from core.models.heads import attach
from core.models.staged import Staged, activations

FINEST = 4  # resolutions that are read, from the finest: of EfficientNet-Lite0 stem, block1, block2, block4
SIDE, FUSED = 16, 16  # maps of a side output, and of what fuses them
NARROW = 0.01  # deviation of the weights that say the answer: by He's F of COB was .25, not .85
CHUNK = 20  # pictures of 96 pixels that are looked at together


class SideOutputs(Objective):
    """An encoder, its heads "side_<stage>" and the head "fused", of `outputs` maps; a subclass says batch and loss.

    `at`: where the side outputs meet, as a share of the picture's side; what is fused is enlarged from there. Where
    they meet at full size, `neighbours` are looked at before, on the small maps, and what is fused is a sum.
    """

    at = 0.5
    neighbours = False

    def __init__(
        self, network: Staged, outputs: int, *, head_rate: float = 3e-3, body_rate: float = 1e-3, seed: int = 0,
        precision: str = "auto", device: str | None = None,
    ):  # fmt: skip
        super().__init__(precision, device)
        self.network, self.rates, self.stages = network, (head_rate, body_rate), finest(network)
        kind, maps = ("around", SIDE // 2) if self.neighbours else ("dense", SIDE)
        for stage in self.stages:
            if f"side_{stage}" not in network.heads:
                attach(network, f"side_{stage}", kind, seed, inputs=width(network, stage), outputs=maps)
        if "fused" not in network.heads:
            inputs = maps * len(self.stages)
            if self.neighbours:
                attach(network, "fused", "dense", seed, NARROW, inputs=inputs, outputs=outputs)
            else:
                attach(network, "fused", "fusion", seed, inputs=inputs, hidden=FUSED, outputs=outputs)
                last = network.heads["fused"].get_parameter("convolution.weight").data
                last *= NARROW / last.std()

    def maps(self, x: Tensor) -> Tensor:
        """(B, 3, H, W), normalised -> (B, outputs, H, W)"""
        return resized(self.network.heads["fused"](torch.cat(self.sides(x), 1)), x.shape[-2:])

    def sides(self, x: Tensor) -> list[Tensor]:
        """What is read of each stage, (B, SIDE, h, w), where they meet: at least 0."""
        with self.arithmetic.autocast():
            given = activations(self.network, x.contiguous(memory_format=torch.channels_last), self.stages)
        side = [round(self.at * length) for length in x.shape[-2:]]
        read = [self.network.heads[f"side_{stage}"](given[stage].float()) for stage in self.stages]
        return [resized(each, side).relu() for each in read]

    def said(self, pictures: np.ndarray) -> Tensor:
        """uint8 (N, H, W, 3) -> (N, outputs, H, W), on the processor."""
        with evaluating(self):
            chunks = [self.maps(self.network.prepare(some)).cpu() for some in np.array_split(pictures, parts(pictures))]
        return torch.cat(chunks)

    def groups(self) -> list[dict]:
        return body_and_heads(self.network, *self.rates)


def finest(network: Staged) -> tuple[str, ...]:
    """The deepest stage of each of the finest resolutions, the finest first."""
    info = network_info(network.network)
    deepest = {stride: name for name, stride in zip(info.stages, info.strides, strict=True) if stride}
    return tuple(deepest[stride] for stride in sorted(deepest)[:FINEST])


def balanced(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy of two classes, each of which counts as much as the other, however rare it is (Xie and Tu 2015)."""
    share = truth.mean().clamp(0.02, 0.98)
    return F.binary_cross_entropy_with_logits(logits, truth, weight=2 * (truth * (1 - share) + (1 - truth) * share))


def resized(maps: Tensor, size: list[int] | torch.Size) -> Tensor:
    """(B, C, h, w) -> (B, C, *size), bilinearly."""
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)


def parts(pictures: np.ndarray) -> int:
    """In how many parts pictures are looked at."""
    pixels = pictures.shape[1] * pictures.shape[2]
    return max(1, -(-len(pictures) * pixels // (CHUNK * 96 * 96)))
