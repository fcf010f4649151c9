"""Maps, against slow formulas and what they must keep."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from core.lenses.embedding import (
    OWN,
    TECHNIQUES,
    agreement,
    clusters,
    density,
    directions,
    hulls,
    kept,
    named_by_neighbours,
    nearest,
    placed,
)

N, CLASSES = 60, 3
USUAL = {"tsne": {"perplexity": 8.0}, "umap": {"neighbours": 8}, "pca": {}}


def blobs(apart=4.0, seed=0):
    """(N, 6) directions in three groups, and whose they are"""
    chance = np.random.default_rng(seed)
    labels = np.arange(N) % CLASSES
    return directions(chance.normal(size=(N, 6)) + apart * np.eye(6)[labels]), labels


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_map_keeps_groups_that_are_far_apart_and_depends_on_its_seed_alone(technique):
    x, labels = blobs()
    looks = list(TECHNIQUES[technique](x, 0, **USUAL[technique]))
    points = looks[-1][1]
    assert points.shape == (N, 2)
    assert np.isfinite(points).all()
    assert named_by_neighbours(points, labels, 5).mean() > 0.95
    again = list(TECHNIQUES[technique](x, 0, **USUAL[technique]))[-1][1]
    np.testing.assert_allclose(points, again, atol=1e-4)


def test_tsne_shows_its_iterations():
    x, _ = blobs()
    looks = list(TECHNIQUES["tsne"](x, 0, 8.0))
    assert [done for done, _ in looks] == list(range(0, 751, 50))
    moved = [np.abs(after - before).mean() for (_, before), (_, after) in itertools.pairwise(looks)]
    assert max(moved) > 0.01


@pytest.mark.parametrize("technique", TECHNIQUES)
def test_a_new_picture_is_placed_among_its_like_and_the_map_stays(technique):
    x, labels = blobs()
    points = list(TECHNIQUES[technique](x, 0, **USUAL[technique]))[-1][1]
    before = points.copy()
    own = {OWN[technique]: USUAL[technique][OWN[technique]]} if technique in OWN else {}
    new = directions(x[:1] + 0.01)
    (place,) = placed(technique, x, points, new, 0, **own)
    around = np.argsort(np.linalg.norm(points - place, axis=1))[:5]
    assert (labels[around] == labels[0]).mean() >= 0.8
    assert np.array_equal(points, before)


@pytest.mark.parametrize("technique", ["tsne", "umap"])
def test_a_new_picture_is_placed_on_the_map_that_is_given(technique):
    x, labels = blobs()
    points = list(TECHNIQUES[technique](x, 0, **USUAL[technique]))[-1][1] * [-1, 1] + [
        100,
        0,
    ]  # mirrored, and elsewhere
    (place,) = placed(technique, x, points, directions(x[:1] + 0.01), 0, **USUAL[technique])
    around = np.argsort(np.linalg.norm(points - place, axis=1))[:5]
    assert (labels[around] == labels[0]).mean() >= 0.8


def test_another_seed_starts_tsne_from_random_places():
    x, _ = blobs()
    flat = list(TECHNIQUES["pca"](x))[-1][1]
    like = [abs(np.corrcoef(next(TECHNIQUES["tsne"](x, seed, 8.0))[1][:, 0], flat[:, 0])[0, 1]) for seed in (0, 1)]
    assert like[0] > 0.9
    assert like[1] < 0.5


def test_the_neighbours_that_are_kept_are_counted_as_by_hand():
    chance = np.random.default_rng(1)
    x, points, k = chance.normal(size=(12, 4)), chance.normal(size=(12, 2)), 3
    for i, share in enumerate(kept(x, points, k)):
        both = []
        for of in (x, points):
            far = np.linalg.norm(of - of[i], axis=1)
            far[i] = np.inf
            both.append(set(np.argsort(far)[:k].tolist()))
        assert share == pytest.approx(len(both[0] & both[1]) / k)
    assert (kept(x, x, k) == 1).all()


def test_neighbours_name_a_picture_without_itself():
    points = np.array([[0.0, 0], [0.1, 0], [0.2, 0], [5, 5], [5.1, 5], [0.05, 0.05]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert named_by_neighbours(points, labels, 1).tolist() == [False, False, True, True, True, False]


def test_neighbours_are_the_nearest_first_and_never_the_picture_itself():
    x = np.array([[0.0], [1], [3], [7]])
    assert nearest(x, 2).tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert nearest(x, 9).shape == (4, 3)


def test_clusters_of_far_groups_are_the_groups_and_agreement_is_the_rand_index():
    x, labels = blobs(8.0)
    for found in clusters(x, CLASSES).values():
        assert agreement(found, labels) == pytest.approx(1.0)
    other = np.random.default_rng(0).integers(0, 3, N)
    assert agreement(other, labels) == pytest.approx(adjusted_rand_score(labels, other))
    assert abs(agreement(other, labels)) < 0.15


def test_lines_around_clusters_and_of_density_lie_where_the_points_are():
    points = np.random.default_rng(0).normal(size=(200, 2)) + np.repeat([[0, 0], [9, 0]], 100, 0)
    lines = hulls(points, np.repeat([0, 1], 100))
    assert len(lines) == 2
    assert lines[0][:, 0].max() < 4 < lines[1][:, 0].min()
    assert hulls(points[:2], np.array([0, 1])) == [], "a point has no hull"
    peaks = density(points)
    assert len(peaks) >= 2
    assert all(line.shape[1] == 2 for line in peaks)
    assert min(np.abs(np.concatenate(peaks)[:, 0] - 4.5)) < 4.5
