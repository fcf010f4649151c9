"""Scenes of one to four toys, some of which hide others: what is detected, segmented and outlined. Masks, boxes and
edges are exact, as they come from the rays that made the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from core.worlds.things import LEAST, Things
from core.worlds.toybox.blocks import PICTURES, Block
from core.worlds.toybox.classes import TOYS, VERSION
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import Factors, drawn
from core.worlds.toybox.world import Toybox
from core.worlds.world import TEST, TRAIN, VALIDATION

CLASSES = ("banana", "fish", "dog", "plane", "house", "mug", "teapot", "flower")
MOST = 4  # toys
PARTS = {"train": (TRAIN, 800), "test": (TEST, 200), "validation": (VALIDATION, 50)}
SEEN = 0.15  # of a toy: what shows less of itself is not asked for
PLACES = np.zeros(256, np.uint8)  # number of a toy among all of them -> among these, from 1; others 0
PLACES[[list(TOYS).index(name) + 1 for name in CLASSES]] = np.arange(1, len(CLASSES) + 1)


class Scenes(Toybox):
    """The label of a picture, as a whole, is the toy that was put down first."""

    parts = PARTS
    knows = ("boxes", "masks")
    block, largest = 25, 128

    def __init__(self) -> None:
        self.classes, self.style, self.cue, self.twin = CLASSES, "default", PICTURES, ""
        self.address, self.fingerprint, self.name = "scenes", fingerprint("scenes"), "Scenes of several toys"
        self._set_out(("",))
        self.labels = np.array(
            [CLASSES.index(self.factors(k).toys[0]) for k in range(sum(n for _, n in PARTS.values()))]
        )

    def _scene(self, name: str, part: str, k: int) -> Factors:
        return drawn(seed("several", part, k), CLASSES, toys=1 + k % MOST, crowded=bool(k // MOST % 2))

    def _block(self, k: int, size: int) -> Block:
        name, part, start, n = self._blocks[k]
        return Block(tuple(self._scene(name, part, start + i) for i in range(n)), size)

    def things(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[Things]:
        """Chunks, in the order of `indices`."""
        for chunk in self.labelled(indices, size, [PICTURES, "semantic", "class", "boxes_visible", "visible"]):
            boxes = chunk["boxes_visible"].astype(np.float32)
            there = (chunk["visible"] > SEEN) & ((boxes[..., 2:] - boxes[..., :2]).min(-1) >= LEAST)
            classes = np.where(there, PLACES[chunk["class"]], 0).astype(np.uint8)
            yield Things(chunk[PICTURES], PLACES[chunk["semantic"]], classes, boxes * (classes > 0)[..., None])


def open_scenes(address: str) -> Scenes:
    return Scenes()


def fingerprint(address: str) -> str:
    """Equal for equal pictures."""
    return f"scenes-v{VERSION}-{seed(*CLASSES):016x}"
