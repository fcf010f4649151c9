"""The toybox as a world: pictures are rendered when they are first read, in blocks, and kept as files.

A picture is decided by its class, its part (training, validation, test) and its number there: it is the same one in
every toybox world and at every size.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from core.worlds.toybox import fingerprint
from core.worlds.toybox.blocks import FRAME, PICTURES, SHOWN, Block, arrays, kept, rendering
from core.worlds.toybox.classes import NAMES, classes
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import NUMBERED, Factors, one
from core.worlds.world import CHUNK, TEST, TRAIN, VALIDATION, World

PARTS = {"train": (TRAIN, 400), "test": (TEST, 100), "validation": (VALIDATION, 25)}  # pictures a class
BLOCK = 50
LARGEST = 64  # pixels: networks that ask for more get these enlarged, which costs them nothing they could see


class Toybox(World):
    """Rendered toys. Indices: all training pictures, class by class, then all test, then all validation pictures."""

    block, parts = BLOCK, PARTS
    largest = LARGEST

    def __init__(
        self, toys: str, style: str = "default", cue: str = PICTURES, twin: str = "", frame: int | None = None
    ):
        """`toys`: toybox, toybox:a …; in another `style`, with only a `cue` left of the toys (their shadow, or nothing
        but the room), with the factors `twin`, commas between, drawn anew, or as a `frame` of a clip, the same scenes
        are a world of their own.
        """
        look, words = ("", "") if style == "default" else (f"style:{style}:", f", {style}")
        if cue != PICTURES:
            look, words = f"cue:{cue}:", f", only the {cue}"
        if frame is not None:
            cue, look, words = FRAME[frame], f"frame:{frame}:", f", frame {frame} of a clip"
        if twin:
            look, words = f"twin:{twin}:", f", another {twin.replace(',', ', ')}"
        self.classes, self.style, self.cue, self.twin = classes(toys), style, cue, twin
        self.address, self.fingerprint, self.name = look + toys, look + fingerprint(toys), NAMES[toys] + words
        labels = np.arange(len(self.classes))
        self.labels = np.concatenate([np.repeat(labels, n) for _, n in self.parts.values()])
        self._set_out(self.classes)

    def _set_out(self, rows: Sequence[str]) -> None:
        """The blocks of all pictures: those of a part, row by row."""
        self.given = np.concatenate([np.full(n * len(rows), part) for part, n in self.parts.values()])
        self._blocks = [
            (name, part, start, min(self.block, n - start))
            for part, (_, n) in self.parts.items()
            for name in rows
            for start in range(0, n, self.block)
        ]
        self._block_of = np.repeat(np.arange(len(self._blocks)), [count for *_, count in self._blocks])
        self._place = np.concatenate([np.arange(count) for *_, count in self._blocks])
        self._open: dict[tuple[int, int, str], np.ndarray] = {}

    def factors(self, index: int) -> Factors:
        """What decides a picture."""
        name, part, start, _ = self._blocks[self._block_of[index]]
        return self._scene(name, part, start + int(self._place[index]))

    def _scene(self, name: str, part: str, k: int) -> Factors:
        return scene(name, part, k, self.style, self.twin)

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        """Chunks uint8 (n, size, size, 3) in the order of `indices`; a chunk ends where something must be rendered.

        Beyond `largest` pixels they are the pictures of so many, enlarged bilinearly. `Refused`: a size out of range.
        """
        Block((one(self.classes[0], 0),), size)  # refuses the size
        for chunk in self.labelled(indices, min(size, self.largest), [self.cue]):
            yield np.stack([enlarged(picture, size) for picture in chunk[self.cue]])

    def labelled(
        self, indices: Iterable[int] | np.ndarray, size: int, names: Sequence[str]
    ) -> Iterator[dict[str, np.ndarray]]:
        """Chunks of name -> (n, ...) in the order of `indices`, of `pictures` and of any labels of the toybox, all at
        `size` pixels. Floats are half precision. `Refused`: a size out of range, an unknown label.
        """
        indices = list(indices)
        needed = list(dict.fromkeys(int(self._block_of[index]) for index in indices))
        missing = [k for k in needed if any((k, size, name) not in self._open for name in names)]
        ahead = rendering([self._block(k, size) for k in missing], names)
        coming = dict.fromkeys(missing)
        waiting: list[int] = []
        for index in indices:
            block = int(self._block_of[index])
            if block in coming:
                if waiting and any(kept(self._block(block, size), name) is None for name in names):
                    yield self._taken(waiting, size, names)
                    waiting = []
                while block in coming:  # blocks come in the order in which they are first needed
                    found, first = next(ahead), next(iter(coming))
                    del coming[first]
                    self._open.update({(first, size, name): array for name, array in found.items()})
            waiting.append(int(index))
            if len(waiting) == CHUNK:
                yield self._taken(waiting, size, names)
                waiting = []
        if waiting:
            yield self._taken(waiting, size, names)

    def show(self, index: int, size: int = 160) -> np.ndarray:
        """The same scene for people's eyes: rendered at `size` with smooth edges, uint8 (size, size, 3)."""
        name = SHOWN if self.cue == PICTURES else self.cue
        return arrays(Block((self.factors(index),), size), [name])[name][0]

    def _taken(self, indices: list[int], size: int, names: Sequence[str]) -> dict[str, np.ndarray]:
        places = [(int(self._block_of[index]), int(self._place[index])) for index in indices]
        return {name: np.stack([self._open[block, size, name][place] for block, place in places]) for name in names}

    def _block(self, k: int, size: int) -> Block:
        return block_of(*self._blocks[k], self.style, self.twin, size)


@functools.lru_cache(maxsize=4096)
def block_of(name: str, part: str, start: int, n: int, style: str, twin: str, size: int) -> Block:
    """The `n` pictures of a class and part from number `start`; every toybox world of the process shares them."""
    return Block(tuple(scene(name, part, start + i, style, twin) for i in range(n)), size)


def scene(name: str, part: str, k: int, style: str = "default", twin: str = "") -> Factors:
    """What decides picture `k` of a class and part; of its twin some factors are drawn anew."""
    number = seed("toybox", name, part, k)
    same, other = (dataclasses.replace(one(name, number), style=style) for number in (number, seed("twin", number)))
    numbers = [(other if factor in twin.split(",") else same).number(factor) for factor in NUMBERED]
    return dataclasses.replace(same, numbers=tuple(numbers)) if twin else same


def enlarged(picture: np.ndarray, size: int) -> np.ndarray:
    """uint8 (s, s, 3) -> (size, size, 3), bilinearly if size > s."""
    if len(picture) == size:
        return picture
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.BILINEAR))
