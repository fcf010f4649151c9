"""One head, three readings: each against a closed form, and each learns a world in which the answer is on the maps."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.learning.overlap import box_iou, mask_iou
from core.methods.heads import READINGS, MapHead, answers, averaged, hypercolumns, mask_loss, pixels, sides, teach
from core.models.staged import build


def test_a_side_is_where_its_map_is_hot():
    scores = torch.full((1, 4, 8, 10), -50.0)
    for side, (row, column) in enumerate([(3, 2), (1, 4), (5, 7), (6, 0)]):
        scores[0, side, row, column] = 50.0
    left, top, right, bottom = sides(scores)[0].tolist()
    assert left == pytest.approx(2.5 / 10)
    assert top == pytest.approx(1.5 / 8)
    assert right == pytest.approx(7.5 / 10)
    assert bottom == pytest.approx(6.5 / 8)
    assert sides(torch.zeros(2, 4, 8, 8)).flatten().tolist() == pytest.approx([0.5] * 8), (
        "no place preferred: the middle"
    )


def test_a_class_is_the_linear_answer_to_averaged_features():
    maps, layer = torch.randn(3, 5, 4, 4), torch.nn.Conv2d(5, 7, 1)
    linear = F.linear(maps.mean((2, 3)), layer.weight[:, :, 0, 0], layer.bias)
    assert torch.allclose(averaged(layer(maps)), linear, atol=1e-5)


def test_the_loss_of_a_mask_is_zero_only_for_the_mask():
    label = torch.zeros(1, 4, 4)
    label[0, 1:3, 1:3] = 1
    right = (label - 0.5) * 200
    assert mask_loss(right, label).item() == pytest.approx(0, abs=1e-6)
    assert mask_loss(torch.zeros(1, 2, 2), label).item() == pytest.approx(np.log(2)), "undecided, at any resolution"
    assert pixels(torch.ones(2, 1, 3, 3)).shape == (2, 3, 3)


def blobs(n, seed):
    """Maps of a rectangle among noise, and of its four sides: (maps, boxes, masks, classes)."""
    rng = np.random.default_rng(seed)
    maps, masks = rng.normal(0, 0.1, (n, 6, 12, 12)), np.zeros((n, 12, 12), bool)
    boxes, classes = np.zeros((n, 4)), rng.integers(0, 2, n)
    for k in range(n):
        left, top = rng.integers(0, 6, 2)
        right, bottom = np.add((left, top), rng.integers(3, 7, 2))
        masks[k, top:bottom, left:right] = True
        boxes[k] = np.array([left, top, right, bottom]) / 12
        maps[k, classes[k], masks[k]] += 1
        maps[k, 2, top:bottom, left] += 1
        maps[k, 3, top, left:right] += 1
        maps[k, 4, top:bottom, right - 1] += 1
        maps[k, 5, bottom - 1, left:right] += 1
    return torch.tensor(maps, dtype=torch.float32), boxes, masks, classes


SCORES = {
    "class": lambda said, truth: (said == truth).mean(),
    "box": lambda said, truth: box_iou(said, truth).mean(),
    "mask": lambda said, truth: mask_iou(said, truth).mean(),
}
ENOUGH = {"class": 0.85, "box": 0.75, "mask": 0.9}


@pytest.mark.parametrize("kind", READINGS)
def test_a_head_learns_from_a_few_labels_what_the_maps_hold(kind):
    maps, *labels = blobs(12, 0)
    tested, *truths = blobs(60, 1)
    which = ["box", "mask", "class"].index(kind)
    label = torch.tensor(labels[which])
    head = teach(kind, maps, label if kind == "class" else label.float(), classes=2)
    said = answers(head, tested, 12)
    assert SCORES[kind](said, truths[which]) > ENOUGH[kind]
    untaught = answers(MapHead(READINGS[kind], maps, READINGS[kind].maps or 2), tested, 12)
    assert SCORES[kind](untaught, truths[which]) < 0.7


@pytest.mark.parametrize("kind", READINGS)
def test_teaching_is_repeatable_and_leaves_the_maps_alone(kind):
    maps, boxes, masks, classes = blobs(4, 2)
    label = {"class": torch.tensor(classes), "box": torch.tensor(boxes).float(), "mask": torch.tensor(masks).float()}[
        kind
    ]
    before = maps.clone()
    first, second = (teach(kind, maps, label, 2, steps=5) for _ in range(2))
    assert torch.equal(first.convolution.weight, second.convolution.weight)
    assert torch.equal(maps, before)


def test_hypercolumns_stack_the_maps_of_stages_at_the_first_ones_resolution():
    network = build("labnet", 2, 0)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), dtype=np.uint8)
    network.train()
    both = hypercolumns(network, pictures, ("conv2", "conv5"))
    assert network.training, "the mode is restored"
    assert both.shape == (3, 48 + 48, 6, 6)
    assert torch.equal(both[:, :48], hypercolumns(network, pictures, ("conv2",)))
    coarse = hypercolumns(network, pictures, ("conv5",))
    assert torch.allclose(both[:, 48:], F.interpolate(coarse, size=(6, 6), mode="bilinear"), atol=1e-6)
    assert not both.requires_grad
