"""Scenes: toys in a room, with light and a camera, all decided by the factors of the picture and by nothing else.

Lengths are in toy lengths (the longest side of a toy of scale 1); z is up, the floor is z = 0, the toys stand about
the origin and the camera looks along -x, from some way above.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.clutter import CLUTTER
from core.worlds.toybox.draws import Draws
from core.worlds.toybox.factors import NUMBERED, Factors
from core.worlds.toybox.materials import kinds, painted, pattern, two_colours
from core.worlds.toybox.rooms import Light, Room, lights, rooms
from core.worlds.toybox.solids import Solids, pack, turned
from core.worlds.toybox.toys import Toy

TOY_PATTERNS = ("stripes", "mottled", "marble", "rings", "checker", "dots", "gravel", "moon")
SLOTS = 64  # streams of one factor: for each thing one, and one for its spot
OWN_PAINT = 0.4  # how often a toy has paints of its own
GAP = 0.06  # between toys that stand side by side
TRIES = 24


@dataclasses.dataclass(frozen=True)
class Thing:
    """One toy of a scene. `solids` are in its own frame: of length 1, on the floor, its front towards +x."""

    toy: Toy
    solids: Solids  # (K, ...)
    materials: np.ndarray  # (parts, 16)
    turn: np.ndarray  # (3, 3) to the room
    at: np.ndarray  # (3,) in the room
    scale: float = 1.0

    @functools.cached_property
    def placed(self) -> Solids:
        """Its solids in the room."""
        return self.solids.moved(self.turn, self.at, self.scale)

    @functools.cached_property
    def outline(self) -> np.ndarray:
        """(P, 3): points close around it, in the room."""
        return self.placed.hull()

    def radius(self) -> float:
        """Of the circle on the floor that it never leaves when turned."""
        return float(np.linalg.norm((self.outline - self.at)[:, :2], axis=1).max())


@dataclasses.dataclass(frozen=True)
class Camera:
    """eye (3,); axes (3, 3): right, down and forward; lens (3,): half the width of the picture at distance 1, and how
    far its middle lies to the right and down of the axis, in half widths.
    """

    eye: np.ndarray
    axes: np.ndarray
    lens: np.ndarray

    def projected(self, points: np.ndarray) -> np.ndarray:
        """Where points (..., 3) of the room appear: (..., 2) to the right and down, the picture being -1..1."""
        seen = (points - self.eye) @ self.axes.T
        return seen[..., :2] / seen[..., 2:] / self.lens[0] + self.lens[1:]


@dataclasses.dataclass(frozen=True)
class Framing:
    """How a camera finds its place: all toys fill this share of the picture, seen from `around` and `height` (radians),
    tilted by `roll`, through a lens of half `width` at distance 1, moved by a share `shift` (2,) of the space left.
    """

    height: float
    roll: float
    width: float
    fill: float
    shift: np.ndarray
    around: float = 0.0


@dataclasses.dataclass(frozen=True)
class Scene:
    """What one picture shows."""

    things: tuple[Thing, ...]
    room: Room
    light: Light
    framing: Framing
    camera: Camera
    style: str = "default"
    grain: int = 0  # decides the noise of a noisy camera
    unseen: bool = False  # the things cast their shadows, and are not seen themselves


def scenes(pictures: Sequence[Factors], space: float = 0.0) -> list[Scene]:
    """The scene of each, in a room with so much more space to every side; none depends on the others."""
    things = [_placed(picture, cast) for picture, cast in zip(pictures, _casts(pictures), strict=True)]
    widths = np.array([max(np.linalg.norm(one.at[:2]) + one.radius() for one in group) for group in things])
    position, camera = _draws(pictures, "position"), _draws(pictures, "camera")
    places, shift = position.many(2) * 2 - 1, position.many(2) * 2 - 1
    several = np.array([len(group) > 1 for group in things])
    fill = np.where(several, position(0.8, 0.94), position(0.52, 0.86))
    framings = map(Framing, np.radians(camera(8, 42)), camera(-0.15, 0.15), camera(0.22, 0.4), fill, shift)
    around = rooms(_draws(pictures, "background"), places, widths + space), lights(_draws(pictures, "light"))
    return [
        Scene(group, room, light, framing, looking(group, framing), picture.style, picture.number("position"))
        for picture, group, room, light, framing in zip(pictures, things, *around, framings, strict=True)
    ]


def _draws(pictures: Sequence[Factors], factor: str, slot: int = 0) -> Draws:
    return Draws([one.number(factor) for one in pictures], NUMBERED.index(factor) * SLOTS + slot)


def _casts(pictures: Sequence[Factors]) -> list[list[Thing]]:
    """The toys of each picture, then its clutter, all at the origin; those of one class are made together."""
    casts: list[list[Thing]] = [[] for _ in pictures]
    for slot in range(max(len(one.toys) + one.clutter for one in pictures)):
        groups: dict[str, list[int]] = {}
        for b, picture in enumerate(pictures):
            if slot < len(picture.toys):
                groups.setdefault(picture.toys[slot], []).append(b)
            elif slot < len(picture.toys) + picture.clutter:
                piece = int(_draws([picture], "position", slot).whole(len(CLUTTER.toys))[0])
                groups.setdefault(list(CLUTTER.toys)[piece], []).append(b)
        for name, members in groups.items():
            toy = TOYS[name] if name in TOYS else CLUTTER.toys[name]
            made = cast(toy, [pictures[b] for b in members], slot)
            for b, thing in zip(members, made, strict=True):
                casts[b].append(thing)
    return casts


def cast(toy: Toy, pictures: Sequence[Factors], slot: int) -> list[Thing]:
    """The toy that each of the pictures has in a slot, all of one class."""
    shape, pose, colour, texture = (_draws(pictures, factor, slot) for factor in ("shape", "pose", "colour", "texture"))
    facing = np.radians(pose(*toy.views)) * pose.sign()
    solids = standing(toy, shape, pose)
    materials = toy_materials(toy, colour, texture)
    turns, still = turned("z", facing), np.zeros(3)
    return [Thing(toy, solids[b], materials[b], turn, still) for b, turn in enumerate(turns)]


def standing(toy: Toy, shape: Draws, pose: Draws) -> Solids:
    """The toy's solids (B, K, ...), of length 1, touching the floor, centred on the origin."""
    solids, still = pack(list(toy.shape(shape)), list(toy.parts), len(shape)), np.zeros(3)
    if toy.lean:
        around = turned("z", pose(-np.pi, np.pi))
        solids = solids.moved(around @ turned("x", pose(-toy.lean, toy.lean)) @ np.swapaxes(around, 1, 2), still)
    high = np.stack([solids.reach(way) for way in np.eye(3)], -1)
    low = -np.stack([solids.reach(-way) for way in np.eye(3)], -1)
    scale = 1 / (high - low).max(-1)
    foot = np.concatenate([(low + high)[:, :2] / 2, low[:, 2:]], 1)
    return solids.moved(np.eye(3), -foot * scale[:, None], scale)


def toy_materials(toy: Toy, colour: Draws, texture: Draws) -> np.ndarray:
    """(B, parts, 16)."""
    colours = painted(colour, list(toy.parts.values()), own=OWN_PAINT)
    made = []
    for k, paints in enumerate(toy.parts.values()):
        chosen = kinds(texture, TOY_PATTERNS, 0.0 if paints.startswith("=") else 0.5)
        look = pattern(texture, chosen, (2.5, 7.0), gloss=0.8)
        made.append(np.concatenate([two_colours(colour, colours[:, k]), look], 1))
    return np.stack(made, 1)


def _placed(picture: Factors, cast: list[Thing]) -> tuple[Thing, ...]:
    """Each thing where it stands: one alone at the origin, several apart or crowded, clutter around them."""
    if len(cast) == 1:
        return tuple(cast)
    sizes, n = _draws([picture], "position", SLOTS - 1).many(len(cast))[0], len(picture.toys)
    scales = [0.75 + 0.5 * size if k < n else 0.25 + 0.3 * size for k, size in enumerate(sizes)]
    sized = [dataclasses.replace(thing, scale=float(scale)) for thing, scale in zip(cast, scales, strict=True)]
    radii = np.array([thing.radius() for thing in sized])
    spread = np.sqrt((radii[:n] ** 2).sum()) * (np.array((0.9, 0.9)) if picture.crowded else np.array((0.5, 1.3)))
    depth = 1.0 if picture.crowded else 0.4  # how much a step along x keeps apart: the camera looks along it
    spots: list[np.ndarray] = []
    for k, radius in enumerate(radii):
        lots = _draws([picture], "position", SLOTS // 2 + k).many(2 * TRIES).reshape(TRIES, 2) * 2 - 1
        if k < n:
            spots.append(_free(lots * spread, radius, spots, radii, depth))
        else:
            spots.append(_free(lots * spread.max() * 1.3, radius, spots, radii, 1.0))
    middle = (np.min(spots[:n], 0) + np.max(spots[:n], 0)) / 2
    return tuple(
        dataclasses.replace(thing, at=np.append(spot - middle, 0.0)) for thing, spot in zip(sized, spots, strict=True)
    )


def _free(tried: np.ndarray, radius: float, taken: list[np.ndarray], radii: np.ndarray, depth: float) -> np.ndarray:
    """The first of the spots tried (T, 2) that is free, moved outwards until it is."""
    if not taken:
        return tried[0]
    needed = radii[: len(taken)] + radius + GAP
    for spot in [*tried, *(tried[0] * (1 + 0.15 * k) + 1e-3 for k in range(1, 60))]:
        if (np.linalg.norm((np.stack(taken) - spot) * (depth, 1.0), axis=1) >= needed).all():
            return spot
    return tried[0] * 20


def looking(things: Sequence[Thing], how: Framing) -> Camera:
    """A camera from which the toys are framed so; clutter may be cut off."""
    back = np.array([np.cos(how.around) * np.cos(how.height), np.sin(how.around) * np.cos(how.height), 0.0])
    back[2] = np.sin(how.height)
    right = np.array([-np.sin(how.around), np.cos(how.around), 0.0])
    down = np.cross(-back, right)
    cos, sin = np.cos(how.roll), np.sin(how.roll)
    axes = np.stack([right * cos + down * sin, down * cos - right * sin, -back])
    seen = np.concatenate([thing.outline for thing in things if thing.toy.name in TOYS]) @ axes.T
    middle = (seen.min(0) + seen.max(0)) / 2
    offset = seen - middle
    distance = (np.abs(offset[:, :2]).max(1) / (how.width * how.fill) - offset[:, 2]).max()
    lens = np.array([how.width, *(how.shift * (0.96 - how.fill))])
    return Camera(middle @ axes + distance * back, axes, lens)
