"""How good boundaries are: the F-measure of Martin et al. (2004, doi:10.1109/TPAMI.2004.1273918) at the best threshold
of all pictures together (ODS) and of each (OIS; Arbeláez et al. 2011, doi:10.1109/TPAMI.2010.161). No torch here.

A pixel is right if a pixel of the truth lies within a tolerance, as in Perazzi et al. (2016); pixels are not paired off
one by one, so both are made thin before. An angle is that of the tangent, in radians from 0 to pi: 0 runs to the right,
pi / 4 to the lower right. Maps are (N, H, W).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter, sobel

from core.learning.intervals import Z

TOLERANCE = 2.0  # pixels
THRESHOLDS = np.arange(1, 100) / 100  # of strength
FINE, AROUND = 1.0, 1.5  # pixels: sigma of the slopes, and of what is averaged to know in which direction they agree
STEEP = 0.05  # of full contrast a pixel: a slope that counts as strong as none, .5
STEPS = np.geomspace(0.01, 0.3, 12)  # slopes, of full contrast a pixel, at which Canny's edges begin
WEAK = 0.7  # of it: where they end; on 200 training scenes F is .65, and .64 with .4
SIGMAS = (0.0, 0.5, 1.0, 2.0)  # pixels, of what smooths a picture before its filter
REDRAWN = 1000  # draws of the bootstrap
Edges = Callable[[np.ndarray, float], tuple[np.ndarray, np.ndarray]]  # of pictures and sigma: thin strength, angles


def tallies(strength: np.ndarray, truth: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """Thin maps, 0..1 and bool -> (N, T, 4). Of the pixels above each threshold: how many are near the truth, and how
    many there are; of the truth's: how many are near one of those, and how many there are.
    """
    reach = disk(tolerance)[None]
    near = maximum_filter(truth.astype(np.uint8), footprint=reach, mode="constant") > 0
    best = maximum_filter(strength, footprint=reach, mode="constant")  # the truth is found as long as this is above
    counts = [
        (above(said[close]), above(said), above(within[there]), np.full(len(THRESHOLDS), there.sum()))
        for said, close, within, there in zip(strength, near, best, truth, strict=True)
    ]
    return np.stack(counts).transpose(0, 2, 1)


def above(values: np.ndarray) -> np.ndarray:
    """(...) -> (T,): how many are above each threshold."""
    return values.size - np.searchsorted(np.sort(values, None), THRESHOLDS, side="right")


def disk(radius: float) -> np.ndarray:
    """(D, D) bool: the pixels within `radius` of the middle one."""
    along = np.arange(-int(radius), int(radius) + 1)
    return along[:, None] ** 2 + along**2 <= radius**2


def precision_recall(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(..., 4) -> (...), (...): a curve, of counts (T, 4). The precision of nothing is 0."""
    right, said, found, there = np.moveaxis(counts, -1, 0)
    return right / np.maximum(said, 1), found / np.maximum(there, 1)


def f_measure(counts: np.ndarray) -> np.ndarray:
    """(..., 4) -> (...): the harmonic mean of precision and recall."""
    precision, recall = precision_recall(counts)
    both = precision + recall
    return 2 * precision * recall / np.where(both > 0, both, 1)


def ods(counts: np.ndarray) -> float:
    """F of all pictures (N, T, 4) at the one threshold that suits them best."""
    return float(f_measure(counts.sum(0)).max())


def ois(counts: np.ndarray) -> float:
    """F of all pictures (N, T, 4), each at the threshold that suits it best; of equal ones the highest."""
    best = len(THRESHOLDS) - 1 - f_measure(counts)[:, ::-1].argmax(1)
    return float(f_measure(counts[np.arange(len(counts)), best].sum(0)))


def ods_interval(counts: np.ndarray, seed: int) -> tuple[float, float, float]:
    """ODS with its 95 % interval: pictures drawn again, with replacement (Efron 1979), each time at the best threshold
    of what was drawn.
    """
    n = len(counts)
    often = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), REDRAWN)  # (D, N)
    again = f_measure(np.tensordot(often, counts, 1)).max(-1)
    mean, half = ods(counts), float(Z * again.std())
    return mean, max(0.0, mean - half), min(1.0, mean + half)


def thinned(strength: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Strength, 0 where a neighbour across the tangent is stronger; of two that are equal one stays."""
    rows, columns = np.mgrid[: strength.shape[1], : strength.shape[2]]
    right, down = -np.sin(angles), np.cos(angles)  # one pixel across
    sides = []
    for sign in (1, -1):
        places = np.stack([rows + sign * down, columns + sign * right], 1)
        sides.append([map_coordinates(*pair, order=1) for pair in zip(strength, places, strict=True)])
    one, other = np.array(sides)
    return np.where((strength >= one) & (strength > other), strength, 0)


def slopes(maps: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """How much smoothed maps rise a pixel, to the right and downwards: Sobel's filter."""
    smooth = gaussian_filter(maps.astype(float), (0, sigma, sigma))
    return sobel(smooth, 2) / 8, sobel(smooth, 1) / 8


def tangents(maps: np.ndarray) -> np.ndarray:
    """In which direction the lines of maps run: across the slopes of their surroundings, whatever their signs, which
    the structure tensor averages (Förstner and Gülch 1987).
    """
    right, down = slopes(maps, FINE)
    xx, yy, xy = (gaussian_filter(part, (0, AROUND, AROUND)) for part in (right * right, down * down, right * down))
    return (np.arctan2(2 * xy, xx - yy) / 2 + np.pi / 2) % np.pi


def skeletons(edges: np.ndarray) -> np.ndarray:
    """bool -> bool, one pixel wide (Zhang and Suen 1984)."""
    from skimage.morphology import skeletonize

    return np.stack([skeletonize(each) for each in edges])


def orientation_error(angles: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    """Degrees between two maps of angles, 0..90, in the mean over the pixels `where` (bool); chance: 45."""
    apart = np.abs((angles - truth + np.pi / 2) % np.pi - np.pi / 2)[where]
    return float(np.degrees(apart.mean()))


def judged(thin: np.ndarray, angles: np.ndarray, edges: np.ndarray, seed: int) -> tuple[dict[str, float], np.ndarray]:
    """What is told of thinned strength and angles where there are these edges, bool; and the counts (N, T, 4)."""
    counts = tallies(thin, skeletons(edges))
    mean, low, high = ods_interval(counts, seed)
    error = orientation_error(angles, tangents(edges), edges)
    return {"f": mean, "mean": mean, "low": low, "high": high, "ois": ois(counts), "orientation_error": error}, counts


def curve(counts: np.ndarray) -> list[dict[str, float]]:
    """Precision and recall of all pictures (N, T, 4) at each threshold that something is above."""
    total = counts.sum(0)
    points = zip(THRESHOLDS, total[:, 1], *precision_recall(total), strict=True)
    return [{"threshold": float(t), "precision": float(p), "recall": float(r)} for t, said, p, r in points if said]


def sobel_edges(pictures: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """uint8 (N, H, W, 3) -> strength, 0..1, thinned; angles: how steep the smoothed grey picture is."""
    right, down = slopes(grey(pictures), sigma)
    steep, angles = np.hypot(right, down), (np.arctan2(down, right) + np.pi / 2) % np.pi
    return thinned(steep / (steep + STEEP), angles), angles


def canny_edges(pictures: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """uint8 (N, H, W, 3) -> strength, 0..1, thin; angles. An edge begins where it is steep and goes on where it is less
    so (Canny 1986); its strength is the share of thresholds at which it is there.
    """
    from skimage.feature import canny

    levels = 8 * STEPS  # skimage's slopes are 8 times ours
    found = [[canny(each, sigma, WEAK * level, level) for level in levels] for each in grey(pictures)]
    return np.mean(found, 1), sobel_edges(pictures, sigma)[1]


def grey(pictures: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3) -> (N, H, W), 0..1: luma of Rec. 601."""
    return pictures @ np.array([0.299, 0.587, 0.114]) / 255


def best_sigma(edges_of: Edges, pictures: np.ndarray, edges: np.ndarray) -> float:
    """Of `SIGMAS` the one at which a filter finds the most of these boundaries, bool (N, H, W)."""
    truth = skeletons(edges)
    return max(SIGMAS, key=lambda sigma: ods(tallies(edges_of(pictures, sigma)[0], truth)))


FILTERS: dict[str, Edges] = {"Canny": canny_edges, "Sobel": sobel_edges}
