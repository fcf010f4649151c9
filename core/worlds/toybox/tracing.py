"""Where rays meet solids, analytically: all P rays and all K solids of a picture at once, as arrays (K, P).

A ray p + t d meets the quadric xᵀAx + 2 gᵀx + k = 0 where (dᵀAd) t² + 2 dᵀ(Ap + g) t + (pᵀAp + 2 gᵀp + k) = 0. For rays
from one eye, and for rays to one distant light, all of this is one matrix product with monomials of d, or of p.
Small matrices are float64, rays float32. NumPy, since at this size (some 20,000 numbers) its calls cost half of torch's
and leave torch's threads alone.
"""

from __future__ import annotations

import numpy as np

from core.worlds.toybox.solids import BOX, HOLLOW, ROUND

NEAR = np.float32(0.05)  # nothing is seen nearer than this
MISSED = np.float32(1e9)
ALONE = 250_000  # multiplications that OpenBLAS does in the calling thread
Interval = tuple[np.ndarray, np.ndarray]  # (K, P) each: where rays enter and leave; a ray that misses leaves first


def monomials(x: np.ndarray) -> np.ndarray:
    """(3, P) -> (10, P): squares, products, the coordinates, one."""
    rows = np.ones((10, x.shape[1]), np.float32)
    np.multiply(x, x, out=rows[:3])
    np.multiply(x[:1], x[1:], out=rows[3:5])
    np.multiply(x[1], x[2], out=rows[5])
    rows[6:9] = x
    return rows


def by_monomials(
    n: int, square: np.ndarray | None = None, linear: np.ndarray | float = 0.0, constant: np.ndarray | float = 0.0
) -> np.ndarray:
    """The rows (n, 10) that make xᵀSx + lᵀx + c of `monomials(x)`; S (n, 3, 3) is symmetric, l (n, 3), c (n,)."""
    rows = np.zeros((n, 10), np.float32)
    if square is not None:
        rows[:, :3] = square[:, (0, 1, 2), (0, 1, 2)]
        rows[:, 3:6] = 2 * square[:, (0, 0, 1), (1, 2, 2)]
    rows[:, 6:9], rows[:, 9] = linear, constant
    return rows


def product(rows: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """(n, 10) @ (10, P), in pieces so small that OpenBLAS wakes no other threads: they would cost more than help."""
    piece = ALONE // rows.size
    result = np.empty((len(rows), powers.shape[1]), np.float32)
    for start in range(0, powers.shape[1], piece):
        result[:, start : start + piece] = rows @ powers[:, start : start + piece]
    return result


class Quadrics:
    """K cut quadrics: {x² + y² <= a z² + b z + c, low <= z <= high} in own coordinates, which are W x + w."""

    def __init__(self, matrix: np.ndarray, offset: np.ndarray, profile: np.ndarray, cut: np.ndarray):
        a, b, c = profile.T
        signs = np.stack([np.ones_like(a), np.ones_like(a), -a], 1)
        self.z, self.z0 = matrix[:, 2], offset[:, 2]  # (K, 3), (K,)
        weighted = np.swapaxes(matrix, 1, 2) * signs[:, None, :]
        self.square = weighted @ matrix
        self.linear = (weighted @ offset[:, :, None])[:, :, 0] - b[:, None] / 2 * self.z
        self.constant = (signs * offset * offset).sum(1) - b * self.z0 - c
        self.low, self.high = (cut[:, k : k + 1].astype(np.float32) for k in (0, 1))
        self.cones, self.widening = np.flatnonzero(a > 0), np.sign(b)[:, None]

    def from_eye(self, eye: np.ndarray, directions: np.ndarray) -> Interval:
        """Rays eye (3,) + t directions (3, P), given as their monomials (10, P)."""
        n, pull = len(self.z), self.square @ eye
        rows = by_monomials(n, self.square), by_monomials(n, None, pull + self.linear), by_monomials(n, None, self.z)
        found = product(np.concatenate(rows), directions)
        a, b, speed = found[:n], found[n : 2 * n], found[2 * n :]
        c = pull @ eye + 2 * self.linear @ eye + self.constant
        return self._crossing(a, b, _column(c), _column(self.z @ eye + self.z0), speed)

    def to_light(self, points: np.ndarray, light: np.ndarray) -> Interval:
        """Rays points (3, P), given as their monomials (10, P), + t light (3,)."""
        n, pull = len(self.z), self.square @ light
        half, height = by_monomials(n, None, pull, self.linear @ light), by_monomials(n, None, self.z, self.z0)
        whole = by_monomials(n, self.square, 2 * self.linear, self.constant)
        found = product(np.concatenate((half, whole, height)), points)
        b, c, z = found[:n], found[n : 2 * n], found[2 * n :]
        return self._crossing(_column(pull @ light), b, c, z, _column(self.z @ light))

    def _crossing(self, a: np.ndarray, b: np.ndarray, c: np.ndarray, z: np.ndarray, speed: np.ndarray) -> Interval:
        """Inside where a t² + 2 b t + c <= 0 and low <= z + speed t <= high."""
        within = b * b - a * c
        root, slow = np.sqrt(within), 1 / speed  # where there is no root it is NaN, and no comparison with it holds
        inverse = -1 / a
        enter, leave = (b + root) * inverse, (b - root) * inverse
        if len(self.cones):
            self._choose_half(a, speed, enter, leave)
        one, other = (self.low - z) * slow, (self.high - z) * slow
        return np.maximum(enter, np.minimum(one, other)), np.minimum(leave, np.maximum(one, other))

    def _choose_half(self, a: np.ndarray, speed: np.ndarray, enter: np.ndarray, leave: np.ndarray) -> None:
        """A ray steeper than a cone is inside both of its halves, beyond the roots; the one that widens is meant."""
        steep = np.broadcast_to(a, enter.shape)[self.cones] < 0
        if steep.any():
            outwards = np.broadcast_to(speed, enter.shape)[self.cones] * self.widening[self.cones] > 0
            first, last = enter[self.cones], leave[self.cones]
            enter[self.cones] = np.where(steep & ~outwards, first - MISSED, first)
            leave[self.cones] = np.where(steep & outwards, first + MISSED, last)


class Boxes:
    """K boxes: {|x|, |y|, |z| <= 1} in own coordinates, which are W x + w."""

    def __init__(self, matrix: np.ndarray, offset: np.ndarray):
        self.matrix, self.offset = matrix, offset
        self.rows = np.zeros((len(offset) * 3, 10), np.float32)
        self.rows[:, 6:9] = matrix.reshape(-1, 3)

    def from_eye(self, eye: np.ndarray, directions: np.ndarray) -> Interval:
        """Rays eye (3,) + t directions (3, P), given as their monomials (10, P)."""
        speed = product(self.rows, directions).reshape(*self.offset.shape, -1)
        return self._crossing((self.matrix @ eye + self.offset)[:, :, None].astype(np.float32), speed)

    def to_light(self, points: np.ndarray, light: np.ndarray) -> Interval:
        """Rays points (3, P), given as their monomials (10, P), + t light (3,)."""
        start = product(self.rows, points).reshape(*self.offset.shape, -1) + self.offset[:, :, None].astype(np.float32)
        return self._crossing(start, (self.matrix @ light)[:, :, None].astype(np.float32))

    def _crossing(self, start: np.ndarray, speed: np.ndarray) -> Interval:
        slow = 1 / speed
        middle, half = start * slow, np.abs(slow)  # (K, 3, P)
        return (-middle - half).max(1), (half - middle).min(1)


def _column(values: np.ndarray) -> np.ndarray:
    return values[:, None].astype(np.float32)


class Bodies:
    """All solids of one picture, put in the order round, hollow, boxes."""

    def __init__(
        self,
        kind: np.ndarray,
        matrix: np.ndarray,
        offset: np.ndarray,
        profile: np.ndarray,
        cut: np.ndarray,
        inside: np.ndarray,
    ):
        n_round, n_hollow = (kind == ROUND).sum(), (kind == HOLLOW).sum()
        self.order = np.argsort(np.select([kind == ROUND, kind == HOLLOW, kind == BOX], (0, 1, 2)), kind="stable")
        matrix, offset, profile, cut, inside = (array[self.order] for array in (matrix, offset, profile, cut, inside))
        quadric, self.hollow, box = (
            slice(0, n_round + n_hollow),
            slice(n_round, n_round + n_hollow),
            slice(n_round + n_hollow, None),
        )
        self.groups: list[Quadrics | Boxes] = []
        if n_round + n_hollow:
            self.groups.append(Quadrics(matrix[quadric], offset[quadric], profile[quadric], cut[quadric]))
        if n_round + n_hollow < len(kind):
            self.groups.append(Boxes(matrix[box], offset[box]))
        self.removed: Quadrics | None = None
        if n_hollow:
            thinner = profile[self.hollow] * (1 - inside[self.hollow, :1]) ** 2
            self.removed = Quadrics(matrix[self.hollow], offset[self.hollow], thinner, inside[self.hollow, 1:])
        self.numbers = np.arange(1, len(kind) + 1, dtype=np.uint8)[:, None]

    @np.errstate(all="ignore")  # rays that miss divide by zero
    def nearest(self, eye: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first hit of rays eye (3,) + t directions (3, P): t (P,), MISSED where there is none, and solid (P,)."""
        powers = monomials(directions)
        crossings = [group.from_eye(eye, powers) for group in self.groups]
        enter, leave = (np.concatenate(part) for part in zip(*crossings, strict=True))
        if self.removed is not None:
            outer = enter[self.hollow]
            start, end = self.removed.from_eye(eye, powers)
            enter[self.hollow] = np.where((start <= outer) & (end > outer), end, outer)
        hit = (enter < leave) & (enter > NEAR)
        np.copyto(enter, MISSED, where=~hit)
        t = enter.min(0)
        which = ((enter == t) * self.numbers).max(0)
        return t, self.order[which - 1]

    @np.errstate(all="ignore")  # rays that miss divide by zero
    def shaded(self, points: np.ndarray, light: np.ndarray) -> np.ndarray:
        """Whether a solid stands between points (3, P) and the light in direction (3,): (P,)."""
        powers = monomials(points)
        crossings = [group.to_light(powers, light) for group in self.groups]
        enter, leave = (np.concatenate(part) for part in zip(*crossings, strict=True))
        hit = (enter < leave) & (leave > 0)
        if self.removed is not None:
            start, end = self.removed.to_light(powers, light)
            hit[self.hollow] &= ~((start <= np.maximum(enter[self.hollow], 0)) & (end >= leave[self.hollow]))
        return np.any(hit, axis=0)
