"""From scenes to pictures, one at a time: its rays and solids are enough to fill a processor's vectors."""

from __future__ import annotations

import dataclasses

import numpy as np

from core.worlds.toybox.scenes import Scene
from core.worlds.toybox.solids import BOX, HOLLOW
from core.worlds.toybox.textures import textured
from core.worlds.toybox.tracing import MISSED, Bodies

RAYS = 4096  # traced at once, so that temporary arrays stay in a processor's cache
CONTRAST = 0.06  # between neighbouring pixels, beyond which both are averaged over more rays
FEW = ((-0.33, -0.17), (0.33, 0.17))  # where those rays go, in pixels from the middle of theirs: for networks
MANY = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))  # and for people
PLANE, PLANE_MATERIAL = 3, (0, 1, 1, 1, 2)  # floor, three walls, ceiling: after the toy's own materials
SKIRTING, SKIRTING_COLOUR = 0.1, 0.8  # a pale board at the foot of the walls: its height, and how white it is
LIFT = np.float32(0.006)  # shadow rays start this far above the surface
UP, LAMP = np.float32(0.22), np.float32(0.16)  # how much more light comes from above; the light at the camera
FAR = np.float32(60.0)


def render(scene: Scene, size: int, extra: tuple[tuple[float, float], ...] = FEW) -> np.ndarray:
    """uint8 (B, size, size, 3), RGB; where neighbouring pixels differ, averaged over the `extra` rays as well."""
    with np.errstate(all="ignore"):  # rays that miss divide by zero
        return np.stack([Picture(scene, b).draw(size, np.array(extra, np.float32)) for b in range(len(scene.eye))])


@dataclasses.dataclass(frozen=True)
class Hits:
    """What P rays from the eye meet, in toy lengths. t is the depth along the camera's axis.

    table (38, P): all that is known of the solid or plane that was hit; own (3, P): points in its own frame.
    """

    rays: np.ndarray  # (3, P), of length 1 along the camera's axis
    t: np.ndarray  # (P,)
    which: np.ndarray  # (P,): solids first, then floor, three walls, ceiling
    table: np.ndarray
    points: np.ndarray  # (3, P)
    own: np.ndarray
    normal: np.ndarray  # (3, P), unit, towards the viewer


class Picture:
    """One scene; rays are float32 (3, P)."""

    def __init__(self, scene: Scene, b: int):
        solids = scene.solids
        turn, size, centre, profile, cut, inside = (
            getattr(solids, name)[b] for name in ("turn", "size", "centre", "profile", "cut", "inside")
        )
        own = np.swapaxes(turn, 1, 2)  # own coordinates, in toy lengths: own x + shift
        shift = -(own @ centre[:, :, None])[:, :, 0]
        self.bodies = Bodies(solids.kind, own / size[:, :, None], shift / size, profile, cut, inside)
        self.eye, self.camera, self.planes = scene.eye[b], scene.camera[b].astype(np.float32), scene.planes[b]
        self.lens, self.window = scene.lens[b].astype(np.float32), scene.window[b]
        self.axes, self.shadow = scene.light[b], scene.shadow[b].astype(np.float32)[:, :, None]
        self.colour, self.ambient = scene.colour[b].astype(np.float32)[:, None], np.float32(scene.ambient[b])
        materials = scene.materials[b]
        self.patterns = set(materials[:, 6].astype(int).tolist())
        room = np.array(PLANE_MATERIAL) + len(materials) - 3
        bodies = (own.reshape(-1, 9), shift, size, profile[:, :2], cut, inside[:, 1:2], solids.kind[:, None])
        planes = np.zeros((len(room), 21))
        planes[:, :9], planes[:, 9:12] = self.planes[:, :, :3].reshape(-1, 9), self.planes[:, :, 3]
        planes[:, 12:15], planes[:, 20] = 1, PLANE
        geometry = np.concatenate([np.concatenate(bodies, 1), planes])
        # All that a hit needs to know of its solid, or plane of the room: (K + 5, 38).
        width = np.concatenate([profile[:, 2:], np.ones((len(room), 1))])  # the last term of the profile
        materials = materials[np.concatenate([solids.part, room])]
        self.table = np.concatenate([geometry, materials, width], 1).astype(np.float32)

    def draw(self, size: int, extra: np.ndarray) -> np.ndarray:
        """uint8 (size, size, 3)."""
        centres = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / size) - 1
        at = np.stack([np.tile(centres, size), np.repeat(centres, size)])  # (2, P): to the right, down
        light = self.seen(at).reshape(3, size, size)
        rough = edges(light)
        more = at[:, None, rough.ravel()] + np.float32(2 / size) * extra.T[:, :, None]
        if more.size:
            light[:, rough] += self.seen(more.reshape(2, -1)).reshape(3, len(extra), -1).sum(1)
            light[:, rough] /= len(extra) + 1
        return (np.sqrt(light.clip(0, 1)) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)

    def seen(self, at: np.ndarray) -> np.ndarray:
        """Linear RGB (3, P) at points (2, P) of the picture, -1..1 to the right and down."""
        parts = [at[:, start : start + RAYS] for start in range(0, at.shape[1], RAYS)]
        return np.concatenate([self.shade(self.meet(part)) for part in parts], 1)

    def meet(self, at: np.ndarray) -> Hits:
        """What the rays through points (2, P) of the picture meet; only those in the toy's window can meet the toy."""
        x, y = at
        (left, top), (right, bottom) = self.window
        near = np.flatnonzero((x > left) & (x < right) & (y > top) & (y < bottom))
        flat = np.stack([(x - self.lens[1]) * self.lens[0], (y - self.lens[2]) * self.lens[0], np.ones_like(x)])
        rays = self.camera.T @ flat
        t, which = self.room(rays)
        if len(near):
            first, solid = self.bodies.nearest(self.eye, rays[:, near])
            before = first < t[near]
            t[near[before]], which[near[before]] = first[before], solid[before]
        table = np.ascontiguousarray(self.table.take(which, 0).T)
        points = self.eye.astype(np.float32)[:, None] + t * rays
        own = np.stack([(table[3 * k : 3 * k + 3] * points).sum(0) + table[9 + k] for k in range(3)])
        return Hits(rays, t, which, table, points, own, outwards(own, table, rays))

    def shade(self, hits: Hits) -> np.ndarray:
        """Linear RGB (3, P)."""
        light, shine = self.lit(hits)
        return self.paint(hits) * light + shine

    def paint(self, hits: Hits) -> np.ndarray:
        """The colour of the surfaces themselves, linear RGB (3, P)."""
        paint = textured(hits.own, hits.table[21:], self.patterns)
        walls = (hits.which > len(self.table) - len(PLANE_MATERIAL)) & (hits.points[2] < SKIRTING)
        paint[:, walls] = SKIRTING_COLOUR
        return paint

    def room(self, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where rays meet the room, whose walls are seen from inside only: t and index into the table, (P,) each."""
        normals, distance = self.planes[:, 2, :3], self.planes[:, 2, 3]
        speed = normals.astype(np.float32) @ rays
        t = -(normals @ self.eye + distance)[:, None].astype(np.float32) / speed
        np.copyto(t, MISSED, where=(speed > -1e-6) | (t < 0))
        nearest = t.min(0)
        numbers = np.arange(len(t), dtype=np.uint8)[:, None]
        plane = ((t == nearest) * numbers).max(0).astype(np.int64)
        return np.minimum(nearest, FAR), plane + len(self.table) - len(t)

    def lit(self, hits: Hits) -> tuple[np.ndarray, np.ndarray]:
        """What falls on the surfaces (3, P): Lambert's law with shadow, light from all sides, a lamp at the camera;
        and Blinn's highlight (P,).
        """
        facing = self.facing(hits)
        view = hits.rays / -np.sqrt((hits.rays * hits.rays).sum(0))
        lamp = (hits.normal * view).sum(0)  # a weak light at the camera, so that no side is lost in the dark
        around = self.ambient * (1 + UP * hits.normal[2]) + LAMP * lamp
        half = self.axes[2].astype(np.float32)[:, None] + view
        shine = np.maximum((hits.normal * half).sum(0), 0) / np.sqrt((half * half).sum(0))
        for _ in range(5):
            shine = shine * shine  # to the power of 32
        return around + facing * self.colour, np.float32(0.5) * hits.table[33] * shine * (facing > 0)

    def facing(self, hits: Hits) -> np.ndarray:
        """The cosine between normal and light, (P,); 0 in shadow."""
        facing = np.maximum(self.axes[2].astype(np.float32) @ hits.normal, 0)
        start = hits.points + LIFT * hits.normal
        across = self.axes.astype(np.float32) @ start
        low, high = self.shadow
        behind = (across[:2] > low[:2]).all(0) & (across < high).all(0) & (facing > 0)
        asked = np.flatnonzero(behind)
        if len(asked):
            facing[asked[self.bodies.shaded(start[:, asked], self.axes[2])]] = 0
        return facing


def outwards(own: np.ndarray, hit: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """Unit normals (3, P) towards the viewer, at own coordinates (3, P) of what was hit."""
    size, (a, b), (low, high, inner), kind = hit[12:15], hit[15:17], hit[17:20], hit[20]
    local = own / size
    z = local[2]
    cap = (np.minimum(np.abs(z - low), np.abs(z - high)) < 2e-3) | (kind == PLANE)
    cap |= (kind == HOLLOW) & (np.abs(z - inner) < 2e-3)
    gradient = np.stack([local[0], local[1], -a * z - b / 2])
    boxes = np.flatnonzero(kind == BOX)
    if len(boxes):
        side = local[:, boxes]
        far = np.abs(side)
        gradient[:, boxes] = side * (far == far.max(0))
        cap[boxes] = False
    gradient /= size
    gradient[:, cap] = np.array(((0,), (0,), (1,)), np.float32)
    normal = hit[0:3] * gradient[0] + hit[3:6] * gradient[1] + hit[6:9] * gradient[2]
    towards = -np.sign((normal * rays).sum(0))
    return normal * (towards / np.sqrt((normal * normal).sum(0)))


def edges(light: np.ndarray) -> np.ndarray:
    """(3, H, W) -> (H, W): pixels that differ from a neighbour."""
    rough = np.zeros(light.shape[1:], bool)
    down = (np.abs(light[:, 1:] - light[:, :-1]) > CONTRAST).any(0)
    across = (np.abs(light[:, :, 1:] - light[:, :, :-1]) > CONTRAST).any(0)
    rough[1:] |= down
    rough[:-1] |= down
    rough[:, 1:] |= across
    rough[:, :-1] |= across
    return rough
