"""Contrastive predictive coding (van den Oord et al. 2018, arXiv:1807.03748): of the patches above, or the frames
before, which code comes next? With the details of its second version (Hénaff et al. 2020, arXiv:1905.09272) as options.

An encoder gives each part a code z; a masked convolution makes of the codes up to a place its context c; of an offset k
one matrix W_k predicts the code k places on. Codes and predictions have length 1 here, as in SimCLR; in the papers they
have not.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import MIRROR, augment, check, draws
from core.learning.features import over_place, width
from core.learning.objective import Metrics, Objective
from core.methods.catalog import OTHER_PICTURES, PATCHED, SAME_PICTURE
from core.models.heads import attach
from core.models.patchnet import ACROSS, Cut, Joined
from core.models.staged import Staged, as_pixels
from core.runs.settings import Refused

LAYERS = 3  # of the masked convolution: so many rows above its own are seen


class CPC(Objective):
    """Of the patches of pictures uint8 (N, S, S, 3); the heads "context_d" and "prediction_d" are of direction d."""

    rate, clip = 2e-3, 1.0
    columns = ACROSS  # of the grid of codes

    def __init__(
        self, network: Staged, pictures: np.ndarray, options: Any, others: np.ndarray | None = None,
        labels: np.ndarray | None = None, without: str = "", mirrors: bool = True, precision: str = "auto",
        device: str | None = None,
    ):  # fmt: skip
        """`options`: `PatchOptions`, with augment, temperature and seed. Not used, as methods are made alike: `others`,
        `labels`, `without`. `Refused`: a network that would let patches see one another.
        """
        super().__init__(precision, device)
        self.network, self.pictures, self.options, self.mirrors = network, pictures, options, mirrors
        self.n = len(pictures)
        self.check_encoder()
        for kind in (options.augment, options.patch_augment):
            check(kind)
        wide = width(network, network.names[-1])
        for d in range(options.directions if "context_0" not in network.heads else 0):
            attach(network, f"context_{d}", "causal", options.seed, inputs=wide, outputs=wide, layers=LAYERS)
            outputs = (self.rows - 1) * wide  # a matrix an offset
            attach(network, f"prediction_{d}", "dense", options.seed, inputs=wide, outputs=outputs)

    @property
    def rows(self) -> int:
        """Of the grid of codes."""
        return ACROSS

    def check_encoder(self) -> None:
        if self.network.network not in PATCHED:
            raise Refused("network", self.network.network, f"it is to see patch by patch: {', '.join(PATCHED)}.")

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) as the network sees them, and of which picture each is (B,)"""
        if not self.mirrors:
            drawn = drawn.index_fill(1, torch.tensor([MIRROR]), 1.0)
        pixels = as_pixels(self.pictures[indices.numpy()]).to(self.arithmetic.device)
        pixels = self.each_patch(augment(pixels, self.options.augment, drawn).float(), drawn)
        return self.network.normalise(pixels).contiguous(memory_format=torch.channels_last), indices.to(pixels.device)

    def each_patch(self, pixels: Tensor, drawn: Tensor) -> Tensor:
        """Pictures (B, 3, S, S) whose patches are changed one by one, each by a chance of its own."""
        if self.options.patch_augment == "none":
            return pixels
        seed = int(drawn.double().sum() * 2**20)  # which no augmentation reads
        chance = draws(len(pixels) * ACROSS**2, torch.Generator().manual_seed(seed))
        if not self.mirrors:
            chance = chance.index_fill(1, torch.tensor([MIRROR]), 1.0)
        return Joined()(augment(Cut()(pixels), self.options.patch_augment, chance).float())

    def codes(self, x: Tensor) -> Tensor:
        """What the network sees (B, 3, S, S) -> z (B, D, rows, columns)"""
        return F.adaptive_avg_pool2d(self.arithmetic.features(self.network, x).float(), ACROSS)

    def predictions(self, z: Tensor, direction: int = 0) -> Tensor:
        """z (B, D, rows, columns) -> (K, B, D, rows, columns): what is expected 1, 2, … K rows below each place."""
        context = self.network.heads[f"context_{direction}"](z)
        return self.network.heads[f"prediction_{direction}"](context).unflatten(1, (self.rows - 1, -1)).transpose(0, 1)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, pictures = batch
        z = self.codes(x)
        candidates = flat(z)  # (P, D): a code a place of a picture
        places = torch.arange(len(candidates), device=z.device).view(len(z), 1, *z.shape[2:])
        losses, right = [], []
        for d in range(self.options.directions):
            seen, there = z.rot90(d, (2, 3)), places.rot90(d, (2, 3))
            for k, predicted in enumerate(self.predictions(seen, d), start=1):
                own = there[:, 0, k:].flatten()
                logits = similarities(flat(predicted[:, :, :-k]), candidates, self.options.temperature)
                logits = logits.masked_fill(no_negatives(own, pictures, candidates, self.options.drawn_from), -math.inf)
                losses.append(F.cross_entropy(logits, own))
                right.append((logits.argmax(1) == own).float().mean())
        return torch.stack(losses).mean(), {"right": torch.stack(right).mean()}

    def held_out(self, pictures: np.ndarray) -> CPC:
        """Other pictures, as they are, for the same network."""
        options = dataclasses.replace(self.options, augment="none", patch_augment="none")
        other = type(self)(self.network, pictures, options, mirrors=self.mirrors)
        other.arithmetic = self.arithmetic
        return other


class FramesCPC(CPC):
    """Of the frames of clips uint8 (N, T, S, S, 3), in their order: a grid of one column."""

    columns = 1

    @property
    def rows(self) -> int:
        return self.pictures.shape[1]

    def check_encoder(self) -> None:
        """A frame is seen by itself whatever the encoder."""
        if self.options.directions > 1 or self.options.patch_augment != "none":
            raise Refused("directions", self.options.directions, "1 for clips, whose frames are not cut: time goes on.")

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, 3, S, S), all frames of a clip changed alike, and of which clip each is (B,)"""
        if not self.mirrors:
            drawn = drawn.index_fill(1, torch.tensor([MIRROR]), 1.0)
        frames = as_pixels(self.pictures[indices.numpy()].reshape(-1, *self.pictures.shape[2:]))
        chance = drawn.repeat_interleave(self.rows, 0)
        pixels = augment(frames.to(self.arithmetic.device), self.options.augment, chance).float()
        return self.network.normalise(pixels).unflatten(0, (-1, self.rows)), indices.to(pixels.device)

    def codes(self, x: Tensor) -> Tensor:
        """(B, T, 3, S, S) -> (B, D, T, 1)"""
        frames = x.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        z = over_place(self.arithmetic.features(self.network, frames).float())
        return z.unflatten(0, (-1, self.rows)).transpose(1, 2)[..., None]


def flat(grid: Tensor) -> Tensor:
    """(B, D, rows, columns) -> (B * rows * columns, D)"""
    return grid.permute(0, 2, 3, 1).flatten(0, 2)


def similarities(predicted: Tensor, codes: Tensor, temperature: float) -> Tensor:
    """(M, D), (P, D) -> (M, P): cosines, in temperatures."""
    return F.normalize(predicted, dim=1) @ F.normalize(codes, dim=1).T / temperature


def no_negatives(own: Tensor, pictures: Tensor, candidates: Tensor, drawn_from: str) -> Tensor:
    """(M, P) bool: which of the P codes, as many a picture of the batch, are neither the positive of a prediction,
    which is the code `own` (M,), nor a negative of it.

    `pictures` (B,) says which picture is seen where: one that is there twice is not its own negative. Negatives are
    drawn from the same picture, from others, or from all.
    """
    each = len(candidates) // len(pictures)
    whose = pictures.repeat_interleave(each)  # (P,)
    place = torch.arange(len(candidates), device=own.device) % each
    same = whose[own][:, None] == whose[None]  # (M, P)
    out = same & (place[own][:, None] == place[None])
    if drawn_from == SAME_PICTURE:
        out = out | ~same
    elif drawn_from == OTHER_PICTURES:
        out = out | same
    return out.scatter(1, own[:, None], False)


def bound(loss: Tensor, candidates: int) -> Tensor:
    """InfoNCE's lower bound on the mutual information, in nats, which is never above log `candidates`
    (arXiv:1807.03748; Poole et al. 2019, arXiv:1905.06922): one of so many was drawn with the rest independently.
    """
    return math.log(candidates) - loss
