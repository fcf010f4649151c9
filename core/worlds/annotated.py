"""Pictures that somebody annotated: worlds that know what is in a picture, and where (`things.py`).

    *.json of images, annotations, categories      COCO (`coco.py`)
    Annotations/*.xml and JPEGImages/              Pascal VOC (`voc.py`)
    images/ and masks/                             pairs of the same names (`masked.py`)

in a folder or a zip, like class folders, and prepared like them (`annotating.py`): every picture is read once, and a
reduced copy kept, with its mask and its boxes. What cannot be used is left out and said.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from core.runs.settings import Refused
from core.worlds.decode import fitted, in_order, square
from core.worlds.folders import FolderWorld
from core.worlds.marked import FULL
from core.worlds.things import LEAST, Things, joined
from core.worlds.world import CHUNK

VISIBLE = 0.25  # of a box: what is cut off by more is not asked for


class AnnotatedWorld(FolderWorld):
    """The prepared pictures. The label of a picture, as a whole, is the class of its largest thing."""

    knows: tuple[str, ...]  # of "boxes", "masks"

    def __init__(self, address: str, name: str, fingerprint: str):
        """Raises FileNotFoundError if `fingerprint` is not prepared."""
        super().__init__(address, name, fingerprint)
        about = self._copies.index["annotated"]
        self.knows = tuple(about["knows"])
        self._values = np.array(about["values"], np.uint8)  # (256,) value of the masks → class from 1
        self._sizes = np.array(about["sizes"])  # (N, 2) width and height that the boxes are in pixels of
        self._kinds = [np.array(kinds, np.uint8) for kinds in about["kinds"]]
        self._boxes = [np.array(boxes, np.float64).reshape(-1, 4) for boxes in about["boxes"]]

    def things(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[Things]:
        """Chunks, in the order of `indices`."""
        read = in_order(lambda k: self._things(int(k), size), indices, ahead=8)
        with contextlib.closing(read):
            while chunk := list(itertools.islice(read, CHUNK)):
                yield joined(chunk)

    def _things(self, k: int, size: int) -> Things:
        """Of one picture, what is to be seen of it."""
        boxes, there = seen_boxes(self._boxes[k], self._sizes[k], size)
        mask = np.zeros((size, size), np.uint8)
        if "masks" in self.knows:
            image = self._mask(k)
            mask = self._values[np.asarray(image.resize((size, size), Image.Resampling.NEAREST, middle(image.size)))]
        picture = square(self._copies.open(k), size)
        return Things(picture[None], mask[None], self._kinds[k][there][None], boxes[None])

    def _mask(self, k: int) -> Image.Image:
        """The masks lie behind the pictures."""
        return self._copies.open(len(self) + k)

    def read_full(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The whole of a picture, uint8 (H, W, 3), and its mask, uint8 (H, W), a class from 1 at each pixel, 0 where
        nothing is; the long side has at most 1024 pixels. `Refused` for a world without masks.
        """
        if "masks" not in self.knows:
            raise Refused("data", self.address, "it has boxes, but no masks of its things.")
        picture = self._copies.open(index)
        shown = fitted(picture, min(FULL, max(picture.size))).copy()  # Pillow's own may not be written to
        mask = self._mask(index).resize(shown.shape[1::-1], Image.Resampling.NEAREST)
        return shown, self._values[np.asarray(mask)]


def middle(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest square in the middle of (width, height)."""
    side = min(size)
    left, top = (size[0] - side) / 2, (size[1] - side) / 2
    return left, top, left + side, top + side


def seen_boxes(boxes: np.ndarray, size: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (K, 4) in a picture of `size` -> what is seen of them (M, 4) in its middle, `side` pixels a side, float32;
    and which ones (K,): those of `LEAST` pixels a side, and a quarter of their area.
    """
    left, top, right, _ = middle((int(size[0]), int(size[1])))
    moved = (boxes - (left, top, left, top)) * side / (right - left)
    cut = moved.clip(0, side)
    whole, rest = (np.maximum(each[:, 2:] - each[:, :2], 0) for each in (moved, cut))
    there = (rest.min(1, initial=np.inf) >= LEAST) & (rest.prod(1) >= VISIBLE * whole.prod(1))
    return cut[there].astype(np.float32), there
