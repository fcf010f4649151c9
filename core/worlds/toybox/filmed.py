"""Clips of toys with the mask of every thing in every frame: what is followed through a video. The test clips hold toys
of classes that no other clip has. They are rendered when they are first asked for, and kept as files:

    cache/toybox/v<version>/<pixels>/clips/<digest of what decides the clip>.npy
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from pathlib import Path

import numpy as np

from core.worlds.toybox.blocks import Block, folder
from core.worlds.toybox.cache import load, save, trim
from core.worlds.toybox.classes import VERSION
from core.worlds.toybox.clips import clip
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import Factors, drawn
from core.worlds.toybox.several import CLASSES

OTHERS = ("pear", "snail", "robot", "boat", "lamp", "bed", "lorry", "caterpillar")  # classes of the test clips
MOTIONS = ("moving", "camera", "crossing")  # of a clip, in turn
FRAMES, PER_SECOND, CLUTTER = 10, 5.0, 4
PARTS = {"train": (400_000, CLASSES), "held": (600_000, CLASSES), "test": (500_000, OTHERS)}  # first number, classes
ENOUGH = 0.005  # of the first frame: a toy that shows so much of itself can be followed


@dataclasses.dataclass(frozen=True, eq=False)
class Filmed:
    """Of N clips of T frames of S pixels a side.

    pictures: uint8 (N, T, S, S, 3); things: uint8 (N, T, S, S), at each pixel the number of its thing in the clip, from
    1, the toys before the pieces that lie about, 0 for the room; toys: (N,), how many of the things are toys.
    """

    pictures: np.ndarray
    things: np.ndarray
    toys: np.ndarray

    def of_toys(self) -> np.ndarray:
        """`things` of which the pieces that lie about are room too."""
        return np.where(self.things <= self.toys[:, None, None, None], self.things, 0)

    def followed(self) -> np.ndarray:
        """bool (N, T, S, S): of each clip the toy that is asked for, the first of which enough is seen in frame 1."""
        return np.stack([things == 1 + self._chosen(k) for k, things in enumerate(self.things)])

    def _chosen(self, k: int) -> int:
        """The largest toy, where none shows enough."""
        first = self.things[k, 0]
        seen = np.bincount(first.ravel(), minlength=self.toys[k] + 1)[1 : self.toys[k] + 1]
        return int(np.minimum(seen, ENOUGH * first.size).argmax())


def filmed(part: str, clips: int, size: int) -> Generator[tuple[int, int], None, Filmed]:
    """The first `clips` of a part of `PARTS`; yields (done, all) after each. `Refused`: a size that cannot be rendered,
    or a full disk.
    """
    found, toys, new = [], [], False
    for k in range(clips):
        frames, count, rendered_now = _kept(part, k, size)
        new |= rendered_now
        found.append(frames)
        toys.append(count)
        yield k + 1, clips
    if new:
        trim(folder())
    frames = np.stack(found)
    return Filmed(frames[..., :3], frames[..., 3], np.array(toys))


def filmed_one(part: str, k: int, size: int) -> Filmed:
    """Clip `k` of a part alone, N = 1. `Refused` as `filmed`."""
    frames, toys, _ = _kept(part, k, size)
    frames = np.array(frames)[None]  # the file is not to be written to
    return Filmed(frames[..., :3], frames[..., 3], np.array([toys]))


def _kept(part: str, k: int, size: int) -> tuple[np.ndarray, int, bool]:
    """(T, S, S, 4), as `rendered`; how many toys; whether it was rendered now."""
    motion, factors = what(part, k)
    Block((factors,), size)  # refuses the size
    file = file_of(motion, factors, size)
    frames = load(file)
    if new := frames is None:
        frames = rendered(motion, factors, size)
        save(file, frames)
    return np.asarray(frames), len(factors.toys), new


def first_frame(part: str, k: int, size: int) -> np.ndarray:
    """uint8 (S, S, 3): the first frame of a clip, of any size, rendered each time."""
    from core.worlds.toybox.render import render

    motion, factors = what(part, k)
    return render(clip(motion, factors, 1, PER_SECOND), size)[0]


def what(part: str, k: int) -> tuple[str, Factors]:
    """The motion of clip `k` of a part, and what decides its scene: two toys where they cross, else one or three."""
    number, classes = PARTS[part]
    motion = MOTIONS[k % len(MOTIONS)]
    toys = 2 if motion == "crossing" else 1 + 2 * (k // len(MOTIONS) % 2)
    return motion, drawn(number + k, classes, toys=toys, clutter=CLUTTER)


def file_of(motion: str, factors: Factors, size: int) -> Path:
    digest = seed(motion, FRAMES, PER_SECOND, dataclasses.astuple(factors))
    return folder() / f"v{VERSION}" / str(size) / "clips" / f"{digest:016x}.npy"


def rendered(motion: str, factors: Factors, size: int) -> np.ndarray:
    """uint8 (T, S, S, 4): red, green, blue, and the number of the thing."""
    from core.worlds.toybox.render import drawn as picture
    from core.worlds.toybox.views import View

    views = [View(scene, size) for scene in clip(motion, factors, FRAMES, PER_SECOND)]  # both from the same rays
    return np.stack([np.concatenate([picture(view), view.instance[..., None]], -1) for view in views])


def fingerprint() -> str:
    """Equal for equal clips."""
    return f"filmed-v{VERSION}-{seed(FRAMES, PER_SECOND, CLUTTER, *MOTIONS, *PARTS.values()):016x}"
