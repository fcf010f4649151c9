"""A clip of one's own with one thing marked in its first frame: what can be used, and what is said of what cannot."""

from __future__ import annotations

import itertools
import json
from typing import Any

from core.runs.settings import Refused
from core.worlds import frames

FEWEST, MOST = 2, 200  # frames
LONGEST = 4  # sides of a frame to one another
CORNERS = 500
LEAST = 9  # pixels that are marked
POLYGON = f"the corners of a polygon in the first frame, [[x, y], ...], 3 to {CORNERS}, each number from 0 to 1."


def at(address: str) -> str:
    """The path as an absolute one, so that a run means the same from any folder. `Refused`: there is nothing."""
    try:
        return str(frames.path_of(address).absolute())
    except (OSError, RuntimeError) as error:  # a name that is too long, or a home of nobody
        raise Refused("clips", address, "there is no such file or folder.") from error


def corners(text: str) -> list[list[float]]:
    """The (x, y) of a polygon that was written as JSON, shares of the frame to the right and down. `Refused`: none."""
    try:
        points = json.loads(text)
    except (ValueError, RecursionError):
        points = None
    if not isinstance(points, list) or not 3 <= len(points) <= CORNERS or not all(map(_is_corner, points)):
        raise Refused("mask", text, POLYGON)
    return [[round(float(share), 4) for share in point] for point in points]


def _is_corner(point: Any) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(
        type(share) in (int, float) and 0 <= share <= 1 for share in point
    )  # fmt: skip


def marked(text: str, height: int, width: int) -> Any:
    """bool (H, W): the pixels inside the polygon. `Refused`: next to none of them, or all."""
    import numpy as np

    from core.learning.overlap import polygon_mask

    side = max(height, width)
    mask = polygon_mask(np.array(corners(text)) * (width / side, height / side), side)[:height, :width]
    if mask.sum() < LEAST:
        raise Refused("mask", text, f"it holds {mask.sum()} of {mask.size} pixels: draw it around the thing.")
    if mask.all():
        raise Refused("mask", text, "it holds the whole frame: leave out what is not the thing.")
    return mask


def clip(address: str, size: int) -> Any:
    """uint8 (T, H, W, 3), whole frames of about size × size pixels. `Refused`: nothing that can be read, too few
    frames, too many or too narrow ones, frames of different shapes, or several clips.
    """
    import numpy as np

    read = ([shrunk(frame, size, address) for frame in itertools.islice(each, MOST + 1)] for each in _each(address))
    found = list(itertools.islice(filter(None, read), 2))
    if not found:
        raise Refused("clips", address, frames.NOTHING)
    if len(found) > 1:
        raise Refused("clips", address, "it holds several clips, each in a folder of its own: give one of them.")
    if len(found[0]) < FEWEST:
        raise Refused("clips", address, "only one frame can be read in it: two or more are needed.")
    if len(found[0]) > MOST:
        raise Refused("clips", address, f"it has more than {MOST} frames: cut a shorter clip, or leave frames out.")
    if len({frame.shape for frame in found[0]}) > 1:
        raise Refused("clips", address, "its frames are of different shapes: make them alike.")
    return np.stack(found[0])


def _each(address: str) -> Any:
    try:
        yield from frames.sequences(address)
    except OSError as error:
        raise Refused("clips", address, "it cannot be read: it may be closed to you.") from error


def shrunk(frame: Any, size: int, address: str) -> Any:
    """A PIL picture -> uint8 (H, W, 3), all of it, with as many pixels as a square of that size."""
    from core.worlds.decode import fitted

    short, long = sorted(frame.size)
    if long > LONGEST * short:
        raise Refused("clips", address, f"its frames are more than {LONGEST} times as long as wide: cut them.")
    return fitted(frame, round(size * (long / short) ** 0.5))
