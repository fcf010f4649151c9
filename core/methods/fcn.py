"""A network that names whole pictures becomes one that names every pixel (Long et al. 2015, arXiv:1411.4038).

Its class scores become a convolution of 1 x 1 on the last maps: a score a place, coarse, as these maps are 32 times
smaller than the picture. Skips add the scores of finer maps on the way back to the picture's own size.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import move_masks
from core.learning.features import Inputs, width
from core.learning.fit import Probe
from core.learning.objective import Metrics, Objective
from core.learning.overlap import confusions, mean_iou
from core.learning.precision import evaluating
from core.learning.rates import body_and_heads
from core.methods.wild import SKIPS
from core.models.catalog import network_info
from core.models.heads import attach
from core.models.staged import Staged, activations
from core.worlds.things import Things

FOREGROUND = 3.0  # weight of a pixel of a thing; most pixels are background
CHUNK = 25  # scenes that are looked at together


class FullyConvolutional(Objective):
    """An encoder, and a dense head a stage: "score_block4" and so on, each of `classes` + 1 maps, 0 for background."""

    def __init__(
        self, network: Staged, things: Things, classes: int, *, skips: str = "8s", head_rate: float = 1e-2,
        body_rate: float = 1e-3, seed: int = 0, precision: str = "auto", device: str | None = None,
    ):  # fmt: skip
        super().__init__(precision, device)
        self.network, self.things, self.n, self.skips = network, things, len(things), skips
        self.rates, self.classes, self.stages = (head_rate, body_rate), classes, stages_of(network.network, skips)
        for stage in self.stages:
            if f"score_{stage}" not in network.heads:
                attach(
                    network, f"score_{stage}", "dense", seed, 0.01, inputs=width(network, stage), outputs=classes + 1
                )
        self.inputs, self.masks = (
            Inputs(network, things.pictures, "flip", self.arithmetic),
            torch.from_numpy(things.masks),
        )
        self.weight = torch.tensor([1.0, *[FOREGROUND] * classes])

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """What the first stage that learns takes, and the masks (B, S, S); half of the pictures mirrored."""
        masks = move_masks(self.masks[indices], "flip", drawn).long()
        return self.inputs(indices, drawn), masks.to(self.arithmetic.device)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, masks = batch
        scores = self.scores(x, self.inputs.start)
        loss = F.cross_entropy(scores, masks, weight=self.weight.to(scores.device))
        return loss, {"accuracy": (scores.argmax(1) == masks).float().mean()}

    def scores(self, x: Tensor, start: int = 0) -> Tensor:
        """What stage `start` takes -> (B, classes + 1, S, S): the finest of `finer_and_finer`, enlarged."""
        *_, (_, score) = self.finer_and_finer(x, start)
        return enlarged(score, self.network.preprocessing.size)

    def finer_and_finer(self, x: Tensor, start: int = 0) -> Iterator[tuple[str, Tensor]]:
        """(stage, scores (B, classes + 1, h, w)) from the coarsest maps on: what was said, enlarged, and to it is added
        what the next finer maps say.
        """
        with self.arithmetic.autocast():
            given = activations(self.network, x, self.stages, start)
        score = None
        for stage in reversed(self.stages):
            finer = self.network.heads[f"score_{stage}"](given[stage].float())
            score = finer if score is None else finer + enlarged(score, finer.shape[-1])
            yield stage, score

    def groups(self) -> list[dict]:
        return body_and_heads(self.network, *self.rates)

    def said(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 (N, S, S, 3) -> uint8 (N, S, S): the class at each pixel, 0 for background."""
        with evaluating(self):
            parts = [
                self.scores(self.network.prepare(pictures[low : low + CHUNK])).argmax(1).to(torch.uint8).cpu().numpy()
                for low in range(0, len(pictures), CHUNK)
            ]
        return np.concatenate(parts)

    def held_out(self, things: Things) -> Probe:
        """A probe: the mean overlap of the classes on other pictures."""
        return lambda: {"iou": mean_iou(confusions(self.said(things.pictures), things.masks, self.classes + 1).sum(0))}


def stages_of(network: str, skips: str) -> tuple[str, ...]:
    """The deepest stage of each resolution that these skips use, the finest first."""
    info = network_info(network)
    deepest = {stride: name for name, stride in zip(info.stages, info.strides, strict=True) if stride}
    strides = sorted(deepest)
    return tuple(deepest[strides[k]] for k in SKIPS[skips] if k >= -len(strides))


def enlarged(maps: Tensor, side: int) -> Tensor:
    """(B, C, h, w) -> (B, C, side, side), bilinearly."""
    return F.interpolate(maps, size=(side, side), mode="bilinear", align_corners=False)
