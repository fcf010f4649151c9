"""Dense labels of a scene, exact because they come from the rays that made the picture. A label is a row of `LABELS`.

Everything is at the middle of each pixel; directions are in the camera's frame (right, down, forward), lengths in toy
lengths. `render` averages a pixel over a few rays, a label never does: a mask has no half pixels.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable

import numpy as np

from core.runs.settings import Refused
from core.worlds.toybox.render import PLANE, Hits, Picture
from core.worlds.toybox.scenes import Scene
from core.worlds.toybox.solids import BOX

SHAPE_JUMP = np.float32(0.02)  # toy lengths of depth, beyond what a surface's own slope explains
PAINT_JUMP = np.float32(0.12)  # of linear RGB between neighbours on one surface
Place = tuple[slice, slice]
FLAT = np.float32(2e-3)  # of a solid's half length: nearer than this to its cut it is the flat end


class View:
    """One scene seen at `size` pixels a side: what every label is made of, each found once."""

    def __init__(self, scene: Scene, b: int, size: int):
        self.picture, self.size, self.solids = Picture(scene, b), size, len(scene.solids.part)
        self.part_of = scene.solids.part

    @functools.cached_property
    def hits(self) -> Hits:
        centres = (np.arange(self.size, dtype=np.float32) + np.float32(0.5)) * np.float32(2 / self.size) - 1
        return self.picture.meet(np.stack([np.tile(centres, self.size), np.repeat(centres, self.size)]))

    @functools.cached_property
    def toy(self) -> np.ndarray:
        """(H, W) bool: where the toy is."""
        return self.grid(self.hits.which < self.solids)

    @functools.cached_property
    def depth(self) -> np.ndarray:
        return self.grid(self.hits.t)

    @functools.cached_property
    def part(self) -> np.ndarray:
        """(H, W) uint8: 0 is the room, 1 and up the toy's parts in the order of its declaration."""
        numbers = np.concatenate([self.part_of + 1, np.zeros(len(self.picture.table) - self.solids)]).astype(np.uint8)
        return self.grid(numbers[self.hits.which])

    @functools.cached_property
    def albedo(self) -> np.ndarray:
        return self.grid(self.picture.paint(self.hits))

    @functools.cached_property
    def normal(self) -> np.ndarray:
        return self.grid(self.picture.camera @ self.hits.normal)

    def grid(self, values: np.ndarray) -> np.ndarray:
        """(P,) or (n, P) -> (H, W) or (H, W, n)."""
        shaped = values.reshape(*values.shape[:-1], self.size, self.size)
        return shaped if values.ndim == 1 else np.moveaxis(shaped, 0, -1)


def distance(view: View) -> np.ndarray:
    return view.grid(view.hits.t * np.sqrt((view.hits.rays**2).sum(0)))


def surface(view: View) -> np.ndarray:
    """0 the toy, 1 floor, 2 the wall behind, 3 and 4 the walls at the sides, 5 ceiling."""
    return view.grid(np.maximum(view.hits.which - view.solids + 1, 0).astype(np.uint8))


def shading(view: View) -> np.ndarray:
    return view.grid(view.picture.lit(view.hits)[0])


def direct(view: View) -> np.ndarray:
    return view.grid(view.picture.facing(view.hits))


def curvature(view: View) -> np.ndarray:
    """The two principal curvatures, the larger first; positive where the surface bulges towards the viewer.

    Of the implicit surface F = 0 in its own frame: K = gᵀ adj(H) g / |g|⁴, mean = (gᵀHg - |g|² tr H) / 2|g|³ (Goldman
    2005, doi:10.1016/j.cagd.2005.06.005), with g the gradient and H the diagonal Hessian.
    """
    hits = view.hits
    size, (a, b), (low, high, inner), kind = hits.table[12:15], hits.table[15:17], hits.table[17:20], hits.table[20]
    local = hits.own / size
    h = np.stack([np.ones_like(a), np.ones_like(a), -a]) / (size * size)
    g = np.stack([local[0], local[1], -a * local[2] - b / 2]) / size
    squared = (g * g).sum(0)
    gauss = (g * g * np.stack([h[1] * h[2], h[0] * h[2], h[0] * h[1]])).sum(0) / (squared * squared)
    mean = (squared * h.sum(0) - (g * g * h).sum(0)) / (2 * squared * np.sqrt(squared))
    spread = np.sqrt(np.maximum(mean * mean - gauss, 0))
    outside = np.sign((hits.normal * turned_back(hits, g)).sum(0))  # -1 inside of what is hollow
    both = outside * np.stack([mean + outside * spread, mean - outside * spread])
    x, y, z = local
    end = np.minimum(np.minimum(np.abs(z - low), np.abs(z - high)), np.abs(z - inner)) < FLAT
    end &= x * x + y * y < (a * z + b) * z + hits.table[37] - FLAT  # within the rim: the tip of a ball is no flat end
    both[:, (kind == PLANE) | (kind == BOX) | end] = 0
    return view.grid(both)


def turned_back(hits: Hits, own: np.ndarray) -> np.ndarray:
    """Directions (3, P) from the frame of what was hit to that of the room."""
    return hits.table[0:3] * own[0] + hits.table[3:6] * own[1] + hits.table[6:9] * own[2]


def occlusion_edges(view: View) -> np.ndarray:
    """Where depth jumps between two surfaces: continued towards each other, they do not meet between the two pixels.

    Two planes that meet in a crease cross there, however steeply they are seen, so a crease is no edge.
    """
    which = view.grid(view.hits.which)
    rays = view.grid(view.picture.camera @ view.hits.rays)  # (H, W, 3), of length 1 forward

    def jumps(here: Place, there: Place) -> np.ndarray:
        one = view.depth[here] - _continued(view, rays, there, here)
        other = _continued(view, rays, here, there) - view.depth[there]
        far = np.minimum(np.abs(one), np.abs(other)) > SHAPE_JUMP
        return (which[here] != which[there]) & far & (one * other > 0)

    return _between_neighbours(view.size, jumps)


def _continued(view: View, rays: np.ndarray, here: Place, there: Place) -> np.ndarray:
    """The depth of the surface at `here`, continued as a plane to the pixel `there`."""
    normal = view.normal[here]
    return view.depth[here] * (normal * rays[here]).sum(-1) / (normal * rays[there]).sum(-1)


def texture_edges(view: View) -> np.ndarray:
    """Where the paint changes within one surface."""
    which, paint = view.grid(view.hits.which), view.albedo

    def changes(here: Place, there: Place) -> np.ndarray:
        return (which[here] == which[there]) & (np.abs(paint[here] - paint[there]) > PAINT_JUMP).any(-1)

    return _between_neighbours(view.size, changes)


def _between_neighbours(size: int, differ: Callable[[Place, Place], np.ndarray]) -> np.ndarray:
    """(H, W) bool: both pixels of each pair of neighbours, beside or below one another, that differ."""
    edges = np.zeros((size, size), bool)
    every, first, last = slice(None), slice(None, -1), slice(1, None)
    for here, there in (((first, every), (last, every)), ((every, first), (every, last))):
        found = differ(here, there)
        edges[here] |= found
        edges[there] |= found
    return edges


def box(view: View) -> np.ndarray:
    """(4,) int32: left, top, right, bottom of the toy's pixels, the last two exclusive."""
    rows, columns = np.flatnonzero(view.toy.any(1)), np.flatnonzero(view.toy.any(0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.int32)


@dataclasses.dataclass(frozen=True)
class Label:
    """A row of the table: how the label is found in a view, and what its numbers are."""

    find: Callable[[View], np.ndarray]
    about: str


LABELS = {
    "depth": Label(lambda view: view.depth, "along the camera's axis, toy lengths (H, W)"),
    "distance": Label(distance, "from the eye, toy lengths (H, W)"),
    "normals": Label(lambda view: view.normal, "unit, right, down and forward, towards the viewer (H, W, 3)"),
    "curvature": Label(curvature, "principal, the larger first, per toy length (H, W, 2)"),
    "mask": Label(lambda view: view.toy, "the toy (H, W)"),
    "parts": Label(lambda view: view.part, "0 the room, then the toy's parts (H, W)"),
    "surface": Label(surface, "0 the toy, 1 floor, 2 to 4 walls, 5 ceiling (H, W)"),
    "box": Label(box, "left, top, right, bottom in pixels (4,)"),
    "albedo": Label(lambda view: view.albedo, "colour of the surface, linear RGB (H, W, 3)"),
    "shading": Label(shading, "light that falls on the surface, linear RGB (H, W, 3)"),
    "direct": Label(direct, "cosine to the light, 0 in shadow (H, W)"),
    "occlusion_edges": Label(occlusion_edges, "where depth jumps between surfaces (H, W)"),
    "texture_edges": Label(texture_edges, "where paint changes within a surface (H, W)"),
}


def labels(scene: Scene, size: int, names: Iterable[str] = tuple(LABELS)) -> dict[str, np.ndarray]:
    """name -> (B, ...) of the labels asked for. `Refused` names the ones there are."""
    wanted = list(names)
    for name in wanted:
        if name not in LABELS:
            raise Refused("label", name, f"one of {', '.join(LABELS)}.")
    with np.errstate(all="ignore"):  # rays that miss divide by zero
        views = [View(scene, b, size) for b in range(len(scene.eye))]
        return {name: np.stack([LABELS[name].find(view) for view in views]) for name in wanted}
