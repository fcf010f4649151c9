"""The toybox as a world: pictures are rendered when they are first read, in blocks, and kept as files.

A picture is decided by its class, its part (training, validation, test) and its number there: it is the same one in
every toybox world and at every size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from core.runs.home import home
from core.runs.settings import Refused
from core.worlds.toybox import fingerprint
from core.worlds.toybox.cache import cached, load
from core.worlds.toybox.classes import NAMES, TOYS, VERSION, classes
from core.worlds.toybox.draws import seed
from core.worlds.world import TEST, TRAIN, VALIDATION, World

PARTS = {"train": (TRAIN, 400), "test": (TEST, 100), "validation": (VALIDATION, 25)}  # pictures a class
BLOCK = 50
LARGEST = 64  # pixels: networks that ask for more get these enlarged, which costs them nothing they could see
SIZES = (16, 512)
CHUNK = 64


class Toybox(World):
    """Rendered toys. Indices: all training pictures, class by class, then all test, then all validation pictures."""

    block = BLOCK

    def __init__(self, address: str):
        self.address, self.classes, self.name = address, classes(address), NAMES.get(address, address)
        self.fingerprint = fingerprint(address)
        labels = np.arange(len(self.classes))
        self.labels = np.concatenate([np.repeat(labels, n) for _, n in PARTS.values()])
        self.given = np.concatenate([np.full(n * len(labels), part) for part, n in PARTS.values()])
        self._files = [
            (name, part, start, min(BLOCK, n - start))
            for part, (_, n) in PARTS.items()
            for name in self.classes
            for start in range(0, n, BLOCK)
        ]
        self._file_of = np.repeat(np.arange(len(self._files)), [count for *_, count in self._files])
        self._place = np.concatenate([np.arange(count) for *_, count in self._files])
        self._open: dict[tuple[int, int], np.ndarray] = {}

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        """Chunks uint8 (n, size, size, 3) in the order of `indices`; a chunk ends where something must be rendered.

        Beyond 64 pixels they are the pictures of 64 pixels, enlarged bilinearly. `Refused`: a size out of range.
        """
        self._check(size)
        waiting: list[np.ndarray] = []
        for index in indices:
            file, side = int(self._file_of[index]), min(size, LARGEST)
            if waiting and (len(waiting) == CHUNK or not self._at_hand(file, side)):
                yield np.stack(waiting)
                waiting = []
            waiting.append(enlarged(self._pictures(file, side)[self._place[index]], size))
        if waiting:
            yield np.stack(waiting)

    def show(self, index: int, size: int = 160) -> np.ndarray:
        """The same scene for people's eyes: rendered at `size` with smooth edges, uint8 (size, size, 3)."""
        self._check(size)
        name, part, start, _ = self._files[self._file_of[index]]
        number = start + int(self._place[index])
        path = self._folder(size) / "shown" / name / f"{part}-{number:03d}.npy"
        return cached(path, (1, size, size, 3), lambda: drawn(name, part, [number], size, people=True))[0]

    def _at_hand(self, file: int, size: int) -> bool:
        """Whether these pictures need no rendering; if so, their file is now open."""
        if (file, size) not in self._open:
            kept = load(*self._kept(file, size))
            if kept is None:
                return False
            self._open[file, size] = kept
        return True

    def _pictures(self, file: int, size: int) -> np.ndarray:
        """The pictures of one file: uint8 (n, size, size, 3)."""
        if not self._at_hand(file, size):
            name, part, start, n = self._files[file]
            path, shape = self._kept(file, size)
            self._open[file, size] = cached(path, shape, lambda: drawn(name, part, range(start, start + n), size))
        return self._open[file, size]

    def _kept(self, file: int, size: int) -> tuple[Path, tuple[int, ...]]:
        """Where the pictures of a file are kept, and their shape."""
        name, part, start, n = self._files[file]
        return self._folder(size) / name / f"{part}-{start:03d}.npy", (n, size, size, 3)

    def _folder(self, size: int) -> Path:
        return home() / "cache" / f"toybox-v{VERSION}" / str(size)

    def _check(self, size: int) -> None:
        low, high = SIZES
        if not low <= size <= high:
            raise Refused("size", size, f"from {low} to {high} pixels.")


def drawn(name: str, part: str, numbers: Iterable[int], size: int, people: bool = False) -> np.ndarray:
    """Render pictures of one class and part: uint8 (n, size, size, 3). For people, edges are smoother."""
    from core.worlds.toybox.render import FEW, MANY, render
    from core.worlds.toybox.scenes import scenes

    seeds = [seed("toybox", name, part, number) for number in numbers]
    return render(scenes(TOYS[name], seeds), size, MANY if people else FEW)


def enlarged(picture: np.ndarray, size: int) -> np.ndarray:
    """uint8 (s, s, 3) -> (size, size, 3), bilinearly if size > s."""
    if len(picture) == size:
        return picture
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.BILINEAR))
