"""Occlusion: hide a square of the picture and ask again, everywhere (Zeiler and Fergus, arXiv:1311.2901, 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from core.learning.features import CHUNK_PIXELS


def places(size: int, side: int, stride: int) -> list[int]:
    """Where the square begins: every `stride` pixels, and at the far end."""
    return sorted({*range(0, size - side + 1, stride), size - side})


def occlusion(
    x: Tensor, ask: Callable[[Tensor], Tensor], side: int, stride: int, colour: Tensor | None = None
) -> Iterator[tuple[int, Tensor]]:
    """x (1, 3, S, S), normalised; `ask` (N, 3, S, S) -> (N, ...). Yields (how many rows of squares are done, what was
    answered where the square hides: (rows, columns, ...), later rows not yet filled).

    The square has the mean colour of all pictures, 0 once normalised, or `colour` (3, 1, 1).
    """
    starts = places(x.shape[-1], side, stride)
    answers: Tensor | None = None
    rows = max(1, CHUNK_PIXELS // (x.shape[-1] ** 2 * len(starts)))
    for first in range(0, len(starts), rows):
        some = starts[first : first + rows]
        hidden = x.repeat(len(some) * len(starts), 1, 1, 1)
        for k, (low, left) in enumerate((low, left) for low in some for left in starts):
            hidden[k, :, low : low + side, left : left + side] = 0 if colour is None else colour
        with torch.no_grad():
            given = ask(hidden)
        if answers is None:
            answers = given.new_zeros(len(starts), len(starts), *given.shape[1:])
        answers[first : first + len(some)] = given.view(len(some), len(starts), *given.shape[1:])
        yield first + len(some), answers


def spread(answers: Tensor, size: int, side: int, stride: int) -> Tensor:
    """(rows, columns) answers -> (size, size): at each pixel the mean over the squares that hid it."""
    starts = places(size, side, stride)
    total, times = answers.new_zeros(size, size), answers.new_zeros(size, size)
    for i, low in enumerate(starts):
        for j, left in enumerate(starts):
            total[low : low + side, left : left + side] += answers[i, j]
            times[low : low + side, left : left + side] += 1
    return total / times
