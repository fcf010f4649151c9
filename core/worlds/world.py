"""A world: labelled pictures, read lazily. Every source of pictures in the house is a subclass of `World`."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Generator, Iterable, Iterator

import numpy as np

TRAIN, VALIDATION, TEST, UNDECIDED = 0, 1, 2, -1
CHUNK = 64  # pictures read at once


@dataclasses.dataclass(frozen=True)
class Skipped:
    """A file or class that could not be used, and why, in words for the person who brought it."""

    name: str
    reason: str


class World:
    """Labelled pictures. A subclass fills the attributes and defines `read` and `show`; numpy only.

    Pictures are known by their index, 0 to N - 1; labels, classes and indices never depend on a size.
    Pictures `k * block` to `(k + 1) * block - 1` are rendered together, so they are drawn together and never divided.
    """

    address: str  # what `open_world` was asked for
    name: str  # for people
    classes: tuple[str, ...]  # label → name
    labels: np.ndarray  # (N,) int64
    given: np.ndarray | None = None  # (N,) TRAIN, VALIDATION, TEST as the source says, UNDECIDED where it says nothing
    groups: np.ndarray | None = None  # (N,) int64: pictures of one group (copies, say) never fall into two parts
    block: int = 1
    side: int = 0  # pixels of the shorter side of its pictures, about; 0: as many as are asked for
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()  # what was taken for what, and what is odd, a sentence each
    fingerprint: str  # equal for equal pictures; part of the identity of a run

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, label: int, part: int) -> np.ndarray:
        """Indices of the pictures of one class that the source gives to TRAIN, VALIDATION or TEST."""
        assert self.given is not None
        return np.flatnonzero((self.labels == label) & (self.given == part))

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        """Chunks of the pictures in the order of `indices`: uint8 (n, size, size, 3), RGB.

        The short side is scaled to `size` pixels, then the centre is cut out. Chunks are small enough (some dozens)
        that a caller can show progress between them.
        """
        raise NotImplementedError

    def pictures(self, indices: Iterable[int] | np.ndarray, size: int) -> np.ndarray:
        """All of `read` at once: uint8 (n, size, size, 3)."""
        chunks = list(self.read(indices, size))
        return np.concatenate(chunks) if chunks else np.zeros((0, size, size, 3), np.uint8)

    def show(self, index: int, size: int = 160) -> np.ndarray:
        """One picture as people look at it: uint8 (h, w, 3), RGB, its whole shape, the long side about `size`."""
        return self.pictures([index], size)[0]


def stacked(pictures: Generator[np.ndarray, None, None]) -> Iterator[np.ndarray]:
    """Pictures (S, S, 3), one after the other -> chunks (up to 64, S, S, 3); closed early, it closes what it reads."""
    with contextlib.closing(pictures):
        while chunk := list(itertools.islice(pictures, CHUNK)):
            yield np.stack(chunk)
