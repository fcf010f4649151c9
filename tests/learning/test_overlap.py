import numpy as np
import pytest
import torch
from torchvision.ops import box_iou as reference

from core.learning.overlap import box_iou, mask_iou, polygon_mask


def test_boxes_overlap_as_torchvision_says():
    corners = np.sort(np.random.default_rng(0).random((2, 200, 2, 2)), 2)
    a, b = corners.transpose(0, 1, 2, 3).reshape(2, 200, 4)
    expected = reference(torch.tensor(a), torch.tensor(b)).diagonal().numpy()
    assert box_iou(a, b) == pytest.approx(expected)
    assert (expected > 0).any()
    assert (expected == 0).any()


def test_boxes_overlap_in_closed_form():
    box = np.array([0.0, 0.0, 1.0, 1.0])
    assert box_iou(box, box) == 1
    assert box_iou(box, np.array([0.5, 0.0, 1.5, 1.0])) == pytest.approx(1 / 3)
    assert box_iou(box, np.array([2.0, 2.0, 3.0, 3.0])) == 0
    assert box_iou(np.zeros(4), np.zeros(4)) == 0, "what has no area overlaps nothing"
    assert box_iou(box, np.array([1.0, 1.0, 0.0, 0.0])) == 0, "a box turned inside out has no area"


def test_masks_overlap_in_closed_form():
    left, right = np.zeros((2, 4, 4), bool)
    left[:, :2], right[:, 1:] = True, True
    assert mask_iou(left, right) == pytest.approx(4 / 16)
    assert mask_iou(left, left) == 1
    assert mask_iou(left, ~left) == 0
    assert mask_iou(np.zeros((4, 4), bool), np.zeros((4, 4), bool)) == 1
    assert mask_iou(np.stack([left, left]), np.stack([right, left])).tolist() == pytest.approx([0.25, 1])


def test_a_box_drawn_as_an_outline_overlaps_as_the_box_does():
    a, b = np.array([0.1, 0.2, 0.7, 0.9]), np.array([0.3, 0.1, 0.8, 0.6])
    outlines = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in (a, b)]
    first, second = (polygon_mask(np.array(outline), 400) for outline in outlines)
    assert mask_iou(first, second) == pytest.approx(box_iou(a, b), abs=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_an_outline_is_filled_as_skimage_fills_it(seed):
    from skimage.measure import points_in_poly

    points = np.random.default_rng(seed).random((9, 2))  # crosses itself
    middles = (np.stack(np.meshgrid(np.arange(40), np.arange(40)), -1).reshape(-1, 2) + 0.5) / 40
    assert (polygon_mask(points, 40).ravel() == points_in_poly(middles, points)).mean() > 0.999


def test_an_outline_of_pixel_borders_is_those_pixels():
    mask = polygon_mask(np.array([(0.25, 0.5), (0.75, 0.5), (0.75, 1.0), (0.25, 1.0)]), 4)
    expected = np.zeros((4, 4), bool)
    expected[2:, 1:3] = True
    assert (mask == expected).all()
    circle = np.array([(0.5 + 0.3 * np.cos(t), 0.5 + 0.3 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 90)])
    assert polygon_mask(circle, 200).mean() == pytest.approx(np.pi * 0.09, rel=0.01)
    assert (polygon_mask(circle, 64) == polygon_mask(circle[::-1], 64)).all()
