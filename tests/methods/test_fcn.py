"""A dense network: which maps it reads, that masks move with their pictures, and overlap against a slow formula."""

import numpy as np
import pytest
import torch

from core.learning.fit import fit
from core.learning.overlap import confusions, mean_iou
from core.methods.fcn import FullyConvolutional, enlarged, stages_of
from core.models.staged import activations, build
from core.worlds.things import Things, joined

SIZE, CLASSES = 48, 2


def squares(n, seed=0):
    """Light squares (class 1) and dark ones (class 2) on grey, one a picture."""
    rng = np.random.default_rng(seed)
    pictures, masks = np.full((n, SIZE, SIZE, 3), 128, np.uint8), np.zeros((n, SIZE, SIZE), np.uint8)
    boxes = np.zeros((n, 1, 4), np.float32)
    for k in range(n):
        top, left = rng.integers(0, SIZE - 20, 2)
        where, kind = np.s_[k, top : top + 20, left : left + 20], 1 + k % 2
        pictures[where], masks[where] = (255, 0)[k % 2], kind
        boxes[k, 0] = left, top, left + 20, top + 20
    return Things(pictures, masks, (1 + np.arange(n) % 2)[:, None].astype(np.uint8), boxes)


def made(things, **how):
    return FullyConvolutional(build("labnet", 0, 0, size=SIZE), things, CLASSES, precision="float32", **how)


@pytest.mark.parametrize(
    ("network", "skips", "stages"),
    [
        ("efficientnet_lite0", "32s", ("block6",)),
        ("efficientnet_lite0", "16s", ("block4", "block6")),
        ("efficientnet_lite0", "8s", ("block2", "block4", "block6")),
        ("efficientnet_lite0", "4s", ("block1", "block2", "block4")),
        ("labnet", "8s", ("conv1", "conv4", "conv5")),
        ("labnet", "4s", ("conv1", "conv4")),
        ("resnet18", "8s", ("layer2", "layer3", "layer4")),
    ],
)
def test_skips_read_the_deepest_maps_of_each_resolution_the_finest_first(network, skips, stages):
    assert stages_of(network, skips) == stages


def test_the_scores_are_the_sum_of_all_stages_each_enlarged_on_its_way():
    objective = made(squares(4), skips="16s").eval()
    x = objective.network.prepare(squares(2).pictures)
    fine, coarse = (objective.network.heads[f"score_{stage}"] for stage in ("conv4", "conv5"))
    given = activations(objective.network, x, ["conv4", "conv5"])
    expected = enlarged(fine(given["conv4"]) + enlarged(coarse(given["conv5"]), 6), SIZE)
    torch.testing.assert_close(objective.scores(x), expected)
    assert expected.shape == (2, CLASSES + 1, SIZE, SIZE)


def test_a_mirrored_picture_has_a_mirrored_mask():
    objective = made(squares(6))
    for mirrored in (0.0, 1.0):
        x, masks = objective.batch(torch.arange(6), torch.full((6, 12), mirrored))
        light = objective.network.normalise(torch.full((1, 3, 1, 1), 200.0))
        np.testing.assert_array_equal(masks == 1, (x > light).all(1))


def test_it_learns_to_name_pixels_and_its_probe_says_so():
    objective = made(squares(24), skips="8s")
    probe = objective.held_out(squares(12, seed=1))
    before = probe()["iou"]
    rows = list(fit(objective, steps=40, batch_size=8, probes={"validation": probe}))
    assert before < 0.5 < rows[-1]["iou"]
    said = objective.said(squares(12, seed=1).pictures)
    assert said.dtype == np.uint8
    assert rows[-1]["iou"] == mean_iou(confusions(said, squares(12, seed=1).masks, CLASSES + 1).sum(0))


def test_stages_learn_at_the_rate_of_the_body_wherever_their_weights_are_from_and_frozen_ones_not():
    objective = made(squares(4))
    objective.network.stage("conv1").requires_grad_(False)
    heads, body = objective.groups()
    assert (heads["full_rate"], body["full_rate"]) == (1e-2, 1e-3)
    assert {id(p) for p in heads["params"]} == {id(p) for p in objective.network.heads.parameters()}
    assert not {id(p) for p in body["params"]} & {id(p) for p in objective.network.stage("conv1").parameters()}


def test_mean_overlap_equals_a_slow_formula_and_leaves_out_classes_that_are_not_there():
    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 3, (4, 9, 9)), rng.integers(0, 4, (4, 9, 9))
    each = [((truth == k) & (said == k)).sum() / ((truth == k) | (said == k)).sum() for k in range(3)]
    counts = confusions(said.astype(np.uint8), truth.astype(np.uint8), 4)
    assert counts.shape == (4, 4, 4)
    assert counts.sum() == truth.size
    assert mean_iou(counts.sum(0)) == pytest.approx(np.mean(each))


def test_pictures_with_other_numbers_of_things_are_joined():
    one, two = squares(2), squares(3)
    wide = Things(
        two.pictures, two.masks, np.pad(two.classes, ((0, 0), (0, 2))), np.pad(two.boxes, ((0, 0), (0, 2), (0, 0)))
    )
    both = joined([one, wide])
    assert both.boxes.shape == (5, 3, 4)
    np.testing.assert_array_equal(both.of(3)[0], two.boxes[1])
    np.testing.assert_array_equal(both.of(0)[1], [1])
