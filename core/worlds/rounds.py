"""Which pictures of a world people label against the clock: a few of a few classes, the same for everybody."""

from __future__ import annotations

import numpy as np

from core.worlds.splits import SEED, split
from core.worlds.world import World

TOYS = ("dog", "teapot", "flower", "rocket")  # everybody knows them, and none looks like another
MOST_CLASSES = 4


def classes_to_label(world: World) -> list[int]:
    """Up to four classes: of the toys those of the home page, else the first ones."""
    toys = [world.classes.index(name) for name in TOYS if name in world.classes]
    return sorted(toys) if len(toys) == len(TOYS) else list(range(min(MOST_CLASSES, len(world.classes))))


def pictures_to_label(world: World, n: int) -> np.ndarray:
    """Up to `n` training pictures in the order in which they are labelled: one of each class, then one more of each.

    The first of a larger round are those of a smaller one. Toys that are rendered together are taken together.
    """
    parts, lots = split(world), np.random.default_rng(SEED)
    queues = []
    for label in classes_to_label(world):
        mine = parts.train[world.labels[parts.train] == label]
        mine = mine[mine // world.block == mine[0] // world.block] if world.block > 1 else mine
        queues.append(lots.permutation(mine).tolist())
    chosen: list[int] = []
    while any(queues):
        turn = [queue.pop(0) for queue in queues if queue]
        chosen += lots.permutation(turn).tolist()
    return np.array(chosen[:n], dtype=np.int64)


def pictures_to_test(world: World, per_class: int) -> np.ndarray:
    """The first test pictures of each class that is labelled, ascending."""
    parts = split(world)
    mine = [parts.test[world.labels[parts.test] == label][:per_class] for label in classes_to_label(world)]
    return np.sort(np.concatenate(mine))
