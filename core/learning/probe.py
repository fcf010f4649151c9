"""How much a fixed representation knows: a linear probe (arXiv:1610.01644) and nearest neighbours, with intervals.

Both read features (N, D) that a frozen network gave, learn from the training pictures and answer for the test pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.learning.intervals import wilson
from core.runs.settings import Refused

REGULARISATION = 0.01  # inverse strength; from 1e-4 to 1, 150 pictures of two CIFAR-10 classes differed by 4 points
NEIGHBOURS = 20


@dataclass(frozen=True)
class Probed:
    """Answers (M,) for the test pictures, and the share that is right with its 95 % interval (Wilson)."""

    predicted: np.ndarray
    accuracy: float
    low: float
    high: float


def linear_probe(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], regularisation: float = REGULARISATION
) -> Probed:
    """Multinomial logistic regression with a squared penalty; `regularisation` is the inverse of its strength.

    `train` and `test` are features (N, D) and labels (N,); features are standardised by the training set.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(train[1])) < 2:
        raise Refused("labels_per_class", len(train[1]), "a probe needs pictures of at least two classes.")
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=regularisation, max_iter=1000))
    classifier.fit(_finite(train[0]), train[1])
    return _judged(classifier.predict(_finite(test[0])), test[1])


def nearest_neighbours(
    train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], k: int = NEIGHBOURS
) -> Probed:
    """A vote of the k training pictures with the most similar direction (cosine); a tie goes to the greater similarity.

    `k` is lowered to the number of training pictures when there are fewer.
    """
    if k < 1:
        raise Refused("k", k, "at least one neighbour.")
    similarity = _directions(test[0]) @ _directions(train[0]).T  # (M, N)
    k = min(k, similarity.shape[1])
    nearest = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    votes = np.zeros((len(similarity), int(train[1].max()) + 1))
    rows = np.arange(len(similarity))[:, None]
    closeness = np.take_along_axis(similarity, nearest, axis=1)
    np.add.at(votes, (rows, train[1][nearest]), 1 + closeness / (4 * k))  # all the closeness together is half a vote
    return _judged(votes.argmax(1), test[1])


def _directions(features: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(_finite(features), axis=1, keepdims=True)
    return features / np.maximum(lengths, 1e-12)


def _finite(features: np.ndarray) -> np.ndarray:
    if not np.isfinite(features).all():
        raise ValueError("features must be finite numbers")
    return features


def _judged(predicted: np.ndarray, truth: np.ndarray) -> Probed:
    accuracy, low, high = wilson(int((predicted == truth).sum()), len(truth))
    return Probed(predicted, accuracy, low, high)
