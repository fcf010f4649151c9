"""Handwritten digits: the 1797 grey pictures of 8 × 8 pixels inside scikit-learn (Alpaydin and Kaynak, UCI 1998)."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from core.runs.settings import Refused
from core.worlds.bundled import package_file
from core.worlds.decode import square
from core.worlds.world import World, stacked

FINGERPRINT = "digits-1"
SIDE, BRIGHTEST = 8, 16  # pixels; grey value of full ink


class Digits(World):
    """Dark paper, bright ink, as they come; enlarged smoothly for networks and as they are, in squares, for people."""

    address, name, fingerprint = "digits", "handwritten digits", FINGERPRINT
    classes = tuple("0123456789")

    def __init__(self) -> None:
        table = _table()
        self.labels = table[:, -1].copy()
        grey = np.rint(table[:, :-1] * (255 / BRIGHTEST)).astype(np.uint8)
        self._grey = grey.reshape(-1, SIDE, SIDE)

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        yield from stacked(square(self._image(int(k)), size) for k in indices)

    def show(self, index: int, size: int = 160) -> np.ndarray:
        return np.asarray(self._image(index).resize((size, size), Image.Resampling.NEAREST))

    def _image(self, index: int) -> Image.Image:
        return Image.fromarray(self._grey[index]).convert("RGB")


@functools.cache
def _table() -> np.ndarray:
    """(1797, 65) int64: 64 greys from 0 to 16, and the digit."""
    with gzip.open(package_file("sklearn", "datasets", "data", "digits.csv.gz"), "rt") as lines:
        return np.loadtxt(lines, delimiter=",", dtype=np.int64)


def fingerprint(address: str) -> str:
    return _known(address) and FINGERPRINT


def open_digits(address: str) -> Digits:
    _known(address)
    return Digits()


def _known(address: str) -> str:
    if address != "digits":
        raise Refused("data", address, "there is only digits, without a part.")
    return address
