"""The orders of a jigsaw's tiles that are asked: as different from one another as can be. Imports no torch, so that
pages may read them.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np

TILES = 9


@functools.cache
def permutations(count: int) -> np.ndarray:
    """int64 (count, 9): orders of the tiles, each as far from those before it (Hamming) as there is one."""
    every = np.array(list(itertools.permutations(range(TILES))), np.int64)
    chosen, apart = [0], np.full(len(every), TILES)
    while len(chosen) < count:
        apart = np.minimum(apart, (every != every[chosen[-1]]).sum(1))
        chosen.append(int(apart.argmax()))
    return every[chosen]
