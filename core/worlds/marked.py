"""One picture with its annotations, read once: a reduced copy, its mask and its boxes, all upright and of one size."""

from __future__ import annotations

import dataclasses
import hashlib
import io

import numpy as np
from PIL import Image

from core.worlds import reduced
from core.worlds.annotations import Box, Drawn, Found, Size, Thing, boxed, why
from core.worlds.class_masks import class_numbers, components
from core.worlds.decode import UPRIGHT, Unusable, opened, orientation
from core.worlds.sources import Entry, Source
from core.worlds.world import Skipped

FULL = 1024  # pixels of the long side of a picture that has a mask, about
MOST_THINGS = 1000  # of one picture, the largest
TURNED = 5  # from here on, a camera's mark swaps width and height


@dataclasses.dataclass(eq=False)
class Seen:
    """`size`: of the upright picture; `things`: class, or value of the mask, and box in pixels of that size.

    `counts` (256,): how many pixels of the mask have each value; `fits`: as `Found` has it.
    """

    copy: bytes
    digest: str
    size: Size
    mask: bytes = b""
    things: list[tuple[str | int, Box]] = dataclasses.field(default_factory=list)
    lost: list[Skipped] = dataclasses.field(default_factory=list)
    counts: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(256, np.int64))
    fits: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Frame:
    """The sizes of a picture: in its file, upright, and of its upright copy; `turn`: the mark of the camera."""

    raw: Size
    size: Size
    small: Size
    turn: int

    def is_upright(self, size: Size, what: str) -> bool:
        """Whether what has this size was drawn on the upright picture, and not on what lies in the file.

        Raises `Unusable` if it was drawn on neither.
        """
        if size not in (self.size, self.raw):
            raise Unusable(f"{what} for {size[0]} × {size[1]} pixels, and it has {self.size[0]} × {self.size[1]}")
        return size == self.size

    def upright(self, box: Box) -> Box:
        """A box that was drawn on what lies in the file."""
        (width, height), x, y = self.raw, (box[0], box[2]), (box[1], box[3])
        across = [height - each for each in y] if self.turn in (6, 7) else y
        down = [width - each for each in x] if self.turn in (7, 8) else x
        return min(across), min(down), max(across), max(down)


def see(source: Source, drawn: Drawn, found: Found) -> Seen | str:
    """What is in a picture, or the reason why it cannot be used."""
    try:
        data = source.read(drawn.entry)
        raw, with_masks = opened(data).size, "masks" in found.knows
        copy = reduced.reduced(data, round(FULL * min(raw) / max(raw)) if with_masks else reduced.SHORT)
        turn = orientation(opened(data))
        frame = Frame(raw, raw[::-1] if turn >= TURNED else raw, opened(copy).size, turn)
        seen = Seen(copy, hashlib.sha256(data).hexdigest(), frame.size)
        image = _draw(seen, drawn, frame, found)
        if with_masks:
            _keep(seen, _of_file(source, drawn.mask, frame) if drawn.mask else image, found)
        return seen
    except (Unusable, OSError) as error:
        return why(error)


def _draw(seen: Seen, drawn: Drawn, frame: Frame, found: Found) -> Image.Image:
    """Fill in the things of a list; returns their pixels, as large as the copy, the smaller over the larger."""
    is_upright = frame.is_upright(drawn.size or frame.size, "its annotations are")
    size, small = (frame.size, frame.small) if is_upright else (frame.raw, frame.small[::-1])
    canvas = np.zeros(small[::-1], np.uint8)
    for thing, box in _largest_first(seen, drawn.things, size, small):
        try:
            if thing.shape and found.numbers:
                canvas[thing.shape.pixels(size, small)] = found.numbers[thing.cls]
        except Unusable as unusable:
            seen.lost.append(Skipped(thing.entry, str(unusable)))
            continue
        if not thing.is_crowd:
            seen.things.append((thing.cls, box if is_upright else frame.upright(box)))
    image = Image.fromarray(canvas)
    return image if is_upright else image.transpose(UPRIGHT[frame.turn])


def _of_file(source: Source, mask: Entry, frame: Frame) -> Image.Image:
    """The values in a file, as large as the copy. Raises `Unusable`."""
    try:
        image = Image.fromarray(class_numbers(source.read(mask)))
    except Unusable as unusable:
        raise Unusable(f"its mask cannot be used: {unusable}") from unusable
    image = image if frame.is_upright(image.size, "its mask is") else image.transpose(UPRIGHT[frame.turn])
    return image.resize(frame.small, Image.Resampling.NEAREST)


def _largest_first(seen: Seen, things: list[Thing], size: Size, small: Size) -> list[tuple[Thing, Box]]:
    """With the part of their box that lies in the picture."""
    found = []
    for thing in things:
        try:
            found.append((thing, clipped(thing.box or _around(thing, size, small), size)))
        except Unusable as unusable:
            seen.lost.append(Skipped(thing.entry, str(unusable)))
    found.sort(key=lambda pair: -area(pair[1]))
    seen.lost += [Skipped(thing.entry, f"more than {MOST_THINGS} in a picture") for thing, _ in found[MOST_THINGS:]]
    return found[:MOST_THINGS]


def _around(thing: Thing, size: Size, small: Size) -> Box:
    """The box around the pixels of a thing."""
    assert thing.shape is not None
    down, across = np.nonzero(thing.shape.pixels(size, small))
    if not len(down):
        raise Unusable("its segmentation has no pixel in the picture")
    x, y = size[0] / small[0], size[1] / small[1]
    return boxed(across.min() * x, down.min() * y, (across.max() + 1) * x, (down.max() + 1) * y)


def clipped(box: Box, size: Size) -> Box:
    """What of a box lies in a picture of that size. Raises `Unusable` if nothing does."""
    left, top, right, bottom = box
    if left >= size[0] or top >= size[1] or right <= 0 or bottom <= 0:
        raise Unusable("its box lies outside the picture")
    return max(0.0, left), max(0.0, top), min(float(size[0]), right), min(float(size[1]), bottom)


def area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _keep(seen: Seen, image: Image.Image, found: Found) -> None:
    """Fill in the mask, and its pieces, if nothing else tells of things; if boxes do, how well its values fill them."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    mask = np.asarray(image)
    seen.mask, seen.counts = file.getvalue(), np.bincount(mask.ravel(), minlength=256)
    scale = np.tile(np.array(seen.size) / image.size, 2)  # pixels of the picture for one of the copy
    if "boxes" not in found.knows:
        seen.things = [(value, tuple((box * scale).tolist())) for value, box in components(mask, MOST_THINGS)]
        return
    for cls, box in seen.things if not found.numbers else ():  # what was drawn has its numbers
        left, top, right, bottom = np.rint(box / scale).astype(int)
        inside = np.bincount(mask[top:bottom, left:right].ravel(), minlength=256)
        either = seen.counts + (right - left) * (bottom - top) - inside
        seen.fits[str(cls)] = seen.fits.get(str(cls), 0) + inside / np.maximum(either, 1)
