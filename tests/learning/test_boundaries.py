"""Boundary F against a slow formula and by hand; thin lines, their directions, and the filters that find some."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from skimage.feature import canny
from sklearn.metrics import precision_score, recall_score

from core.learning.boundaries import (
    FILTERS,
    STEPS,
    THRESHOLDS,
    WEAK,
    best_sigma,
    curve,
    f_measure,
    grey,
    judged,
    ods,
    ods_interval,
    ois,
    orientation_error,
    precision_recall,
    skeletons,
    tallies,
    tangents,
    thinned,
)

SIDE = 32
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]


def noise(n, seed=0):
    """Sparse random strengths, and sparse random truth."""
    rng = np.random.default_rng(seed)
    strength = np.where(rng.random((n, SIDE, SIDE)) < 0.1, rng.random((n, SIDE, SIDE)), 0)
    return strength, rng.random((n, SIDE, SIDE)) < 0.05


def line(row, strength=1.0, until=SIDE):
    """(1, SIDE, SIDE): a horizontal line from the left."""
    maps = np.zeros((1, SIDE, SIDE))
    maps[0, row, :until] = strength
    return maps


def at_half(counts):
    """(4,) of all pictures."""
    return counts.sum(0)[np.flatnonzero(THRESHOLDS == 0.5)[0]]


@pytest.mark.parametrize("tolerance", [0, 1, 2, 2.5])
def test_counts_are_those_of_distances_at_each_threshold(tolerance):
    strength, truth = noise(3)
    found = tallies(strength, truth, tolerance)
    for k in range(3):
        for t in (0, 30, 80):
            said = strength[k] > THRESHOLDS[t]
            near, reached = (distance_transform_edt(~lines) <= tolerance for lines in (truth[k], said))
            expected = [(near & said).sum(), said.sum(), (reached & truth[k]).sum(), truth[k].sum()]
            np.testing.assert_array_equal(found[k, t], expected)


def test_without_tolerance_they_are_the_precision_and_recall_of_pixels():
    strength, truth = noise(4, seed=1)
    precision, recall = precision_recall(tallies(strength, truth, 0).sum(0))
    for t in (10, 50):
        said = (strength > THRESHOLDS[t]).ravel()
        assert precision[t] == pytest.approx(precision_score(truth.ravel(), said))
        assert recall[t] == pytest.approx(recall_score(truth.ravel(), said))


@pytest.mark.parametrize(("moved", "f"), [(0, 1), (2, 1), (3, 0)])
def test_a_line_may_lie_two_pixels_beside_the_truth(moved, f):
    assert ods(tallies(line(10 + moved), line(10) > 0)) == f


def test_by_hand_half_of_a_line_and_another_that_is_none():
    counts = tallies(line(10, until=14) + line(25), line(10) > 0)
    np.testing.assert_array_equal(at_half(counts), [14, 46, 16, 32])  # two more are within reach of the end
    assert ods(counts) == pytest.approx(2 * (14 / 46) * (16 / 32) / (14 / 46 + 16 / 32))
    np.testing.assert_array_equal(at_half(tallies(line(10, 0.5), line(10) > 0)), [0, 0, 0, 32])  # not above .5


def test_each_picture_has_its_own_best_threshold_or_all_have_one():
    strength = np.concatenate([line(10, 0.9) + line(25, 0.6), line(10, 0.3)])
    counts = tallies(strength, np.concatenate([line(10)] * 2) > 0)
    assert ois(counts) == 1
    assert ods(counts) == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))  # below .3 one line of three is wrong


def test_nothing_said_and_nothing_there_is_no_division_by_zero():
    with np.errstate(all="raise"):
        counts = tallies(np.zeros((2, SIDE, SIDE)), np.zeros((2, SIDE, SIDE), bool))
        assert (ods(counts), ois(counts), curve(counts)) == (0, 0, [])
    np.testing.assert_array_equal(f_measure(np.array([[0, 5, 0, 0], [3, 3, 4, 4]])), [0, 1])
    nothing_there = np.concatenate([line(10), line(25)])
    truth = np.concatenate([line(10), line(25, 0)]) > 0
    assert ois(tallies(nothing_there * 0.5, truth)) == 1, "of equal thresholds the highest says least"


def test_a_curve_loses_recall_as_it_grows_strict():
    points = curve(tallies(*noise(4)))
    recall = [point["recall"] for point in points]
    assert recall == sorted(recall, reverse=True)
    assert points[0]["threshold"] == THRESHOLDS[0]


def test_the_interval_is_that_of_drawing_pictures_again_one_by_one():
    strength, truth = noise(30)
    counts = tallies(strength, truth, 1)
    mean, low, high = ods_interval(counts, 0)
    rng = np.random.default_rng(7)
    again = [ods(counts[rng.integers(30, size=30)]) for _ in range(400)]
    assert mean == ods(counts)
    assert (mean - low, high - mean) == pytest.approx((1.96 * np.std(again),) * 2, rel=0.15)
    assert ods_interval(np.repeat(counts[:1], 5, 0), 0)[1:] == pytest.approx((ods(counts[:1]),) * 2)
    assert ods_interval(counts, 0) == ods_interval(counts, 0)


@pytest.mark.parametrize("degrees", [0, 20, 45, 70, 90, 110, 135, 160])
def test_a_ridge_keeps_its_crest_if_it_is_thinned_across_its_direction(degrees):
    angle = np.radians(degrees)
    beside = -np.sin(angle) * (COLUMNS - 15.3) + np.cos(angle) * (ROWS - 15.2)  # pixels from the crest
    ridge = np.exp(-(beside**2) / 8)[None]
    inner = np.s_[:, 4:-4, 4:-4]
    kept = thinned(ridge, np.full(ridge.shape, angle))[inner] > 0
    assert np.abs(beside)[4:-4, 4:-4][kept[0]].max() < 1
    assert kept.sum() >= SIDE - 8, "it has no gaps"
    wrong = thinned(ridge, np.full(ridge.shape, angle + np.pi / 2))[inner] > 0
    assert not np.array_equal(kept, wrong), "thinned along it, something else is left"
    apart = np.abs((tangents(ridge)[inner] - angle + np.pi / 2) % np.pi - np.pi / 2)
    assert apart[kept].max() < 0.02


def test_of_two_equal_pixels_one_stays_also_at_the_border():
    thick = line(10) + line(11) + line(0)
    kept = thinned(thick, np.zeros(thick.shape))
    np.testing.assert_array_equal((kept > 0)[0].sum(0), np.full(SIDE, 2))
    assert kept[0, 0].all()


def test_the_direction_of_a_circle_is_across_its_radius():
    radius = np.hypot(ROWS - 15.5, COLUMNS - 15.5)
    circle = (np.abs(radius - 10) < 1)[None]
    across = (np.arctan2(ROWS - 15.5, COLUMNS - 15.5) + np.pi / 2) % np.pi
    assert orientation_error(tangents(circle), across[None], circle) < 3
    assert orientation_error(np.pi - tangents(circle), across[None], circle) > 30, "which way is down matters"


def test_directions_that_are_half_a_circle_apart_are_the_same():
    one, other = np.radians([[179.0, 90, 10]]), np.radians([[1.0, 0, 40]])
    every = np.ones((1, 3), bool)
    assert orientation_error(one, other, every) == pytest.approx((2 + 90 + 30) / 3)
    assert orientation_error(one, other, np.array([[True, False, False]])) == pytest.approx(2)


def test_the_truth_becomes_one_pixel_wide():
    bar = np.zeros((1, SIDE, SIDE), bool)
    bar[0, 10:13, 4:28] = True
    thin = skeletons(bar)
    assert not (thin & ~bar).any()
    assert thin[0, :, 8:24].sum(0).tolist() == [1] * 16


def halves(n, seed=0, spread=0.0):
    """uint8 (n, SIDE, SIDE, 3): dark on the left, light on the right, with noise; where that changes."""
    rng = np.random.default_rng(seed)
    light = np.where(COLUMNS < 16, 60, 180) + spread * rng.normal(size=(n, SIDE, SIDE))
    pictures = np.repeat(light.clip(0, 255).astype(np.uint8)[..., None], 3, -1)
    return pictures, np.repeat(((COLUMNS == 15) | (COLUMNS == 16))[None], n, 0)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_the_edge_of_a_step_and_its_direction(name):
    pictures, edges = halves(2)
    thin, angles = FILTERS[name](pictures, 1.0)
    told, counts = judged(thin, angles, edges, 0)
    assert told["f"] > 0.95
    assert told["f"] == told["mean"] == ods(counts)
    assert told["orientation_error"] < 1
    assert (thin[:, 4:-4] > 0).sum(2).max() <= 2, "it is thin"


@pytest.mark.parametrize("name", FILTERS)
def test_noise_wants_a_wider_filter(name):
    clean, noisy = (best_sigma(FILTERS[name], *halves(4, spread=spread)) for spread in (0, 60))
    assert clean < noisy


def test_the_strength_of_a_canny_edge_is_how_many_thresholds_leave_it():
    pictures, _ = halves(1, spread=30)
    strength, _ = FILTERS["Canny"](pictures, 1.0)
    for k in (3, 8):
        level = 8 * STEPS[k]
        there = canny(grey(pictures)[0], 1.0, WEAK * level, level)
        np.testing.assert_array_equal(strength[0] > (k + 0.5) / len(STEPS), there)
        assert 0 < there.sum() < there.size / 2
