"""Regions with CNN features (Girshick et al. 2014, arXiv:1311.2524).

A picture is some hundred windows to a network that was fine-tuned to name such (`core.methods.windows`). A linear SVM a
class judges the features of each, ridge regression corrects its box, and of boxes that overlap the surest stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from torchvision.ops import nms

from core.learning.detection import Detections
from core.learning.precision import evaluating
from core.methods.proposals import proposals
from core.methods.windows import Examples, Windows, warped
from core.models.staged import as_pixels

JUDGED, BACKGROUND, CORRECTED = 0.7, 0.3, 0.6  # overlap with a thing: of its class, of none, whose box is corrected
FIRST, HARD, COST = 1500, 500, 1e-4  # windows of background that an SVM learns from first, and then more; its C
NEVER = -9.0  # logit of a class of which there was no window
SHRINKAGE = 1000.0  # of the regression, the paper's
SAME, MOST = 0.3, 10  # overlap of two boxes that are one; boxes of a class in a picture


@dataclasses.dataclass(frozen=True, eq=False)
class Stages:
    """What each step makes of one picture: proposals (M, 4); windows uint8 (M, side, side, 3), black beyond it; how
    sure it is that each holds each class, (M, C) from 0 to 1; the boxes (M, 4) corrected; what is said in the end.
    """

    proposals: np.ndarray
    windows: np.ndarray
    scores: np.ndarray
    corrected: np.ndarray
    final: Detections


class Rcnn:
    """What stands on the features of windows; each part can be left out."""

    def __init__(
        self, windows: Windows, *, svm: bool = True, regression: bool = True, suppression: bool = True, seed: int = 0
    ):
        """Without SVMs the softmax of the windows' head judges, which must have learned."""
        self.windows, self.seed = windows, seed
        self.svm, self.regression, self.suppression = svm, regression, suppression

    def learn(self) -> Iterator[int]:
        """From the windows that the network learned from; yields how many pictures have passed through it."""
        if not (self.svm or self.regression):
            return
        known, pooled, there = self.windows.examples, [], []
        for k, picture in enumerate(self.windows.things.pictures):
            mine = known.picture == k
            x, maps = self.windows.features(picture, known.boxes[mine])
            pooled.append(x)
            there.append(maps[known.overlap[mine] >= CORRECTED])
            yield k + 1
        if self.svm:
            self.svms = class_svms(np.concatenate(pooled), known, self.windows.classes, self.seed)
        if self.regression:
            near = known.overlap >= CORRECTED
            ridge = make_pipeline(StandardScaler(), Ridge(alpha=SHRINKAGE))
            self.ridge = ridge.fit(np.concatenate(there), encoded(known.boxes[near], known.things[near]))

    def said(self, pictures: np.ndarray, proposed: Sequence[np.ndarray] | None = None) -> list[Detections]:
        """Of uint8 (N, S, S, 3), with the proposals of each if they are known."""
        boxes = [None] * len(pictures) if proposed is None else proposed
        return [self.stages(*each).final for each in zip(pictures, boxes, strict=True)]

    def stages(self, picture: np.ndarray, proposed: np.ndarray | None = None) -> Stages:
        """Of uint8 (S, S, 3)."""
        boxes = proposals(picture) if proposed is None else proposed
        pixels, of = as_pixels(picture[None]).float(), torch.zeros(len(boxes))
        windows = warped(pixels, of, torch.from_numpy(boxes), self.windows.side).permute(0, 2, 3, 1)
        x, maps = self.windows.features(picture, boxes)
        scores, corrected = self.scores(x), self.corrected(boxes, maps, len(picture))
        return Stages(boxes, windows.to(torch.uint8).numpy(), scores, corrected, self.chosen(corrected, scores))

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Features (M, D) -> (M, C) from 0 to 1."""
        if self.svm:
            planes, offsets = self.svms
            return expit((x @ planes.T + offsets).astype(float))  # float32 knows no order above .9999999
        head = self.windows.network.heads["windows"]
        with evaluating(head):
            return head(torch.from_numpy(x).to(self.windows.network.device)).softmax(1)[:, 1:].cpu().numpy()

    def corrected(self, boxes: np.ndarray, maps: np.ndarray, side: int) -> np.ndarray:
        """(M, 4) and their maps (M, E) -> (M, 4), inside the picture."""
        if not (self.regression and len(boxes)):
            return boxes
        return decoded(boxes, self.ridge.predict(maps)).clip(0, side).astype(np.float32)

    def chosen(self, boxes: np.ndarray, scores: np.ndarray) -> Detections:
        """Of each class the surest boxes, each as far from the surer ones as `suppressed` wants it."""
        kept = []
        for k, sure in enumerate(scores.T):
            order = suppressed(boxes, sure) if self.suppression else np.argsort(-sure, kind="stable")
            kept += [(m, k) for m in order[:MOST]]
        which, kinds = np.array(kept, int).reshape(-1, 2).T
        return Detections(boxes[which], scores[which, kinds], kinds + 1)


def class_svms(x: np.ndarray, known: Examples, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features (M, D) -> planes (C, D) and offsets (C,), of which a logistic makes how sure each is.

    Each class learns against background and the others, twice, the second time also against the background that was
    taken for it. The distance to its plane, scaled and moved, is then a logit (Platt 1999): the order stays as it is.
    """
    mean, deviation = x.mean(0), x.std(0) + 1e-3
    x, labels = (x - mean) / deviation, known.labels(JUDGED)
    things, nothing = np.flatnonzero(labels), np.flatnonzero(known.overlap < BACKGROUND)
    every = np.concatenate([things, nothing])
    first = np.random.default_rng(seed).permutation(nothing)[:FIRST]
    planes, offsets = np.zeros((classes, x.shape[1]), np.float32), np.full(classes, NEVER, np.float32)
    for k in np.unique(labels[things]) - 1:
        against, mine = first, labels == k + 1
        for _ in range(2):
            some = np.concatenate([things, against])
            svm = LinearSVC(C=COST, class_weight="balanced", random_state=seed).fit(x[some], mine[some])
            hardest = nothing[np.argsort(-svm.decision_function(x[nothing]), kind="stable")[:HARD]]
            against = np.union1d(first, hardest)
        logit = LogisticRegression().fit(svm.decision_function(x[every])[:, None], mine[every])
        planes[k] = logit.coef_[0] * svm.coef_[0]
        offsets[k] = (logit.coef_[0] * svm.intercept_ + logit.intercept_)[0]
    return planes / deviation, offsets - planes @ (mean / deviation)


def encoded(boxes: np.ndarray, things: np.ndarray) -> np.ndarray:
    """(M, 4), (M, 4) -> (M, 4): how far off the middle of the thing is, in sides of the box, and the logarithm of how
    many times as long its sides are.
    """
    (middle, sides), (its, long) = middle_and_sides(boxes), middle_and_sides(things)
    return np.concatenate([(its - middle) / sides, np.log(long / sides)], 1)


def decoded(boxes: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """The things (M, 4) of which `encoded` gave these changes; no side becomes more than e times as long, or short."""
    middle, sides = middle_and_sides(boxes)
    middle, sides = middle + changes[:, :2] * sides, sides * np.exp(changes[:, 2:].clip(-1, 1))
    return np.concatenate([middle - sides / 2, middle + sides / 2], 1)


def middle_and_sides(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(M, 4) -> (M, 2), (M, 2): across, and down."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]


def suppressed(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(M, 4), (M,) -> which stay, the surest first: none that overlaps a surer one by more than `SAME`."""
    return nms(torch.from_numpy(boxes.astype(float)), torch.from_numpy(scores.astype(float)), SAME).numpy()
