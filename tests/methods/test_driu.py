"""Vessels: crops move picture and mask alike, pictures of any size are answered, thresholds and curves by hand."""

import numpy as np
import pytest
import torch

from core.learning.augment import ACROSS, AREA, DOWN, MIRROR
from core.learning.fit import fit
from core.learning.overlap import dice
from core.methods.driu import THRESHOLDS, Vessels, best_threshold, precision_recall
from core.methods.sides import balanced, finest
from core.models.staged import build

SIDE, CROP = 72, 48


def lines(n, seed=0, shape=(SIDE, SIDE + 10)):
    """Pictures with dark lines, which are the vessels."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(n):
        picture, mask = rng.integers(150, 200, (*shape, 3)).astype(np.uint8), np.zeros(shape, np.uint8)
        for at in rng.integers(4, min(shape) - 4, 3):
            picture[at : at + 3], mask[at : at + 3] = 40, 1
        for at in rng.integers(4, min(shape) - 4, 2):
            picture[:, at : at + 3], mask[:, at : at + 3] = 40, 1
        found.append((picture, mask))
    return found


def made(pictures, crop=CROP):
    return Vessels(build("labnet", 0, 0, size=CROP), pictures, crop, precision="float32")


def test_a_crop_is_of_picture_and_mask_at_the_same_place_in_eight_positions():
    objective, seen = made(lines(1)), set()
    for turn in range(4):
        for mirror in (0.1, 0.9):
            chance = torch.zeros(12)
            chance[AREA], chance[MIRROR], chance[DOWN], chance[ACROSS] = turn / 4 + 0.01, mirror, 0.5, 0.9
            picture, mask = objective.cropped(0, chance)
            assert picture.shape == (CROP, CROP, 3)
            np.testing.assert_array_equal(picture[..., 0] < 100, mask > 0)
            seen.add(mask.tobytes())
    assert len(seen) == 8


def test_chance_reaches_every_corner_and_no_further():
    objective = made(lines(1))
    for where in (0.0, 1 - 1e-6):
        chance = torch.full((12,), where)
        assert objective.cropped(0, chance)[0].shape == (CROP, CROP, 3)


def test_a_picture_smaller_than_the_crop_makes_the_crop_smaller():
    assert made(lines(2, shape=(40, 60))).crop == 40


def test_it_learns_lines_and_answers_for_whole_pictures_of_any_size():
    objective, others = made(lines(4)), lines(2, seed=1, shape=(90, 77))
    probe = objective.held_out(others)
    before = probe()["dice"]
    rows = list(fit(objective, steps=40, batch_size=4, probes={"validation": probe}))
    assert before < 0.6 < rows[-1]["dice"]
    assert objective.probabilities(others[0][0]).shape == (90, 77)


def test_the_threshold_is_where_the_overlap_is_largest_and_the_curve_is_counted_by_hand():
    mask = np.array([[1, 1, 0, 0]])
    probabilities = np.array([[0.9, 0.32, 0.28, 0.1]])
    assert best_threshold([probabilities], [mask]) == pytest.approx(0.3)
    curve = dict(zip(THRESHOLDS.round(2).tolist(), precision_recall([probabilities], [mask]), strict=True))
    assert curve[0.05] == (0.5, 1.0)
    assert curve[0.2] == (pytest.approx(2 / 3), 1.0)
    assert curve[0.5] == (1.0, 0.5)


def test_dice_is_the_f_measure_and_two_empty_masks_are_the_same():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 9, 9)) > 0.5
    precision, recall = (a & b).sum() / a.sum(), (a & b).sum() / b.sum()
    assert dice(a, b) == pytest.approx(2 * precision * recall / (precision + recall))
    assert dice(np.zeros((3, 3), bool), np.zeros((3, 3), bool)) == 1


def test_rare_and_common_pixels_count_alike():
    truth = torch.zeros(1, 10, 10)
    truth[0, 0, 0] = 1
    missed, imagined = torch.full((1, 10, 10), -5.0), torch.full((1, 10, 10), 5.0)
    truth[0, :1, :5] = 1  # one in twenty
    assert balanced(missed, truth) == pytest.approx(float(balanced(imagined, truth)), rel=0.02)


def test_the_finest_four_resolutions_are_read():
    assert finest(build("efficientnet_lite0", 0, 0)) == ("stem", "block1", "block2", "block4")
    assert finest(build("labnet", 0, 0)) == ("conv1", "conv4", "conv5")
