"""The solids that toys are made of, in the toy's own frame: x is its front, z is up.

A round solid is {x² + y² <= a z² + b z + c, low <= z <= high} in its own frame, whose axes are then scaled, turned and
moved: ellipsoids, cut ellipsoids, cylinders, cones and frusta are one formula. A hollow one has such a solid taken out,
thinner by `wall`. A box is {|x|, |y|, |z| <= 1}.

Every number may be a float or an array (B,), one value a picture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise as pairs

import numpy as np

Number = float | np.ndarray
Triple = tuple[Number, Number, Number] | np.ndarray
ROUND, BOX, HOLLOW = 0, 1, 2
SPHERE = (-1.0, 0.0, 1.0)


@dataclasses.dataclass(frozen=True)
class Solid:
    """One solid of B toys, made of the material of its `part`. Arrays are (3,), (3, 3) or with a leading (B,)."""

    part: str
    kind: int
    centre: np.ndarray
    size: np.ndarray
    turn: np.ndarray
    profile: np.ndarray = dataclasses.field(default_factory=lambda: np.array(SPHERE))
    cut: np.ndarray = dataclasses.field(default_factory=lambda: np.array((-1.0, 1.0)))  # low, high
    inside: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(3))  # wall, low, high of what is taken out


def vector(x: Number, y: Number, z: Number) -> np.ndarray:
    """(3,) or (B, 3)."""
    return np.stack(np.broadcast_arrays(x, y, z), -1).astype(np.float64)


def turned(axis: str, angle: Number) -> np.ndarray:
    """The rotation by `angle` (radians) about an axis of the frame: (3, 3) or (B, 3, 3)."""
    cos, sin = np.cos(angle), np.sin(angle)
    one, nil = np.ones_like(cos), np.zeros_like(cos)
    rows = {
        "x": ((one, nil, nil), (nil, cos, -sin), (nil, sin, cos)),
        "y": ((cos, nil, sin), (nil, one, nil), (-sin, nil, cos)),
        "z": ((cos, -sin, nil), (sin, cos, nil), (nil, nil, one)),
    }[axis]
    return np.stack([vector(*row) for row in rows], -2)


def apply(turn: np.ndarray, point: Triple) -> np.ndarray:
    """The point (..., 3) rotated."""
    at = vector(*point) if isinstance(point, tuple) else point
    return np.einsum("...ij,...j->...i", turn, at)


def _solid(part: str, kind: int, at: Triple, size: Triple, turn: np.ndarray | None, **rest: np.ndarray) -> Solid:
    centre = vector(*at) if isinstance(at, tuple) else at
    return Solid(part, kind, centre, vector(*size), np.eye(3) if turn is None else turn, **rest)


def ellipsoid(
    part: str, at: Triple, radii: Triple, turn: np.ndarray | None = None, low: float = -1.0, high: float = 1.0
) -> Solid:
    """Cut at `low` and `high`, in units of its third radius: low=0 is a dome, high=0 a bowl."""
    return _solid(part, ROUND, at, radii, turn, cut=np.array((low, high)))


def ball(part: str, at: Triple, radius: Number) -> Solid:
    """A sphere."""
    return ellipsoid(part, at, (radius, radius, radius))


def box(part: str, at: Triple, half: Triple, turn: np.ndarray | None = None) -> Solid:
    """A cuboid of half sides `half`."""
    return _solid(part, BOX, at, half, turn)


def frustum(
    part: str,
    at: Triple,
    half: Number,
    bottom: Number,
    top: Number,
    turn: np.ndarray | None = None,
    flat: Number = 1.0,
) -> Solid:
    """A cone cut off, from radius `bottom` to `top` over the height 2 `half`; `flat` squeezes its second axis."""
    mean, slope = (np.add(bottom, top)) / 2, (np.subtract(top, bottom)) / 2
    profile = vector(slope * slope, 2 * mean * slope, mean * mean)
    return _solid(part, ROUND, at, (1.0, flat, half), turn, profile=profile)


def cylinder(part: str, at: Triple, half: Number, radius: Number, turn: np.ndarray | None = None) -> Solid:
    """A cylinder of height 2 `half`."""
    return frustum(part, at, half, radius, radius, turn)


def cup(
    part: str,
    at: Triple,
    half: Number,
    bottom: Number,
    top: Number,
    wall: Number,
    floor: float = -0.85,
    turn: np.ndarray | None = None,
) -> Solid:
    """A frustum hollowed from above; `wall` is a share of its radius. floor=-2 opens its bottom too."""
    whole = frustum(part, at, half, bottom, top, turn)
    return dataclasses.replace(whole, kind=HOLLOW, inside=vector(wall, floor, 2.0))


def bowl(part: str, at: Triple, radii: Triple, wall: Number, turn: np.ndarray | None = None) -> Solid:
    """The lower half of an ellipsoid, hollowed."""
    whole = ellipsoid(part, at, radii, turn, high=0.0)
    return dataclasses.replace(whole, kind=HOLLOW, inside=vector(wall, -2.0, 2.0))


def _between(start: Triple, end: Triple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre, half length and the turn that takes the z axis to the direction from start to end."""
    p, q = vector(*start), vector(*end)
    way = q - p
    length = np.linalg.norm(way, axis=-1).clip(1e-6)
    z = way / length[..., None]
    away = np.where(np.abs(z[..., 2:]) > 0.9, (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    x = np.cross(away, z)
    x = x / np.linalg.norm(x, axis=-1, keepdims=True)
    return (p + q) / 2, length / 2, np.stack([x, np.cross(z, x), z], -1)


def limb(part: str, start: Triple, end: Triple, first: Number, last: Number | None = None) -> Solid:
    """A frustum from `start` (radius `first`) to `end` (radius `last`)."""
    centre, half, turn = _between(start, end)
    return frustum(part, centre, half, first, first if last is None else last, turn)


def spindle(part: str, start: Triple, end: Triple, radius: Number, flat: Number = 1.0) -> Solid:
    """An ellipsoid whose tips are `start` and `end`; flat < 1 makes a leaf of it."""
    centre, half, turn = _between(start, end)
    return ellipsoid(part, centre, (radius, np.multiply(radius, flat), half), turn)


def chain(part: str, points: Sequence[Triple], *radii: Number) -> list[Solid]:
    """Limbs from point to point, with balls at the joints; one radius for all points, or one for each."""
    each = radii if len(radii) > 1 else radii * len(points)
    limbs = [limb(part, *ends, *widths) for ends, widths in zip(pairs(points), pairs(each), strict=True)]
    return limbs + [ball(part, point, radius) for point, radius in list(zip(points, each, strict=True))[1:-1]]


@dataclasses.dataclass(frozen=True)
class Solids:
    """The K solids of a toy, or of B of them, as arrays (..., K, n); `kind` and `part` (an index) are (K,)."""

    kind: np.ndarray
    part: np.ndarray
    centre: np.ndarray
    size: np.ndarray
    turn: np.ndarray
    profile: np.ndarray
    cut: np.ndarray
    inside: np.ndarray

    def __getitem__(self, b: int) -> Solids:
        """Those of the b-th toy."""
        changing = ("centre", "size", "turn", "profile", "cut", "inside")
        return dataclasses.replace(self, **{name: getattr(self, name)[b] for name in changing})

    def moved(self, turn: np.ndarray, shift: np.ndarray, scale: np.ndarray | float = 1.0) -> Solids:
        """Scaled (...,), turned (..., 3, 3), both about the origin, then shifted (..., 3)."""
        by = np.asarray(scale)[..., None, None]
        centre = apply(turn[..., None, :, :], self.centre * by) + shift[..., None, :]
        return dataclasses.replace(self, centre=centre, size=self.size * by, turn=turn[..., None, :, :] @ self.turn)

    def reach(self, way: Sequence[float] | np.ndarray) -> np.ndarray:
        """How far the toy reaches in direction `way` (3,), from the origin: (...,)."""
        own = apply(np.swapaxes(self.turn, -1, -2), np.array(way, float)) * self.size
        z, radius = self._outline(33)
        ends = (radius * np.hypot(own[..., :1], own[..., 1:2]) + z * own[..., 2:]).max(-1)
        here = np.where(self.kind == BOX, np.abs(own).sum(-1), ends)
        return (self.centre @ np.array(way, float) + here).max(-1)

    def surface(self, around: int = 16, along: int = 5) -> np.ndarray:
        """Points on all surfaces: (..., K * around * along, 3). A box is a square prism, all else a round one."""
        boxy = (self.kind == BOX)[:, None]
        angle = np.arange(around) * 2 * np.pi / around + np.pi / 4  # the corners of a square are among them
        cos, sin = np.cos(angle), np.sin(angle)
        z, radius = self._outline(along)  # (..., K, along)
        reach = np.where(boxy, 1 / np.maximum(abs(cos), abs(sin)), 1.0)  # (K, around)
        local = np.empty((*z.shape, around, 3))
        for axis, way in enumerate((cos, sin)):
            local[..., axis] = radius[..., None] * self.size[..., axis, None, None] * (reach * way)[:, None]
        local[..., 2] = (z * self.size[..., 2:])[..., None]
        points = local.reshape(*z.shape[:-1], -1, 3) @ np.swapaxes(self.turn, -1, -2) + self.centre[..., None, :]
        return points.reshape(*points.shape[:-3], -1, 3)

    def hull(self) -> np.ndarray:
        """Points whose convex hull holds all solids, and little more: (..., P, 3)."""
        around, along = 12, 7
        points = self.surface(around, along).reshape(*self.centre.shape[:-1], around * along, 3)
        wider = 1 / np.cos(np.pi / around)  # a polygon outside a circle, against one inside
        bulging = self.profile[..., 0] < 0  # along its axis too, where the steps are as large
        by = np.where(self.kind == BOX, 1.0, np.where(bulging, wider * wider, wider))[..., None, None]
        centre = self.centre[..., None, :]
        return (centre + (points - centre) * by).reshape(*points.shape[:-3], -1, 3)

    def contains(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Which of the points (P, 3) lie in which solid of one toy, by a share `margin` of its size: (K, P)."""
        own = np.swapaxes(self.turn, 1, 2) @ (points - self.centre[:, None]).swapaxes(1, 2) / self.size[:, :, None]
        x, y, z = own.swapaxes(0, 1)
        a, b, c = (self.profile[:, k : k + 1] for k in range(3))
        (low, high), (wall, bottom, top) = (np.moveaxis(ends, -1, 0)[..., None] for ends in (self.cut, self.inside))
        wide = np.sqrt(((a * z + b) * z + c).clip(0))
        away = np.hypot(x, y)
        solid = (away < wide - margin) & (z > low + margin) & (z < high - margin)
        solid &= ~((self.kind == HOLLOW)[:, None] & (away < wide * (1 - wall)) & (z > bottom) & (z < top))
        return np.where((self.kind == BOX)[:, None], (np.abs(own) < 1 - margin).all(1), solid)

    def ends(self) -> np.ndarray:
        """The points of one toy's solids that lie furthest up, forth, back, left, right and down in its own frame, on
        its surface: (K, 6, 3). What is hollow is open above, so "up" is a point of its rim.
        """
        low, high = self.cut.T
        middle = (low + high) / 2
        a, b, c = self.profile.T
        wide, rim = (np.sqrt(((a * z + b) * z + c).clip(0)) for z in (middle, high))
        boxy, hollow = self.kind == BOX, self.kind == HOLLOW
        side, height, nil = np.where(boxy, 1.0, wide), np.where(boxy, 0.0, middle), np.zeros(len(low))
        up = np.stack([np.where(hollow, rim, 0.0), nil, high], 1)
        forth, left = np.stack([side, nil, height], 1), np.stack([nil, side, height], 1)
        sides = [forth, forth * (-1, 1, 1), left, left * (1, -1, 1)]
        own = np.stack([up, *sides, np.stack([nil, nil, low], 1)], 1) * self.size[:, None]
        return own @ np.swapaxes(self.turn, 1, 2) + self.centre[:, None]

    def _outline(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Heights from end to end in own units, and the radius there: (..., K, steps) each; 1 for boxes."""
        boxy = (self.kind == BOX)[:, None]
        low, high = self.cut[..., :1], self.cut[..., 1:]
        dense = (1 - np.cos(np.linspace(0, np.pi, steps))) / 2  # denser at the ends, where a ball bends away
        z = low + (high - low) * np.where(boxy, np.linspace(0, 1, steps), dense)
        a, b, c = (self.profile[..., k : k + 1] for k in range(3))
        return z, np.where(boxy, 1.0, np.sqrt((a * z * z + b * z + c).clip(0)))


def pack(solids: Sequence[Solid], parts: Sequence[str], pictures: int) -> Solids:
    """All solids of a toy, broadcast to B = `pictures`."""

    def stacked(name: str, shape: tuple[int, ...]) -> np.ndarray:
        return np.stack([np.broadcast_to(getattr(solid, name), (pictures, *shape)) for solid in solids], 1)

    return Solids(
        kind=np.array([solid.kind for solid in solids]),
        part=np.array([parts.index(solid.part) for solid in solids]),
        centre=stacked("centre", (3,)),
        size=stacked("size", (3,)),
        turn=stacked("turn", (3, 3)),
        profile=stacked("profile", (3,)),
        cut=stacked("cut", (2,)),
        inside=stacked("inside", (3,)),
    )
