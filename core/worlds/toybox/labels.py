"""Dense labels of a scene, exact because they come from the rays that made the picture. A label is a row of `LABELS`.

Everything is at the middle of each pixel; directions are in the camera's frame (right, down, forward), lengths in toy
lengths. `render` averages a pixel over a few rays, a label never does: a mask has no half pixels.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from core.runs.settings import Refused
from core.worlds.toybox.edges import occlusion_edges, segments_2d, segments_25d, texture_edges
from core.worlds.toybox.keypoints import keypoints
from core.worlds.toybox.rays import PLANE, Hits, flat_ends
from core.worlds.toybox.rooms import INTERIORS
from core.worlds.toybox.scenes import Scene
from core.worlds.toybox.solids import BOX
from core.worlds.toybox.views import View

# Dense labels: what is at each pixel


def distance(view: View) -> np.ndarray:
    return view.grid(view.hits.t * np.sqrt((view.hits.rays**2).sum(0)))


def semantic(view: View) -> np.ndarray:
    return np.array([0, *view.classes], np.uint8)[view.instance]


def surface(view: View) -> np.ndarray:
    return np.maximum(view.which - view.picture.first[-1] + 1, 0).astype(np.uint8)


@np.errstate(all="ignore")  # the curvature of a plane divides by nothing, and is set to 0
def curvature(view: View) -> np.ndarray:
    """The two principal curvatures, the larger first; positive where the surface bulges towards the viewer.

    Of the implicit surface F = 0 in its own frame: K = gᵀ adj(H) g / |g|⁴, mean = (gᵀHg - |g|² tr H) / 2|g|³ (Goldman
    2005, doi:10.1016/j.cagd.2005.06.005), with g the gradient and H the diagonal Hessian.
    """
    hits = view.hits
    size, (a, b), kind = hits.table[12:15], hits.table[15:17], hits.table[20]
    local = hits.own / size
    h = np.stack([np.ones_like(a), np.ones_like(a), -a]) / (size * size)
    g = np.stack([local[0], local[1], -a * local[2] - b / 2]) / size
    squared = (g * g).sum(0)
    gauss = (g * g * np.stack([h[1] * h[2], h[0] * h[2], h[0] * h[1]])).sum(0) / (squared * squared)
    mean = (squared * h.sum(0) - (g * g * h).sum(0)) / (2 * squared * np.sqrt(squared))
    spread = np.sqrt(np.maximum(mean * mean - gauss, 0))
    outside = np.sign((hits.normal * turned_back(hits, g)).sum(0))  # -1 inside of what is hollow
    both = outside * np.stack([mean + outside * spread, mean - outside * spread])
    both[:, (kind == PLANE) | (kind == BOX) | flat_ends(local, hits.table)] = 0
    return view.grid(np.nan_to_num(both, posinf=0, neginf=0))  # the apex of a cone has none


def turned_back(hits: Hits, own: np.ndarray) -> np.ndarray:
    """Directions (3, P) from the frame of what was hit to that of the room."""
    return hits.table[0:3] * own[0] + hits.table[3:6] * own[1] + hits.table[6:9] * own[2]


# Labels of things, and of the scene


def boxes(masks: np.ndarray) -> np.ndarray:
    """(N, H, W) -> (N, 4) int32: left, top, right, bottom in pixels, the last two exclusive; 0 where nothing is."""
    found = np.zeros((len(masks), 4), np.int32)
    for box, mask in zip(found, masks, strict=True):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return found


def boxes_visible(view: View) -> np.ndarray:
    return boxes(view.instance == np.arange(1, len(view.scene.things) + 1)[:, None, None])


def visible_share(view: View) -> np.ndarray:
    seen = np.bincount(view.instance.ravel(), minlength=len(view.scene.things) + 1)[1:]
    return (seen / np.maximum(view.whole.sum((1, 2)), 1)).astype(np.float32)


def object_pose(view: View) -> np.ndarray:
    axes = view.scene.camera.axes
    turns = np.stack([axes @ thing.turn for thing in view.scene.things])
    return np.concatenate([turns, view.seen_from(np.stack([one.at for one in view.scene.things]))[..., None]], 2)


def camera_pose(view: View) -> np.ndarray:
    camera = view.scene.camera
    return np.concatenate([camera.axes, -(camera.axes @ camera.eye)[:, None]], 1).astype(np.float32)


def layout(view: View) -> np.ndarray:
    planes, camera = view.scene.room.planes[:, 2], view.scene.camera
    offset = planes[:, :3] @ camera.eye + planes[:, 3]
    return np.concatenate([planes[:, :3] @ camera.axes.T, offset[:, None]], 1).astype(np.float32)


def vanishing(view: View) -> np.ndarray:
    out, side, up = view.scene.room.planes[0, :, :3]
    return (np.stack([-out, side, up]) @ view.scene.camera.axes.T).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Label:
    """A row of the table: how the label is found in a view, and what its numbers are."""

    find: Callable[[View], np.ndarray]
    about: str
    dense: bool = True


LABELS = {
    "class": Label(lambda view: np.array(view.classes, np.uint8), "of each thing: 0 clutter, then TOYS (N,)", False),
    "natural": Label(
        lambda view: np.array([one.toy.natural for one in view.scene.things]), "each thing is natural (N,)", False
    ),
    "scene_type": Label(
        lambda view: np.array(list(INTERIORS).index(view.scene.room.interior), np.uint8), "of INTERIORS ()", False
    ),
    "depth": Label(lambda view: view.depth, "along the camera's axis, toy lengths (H, W)"),
    "distance": Label(distance, "from the eye, toy lengths (H, W)"),
    "normals": Label(lambda view: view.normal, "unit, right, down and forward, towards the viewer (H, W, 3)"),
    "curvature": Label(curvature, "principal, the larger first, per toy length (H, W, 2)"),
    "semantic": Label(semantic, "0 room and clutter, then TOYS (H, W)"),
    "instances": Label(lambda view: view.instance, "0 the room, then the things (H, W)"),
    "parts": Label(
        lambda view: view.part, "0 the room, then the parts of a toy in the order of its declaration (H, W)"
    ),
    "surface": Label(surface, "0 a thing, 1 floor, 2 to 4 walls, 5 ceiling (H, W)"),
    "albedo": Label(lambda view: view.albedo, "colour of the surface, linear RGB (H, W, 3)"),
    "shading": Label(lambda view: view.grid(view.hits.light), "light that falls on it, linear RGB (H, W, 3)"),
    "direct": Label(lambda view: view.grid(view.hits.facing), "cosine to the light x share of it seen (H, W)"),
    "occlusion_edges": Label(occlusion_edges, "where depth jumps between surfaces (H, W)"),
    "texture_edges": Label(texture_edges, "where paint changes within a surface (H, W)"),
    "segments_2d": Label(segments_2d, "regions of one paint (H, W)"),
    "segments_25d": Label(segments_25d, "regions without a jump of depth or a sharp bend (H, W)"),
    "masks_full": Label(lambda view: view.whole, "each thing as if nothing hid it (N, H, W)", False),
    "boxes_visible": Label(boxes_visible, "left, top, right, bottom of what is seen, pixels (N, 4)", False),
    "boxes_full": Label(lambda view: boxes(view.whole), "the same as if nothing hid it (N, 4)", False),
    "visible": Label(visible_share, "share of the thing's pixels that nothing hides (N,)", False),
    "keypoints": Label(
        keypoints,
        "of each thing, a point of every solid: right, down (pixels), seen or not, and where (N, K, 6)",
        False,
    ),
    "object_pose": Label(object_pose, "turn and place of each thing in the camera's frame (N, 3, 4)", False),
    "camera_pose": Label(camera_pose, "from the room's frame to the camera's (3, 4)", False),
    "lens": Label(
        lambda view: view.scene.camera.lens.astype(np.float32),
        "half the picture's width at distance 1, shift right, down (3,)",
        False,
    ),
    "layout": Label(layout, "n and d of the room's planes n x + d = 0 in the camera's frame (5, 4)", False),
    "vanishing": Label(vanishing, "directions away, right and up in which the room's edges run (3, 3)", False),
    "light_direction": Label(
        lambda view: (view.scene.camera.axes @ view.scene.light.towards).astype(np.float32), "towards it (3,)", False
    ),
    "light_colour": Label(lambda view: view.scene.light.colour.astype(np.float32), "linear RGB (3,)", False),
}
DENSE = tuple(name for name, label in LABELS.items() if label.dense)


def labels(scenes: Sequence[Scene], size: int, names: Sequence[str] = tuple(LABELS)) -> list[dict[str, np.ndarray]]:
    """name -> array of the labels asked for, of each scene, whose N things are numbered from 1."""
    return [labelled(View(scene, size), names) for scene in scenes]


def labelled(view: View, names: Sequence[str]) -> dict[str, np.ndarray]:
    """name -> array of the labels of one view. `Refused` names the labels there are."""
    for name in names:
        if name not in LABELS:
            raise Refused("label", name, f"one of {', '.join(LABELS)}.")
    return {name: LABELS[name].find(view) for name in names}
