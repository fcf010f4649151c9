"""Where something might be, whatever it is: selective search (Uijlings et al. 2013, doi:10.1007/s11263-013-0620-5).

A picture is cut into segments of one colour (Felzenszwalb and Huttenlocher 2004, skimage's); the two neighbours that
are most alike become one, and so on until one is left. The box of everything that there was on the way is a proposal.
Segments of two scales and two ideas of alike give what one of them misses.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Iterator

import numpy as np
from scipy.ndimage import find_objects
from skimage.color import rgb2lab
from skimage.segmentation import felzenszwalb

from core.learning.overlap import box_iou

MOST = 150  # proposals a picture
SCALES = (60, 200)  # of the segments; on 100 scenes recall .98 with 116 boxes, where (15, 60) had .97 with 148
LIKENESSES = ((1, 1, 1), (0, 1, 1))  # weights of colour, size and fill
SMOOTHED, SMALLEST = 0.6, 12  # deviation of the blur before, in pixels; pixels of a segment
BINS = 6  # of the histogram of each of the three channels
LOWEST, SPAN = np.array([0, -60, -60]), np.array([100, 120, 120])  # of CIE Lab
SIDE, LARGEST, SAME = 7, 0.85, 0.85  # pixels a side; share of the picture; overlap of two that are one


@dataclasses.dataclass(eq=False)
class Region:
    """Connected pixels: how many, their box (left, top, right, bottom), the share of each colour, whom they touch."""

    size: int
    box: tuple[int, int, int, int]
    colours: np.ndarray
    neighbours: set[int]

    def joined(self, other: Region) -> Region:
        size = self.size + other.size
        colours = (self.size * self.colours + other.size * other.colours) / size
        return Region(size, around(self.box, other.box), colours, self.neighbours | other.neighbours)


def proposals(picture: np.ndarray, most: int = MOST) -> np.ndarray:
    """uint8 (S, S, 3) -> float32 (M, 4) with M <= `most`: boxes in pixels; first those that were joined last."""
    lab = rgb2lab(picture)
    colours = ((lab - LOWEST) / SPAN * BINS).astype(int).clip(0, BINS - 1) + BINS * np.arange(3)  # (S, S, 3) bins
    ranked = []
    for scale in SCALES:
        segments = felzenszwalb(picture, scale=scale, sigma=SMOOTHED, min_size=SMALLEST)
        regions = regions_of(segments, colours)
        for likeness in LIKENESSES:
            boxes = [region.box for region in grouped(regions, likeness, segments.size)]
            ranked += [(rank, box) for rank, box in enumerate(reversed(boxes))]
    first = dict.fromkeys(box for _, box in sorted(ranked))
    return apart(np.array(list(first), np.float32), len(picture), most)


def regions_of(segments: np.ndarray, colours: np.ndarray) -> dict[int, Region]:
    """(S, S) numbers of segments, (S, S, 3) bins -> number -> region."""
    n = segments.max() + 1
    sizes = np.bincount(segments.ravel(), minlength=n)
    pairs = segments[..., None] * (3 * BINS) + colours
    shares = np.bincount(pairs.ravel(), minlength=n * 3 * BINS).reshape(n, -1) / (3 * sizes[:, None])
    regions = {}
    for k, (rows, columns) in enumerate(find_objects(segments + 1)):
        box = columns.start, rows.start, columns.stop, rows.stop
        regions[k] = Region(int(sizes[k]), box, shares[k], set())
    for one, other in ((segments[1:], segments[:-1]), (segments[:, 1:], segments[:, :-1])):
        for i, j in np.unique(np.stack([one, other], -1)[one != other], axis=0).tolist():
            regions[i].neighbours.add(j)
            regions[j].neighbours.add(i)
    return regions


def grouped(regions: dict[int, Region], likeness: tuple[float, ...], area: int) -> Iterator[Region]:
    """All regions, and all that come of joining the two neighbours that are most alike until one is left."""
    yield from regions.values()
    regions = {k: dataclasses.replace(region) for k, region in regions.items()}
    queue = [(-alike(a, regions[j], likeness, area), i, j) for i, a in regions.items() for j in a.neighbours if i < j]
    heapq.heapify(queue)
    new = len(regions)
    while queue:
        _, i, j = heapq.heappop(queue)
        if i not in regions or j not in regions:  # it was joined with another
            continue
        region = regions.pop(i).joined(regions.pop(j))
        region.neighbours -= {i, j}
        for k in region.neighbours:
            other = regions[k]
            other.neighbours = other.neighbours - {i, j} | {new}
            heapq.heappush(queue, (-alike(region, other, likeness, area), k, new))
        regions[new], new = region, new + 1
        yield region


def alike(a: Region, b: Region, likeness: tuple[float, ...], area: int) -> float:
    """Up to 3: colours in common, small ones first, and those that fill their common box."""
    left, top, right, bottom = around(a.box, b.box)
    both, (colour, size, fill) = a.size + b.size, likeness
    found = size * (1 - both / area) + fill * (1 - ((right - left) * (bottom - top) - both) / area)
    return found + colour * float(np.minimum(a.colours, b.colours).sum()) if colour else found


def around(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The smallest box that holds both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def apart(boxes: np.ndarray, side: int, most: int) -> np.ndarray:
    """The first `most` of (N, 4) that are neither tiny nor the picture, nor nearly one that came before."""
    sides = boxes[:, 2:] - boxes[:, :2]
    left = boxes[(sides.min(1) >= SIDE) & (sides.prod(1) < LARGEST * side**2)]
    kept: list[np.ndarray] = []
    while len(left) and len(kept) < most:
        kept.append(left[0])
        left = left[box_iou(left[0], left) <= SAME]
    return np.stack(kept) if kept else left
