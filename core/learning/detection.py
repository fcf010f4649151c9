"""How good detections are: average precision, counted as COCO counts it (Lin et al. 2014, arXiv:1405.0312). numpy only.

A detection is right if it overlaps a thing of its class by enough, and no surer detection has taken that thing.
Sorted by how sure they are, each detection adds to recall or takes from precision: the mean precision over recall 0,
.01 … 1 is the average precision of a class; its mean over the classes is mAP.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from core.learning.overlap import box_iou

THRESHOLDS = tuple(0.5 + 0.05 * k for k in range(10))  # of overlap: COCO's average is over all, mAP@.5 the first
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # detections a picture, the surest


@dataclasses.dataclass(frozen=True, eq=False)
class Detections:
    """Of one picture: boxes (M, 4) left, top, right, bottom in pixels, scores (M,), classes (M,) from 1."""

    boxes: np.ndarray
    scores: np.ndarray
    classes: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Matches:
    """Of all D detections of N pictures: the picture, class and score of each, and `hits` (D, T), whether it is right
    at each threshold; `things` (N, C): how many of each class there are.
    """

    picture: np.ndarray
    classes: np.ndarray
    scores: np.ndarray
    hits: np.ndarray
    things: np.ndarray


def matched(found: Sequence[Detections], truth: Sequence[tuple[np.ndarray, np.ndarray]], classes: int) -> Matches:
    """`truth`: boxes and classes of each picture."""
    parts, things = [], np.zeros((len(truth), classes), int)
    for k, (detections, (boxes, labels)) in enumerate(zip(found, truth, strict=True)):
        things[k] = np.bincount(labels, minlength=classes + 1)[1:]
        for label in range(1, classes + 1):
            mine = np.flatnonzero(detections.classes == label)
            mine = mine[np.argsort(-detections.scores[mine], kind="stable")][:MOST]
            hits = hits_of(detections.boxes[mine], boxes[labels == label])
            parts.append((np.full(len(mine), k), np.full(len(mine), label), detections.scores[mine], hits))
    picture, kinds, scores, hits = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Matches(picture, kinds, scores, hits, things)


def hits_of(boxes: np.ndarray, things: np.ndarray) -> np.ndarray:
    """(M, 4), the surest first, (G, 4) -> (M, T) bool: each takes the thing that is free and overlaps most."""
    hits = np.zeros((len(boxes), len(THRESHOLDS)), bool)
    overlaps = box_iou(boxes[:, None].astype(float), things[None].astype(float))  # (M, G)
    for t, threshold in enumerate(THRESHOLDS):
        free = np.ones(len(things), bool)
        for m, row in enumerate(overlaps):
            best = int(np.where(free, row, -1).argmax()) if free.any() else -1
            if best >= 0 and row[best] >= threshold - 1e-9:
                hits[m, t], free[best] = True, False
    return hits


def average_precisions(matches: Matches, pictures: np.ndarray | None = None) -> np.ndarray:
    """(C, T), nan for a class of which there is nothing; of some `pictures` (K,), perhaps repeated."""
    every = np.arange(len(matches.things)) if pictures is None else pictures
    where = np.concatenate([_of_picture(matches)[k] for k in every]).astype(int)
    things = matches.things[every].sum(0)
    found = np.full((len(things), len(THRESHOLDS)), np.nan)
    for k in np.flatnonzero(things):
        mine = where[matches.classes[where] == k + 1]
        mine = mine[np.argsort(-matches.scores[mine], kind="stable")]
        found[k] = [average_precision(hits, things[k]) for hits in matches.hits[mine].T]
    return found


def average_precision(hits: np.ndarray, things: int) -> float:
    """(D,) bool, the surest first, and how many there are to be found."""
    right = hits.cumsum()
    recall, precision = right / things, right / np.arange(1, len(hits) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]  # at this recall or beyond it
    at = np.searchsorted(recall, RECALLS)
    return float(np.append(precision, 0)[at].mean())


def mean_average_precision(matches: Matches, pictures: np.ndarray | None = None) -> tuple[float, float]:
    """mAP@.5, and COCO's mean over overlaps of .5 to .95."""
    found = average_precisions(matches, pictures)
    if np.isnan(found).all():
        return 0.0, 0.0
    return float(np.nanmean(found[:, 0])), float(np.nanmean(found))


def _of_picture(matches: Matches) -> list[np.ndarray]:
    """The places of the detections of each picture, which lie together."""
    ends = np.searchsorted(matches.picture, np.arange(len(matches.things) + 1))
    return [np.arange(low, high) for low, high in itertools.pairwise(ends)]
