"""Rooms and their light. A room is a box seen from inside, whose side towards the camera is open."""

from __future__ import annotations

import dataclasses

import numpy as np

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.materials import PATTERNS, pattern, picked, two_colours
from core.worlds.toybox.solids import turned

FLOOR, BEHIND, LEFT, RIGHT, CEILING = range(5)


@dataclasses.dataclass(frozen=True)
class Interior:
    """A type of room: what its floor and walls are made of, colours as six hexadecimal digits separated by blanks."""

    floor: tuple[str, ...]
    floor_colours: str
    wall: tuple[str, ...]
    wall_colours: str


PALE = "f1e4d0 dfe9e4 d5e3f0 f3d9d4 e6deef e9ecd2 f5eccb d9d6d2 c3d8cf cfc5b8"
INTERIORS = {
    "living room": Interior(
        ("planks", "planks", "rings", "mottled", "plain"),
        "c79a64 a8794c e0c9a0 b98a5e 8d6b4f d2b7a8",
        ("plain", "plain", "stripes", "dots", "mottled"),
        PALE,
    ),
    "kitchen": Interior(
        ("checker", "checker", "marble", "plain"),
        "8d9aa5 b9c4b0 a9b6cf c2a5b8 dcd6cb 9fb5b0",
        ("plain", "checker", "mottled", "stripes"),
        PALE,
    ),
    "winter garden": Interior(("grass",), "7d9a55 8fa58a 94a860 6f8f5e", ("brick", "plain", "planks"), PALE),
    "cellar": Interior(
        ("gravel", "moon", "brick"),
        "9a958c b0a898 8f8a86 a59a90",
        ("brick", "moon", "mottled"),
        "c9b8a8 bdb4ab d0c4b0 b8a79a c2c4c0",
    ),
}


@dataclasses.dataclass(frozen=True)
class Room:
    """interior: its name; planes (5, 3, 4): two axes in the plane and the normal into the room, each with its offset,
    of floor, the wall behind, left, right and ceiling; materials (3, 16): floor, walls and ceiling.
    """

    interior: str
    planes: np.ndarray
    materials: np.ndarray


@dataclasses.dataclass(frozen=True)
class Light:
    """towards (3,): unit, to the middle of the lamp; colour (3,), linear RGB; ambient: light from everywhere, which
    comes without a shadow; soft: radius of the lamp as seen from the floor, radians.
    """

    towards: np.ndarray
    colour: np.ndarray
    ambient: float
    soft: float

    @property
    def axes(self) -> np.ndarray:
        """(3, 3): two axes across the light and the direction towards it."""
        return across(self.towards)


def across(towards: np.ndarray) -> np.ndarray:
    """(3, 3): two unit vectors across a unit vector, and itself."""
    x, y, z = towards
    aside = np.array((-y, x, 0.0)) / np.hypot(x, y) if abs(z) < 0.999 else np.array((0.0, 1.0, 0.0))
    u, v, w = aside
    return np.array((aside, (y * w - z * v, z * u - x * w, x * v - y * u), towards))


def rooms(draw: Draws, places: np.ndarray, widths: np.ndarray) -> list[Room]:
    """Rooms with `places` (B, 2) for toys that need the half width `widths` (B,); the camera looks along -x."""
    names = list(INTERIORS)
    which = draw.whole(len(names))
    floor = surfaces(draw, which, "floor", (1.2, 3.2), gloss=0.15, contrast=0.6)
    wall = surfaces(draw, which, "wall", (1.2, 3.5), gloss=0.0, contrast=0.35)
    pale = picked(draw, PALE.split())
    ceiling = np.concatenate([two_colours(draw, pale), pattern(draw, np.zeros(len(pale), int), (1.0, 2.0), 0.0)], 1)
    materials = np.stack([floor, wall, ceiling], 1)
    planes = walls(draw, places, widths)
    return [Room(names[kind], planes[b], materials[b]) for b, kind in enumerate(which)]


def surfaces(
    draw: Draws, which: np.ndarray, part: str, periods: tuple[float, float], gloss: float, contrast: float
) -> np.ndarray:
    """(B, 16): the materials of floors or walls, each of one of its room's own colours and patterns."""
    interiors = [list(INTERIORS.values())[kind] for kind in which]
    share = draw()
    colours = np.stack([picked(draw, getattr(interior, f"{part}_colours").split()) for interior in INTERIORS.values()])
    material = two_colours(draw, colours[which, np.arange(len(which))])
    material[:, 3:6] = material[:, :3] + contrast * (material[:, 3:6] - material[:, :3])
    names = [getattr(interior, part) for interior in interiors]
    chosen = np.array([PATTERNS.index(name[int(u * len(name))]) for name, u in zip(names, share, strict=True)])
    return np.concatenate([material, pattern(draw, chosen, periods, gloss)], 1)


def walls(draw: Draws, places: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """(B, 5, 3, 4)."""
    yaw, more = draw(-0.6, 0.6), widths - 0.5
    nil, one = np.zeros_like(yaw), np.ones_like(yaw)
    out = np.stack([np.cos(yaw), np.sin(yaw), nil], 1)  # from the wall behind towards the camera
    side, up = np.stack([-np.sin(yaw), np.cos(yaw), nil], 1), np.stack([nil, nil, one], 1)
    x, y = (places * np.array((0.75, 1.0))).T  # no nearer to a wall than this leaves room for
    behind, left, right = 1.6 + more + x, 2.0 + more + y, 2.0 + more - y
    high = draw(2.2, 3.6) + more
    frames = ((out, side, up, nil), (side, up, out, behind), (out, up, side, left), (out, up, -side, right),
              (out, side, -up, high))  # fmt: skip
    planes = np.zeros((len(yaw), len(frames), 3, 4))
    for k, (first, second, normal, distance) in enumerate(frames):
        planes[:, k, :, :3] = np.stack([first, second, normal], 1)
        planes[:, k, 2, 3] = distance
        planes[:, k, :2, 3] = draw.many(2) * 4 - 2  # where patterns begin: not under the toys
    return planes


def lights(draw: Draws) -> list[Light]:
    """From the camera's half of the room; three in ten are soft."""
    around, height = draw(-1.7, 1.7), np.radians(draw(32, 68))
    warmth = draw(-1, 1)[:, None] * np.array([0.1, 0.02, -0.12])
    colour, ambient = draw(0.68, 0.95)[:, None] * (1 + warmth), draw(0.3, 0.42)
    soft = np.where(draw.chance(0.3), draw(0.08, 0.25), 0.0)
    return [Light(*each) for each in zip(direction(around, height), colour, ambient, soft, strict=True)]


def direction(around: np.ndarray, height: np.ndarray) -> np.ndarray:
    """(..., 3) unit: `around` radians from the camera's side, `height` above the floor."""
    return turned("z", around) @ turned("y", -np.asarray(height)) @ np.array((1.0, 0.0, 0.0))
