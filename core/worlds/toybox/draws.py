"""Random numbers of many pictures at once, each one's from its own seed, so that no picture knows its neighbours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

MOST = 256  # draws a picture may take from one stream


def seed(*words: object) -> int:
    """64 bits that depend on all the words and nothing else."""
    text = "/".join(map(str, words)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


class Draws:
    """A stream of uniform numbers for each of B pictures; every method takes the next and returns float64 (B, ...).

    Built on Philox's raw output, which NumPy promises never to change.
    """

    def __init__(self, seeds: Sequence[int], stream: int):
        raw = np.stack([np.random.Philox(key=[one, stream]).random_raw(MOST) for one in seeds])
        self._table = (raw >> 11) * 2.0**-53  # (B, MOST) in [0, 1)
        self._next = 0

    def __len__(self) -> int:
        return len(self._table)

    def __call__(self, low: float | np.ndarray = 0.0, high: float | np.ndarray = 1.0) -> np.ndarray:
        """(B,) between low and high."""
        return low + (high - low) * self.many(1)[:, 0]

    def many(self, n: int) -> np.ndarray:
        """(B, n) between 0 and 1."""
        if self._next + n > MOST:
            raise ValueError(f"a picture takes more than {MOST} draws from one stream")
        self._next += n
        return self._table[:, self._next - n : self._next]

    def chance(self, probability: float) -> np.ndarray:
        """(B,) of truth values."""
        return self() < probability

    def sign(self) -> np.ndarray:
        """(B,) of -1 or 1."""
        return np.where(self.chance(0.5), 1.0, -1.0)

    def whole(self, n: int) -> np.ndarray:
        """(B,) of whole numbers from 0 to n - 1."""
        return (self() * n).astype(np.int64)
