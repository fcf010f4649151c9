"""Clips: a scene that changes with time, as scenes at any moments; a motion is a row of `MOTIONS`.

A motion is a function of the seconds since the start, so that a clip has any length and any number of frames a second,
and the frame at one second is the same in all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from core.runs.settings import Refused
from core.worlds.toybox.factors import Factors
from core.worlds.toybox.scenes import Scene, Thing, looking, scenes
from core.worlds.toybox.solids import turned

PERIOD = 4.0  # seconds after which every motion is where it began
HOP, HOPS = 0.18, 8  # how high moving things hop, in toy lengths, and how often in a period
SPACE = 1.5  # that motions need of the room, beyond where things stand
ORBIT, NOD = 0.7, 0.12  # radians that a moving camera goes to either side, and up
MOMENTS = 12  # of a period at which a camera that stands still must see everything
APART, WAYS = 0.5, 997  # seconds between the frames of a short clip; moments at which one may begin
MOST_FRAMES, FASTEST = 1000, 120.0
Motion = Callable[[Scene, float], Scene]


def clip(motion: str, picture: Factors, frames: int, per_second: float = 12.0) -> list[Scene]:
    """So many scenes, 1 / `per_second` apart. `Refused`: unknown motion, no frames or too many, too few toys."""
    if motion not in MOTIONS:
        raise Refused("motion", motion, f"one of {', '.join(MOTIONS)}.")
    if not 1 <= frames <= MOST_FRAMES:
        raise Refused("frames", frames, f"from 1 to {MOST_FRAMES}.")
    if not 0 < per_second <= FASTEST:
        raise Refused("per_second", per_second, f"more than 0, at most {FASTEST:g}.")
    if motion == "crossing" and len(picture.toys) < 2:
        raise Refused("toys", len(picture.toys), "two or more, so that one can cross another.")
    (scene,) = scenes([picture], space=SPACE)
    if motion != "camera":
        scene = seen_throughout(motion, scene)
    return [MOTIONS[motion](scene, frame / per_second) for frame in range(frames)]


def frame(pictures: Sequence[Factors], k: int) -> list[Scene]:
    """Frame `k` of a short clip of each picture: its toy goes round, turns and hops, and the camera stands still; where
    on its way a clip begins is the picture's own.
    """
    starts = [PERIOD * (picture.number("position") % WAYS) / WAYS for picture in pictures]
    made = [seen_throughout("moving", scene) for scene in scenes(pictures, space=SPACE)]
    return [moving(scene, start + k * APART) for scene, start in zip(made, starts, strict=True)]


def seen_throughout(motion: str, scene: Scene) -> Scene:
    """The scene before a camera that stands still and sees everything at every moment of the motion."""
    everywhere = [thing for k in range(MOMENTS) for thing in MOTIONS[motion](scene, PERIOD * k / MOMENTS).things]
    return dataclasses.replace(scene, camera=looking(everywhere, scene.framing))


def turntable(scene: Scene, seconds: float) -> Scene:
    """Every thing turns about itself."""
    turn = turned("z", 2 * np.pi * seconds / PERIOD)
    return _with(scene, [dataclasses.replace(thing, turn=turn @ thing.turn) for thing in scene.things])


def moving(scene: Scene, seconds: float) -> Scene:
    """Things go round in a ring and turn with it, hopping, each in its own time. One alone goes round too."""
    angle, moved = 2 * np.pi * seconds / PERIOD, []
    turn = turned("z", angle)
    for k, thing in enumerate(scene.things):
        start = thing.at if len(scene.things) > 1 else np.array((0.0, 0.45, 0.0))
        hop = HOP * thing.scale * abs(np.sin(np.pi * HOPS * seconds / PERIOD + 2.4 * k))
        moved.append(dataclasses.replace(thing, turn=turn @ thing.turn, at=turn @ start + (0.0, 0.0, hop)))
    return _with(scene, moved)


def camera(scene: Scene, seconds: float) -> Scene:
    """The camera swings about what it looks at; everything else stands still."""
    angle = 2 * np.pi * seconds / PERIOD
    swung = dataclasses.replace(
        scene.framing, around=ORBIT * np.sin(angle), height=scene.framing.height + NOD * (1 - np.cos(angle))
    )
    return dataclasses.replace(scene, camera=looking(scene.things, swung))


def crossing(scene: Scene, seconds: float) -> Scene:
    """Things pass to and fro in lanes, one behind the other, so that the nearer ones hide the others for a while."""
    radii = np.array([thing.radius() for thing in scene.things])
    lanes = np.cumsum(2 * radii) - radii - radii.sum()
    share = (seconds / PERIOD) % 1
    across, way = (4 * share - 1, 1) if share < 0.5 else (3 - 4 * share, -1)  # from -1 to 1, and back
    moved = []
    for k, (thing, lane) in enumerate(zip(scene.things, lanes, strict=True)):
        side = 1 if k % 2 else -1
        turn = turned("z", np.pi / 2 * side * way)  # it looks where it goes
        at = np.array((lane, side * across * 1.6 * radii.max(), 0.0))
        moved.append(dataclasses.replace(thing, turn=turn, at=at))
    return _with(scene, moved)


def _with(scene: Scene, things: list[Thing]) -> Scene:
    return dataclasses.replace(scene, things=tuple(things))


MOTIONS: dict[str, Motion] = {"turntable": turntable, "moving": moving, "camera": camera, "crossing": crossing}
