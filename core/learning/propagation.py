"""Labels that spread to pictures that look alike (Zhou et al. 2004, Learning with local and global consistency): the
semi-supervised baseline, which is given all pictures and a few of their labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

NEIGHBOURS = 10
ROUNDS = 100  # of spreading: what is left to come is less than alpha to this power
ROWS = 2000  # of a table of similarities at a time


def nearest(asked: np.ndarray, known: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(M, k) which of the directions `known` (N, D) are the most similar to those `asked` (M, D), and their cosines, of
    which those below zero are 0.
    """
    indices, cosines = [], []
    for low in range(0, len(asked), ROWS):
        similarity = asked[low : low + ROWS] @ known.T
        best = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
        indices.append(best)
        cosines.append(np.maximum(np.take_along_axis(similarity, best, axis=1), 0))
    return np.concatenate(indices), np.concatenate(cosines)


def graph(x: np.ndarray, k: int = NEIGHBOURS) -> Any:
    """S = D^-1/2 W D^-1/2, sparse (N, N), of directions x (N, D): W_ij is the cosine where one is among the k nearest
    of the other, and W_ii = 0.
    """
    n, k = len(x), min(k, len(x) - 1)
    indices, cosines = nearest(x, x, k + 1)
    rows = np.repeat(np.arange(n), k + 1)
    w = sparse.csr_matrix((cosines.ravel(), (rows, indices.ravel())), shape=(n, n))
    w.setdiag(0)
    w = w.maximum(w.T)
    root = sparse.diags(1 / np.sqrt(np.maximum(np.asarray(w.sum(1)).ravel(), 1e-12)))
    return root @ w @ root


def spread_labels(s: Any, labels: np.ndarray, classes: int, alpha: float) -> np.ndarray:
    """F (N, classes): the limit of F = alpha S F + (1 - alpha) Y; `labels` (N,) are -1 where they are not known."""
    y = np.zeros((len(labels), classes))
    known = np.flatnonzero(labels >= 0)
    y[known, labels[known]] = 1
    f = y
    for _ in range(ROUNDS):
        f = alpha * (s @ f) + (1 - alpha) * y
    return f


def votes(f: np.ndarray, known: np.ndarray, asked: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Shares (M, classes) for pictures that are no part of the graph: what F says of their k nearest in it, by
    similarity; each picture of the graph has one vote to give, however much of F reached it.
    """
    given = f / np.maximum(f.sum(1, keepdims=True), 1e-12)
    indices, cosines = nearest(asked, known, min(k, len(known)))
    said = (given[indices] * cosines[..., None]).sum(1)
    return said / np.maximum(said.sum(1, keepdims=True), 1e-12)
