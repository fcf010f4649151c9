"""How much a representation knows: a linear probe (arXiv:1610.01644) and nearest neighbours, with intervals; and how
much of its space it uses.

Both read features (N, D) that a frozen network gave, learn from the training pictures and answer for the test pictures.
The loop asks probes while a network learns (`core.learning.fit.Probe`): `held_out`, `probing`, `collapse_meter`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.learning.features import codes
from core.learning.fit import Probe
from core.learning.intervals import wilson
from core.learning.objective import Objective
from core.learning.precision import evaluating
from core.learning.supervised import Labelled
from core.models.staged import Staged
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


def spread(features: np.ndarray) -> float:
    """How far features (N, D) spread over the sphere: 0 where all point the same way (collapse), 1 where they are
    evenly spread. The mean deviation of a coordinate of their directions, times the root of D (arXiv:2011.10566).
    """
    return float(_directions(features).std(0).mean() * features.shape[1] ** 0.5)


def effective_rank(features: np.ndarray) -> float:
    """Over how many directions features (N, D) are spread: e to the entropy of their singular values, 1 to D; RankMe
    (arXiv:2210.02885).
    """
    values = np.linalg.svd(_finite(features).astype(np.float64), compute_uv=False)
    shares = values / max(values.sum(), 1e-12)
    return float(np.exp(-(shares * np.log(shares + 1e-12)).sum()))


def held_out(objective: Objective, batch_size: int = 64, seed: int = 0) -> Probe:
    """A probe: the mean loss and metrics of all the examples of an objective that is never trained: held-out
    examples of the networks that learn, always changed by the same chance.
    """

    def probe() -> dict[str, float]:
        total: Counter[str] = Counter()
        with evaluating(objective):
            for indices, drawn in objective.all(batch_size, seed):
                loss, metrics = objective.loss(objective.batch(indices, drawn))
                total.update({name: float(value) * len(indices) for name, value in {"loss": loss, **metrics}.items()})
        return {name: value / objective.n for name, value in total.items()}

    return probe


def probing(
    network: Staged, stage: str, train: Labelled, test: Labelled, answer: Callable[..., Probed] = nearest_neighbours
) -> Probe:
    """A probe: how often `answer` (nearest_neighbours, linear_probe), which learns from `train`, is right on `test`,
    given the codes of `stage`, or of a head.
    """

    def probe() -> dict[str, float]:
        known, asked = (codes(network, pictures, stage) for pictures, _ in (train, test))
        return {"accuracy": answer((known, train[1]), (asked, test[1])).accuracy}

    return probe


def collapse_meter(network: Staged, stage: str, pictures: np.ndarray) -> Probe:
    """A probe: `spread` and `effective_rank` of the codes of `stage`, or of a head."""

    def probe() -> dict[str, float]:
        seen = codes(network, pictures, stage)
        return {"spread": spread(seen), "effective_rank": effective_rank(seen)}

    return probe


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
