"""Random numbers of many pictures at once, each one's from its own seed, so that no picture knows its neighbours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

MOST = 128  # draws a picture may take from one stream
GOLDEN, STREAM = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)  # odd, so that no two steps are alike


def seed(*words: object) -> int:
    """64 bits that depend on all the words and nothing else."""
    text = "/".join(map(str, words)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def uniform(n: int, numbers: int | Sequence[int], stream: int) -> np.ndarray:
    """(n,) or (B, n) between 0 and 1: the first of a stream of each number, by SplitMix64 (Steele et al. 2014)."""
    state = np.array(numbers, np.uint64)[..., None]
    with np.errstate(over="ignore"):
        state = mixed(state + np.uint64(stream) * STREAM) + np.arange(1, n + 1, dtype=np.uint64) * GOLDEN
        return (mixed(state) >> np.uint64(11)) * 2.0**-53


def mixed(state: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser: each bit of the result depends on all bits of the state."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


class Draws:
    """A stream of uniform numbers for each of B pictures; every method takes the next and returns float64 (B, ...)."""

    def __init__(self, seeds: Sequence[int], stream: int):
        self._table = uniform(MOST, seeds, stream)  # (B, MOST)
        self._next = 0

    @classmethod
    def middle(cls) -> Draws:
        """One picture's numbers that are all one half: what is drawn from them is typical."""
        draws = cls([0], 0)
        draws._table = np.full((1, MOST), 0.5)
        return draws

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
