"""A clip in whose first frame somebody marked one thing: what can be used, and what is said of what cannot.

toys:<k>          test clip k of the toybox, in which everything is known
video:<sha256>    a video, or a zip of frames, that somebody brought
a path            a video file or a folder of frames
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from core.runs.labels import LEAST_AREA, area
from core.runs.settings import Refused
from core.worlds import frames, uploads, videos
from core.worlds.toybox import filmed

FEWEST, MOST = 2, 200  # frames
CHECKED = 64  # pixels a side, to see whether it can be used
LONGEST = 4  # sides of a frame to one another
CORNERS = 500
LEAST = 9  # pixels that are marked
TOYS, VIDEO = r"toys:[0-9]{1,3}", r"video:[0-9a-f]{64}"
POLYGON = f"the corners of a polygon in the first frame, [[x, y], ...], 3 to {CORNERS}, each number from 0 to 1."


def at(address: str) -> str:
    """The address; a path as an absolute one, so that a run means the same from any folder. `Refused`: none."""
    if re.fullmatch(TOYS, address):
        return f"toys:{int(address[5:])}"
    if re.fullmatch(VIDEO, address):
        return address
    if address.startswith(("toys:", "video:")):
        raise Refused("clips", address, "toys:0 to toys:999, video: and 64 hexadecimal digits, or a path.")
    try:
        return str(frames.path_of(address).absolute())
    except (OSError, RuntimeError) as error:  # a name that is too long, or a home of nobody
        raise Refused("clips", address, "there is no such file or folder.") from error


def fingerprint(address: str) -> str:
    """Equal for equal clips. `Refused`: it is not there, or too large."""
    if address.startswith("toys:"):
        return filmed.fingerprint()
    if address.startswith("video:"):
        uploads.file_of(address, "clips")
        return uploads.key(address)
    return frames.fingerprint(address)


def corners(text: str) -> list[list[float]]:
    """The (x, y) of a polygon that was written as JSON, shares of the frame to the right and down. `Refused`: none."""
    try:
        points = json.loads(text)
    except (ValueError, RecursionError):
        points = None
    if not isinstance(points, list) or not 3 <= len(points) <= CORNERS or not all(map(_is_corner, points)):
        raise Refused("mask", text, POLYGON)
    found = [[round(float(share), 4) for share in point] for point in points]
    if area(found) < LEAST_AREA:
        raise Refused("mask", text, "next to nothing lies inside it: draw once around the thing.")
    return found


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


def clip(address: str, size: int) -> tuple[Any, Any]:
    """uint8 (T, H, W, 3), whole frames of about size × size pixels; and of toys uint8 (T, H, W), the number of the
    thing at each pixel, 0 for none, of other clips None. `Refused`: nothing that can be read, too few frames, too many
    or too narrow ones, frames of different shapes, or several clips.
    """
    import numpy as np

    if address.startswith("toys:"):
        toys = filmed.filmed_one("test", int(address[5:]), size)
        return toys.pictures[0], toys.things[0]
    name = named(address)
    read = ([shrunk(frame, size, name) for frame in itertools.islice(each, MOST + 1)] for each in _each(address))
    found = list(itertools.islice(filter(None, read), 2))
    if not found:
        raise Refused("clips", name, frames.NOTHING)
    if len(found) > 1:
        raise Refused("clips", name, "it holds several clips, each in a folder of its own: give one of them.")
    if len(found[0]) < FEWEST:
        raise Refused("clips", name, "only one frame can be read in it: two or more are needed.")
    if len(found[0]) > MOST:
        long = f" ({MOST // videos.PER_SECOND} s of a video)" if address.startswith("video:") else ""
        raise Refused("clips", name, f"it has more than {MOST} frames{long}: cut a shorter clip.")
    if len({frame.shape for frame in found[0]}) > 1:
        raise Refused("clips", name, "its frames are of different shapes: make them alike.")
    return np.stack(found[0]), None


def first(address: str, size: int) -> tuple[Any, int]:
    """uint8 (H, W, 3), the first frame, of about size × size pixels; how many frames. `Refused` as `clip`."""
    if address.startswith("toys:"):
        return filmed.first_frame("test", int(address[5:]), size), filmed.FRAMES
    found, _ = clip(address, CHECKED)
    frame = next(itertools.chain.from_iterable(_each(address)))
    return shrunk(frame, size, named(address)), len(found)


def named(address: str) -> str:
    """As it is said to people: the digits of an upload tell them nothing."""
    return "your clip" if address.startswith("video:") else address


def _each(address: str) -> Any:
    try:
        if address.startswith("video:"):
            yield from videos.sequences(uploads.file_of(address, "clips"), named(address))
        else:
            yield from frames.sequences(address)
    except OSError as error:
        raise Refused("clips", address, "it cannot be read: it may be closed to you.") from error


def shrunk(frame: Any, size: int, name: str) -> Any:
    """A PIL picture -> uint8 (H, W, 3), all of it, with as many pixels as a square of that size."""
    from core.worlds.decode import fitted

    short, long = sorted(frame.size)
    if long > LONGEST * short:
        raise Refused("clips", name, f"its frames are more than {LONGEST} times as long as wide: cut them.")
    return fitted(frame, round(size * (long / short) ** 0.5))
