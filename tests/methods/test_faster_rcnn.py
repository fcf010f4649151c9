"""Faster R-CNN: boxes move with their pictures, a look changes nothing, the same seed gives the same, and it learns."""

import copy

import numpy as np
import pytest
import torch

from core.learning.fit import fit
from core.learning.overlap import box_iou
from core.methods.faster_rcnn import WIDE, FasterRcnn
from core.models.staged import build
from core.worlds.things import Things

SIZE, SIDE, CLASSES = 48, 20, 2


def squares(n, seed=0):
    """Light squares (class 1) and dark ones (class 2) on grey, one a picture."""
    rng = np.random.default_rng(seed)
    pictures, boxes = np.full((n, SIZE, SIZE, 3), 128, np.uint8), np.zeros((n, 1, 4), np.float32)
    for k in range(n):
        top, left = rng.integers(0, SIZE - SIDE, 2)
        pictures[k, top : top + SIDE, left : left + SIDE] = (255, 0)[k % 2]
        boxes[k, 0] = left, top, left + SIDE, top + SIDE
    masks = np.zeros((n, SIZE, SIZE), np.uint8)
    return Things(pictures, masks, (1 + np.arange(n) % 2)[:, None].astype(np.uint8), boxes)


def made(things, **how):
    return FasterRcnn(build("labnet", 0, 0, size=SIZE), things, CLASSES, precision="float32", **how)


def chance(n, mirrored):
    return torch.full((n, 12), 0.0 if mirrored else 0.9)


@pytest.mark.parametrize("mirrored", [True, False])
def test_boxes_are_mirrored_with_their_pictures(mirrored):
    things = squares(4)
    pictures, targets, _ = made(things).batch(torch.arange(4), chance(4, mirrored))
    for k, (x, target) in enumerate(zip(pictures, targets, strict=True)):
        rows, columns = (x[0] != x[0].mode().values.mode().values).nonzero().T  # what is not grey
        edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(target["boxes"][0], edges, atol=1e-4)
        assert target["labels"].tolist() == things.of(k)[1].tolist()
        left, _, right, _ = things.boxes[k, 0]
        assert float(target["boxes"][0, 0]) == pytest.approx(SIZE - right if mirrored else left, abs=1e-4)


def test_the_losses_of_all_parts_are_finite_and_reach_every_part():
    objective = made(squares(4)).train()
    loss, parts = objective.loss(objective.batch(torch.arange(4), chance(4, False)))
    loss.backward()
    assert parts.keys() == {"classifier", "box_reg", "objectness", "rpn_box_reg"}
    assert sum(part.item() for part in parts.values()) == pytest.approx(loss.item())
    assert torch.isfinite(loss)
    learning = [p for group in objective.groups() for p in group["params"]]
    own = dict(objective.named_parameters())
    assert {id(p) for p in learning} == {id(p) for p in own.values()}
    assert len(learning) == len(own), "each once, though two modules hold the encoder"
    silent = {name for name, p in own.items() if p.grad is None}
    assert all(name.startswith(("network.stages.conv5", "network.stages.fc")) for name in silent), silent


def test_a_picture_with_nothing_in_it_can_be_learned_from():
    things = squares(4)
    things.classes[1] = 0
    objective = made(things)
    _, targets, _ = batch = objective.batch(torch.arange(4), chance(4, True))
    assert targets[1]["boxes"].shape == (0, 4)
    assert torch.isfinite(objective.loss(batch)[0])


def test_looking_at_the_first_batch_changes_no_statistics_and_training_does():
    objective = made(squares(8))
    before = copy.deepcopy(objective.network.state_dict())
    rows = fit(objective, steps=1, batch_size=4)
    assert next(rows)["step"] == 0
    assert all(torch.equal(value, before[name]) for name, value in objective.network.state_dict().items())
    assert next(rows)["step"] == 1
    after = objective.network.state_dict()
    assert not torch.equal(after["stages.conv1.norm.running_mean"], before["stages.conv1.norm.running_mean"])


def test_the_seed_decides_all_losses_whatever_was_drawn_before():
    found = []
    for seed, before in ((0, 1), (0, 2), (1, 1)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(before)
            found.append([row["loss"] for row in fit(made(squares(8)), steps=3, batch_size=4, seed=seed)])
    one, same, other = found
    assert one == same
    assert one[1:] != other[1:]


def test_frozen_stages_are_given_to_no_optimiser():
    objective = made(squares(4))
    objective.network.stage("conv1").requires_grad_(False)
    learning = {id(p) for group in objective.groups() for p in group["params"]}
    assert not learning & {id(p) for p in objective.network.stage("conv1").parameters()}


def test_two_resolutions_become_one_map_of_the_finer():
    objective = made(squares(2)).eval()
    x = objective.network.prepare(squares(2).pictures)
    assert objective.detector.backbone(x)["maps"].shape == (2, WIDE, 12, 12)


def test_it_learns_to_find_squares_and_to_tell_light_from_dark():
    objective, held = made(squares(24)), squares(8, seed=1)
    probe = objective.held_out(held)
    before = probe()["map"]
    for _ in fit(objective, steps=40, batch_size=4):
        pass
    assert before < 0.1
    assert probe()["map"] > 0.6
    for k, found in enumerate(objective.said(held.pictures)):
        best = found.scores.argmax()
        assert found.classes[best] == held.classes[k, 0]
        assert box_iou(found.boxes[best], held.boxes[k, 0]) > 0.5
