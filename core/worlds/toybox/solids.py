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
    """The K solids of B toys as arrays (B, K, ...); `kind` and `part` (an index) are (K,)."""

    kind: np.ndarray
    part: np.ndarray
    centre: np.ndarray
    size: np.ndarray
    turn: np.ndarray
    profile: np.ndarray
    cut: np.ndarray
    inside: np.ndarray

    def moved(self, turn: np.ndarray, shift: np.ndarray, scale: np.ndarray) -> Solids:
        """Turned (B, 3, 3) and shifted (B, 3), then scaled (B,), all about the origin."""
        centre = (apply(turn[:, None], self.centre) + shift[:, None]) * scale[:, None, None]
        size = self.size * scale[:, None, None]
        return dataclasses.replace(self, centre=centre, size=size, turn=turn[:, None] @ self.turn)

    def surface(self, around: int = 16, along: int = 5) -> np.ndarray:
        """Points on all surfaces: (B, K * around * along, 3). A box is a square prism, all else a round one."""
        boxy = (self.kind == BOX)[None, :, None]
        angle = np.arange(around) * 2 * np.pi / around + np.pi / 4  # the corners of a square are among them
        cos, sin = np.cos(angle), np.sin(angle)
        low, high = self.cut[..., :1], self.cut[..., 1:]
        z = low + (high - low) * np.where(
            boxy, np.linspace(0, 1, along), (1 - np.cos(np.linspace(0, np.pi, along))) / 2
        )
        a, b, c = (self.profile[..., k : k + 1] for k in range(3))
        radius = np.where(boxy, 1.0, np.sqrt((a * z * z + b * z + c).clip(0)))  # (B, K, along)
        reach = np.where(boxy, 1 / np.maximum(abs(cos), abs(sin)), 1.0)  # (1, K, around)
        local = np.empty((*z.shape, around, 3))
        for axis, way in enumerate((cos, sin)):
            local[..., axis] = radius[..., None] * self.size[..., axis, None, None] * (reach * way)[:, :, None]
        local[..., 2] = (z * self.size[..., 2:])[..., None]
        points = local.reshape(*z.shape[:2], -1, 3) @ np.swapaxes(self.turn, -1, -2) + self.centre[:, :, None]
        return points.reshape(len(points), -1, 3)


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
