"""The pictures that excite a unit most (Zeiler and Fergus, arXiv:1311.2901, figure 2), for all channels of a stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.learning.precision import arithmetic, evaluating, placed
from core.models.staged import Staged, activations


@dataclass(frozen=True)
class Top:
    """Of every channel the k pictures, of `seen`, that excite it most, best first: how strongly, which, and at what
    place of the map, (C, k) each.
    """

    seen: int
    value: Tensor
    picture: Tensor
    row: Tensor
    column: Tensor

    def among(self, later: Top, k: int) -> Top:
        """The best k of these and of the pictures that `later` saw after them."""
        order = torch.cat([self.value, later.value], 1).argsort(stable=True, dim=1, descending=True)[:, :k]
        parts = {"value": 0, "picture": self.seen, "row": 0, "column": 0}  # later pictures are counted on
        both = {
            name: torch.cat([getattr(self, name), getattr(later, name) + first], 1).gather(1, order)
            for name, first in parts.items()
        }
        return Top(self.seen + later.seen, **both)


def top(
    network: Staged, chunks: Iterable[np.ndarray], stage: str, k: int = 9, precision: str = "auto"
) -> Iterator[Top]:
    """Of `chunks` of pictures, uint8 (B, S, S, 3), the best so far, after each chunk. A picture counts once for a
    channel, with its strongest place.
    """
    chosen = arithmetic(precision)
    best: Top | None = None
    with placed(network, chosen), evaluating(network), chosen.autocast():
        for pictures in chunks:
            given = activations(network, network.prepare(pictures), [stage])[stage].float().cpu()
            best = best.among(_of(given, k), k) if best else _of(given, k)
            yield best


def _of(given: Tensor, k: int) -> Top:
    """Maps (B, C, h, w), tokens (B, T, C) or vectors (B, C)."""
    if given.ndim == 3:
        given = given.transpose(1, 2)[..., None]
    elif given.ndim == 2:
        given = given[..., None, None]
    strength, where = given.flatten(2).max(2)  # (B, C)
    values, pictures = strength.T.topk(min(k, len(given)), 1)  # (C, k)
    at = where.T.gather(1, pictures)
    return Top(len(given), values, pictures, at // given.shape[3], at % given.shape[3])
