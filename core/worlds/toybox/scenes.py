"""Scenes: one toy in a room, with light and a camera, all decided by the seed of the picture and by nothing else.

Lengths are in toy lengths (the toy's longest side is 1); z is up, the floor is z = 0, the toy stands at the origin.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.materials import FLOORS, WALLS, material, painted, picked
from core.worlds.toybox.solids import Solids, pack, turned
from core.worlds.toybox.toys import Toy

SHAPE, LOOK, VIEW, ROOM = range(4)  # streams: a change of one leaves the others as they were
TOY_PATTERNS = ("stripes", "mottled", "marble", "rings", "checker", "dots")
FLOOR_PATTERNS = ("planks", "planks", "checker", "mottled", "marble", "stripes")
WALL_PATTERNS = ("stripes", "dots", "mottled", "checker")


@dataclasses.dataclass(frozen=True)
class Scene:
    """B scenes of one class of toy; arrays are float64 and (B, ...)."""

    solids: Solids
    materials: np.ndarray  # (B, parts + 3, 16): the toy's parts, then floor, walls and ceiling
    eye: np.ndarray  # (B, 3)
    camera: np.ndarray  # (B, 3, 3): right, down and forward
    lens: np.ndarray  # (B, 3): half the width of the picture at distance 1, shift to the right and down
    planes: np.ndarray  # (B, 5, 3, 4): two axes in the plane and the normal into the room, each with its offset
    window: np.ndarray  # (B, 2, 2): least and most of the toy to the right and down, in half widths of the picture
    light: np.ndarray  # (B, 3, 3): two axes across the light and the direction towards it
    shadow: np.ndarray  # (B, 2, 3): least and most of the toy along these three axes
    colour: np.ndarray  # (B, 3): of the light
    ambient: np.ndarray  # (B,)


def scenes(toy: Toy, seeds: Sequence[int]) -> Scene:
    """The scenes of these seeds."""
    shape, look, view, room = (Draws(seeds, stream) for stream in (SHAPE, LOOK, VIEW, ROOM))
    solids, points = standing(toy, shape)
    azimuth = view(-np.pi, np.pi)
    facing = np.radians(view(*toy.views)) * view.sign()
    upright = turned("z", azimuth + facing)
    still, one = np.zeros((len(shape), 3)), np.ones(len(shape))
    points = points @ np.swapaxes(upright, 1, 2)
    eye, camera, lens = looking(view, points, azimuth)
    light, colour, ambient = lit(room, azimuth)
    return Scene(
        solids.moved(upright, still, one),
        np.concatenate([toy_materials(look, toy), room_materials(room)], 1),
        eye,
        camera,
        lens,
        walls(room, azimuth),
        bounds(projected(points, eye, camera, lens)),
        light,
        bounds(points @ np.swapaxes(light, 1, 2)),
        colour,
        ambient,
    )


def standing(toy: Toy, draw: Draws) -> tuple[Solids, np.ndarray]:
    """The toy's solids, of length 1, touching the floor, centred on the origin; and points (B, P, 3) on them."""
    solids = pack(list(toy.shape(draw)), list(toy.parts), len(draw))
    still, one = np.zeros((len(draw), 3)), np.ones(len(draw))
    if toy.lean:
        around = turned("z", draw(-np.pi, np.pi))
        leaning = around @ turned("x", draw(-toy.lean, toy.lean)) @ np.swapaxes(around, 1, 2)
        solids = solids.moved(leaning, still, one)
    points = solids.surface()
    low, high = points.min(1), points.max(1)
    shift = -np.concatenate([(low + high)[:, :2] / 2, low[:, 2:]], 1)
    scale = 1 / (high - low).max(1)
    return solids.moved(np.broadcast_to(np.eye(3), (len(draw), 3, 3)), shift, scale), (points + shift[:, None]) * scale[
        :, None, None
    ]


def looking(draw: Draws, points: np.ndarray, azimuth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A camera from which the whole toy, given by `points` (B, P, 3), fills most of the picture."""
    height, roll = np.radians(draw(8, 42)), draw(-0.15, 0.15)
    back = np.stack([np.cos(azimuth) * np.cos(height), np.sin(azimuth) * np.cos(height), np.sin(height)], 1)
    right = np.stack([-np.sin(azimuth), np.cos(azimuth), np.zeros_like(roll)], 1)
    down = np.cross(-back, right)
    cos, sin = np.cos(roll)[:, None], np.sin(roll)[:, None]
    camera = np.stack([right * cos + down * sin, down * cos - right * sin, -back], 1)
    seen = points @ np.swapaxes(camera, 1, 2)  # (B, P, 3)
    middle = (seen.min(1) + seen.max(1)) / 2
    width, fill = draw(0.22, 0.4), draw(0.52, 0.88)
    offset = seen - middle[:, None]
    distance = (np.abs(offset[..., :2]).max(2) / (width * fill)[:, None] - offset[..., 2]).max(1)
    eye = np.einsum("bij,bi->bj", camera, middle) + distance[:, None] * back
    shift = (draw.many(2) * 2 - 1) * (0.96 - fill)[:, None]
    return eye, camera, np.concatenate([width[:, None], shift], 1)


def projected(points: np.ndarray, eye: np.ndarray, camera: np.ndarray, lens: np.ndarray) -> np.ndarray:
    """Where points (B, P, 3) appear: (B, P, 2) to the right and down, the picture being -1..1."""
    seen = (points - eye[:, None]) @ np.swapaxes(camera, 1, 2)
    return seen[..., :2] / seen[..., 2:] / lens[:, None, :1] + lens[:, None, 1:]


def bounds(points: np.ndarray) -> np.ndarray:
    """(B, P, n) -> (B, 2, n): least and most, with a little to spare."""
    return np.stack([points.min(1) - 0.02, points.max(1) + 0.02], 1)


def walls(draw: Draws, azimuth: np.ndarray) -> np.ndarray:
    """(B, 5, 3, 4): floor, the wall behind the toy, one on either side, ceiling."""
    yaw = azimuth + draw(-0.6, 0.6)
    nil, one = np.zeros_like(yaw), np.ones_like(yaw)
    out = np.stack([np.cos(yaw), np.sin(yaw), nil], 1)  # from the wall behind towards the camera
    side, up = np.stack([-np.sin(yaw), np.cos(yaw), nil], 1), np.stack([nil, nil, one], 1)
    behind, left, right, high = draw(0.85, 2.4), draw(1.0, 3.0), draw(1.0, 3.0), draw(2.2, 3.6)
    frames = ((out, side, up, nil), (side, up, out, behind), (out, up, side, left), (out, up, -side, right),
              (out, side, -up, high))  # fmt: skip
    planes = np.zeros((len(yaw), len(frames), 3, 4))
    for k, (first, second, normal, distance) in enumerate(frames):
        planes[:, k, :, :3] = np.stack([first, second, normal], 1)
        planes[:, k, 2, 3] = distance
    return planes


def lit(draw: Draws, azimuth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Direction and colour of the light, from the camera's half of the room, and the ambient light."""
    around, height = azimuth + draw(-1.7, 1.7), np.radians(draw(32, 68))
    light = turned("z", around) @ turned("y", np.pi / 2 - height)  # its z axis points to the light
    warmth = draw(-1, 1)[:, None] * np.array([0.1, 0.02, -0.12])
    return np.swapaxes(light, 1, 2), draw(0.68, 0.95)[:, None] * (1 + warmth), draw(0.3, 0.42)


def toy_materials(draw: Draws, toy: Toy) -> np.ndarray:
    """(B, parts, 16)."""
    colours = painted(draw, list(toy.parts.values()), own=0.4)
    made = []
    for k, paints in enumerate(toy.parts.values()):
        patterned = 0.0 if paints.startswith("=") else 0.5
        made.append(material(draw, colours[:, k], TOY_PATTERNS, patterned, (2.5, 7.0), gloss=0.8))
    return np.stack(made, 1)


def room_materials(draw: Draws) -> np.ndarray:
    """(B, 3, 16): floor, walls, ceiling."""
    floor = material(draw, picked(draw, FLOORS), FLOOR_PATTERNS, 0.75, (1.2, 3.2), gloss=0.15)
    wall = material(draw, picked(draw, WALLS), WALL_PATTERNS, 0.45, (1.2, 3.5), gloss=0.0)
    ceiling = material(draw, picked(draw, WALLS), ("plain",), 0.0, (1.0, 2.0), gloss=0.0)
    for room, strength in ((floor, 0.6), (wall, 0.35)):
        room[:, 3:6] = room[:, :3] + strength * (room[:, 3:6] - room[:, :3])
    return np.stack([floor, wall, ceiling], 1)
