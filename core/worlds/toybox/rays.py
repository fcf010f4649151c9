"""What the rays of one picture meet, and how light falls on it: enough of them to fill a processor's vectors."""

from __future__ import annotations

import functools

import numpy as np

from core.worlds.toybox.rooms import across
from core.worlds.toybox.scenes import Scene, Thing
from core.worlds.toybox.solids import BOX, HOLLOW
from core.worlds.toybox.textures import PHOTOS, Surface, textured
from core.worlds.toybox.tracing import MISSED, Bodies

PLANE, PLANE_MATERIAL = 3, (0, 1, 1, 1, 2)  # floor, three walls, ceiling: after the toys' own materials
SKIRTING, SKIRTING_COLOUR = 0.1, 0.8  # a pale board at the foot of the walls: its height, and how white it is
LIFT = np.float32(0.006)  # shadow rays start this far above the surface
UP, LAMP = np.float32(0.22), np.float32(0.16)  # how much more light comes from above; the light at the camera
FAR = np.float32(60.0)
FLAT = np.float32(2e-3)  # of a solid's half length: nearer than this to its cut it is the flat end
TIP = np.float32(0.01)  # unless the solid ends in a tip there: its radius squared is less than this
LAMPS = 4  # points of a soft light
ROOM_TO_SPARE = 0.02  # around the points that bound a toy


class Body:
    """One thing of a scene as rays see it."""

    def __init__(self, thing: Thing, scene: Scene, lamps: np.ndarray):
        self.solids, self.lamps = thing.placed, lamps
        turn, size, centre = self.solids.turn, self.solids.size, self.solids.centre
        self.own = np.swapaxes(turn, 1, 2)  # own coordinates, in toy lengths: own x + shift
        self.shift = -(self.own @ centre[:, :, None])[:, :, 0]
        profile, cut, inside = self.solids.profile, self.solids.cut, self.solids.inside
        self.bodies = Bodies(self.solids.kind, self.own / size[:, :, None], self.shift / size, profile, cut, inside)
        self.window = bounds(scene.camera.projected(thing.outline)).astype(np.float32)
        self.shadows = [bounds(thing.outline @ lamp.T).astype(np.float32)[:, :, None] for lamp in lamps]

    def table(self, materials: np.ndarray) -> np.ndarray:
        """(K, 38): all that a hit needs to know of a solid."""
        solids = self.solids
        geometry = (self.own.reshape(-1, 9), self.shift, solids.size, solids.profile[:, :2], solids.cut)
        rest = (solids.inside[:, 1:2], solids.kind[:, None], materials[solids.part], solids.profile[:, 2:])
        return np.concatenate([*geometry, *rest], 1)

    def nearest(self, eye: np.ndarray, rays: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, ...]:
        """Which rays (3, P) through points (2, P) of the picture may meet it; where, and which solid: (n,) each."""
        (left, top), (right, bottom) = self.window
        near = np.flatnonzero((at[0] > left) & (at[0] < right) & (at[1] > top) & (at[1] < bottom))
        if not len(near):
            return near, np.zeros(0, np.float32), near
        return near, *self.bodies.nearest(eye, rays[:, near])

    def shades(self, points: np.ndarray, lamp: int, along: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Which of the points (3, P) that are asked for (P,) it hides from a lamp, along whose axes they lie at `along`
        (3, P): indices.
        """
        low, high = self.shadows[lamp]
        near = np.flatnonzero((along[:2] > low[:2]).all(0) & (along < high).all(0) & asked)
        return near[self.bodies.shaded(points[:, near], self.lamps[lamp, 2])] if len(near) else near


class Picture:
    """One scene seen at `size` pixels a side; rays are float32 (3, P)."""

    def __init__(self, scene: Scene, size: int):
        self.scene, self.size, self.eye = scene, size, scene.camera.eye
        self.camera, self.lens = scene.camera.axes.astype(np.float32), scene.camera.lens.astype(np.float32)
        self.lamps = lamps(scene.light.axes, scene.light.soft)
        self.towards = scene.light.towards.astype(np.float32)
        self.colour, self.ambient = scene.light.colour.astype(np.float32)[:, None], np.float32(scene.light.ambient)
        self.things = [Body(thing, scene, self.lamps) for thing in scene.things]
        planes = np.zeros((len(PLANE_MATERIAL), 38))
        planes[:, :9] = scene.room.planes[:, :, :3].reshape(-1, 9)
        planes[:, 9:12], planes[:, 12:15], planes[:, 20] = scene.room.planes[:, :, 3], 1, PLANE
        planes[:, 21:37], planes[:, 37] = scene.room.materials[list(PLANE_MATERIAL)], 1
        tables = [body.table(thing.materials) for body, thing in zip(self.things, scene.things, strict=True)]
        self.first = np.cumsum([0] + [len(table) for table in tables])  # of the solids of each thing; then of the room
        self.table = np.concatenate([*tables, planes]).astype(np.float32)  # (all solids + 5, 38)
        self.columns = np.ascontiguousarray(self.table.T)
        self.patterns = set(self.table[:, 27].astype(int).tolist())

    @functools.cached_property
    def thing_of(self) -> np.ndarray:
        """(all solids + 5,): the thing that a row of the table belongs to, from 1; 0 for the room."""
        counts = [*np.diff(self.first), len(PLANE_MATERIAL)]
        return np.repeat([*range(1, len(counts)), 0], counts).astype(np.uint8)

    def meet(self, at: np.ndarray) -> Hits:
        """What the rays through points (2, P) of the picture, -1..1 to the right and down, meet."""
        rays = self.rays(at)
        t, which = self.room(rays)
        for body, start in zip([] if self.scene.unseen else self.things, self.first, strict=False):
            near, first, solid = body.nearest(self.eye, rays, at)
            before = first < t[near]
            t[near[before]], which[near[before]] = first[before], solid[before] + start
        return Hits(self, rays, t, which)

    def alone(self, thing: int, at: np.ndarray) -> np.ndarray:
        """(P,) of truth values: whether rays would meet the thing if nothing else were there."""
        near, t, _ = self.things[thing].nearest(self.eye, self.rays(at), at)
        met = np.zeros(at.shape[1], bool)
        met[near] = t < MISSED
        return met

    def rays(self, at: np.ndarray) -> np.ndarray:
        """Directions (3, P) through points (2, P) of the picture, of length 1 along the camera's axis."""
        (x, y), (width, right, down) = at, self.lens
        return self.camera.T @ np.stack([(x - right) * width, (y - down) * width, np.ones_like(x)])

    @np.errstate(all="ignore")  # rays that miss divide by zero
    def room(self, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where rays meet the room, whose walls are seen from inside only: t and index into the table, (P,) each."""
        normals, distance = self.scene.room.planes[:, 2, :3], self.scene.room.planes[:, 2, 3]
        speed = normals.astype(np.float32) @ rays
        t = -(normals @ self.eye + distance)[:, None].astype(np.float32) / speed
        np.copyto(t, MISSED, where=(speed > -1e-6) | (t < 0))
        nearest = t.min(0)
        numbers = np.arange(len(t), dtype=np.uint8)[:, None]
        plane = ((t == nearest) * numbers).max(0).astype(np.int64)
        return np.minimum(nearest, FAR), plane + len(self.table) - len(t)


class Hits:
    """What P rays from the eye meet, what paint is there, and what light falls on it; in toy lengths, float32.

    t (P,): the depth along the camera's axis; which (P,): the row of the picture's table that was hit; table (38, P):
    these rows; points (3, P): where, in the room; own (3, P): the same in the frame of what was hit; normal (3, P):
    unit, towards the viewer.
    """

    def __init__(self, picture: Picture, rays: np.ndarray, t: np.ndarray, which: np.ndarray):
        self.picture, self.rays, self.t, self.which = picture, rays, t, which
        self.table = table = picture.columns.take(which, 1)
        self.points = picture.eye.astype(np.float32)[:, None] + t * rays
        self.own = np.stack([(table[3 * k : 3 * k + 3] * self.points).sum(0) + table[9 + k] for k in range(3)])
        self.normal = outwards(self.own, table, rays)

    @functools.cached_property
    def paint(self) -> np.ndarray:
        """The colour of the surfaces themselves, linear RGB (3, P)."""
        picture, table, normal, footprint = self.picture, self.table, None, None
        if picture.patterns & PHOTOS:
            normal = np.stack([(table[3 * k : 3 * k + 3] * self.normal).sum(0) for k in range(3)])
            footprint = self.t * np.float32(2 * picture.lens[0] / picture.size)
        paint = textured(Surface(self.own, table[21:], normal, footprint), table[21:], picture.patterns)
        walls = (self.which > picture.first[-1]) & (self.points[2] < SKIRTING)
        paint[:, walls] = SKIRTING_COLOUR
        return paint

    @functools.cached_property
    def facing(self) -> np.ndarray:
        """The cosine between normal and light, times the share of the lamp that is seen, (P,)."""
        facing = np.maximum(self.picture.towards @ self.normal, 0)
        start, lit = self.points + LIFT * self.normal, facing > 0
        lamps = self.picture.lamps.astype(np.float32)
        hidden = np.zeros((len(lamps), len(lit)), bool)
        for k, axes in enumerate(lamps):
            along = axes @ start
            for body in self.picture.things:
                hidden[k, body.shades(start, k, along, lit)] = True
        return facing * (1 - hidden.mean(0, dtype=np.float32))

    @functools.cached_property
    def towards_eye(self) -> np.ndarray:
        """Unit vectors back along the rays, (3, P)."""
        return self.rays / -np.sqrt((self.rays * self.rays).sum(0))

    @functools.cached_property
    def light(self) -> np.ndarray:
        """What falls on the surfaces, linear RGB (3, P): Lambert's law with shadow, light from everywhere, and a weak
        lamp at the camera, so that no side is lost in the dark.
        """
        lamp = (self.normal * self.towards_eye).sum(0)
        around = self.picture.ambient * (1 + UP * self.normal[2]) + LAMP * lamp
        return around + self.facing * self.picture.colour

    @functools.cached_property
    @np.errstate(all="ignore")
    def shine(self) -> np.ndarray:
        """Blinn's highlight (P,)."""
        half = self.picture.towards[:, None] + self.towards_eye
        shine = np.maximum((self.normal * half).sum(0), 0) / np.sqrt((half * half).sum(0))
        for _ in range(5):
            shine = shine * shine  # to the power of 32
        return np.float32(0.5) * self.table[33] * shine * (self.facing > 0)


def lamps(axes: np.ndarray, soft: float) -> np.ndarray:
    """(n, 3, 3): axes across and towards each point of a light that is one point, or a disc of radius `soft`."""
    if not soft:
        return axes[None]
    k = np.arange(LAMPS)
    away, turn = soft * np.sqrt((k + 0.5) / LAMPS), k * 2.399963  # the golden angle spreads them evenly
    points = axes[2] + away[:, None] * (np.cos(turn)[:, None] * axes[0] + np.sin(turn)[:, None] * axes[1])
    return np.stack([across(point) for point in points / np.linalg.norm(points, axis=1, keepdims=True)])


def bounds(points: np.ndarray) -> np.ndarray:
    """(P, n) -> (2, n): least and most, with a little to spare."""
    return np.stack([points.min(0) - ROOM_TO_SPARE, points.max(0) + ROOM_TO_SPARE])


def flat_ends(local: np.ndarray, hit: np.ndarray) -> np.ndarray:
    """(P,): whether points (3, P), in units of what was hit, lie where it is cut off flat."""
    (a, b), (low, high, inner), kind, z = hit[15:17], hit[17:20], hit[20], local[2]
    end = np.minimum(np.abs(z - low), np.abs(z - high)) < FLAT
    end |= (kind == HOLLOW) & (np.abs(z - inner) < FLAT)
    return end & ((a * z + b) * z + hit[37] > TIP)


@np.errstate(all="ignore")  # rays that miss divide by zero
def outwards(own: np.ndarray, hit: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """Unit normals (3, P) towards the viewer, at own coordinates (3, P) of what was hit."""
    size, (a, b), kind = hit[12:15], hit[15:17], hit[20]
    local = own / size
    z = local[2]
    cap = flat_ends(local, hit) | (kind == PLANE)
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
