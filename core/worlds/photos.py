"""Photographs inside scikit-image and scikit-learn, cut into tiles: which photograph is a tile from?

A photograph is a class. It is divided into a grid of cells; each cell belongs to training, validation or test, and each
tile lies inside one cell, away from its edge. So a test tile shares no pixel with a training tile, nor lies within two
margins of one. Tiles of one cell overlap: they are less than that many independent pictures (`Photos.groups` has the
cells), so there are few of each in the test.
"""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image

from core.runs.settings import Refused
from core.worlds.bundled import package_file
from core.worlds.decode import fitted, square
from core.worlds.world import TEST, TRAIN, VALIDATION, World, stacked

FINGERPRINT = "photos-1"
SKIMAGE, SKLEARN = ("skimage", "data"), ("sklearn", "datasets", "images")
CELLS = {TRAIN: 0.6, VALIDATION: 0.15, TEST: 0.25}  # shares of the cells
PER_CELL = {TRAIN: 12, VALIDATION: 5, TEST: 5}  # tiles
MARGIN = 3  # pixels
SMALLEST = 0.6  # side of a tile, as a share of the largest that fits


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A file inside a package, the cells it is cut into (columns, rows), and the box of it that is used."""

    package: tuple[str, ...]
    file: str
    grid: tuple[int, int] = (4, 4)
    box: tuple[float, float, float, float] = (0, 0, 1, 1)  # left, top, right, bottom, as shares

    @property
    def parts(self) -> tuple[str, ...]:
        return (*self.package, self.file)


PHOTOGRAPHS = {
    "brick": Photograph(SKIMAGE, "brick.png"),
    "cat": Photograph(SKIMAGE, "chelsea.png", (4, 3), (0.05, 0, 0.78, 0.9)),
    "coffee": Photograph(SKIMAGE, "coffee.png", (4, 4), (0.1, 0, 0.82, 1)),
    "coins": Photograph(SKIMAGE, "coins.png", (5, 4)),
    "dahlia": Photograph(SKLEARN, "flower.jpg", (3, 3), (0.28, 0.2, 0.69, 0.82)),
    "galaxies": Photograph(SKIMAGE, "hubble_deep_field.jpg", (6, 5)),
    "grass": Photograph(SKIMAGE, "grass.png"),
    "gravel": Photograph(SKIMAGE, "gravel.png"),
    "motorcycle": Photograph(SKIMAGE, "motorcycle_left.png", (5, 3), (0.17, 0.22, 0.92, 0.9)),
    "retina": Photograph(SKIMAGE, "retina.jpg", (6, 6), (0.16, 0.16, 0.84, 0.84)),
    "temple": Photograph(SKLEARN, "china.jpg", (3, 4), (0.13, 0.15, 0.53, 0.9)),
    "tissue": Photograph(SKIMAGE, "ihc.png"),
}


@dataclasses.dataclass(frozen=True)
class Tile:
    """A square of a photograph: its cell, the part that this belongs to, and (left, top, right, bottom) in pixels."""

    cell: int
    part: int
    box: tuple[int, int, int, int]


class Photos(World):
    """Tiles of the photographs above, with the split that their cells give them."""

    address, name, fingerprint = "photos", "photographs", FINGERPRINT
    classes = tuple(PHOTOGRAPHS)

    def __init__(self) -> None:
        tiles = [(label, tile) for label, name in enumerate(self.classes) for tile in tiles_of(name)]
        self.labels = np.array([label for label, _ in tiles], np.int64)
        self.given = np.array([tile.part for _, tile in tiles], np.int64)
        self.groups = 1000 * self.labels + np.array([tile.cell for _, tile in tiles], np.int64)
        self.tiles = [tile for _, tile in tiles]

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        yield from stacked(square(self._tile(int(k)), size) for k in indices)

    def show(self, index: int, size: int = 160) -> np.ndarray:
        return fitted(self._tile(index), size)

    def _tile(self, index: int) -> Image.Image:
        return photograph(self.classes[self.labels[index]]).crop(self.tiles[index].box)


@functools.lru_cache(maxsize=len(PHOTOGRAPHS))
def photograph(name: str) -> Image.Image:
    """The used part of a photograph, RGB; grey ones stay grey."""
    about = PHOTOGRAPHS[name]
    with Image.open(package_file(*about.parts)) as file:
        image = file.convert("RGB")
    left, top, right, bottom = about.box
    width, height = image.size
    return image.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))


def tiles_of(name: str) -> list[Tile]:
    """The tiles of a photograph, the same at every call: cell after cell, their places and sides at random."""
    (width, height), (columns, rows) = photograph(name).size, PHOTOGRAPHS[name].grid
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    across, down = width / columns, height / rows
    largest = int(min(across, down)) - 2 * MARGIN
    tiles = []
    for cell, part in enumerate(_parts(columns * rows, rng)):
        row, column = divmod(cell, columns)
        left, top = column * across + MARGIN, row * down + MARGIN
        for _ in range(PER_CELL[part]):
            side = int(rng.integers(round(SMALLEST * largest), largest + 1))
            x = int(np.ceil(left + rng.random() * (across - 2 * MARGIN - 1 - side)))
            y = int(np.ceil(top + rng.random() * (down - 2 * MARGIN - 1 - side)))
            tiles.append(Tile(cell, part, (x, y, x + side, y + side)))
    return tiles


def _parts(cells: int, rng: np.random.Generator) -> list[int]:
    """A part for each cell, in the shares of `CELLS`, shuffled."""
    test, validation = (max(1, round(CELLS[part] * cells)) for part in (TEST, VALIDATION))
    parts = [TEST] * test + [VALIDATION] * validation + [TRAIN] * (cells - test - validation)
    return [parts[k] for k in rng.permutation(cells)]


def fingerprint(address: str) -> str:
    return _known(address) and FINGERPRINT


def open_photos(address: str) -> Photos:
    _known(address)
    return Photos()


def _known(address: str) -> str:
    if address != "photos":
        raise Refused("data", address, "there is only photos, without a part.")
    return address
