"""Labels as pictures for people: one function a label, in colours that colour-blind people tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from core.worlds.toybox.draws import uniform
from core.worlds.toybox.labels import labels
from core.worlds.toybox.render import MANY, render
from core.worlds.toybox.scenes import Scene

# Okabe and Ito 2008; grey is what belongs to no thing.
OKABE_ITO = ["e9e9e9", "0072b2", "e69f00", "009e73", "cc79a7", "56b4e9", "d55e00", "f0e442", "555555"]
HUES = np.array([[int(digits[k : k + 2], 16) for k in (0, 2, 4)] for digits in OKABE_ITO])
BLUE, ORANGE = HUES[1] / 255, HUES[6] / 255
FARTHEST, INK = 0.175, (34, 34, 34)  # how light the farthest is; the colour of lines
STEEPEST = 12.0  # curvature that has the full colour, per toy length
FASTEST = 6.0  # pixels of flow, of 96, that have the full colour
Known = dict[str, np.ndarray]


def pictures(scene: Scene, size: int, names: Sequence[str]) -> np.ndarray:
    """uint8 (len(names), size, size, 3): each label of a scene as people look at it."""
    (known,) = labels([scene], size, sorted({*names, *ALONGSIDE}))
    picture = render([scene], size, MANY)[0]
    return np.stack([PORTRAYED[name](known[name], known, picture).astype(np.uint8) for name in names])


def grey(value: np.ndarray) -> np.ndarray:
    """(H, W) in 0..1 -> (H, W, 3)."""
    return np.repeat((value.clip(0, 1) * 255)[..., None], 3, -1)


def screen(light: np.ndarray) -> np.ndarray:
    """Linear RGB -> the screen's, whose gamma is taken as 2."""
    return np.sqrt(light.clip(0, 1)) * 255


def near_is_light(away: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    low, high = np.quantile(away, (0.0, 0.98))
    return grey(1 - (1 - FARTHEST) * (away - low) / (high - low))


def directions(normals: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    """Right, up and towards us as red, green and blue."""
    return (normals * (1, -1, -1) + 1) * 127.5


def bulges(curvature: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    """The mean of both curvatures: orange where a surface bulges, blue where it is hollow."""
    mean = np.nan_to_num(curvature.mean(-1) / STEEPEST).clip(-1, 1)[..., None]
    full = np.where(mean > 0, ORANGE, BLUE)
    return 255 * (1 + (full - 1) * np.sqrt(np.abs(mean)))


def numbered(number: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    return HUES[np.where(number > 0, (number.astype(int) - 1) % 8 + 1, 0)]


def parts_of_all(part: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    return HUES[np.where(part > 0, (part + 3 * known["instances"].astype(int) - 4) % 8 + 1, 0)]


def regions(number: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    """Colours by lot, pale, since there are many."""
    return (110 + 145 * uniform(3 * (int(number.max()) + 1), 1, 0).reshape(-1, 3))[number]


def lines(edge: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    return np.where(edge[..., None], INK, 255)


def with_lines(picture: np.ndarray) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    """A paler copy of the picture to draw on, its pen, and the width of a line."""
    image = Image.fromarray((128 + picture * 0.5).astype(np.uint8))
    return image, ImageDraw.Draw(image), max(2, len(picture) // 100)


def colour(k: int) -> tuple[int, ...]:
    return tuple(HUES[k % 8 + 1].tolist())


def framed(boxes: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    """What is seen of each thing in a frame, and the whole of it in a thin one."""
    image, pen, width = with_lines(picture)
    for k, (whole, seen) in enumerate(zip(known["boxes_full"].tolist(), known["boxes_visible"].tolist(), strict=True)):
        pen.rectangle(whole, outline=colour(k), width=1)
        if seen[2] > seen[0]:
            pen.rectangle([seen[0], seen[1], seen[2] - 1, seen[3] - 1], outline=colour(k), width=width)
    return np.asarray(image)


def dotted(keypoints: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    """Full dots are seen, hollow ones hidden."""
    image, pen, width = with_lines(picture)
    for k, points in enumerate(keypoints):
        for right, down, seen, *_ in points[~np.isnan(points[:, 0])]:
            r = 1.5 * width
            fill = colour(k) if seen else None
            pen.ellipse([right - r, down - r, right + r, down + r], fill=fill, outline=INK if seen else colour(k))
    return np.asarray(image)


def framework(layout: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    """The edges of the room, coloured by the vanishing point that they run to."""
    image, pen, width = with_lines(picture)
    floor, behind, left, right, ceiling = layout.astype(float)
    edges = [(floor, left, 0), (floor, right, 0), (ceiling, left, 0), (ceiling, right, 0), (floor, behind, 1),
             (ceiling, behind, 1), (behind, left, 2), (behind, right, 2)]  # fmt: skip
    others = {0: (behind, None), 1: (left, right), 2: (floor, ceiling)}
    for one, other, way in edges:
        first, last = others[way]
        start = corner(one, other, first)
        end = start - 20 * known["vanishing"][0] if last is None else corner(one, other, last)
        ends = [projected(point, known, len(picture)) for point in clipped(start, end)]
        pen.line([coordinate for point in ends for coordinate in point], fill=colour(way), width=width)
    return np.asarray(image)


def corner(*planes: np.ndarray) -> np.ndarray:
    """Where three planes (n, d) meet."""
    three = np.stack(planes)
    return np.linalg.solve(three[:, :3], -three[:, 3])


def clipped(start: np.ndarray, end: np.ndarray, near: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """The part of a line that lies before the camera."""

    def moved(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return one if one[2] > near else one + (other - one) * (near - one[2]) / (other[2] - one[2] + 1e-9)

    return moved(start, end), moved(end, start)


def projected(point: np.ndarray, known: Known, size: int) -> tuple[float, float]:
    width, right, down = known["lens"]
    x, y, z = point
    return (x / z / width + right + 1) * size / 2, (y / z / width + down + 1) * size / 2


def with_axes(poses: np.ndarray, known: Known, picture: np.ndarray) -> np.ndarray:
    """Front, left and up of each thing, as arrows of orange, green and blue from where it stands."""
    image, pen, width = with_lines(picture)
    for pose in poses:
        start = pose[:, 3]
        for axis, hue in zip(range(3), (5, 2, 0), strict=True):
            tip = start + 0.5 * pose[:, axis]
            ends = [*projected(start, known, len(picture)), *projected(tip, known, len(picture))]
            pen.line(ends, fill=colour(hue), width=width + 1)
            x, y, r = *ends[2:], 1.5 * width
            pen.ellipse([x - r, y - r, x + r, y + r], fill=colour(hue))
    return np.asarray(image)


def flowing(moved: np.ndarray) -> np.ndarray:
    """Flow (H, W, 2) in pixels: its direction as hue, its speed as strength; white stands still."""
    speed = np.hypot(moved[..., 0], moved[..., 1]) * 96 / len(moved) / FASTEST
    turn = np.arctan2(moved[..., 1], moved[..., 0]) / (2 * np.pi) % 1
    hsv = np.stack([turn, speed.clip(0, 1) ** 0.6, np.ones_like(speed)], -1)
    return np.asarray(Image.fromarray((hsv * 255).astype(np.uint8), "HSV").convert("RGB"))


def tracked(frame: np.ndarray, points: np.ndarray, now: int, tail: int = 6) -> np.ndarray:
    """A frame with tracked points (T, n, 3): a dot where each is now, hollow if hidden, and the way it came."""
    image, pen, width = with_lines(frame)
    for k in range(points.shape[1]):
        path = points[max(0, now - tail) : now + 1, k]
        if len(path) > 1:
            pen.line([tuple(place) for place in path[:, :2].tolist()], fill=colour(k), width=width)
        (x, y, seen), r = path[-1].tolist(), 1.3 * width
        pen.ellipse([x - r, y - r, x + r, y + r], fill=colour(k) if seen else None, outline=colour(k))
    return np.asarray(image)


ALONGSIDE = ("instances", "boxes_full", "boxes_visible", "vanishing", "lens")
PORTRAYED: dict[str, Callable[[np.ndarray, Known, np.ndarray], np.ndarray]] = {
    "depth": near_is_light,
    "normals": directions,
    "curvature": bulges,
    "semantic": numbered,
    "instances": numbered,
    "parts": parts_of_all,
    "surface": numbered,
    "albedo": lambda value, known, picture: screen(value),
    "shading": lambda value, known, picture: screen(value / 1.6),
    "direct": lambda value, known, picture: grey(value),
    "occlusion_edges": lines,
    "texture_edges": lines,
    "segments_2d": regions,
    "segments_25d": regions,
    "boxes_visible": framed,
    "keypoints": dotted,
    "layout": framework,
    "object_pose": with_axes,
}
