"""Methods that learn from views of pictures without labels: what they share.

The encoder gives h, the mean of its last maps over place; the projection head gives z, on which the loss is computed
and which is then thrown away (SimCLR, arXiv:2002.05709).
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.learning.augment import MIRROR, augment, check
from core.learning.features import over_place, width
from core.learning.objective import Objective
from core.methods.catalog import Options
from core.models.heads import attach
from core.models.staged import Staged, as_pixels

NO_NEGATIVES, NO_STOP, NO_PREDICTOR, NO_EQUIPARTITION = "negatives", "stop_gradient", "predictor", "equipartition"


class Views(Objective):
    """An encoder with a projection head, and pictures uint8 (N, S, S, 3), each seen in `views` ways.

    `others`: the same things once more, uint8 (N, S, S, 3), of which the second view is taken.
    """

    views = 2
    rate = 2e-3

    def __init__(
        self, network: Staged, pictures: np.ndarray, options: Options, others: np.ndarray | None = None,
        labels: np.ndarray | None = None, without: str = "", mirrors: bool = True, precision: str = "auto",
        device: str | None = None,
    ):  # fmt: skip
        """`options` are `resolved`; `labels` (N,) are for those who learn from them; `without`: what is taken away;
        `mirrors`: whether a picture means the same in a mirror.
        """
        super().__init__(precision, device)
        self.labels, self.without, self.mirrors = labels, without, mirrors
        self.network, self.options, self.n = network, options, len(pictures)
        self.sources = (pictures, pictures if others is None else others)
        check(options.augment)
        self.inputs = width(network, network.names[-1])
        self.outputs = self.inputs if options.projection == "none" else options.outputs
        if options.projection != "none" and "projection" not in network.heads:
            sizes = {"inputs": self.inputs, "outputs": self.outputs}
            hidden = {"hidden": self.inputs} if options.projection == "mlp" else {}
            attach(network, "projection", "projection" if hidden else "linear", options.seed, **sizes, **hidden)

    def batch(self, indices: Tensor, drawn: Tensor) -> Any:
        """(views * B, 3, S, S): the first views of all pictures, then the second."""
        device, seen = self.arithmetic.device, []
        for source, chance in zip(self.sources, drawn.view(self.views, *drawn.shape[-2:]), strict=False):
            pixels = as_pixels(source[indices.numpy()]).to(device)
            if not self.mirrors:
                chance = chance.index_fill(1, torch.tensor([MIRROR]), 1.0)
            seen.append(augment(pixels, self.options.augment, chance).float())
        return self.network.normalise(torch.cat(seen)).contiguous(memory_format=torch.channels_last)

    def project(self, x: Tensor, network: Staged | None = None) -> Tensor:
        """(N, 3, S, S) -> z (N, outputs)"""
        network = network or self.network
        h = over_place(self.arithmetic.features(network, x).float())
        return network.heads["projection"](h) if "projection" in network.heads else h


def alike(one: Tensor, other: Tensor) -> dict[str, Tensor]:
    """How similar two views (N, D) of the same picture are, and views of different ones: cosines, -1 to 1."""
    cosines = F.normalize(one.detach(), dim=1) @ F.normalize(other.detach(), dim=1).T
    n, same = len(cosines), cosines.diagonal().mean()
    return {"positive": same, "negative": (cosines.sum() - n * same) / max(1, n * (n - 1))}


def attraction(one: Tensor, other: Tensor) -> Tensor:
    """What is left of a contrastive loss without negatives: 1 - the cosine of the two views."""
    return 1 - F.cosine_similarity(one, other).mean()


def momentum_copy(network: Staged) -> Staged:
    """A copy that no gradient reaches (arXiv:1911.05722)."""
    return copy.deepcopy(network).requires_grad_(False)


@torch.no_grad()
def follow(slow: nn.Module, fast: nn.Module, momentum: float) -> None:
    """slow = momentum * slow + (1 - momentum) * fast, for every weight."""
    for behind, ahead in zip(slow.parameters(), fast.parameters(), strict=True):
        behind.lerp_(ahead.detach(), 1 - momentum)
