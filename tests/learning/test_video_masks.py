"""J and F of masks by hand, and against slow formulas: sets of pixels, and distances between all pairs of them."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from skimage.segmentation import find_boundaries

from core.learning.video_masks import boundary_f, outlines, region_overlap


def disks(seed, n=6, side=40):
    """Pairs of masks (n, side, side): disks, and the same moved and grown a little, or somewhere else."""
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[:side, :side]
    pairs = []
    for k in range(n):
        (top, left), radius = rng.uniform(5, side - 5, 2), rng.uniform(4, 15)
        moved = rng.normal(0, 1.5 + 6 * (k % 3 == 2), 3)
        pairs.append([np.hypot(down - top, across - left) < radius,
                      np.hypot(down - top - moved[0], across - left - moved[1]) < radius + moved[2]])  # fmt: skip
    return [np.stack(each) for each in zip(*pairs, strict=True)]


def slow_f(said, truth, tolerance):
    """Of one frame, from the distances between all pixels of the two boundaries."""
    one, other = (np.argwhere(outlines(mask)) for mask in (said, truth))
    apart = cdist(one, other)
    precision, recall = (apart.min(1) <= tolerance).mean(), (apart.min(0) <= tolerance).mean()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("tolerance", [0, 1, 2, 3.5])
def test_f_is_that_of_all_distances_between_the_boundaries(seed, tolerance):
    said, truth = disks(seed)
    expected = [slow_f(a, b, tolerance) for a, b in zip(said, truth, strict=True)]
    np.testing.assert_allclose(boundary_f(said, truth, tolerance), expected)
    assert min(expected) < 0.9


def test_j_is_that_of_sets_of_pixels():
    said, truth = disks(1)
    sets = [[set(map(tuple, np.argwhere(mask))) for mask in masks] for masks in (said, truth)]
    expected = [len(a & b) / len(a | b) for a, b in zip(*sets, strict=True)]
    np.testing.assert_allclose(region_overlap(said, truth), expected)


def test_the_same_masks_agree_and_so_do_two_empty_ones():
    said, _ = disks(0)
    none = np.zeros_like(said)
    for one, other, value in ((said, said, 1), (none, none, 1), (said, none, 0), (none, said, 0)):
        np.testing.assert_array_equal(region_overlap(one, other), np.full(len(said), value))
        np.testing.assert_array_equal(boundary_f(one, other), np.full(len(said), value))


def test_a_boundary_may_be_off_by_the_tolerance_and_no_more():
    square = np.zeros((1, 60, 60), bool)
    square[0, 20:40, 20:40] = True
    moved = {k: np.roll(square, (k, k), (1, 2)) for k in (2, 5)}
    assert boundary_f(square, moved[2], 3)[0] == 1
    assert boundary_f(square, moved[2], 2)[0] < 1, "the corners are farther off, by 2 to the right and 2 down"
    assert boundary_f(square, moved[5], 2)[0] < 0.3
    assert boundary_f(square, moved[2], 2)[0] > boundary_f(square, moved[2], 1)[0]


def test_an_outline_lies_between_things_and_not_at_the_edge_of_the_picture():
    labels = np.zeros((2, 5, 5), int)
    labels[0, :, 2:] = 1  # reaches three edges
    labels[1, 1:4, 1:4] = [[1, 1, 2], [1, 1, 2], [1, 1, 2]]
    found = outlines(labels)
    np.testing.assert_array_equal(np.argwhere(found[0])[:, 1], np.ones(5))
    either_side = find_boundaries(labels[1], connectivity=2)
    assert not (found[1] & ~either_side).any()
    assert found[1, 2, 2], "where one thing meets another"
    np.testing.assert_array_equal(outlines(labels[1]), found[1])
