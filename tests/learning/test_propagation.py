"""Labels that spread over a graph, against Zhou's closed form and against what the eye sees."""

import numpy as np
import pytest

from core.learning.propagation import graph, nearest, spread_labels, votes


def directions(n=60, dimensions=5, seed=0):
    x = np.random.default_rng(seed).standard_normal((n, dimensions))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def rings(n=60):
    """Two bands of a sphere, and which is whose: neighbours lie along a band, opposite points of one are far apart."""
    angles = np.arange(n) * 2 * np.pi / n
    parts = []
    for height in (0.3, -0.3):
        flat = np.sqrt(1 - height**2)
        parts.append(np.stack([flat * np.cos(angles), flat * np.sin(angles), np.full(n, height)], 1))
    return np.concatenate(parts), np.repeat([0, 1], n)


def test_the_nearest_are_the_most_similar_in_whatever_order(monkeypatch):
    asked, known = directions(30, seed=1), directions(50, seed=2)
    similarity = asked @ known.T
    for rows in (7, 1000):  # a table at a time
        monkeypatch.setattr("core.learning.propagation.ROWS", rows)
        indices, cosines = nearest(asked, known, 4)
        for row, mine, found in zip(similarity, indices, cosines, strict=True):
            assert set(mine) == set(np.argsort(-row)[:4])
            assert found == pytest.approx(np.maximum(row[mine], 0))


def test_the_graph_is_symmetric_normalised_and_without_loops():
    x, k = directions(), 6
    similarity = np.maximum(x @ x.T, 0)
    w = np.zeros_like(similarity)
    for i in range(len(x)):
        best = [j for j in np.argsort(-(x @ x.T)[i]) if j != i][:k]
        w[i, best] = similarity[i, best]
    w = np.maximum(w, w.T)
    degrees = w.sum(1)
    assert graph(x, k).toarray() == pytest.approx(w / np.sqrt(np.outer(degrees, degrees)))


def test_spreading_ends_at_zhous_closed_form():
    s, labels = graph(directions(), 6), np.full(60, -1)
    labels[[0, 7, 20]] = [0, 1, 2]
    y = np.zeros((60, 3))
    y[[0, 7, 20], [0, 1, 2]] = 1
    for alpha in (0.5, 0.9):
        exact = (1 - alpha) * np.linalg.solve(np.eye(60) - alpha * s.toarray(), y)
        assert spread_labels(s, labels, 3, alpha) == pytest.approx(exact, abs=2e-4)


def test_one_label_a_ring_is_enough_where_the_nearest_labelled_point_is_not():
    x, truth = rings()
    labels = np.full(len(x), -1)
    labels[[0, 60 + 30]] = [0, 1]  # at opposite places of the two bands
    f = spread_labels(graph(x, 4), labels, 2, 0.99)
    assert (f.argmax(1) == truth).all()
    by_nearest = np.where(x @ x[0] > x @ x[90], 0, 1)
    assert (by_nearest != truth).any(), "which a nearest neighbour gets wrong"
    others, their_truth = rings(47)
    said = votes(f, x, others, 4)
    assert (said.argmax(1) == their_truth).all()
    assert said.sum(1) == pytest.approx(np.ones(len(others)))
