"""One-shot segmentation: what the parent, its copy and the contour branch learn from, what stays as it was, and regions
by hand and against a slow formula.
"""

import numpy as np
import pytest
import torch
from scipy.ndimage import label

from core.learning.fit import fit
from core.learning.video_masks import region_overlap
from core.methods.osvos import CROPS, Foreground, OneShot, Outlines, probability, regions, segmented, snapped
from core.methods.sides import SideOutputs
from core.models.staged import build

SIZE = 48
LIGHT, DARK = (235, 225, 40), (30, 40, 120)


def squares(n, seed=0):
    """A light square (1) and a dark one (2) on grey; of the second half of the pictures other places."""
    rng = np.random.default_rng(seed)
    pictures, labels = np.full((n, SIZE, SIZE, 3), 128, np.uint8), np.zeros((n, SIZE, SIZE), np.uint8)
    for k in range(n):
        for thing, (colour, left) in enumerate(((LIGHT, 2), (DARK, 26)), 1):
            top, across = rng.integers(2, 26), left + rng.integers(0, 4)
            where = np.s_[k, top : top + 18, across : across + 18]
            pictures[where], labels[where] = colour, thing
    return pictures, labels


def made(kind=Foreground, n=8, **how):
    return kind(build("labnet", 0, 0, size=SIZE), *squares(n), precision="float32", **how)


@pytest.fixture(scope="module")
def parent():
    objective = made(n=16)
    for _ in fit(objective, steps=30, batch_size=4):
        pass
    return objective


def test_pictures_and_truth_are_cut_out_together():
    objective = made()
    indices, drawn = next(objective.order(1, 8, seed=3))
    x, truth = objective.batch(indices, drawn)
    assert x.shape == (8, 3, SIZE, SIZE)
    grey = objective.network.normalise(torch.full((1, 3, 1, 1), 128.0))
    there = ((x - grey).abs().sum(1) > 0.5).float()
    apart, mirrored = ((there != one).float().mean() for one in (truth, truth.flip(2)))
    assert apart < 0.05 < 0.1 < mirrored, "but for the pixels that were averaged"
    assert 0.1 < truth.mean() < 0.9


def test_an_outline_is_where_a_neighbour_is_of_another_thing():
    labels = squares(3)[1]
    labels[:, 20:24, 20:30] = 3
    expected = np.zeros(labels.shape, bool)
    for k, down, across in np.ndindex(labels.shape):
        for i, j in ((down - 1, across), (down + 1, across), (down, across - 1), (down, across + 1)):
            if 0 <= i < SIZE and 0 <= j < SIZE:
                expected[k, down, across] |= labels[k, i, j] != labels[k, down, across]
    np.testing.assert_array_equal(made(Outlines).truth(torch.from_numpy(labels)), expected)


def test_outline_and_rest_weigh_the_same_however_rare_it_is():
    objective = made(Outlines)
    x, truth = objective.batch(*next(objective.order(1, 4, seed=0)))
    with torch.no_grad():
        p = objective.maps(x)[:, 0].sigmoid()
        loss, _ = objective.loss((x, truth))
    share = truth.mean()
    each = [-p[truth > 0].log().sum() * 2 * (1 - share), -(1 - p[truth == 0]).log().sum() * 2 * share]
    assert loss.item() == pytest.approx((sum(each) / truth.numel()).item(), rel=1e-4)


def test_the_parent_finds_both_things_and_after_one_frame_a_copy_finds_the_one(parent):
    pictures, labels = squares(12, seed=1)
    assert parent.held_out(pictures, labels)()["j"] > 0.6
    before = {name: value.clone() for name, value in parent.network.state_dict().items()}
    one = OneShot(parent.network, pictures[0], labels[0] == 1, precision="float32")
    rows = list(fit(one, steps=30, batch_size=CROPS))
    assert rows[-1]["loss"] < rows[0]["loss"]
    for name, value in parent.network.state_dict().items():
        torch.testing.assert_close(value, before[name], msg=f"{name} of the parent has changed")
    light = labels[1:] == 1
    said = {who: probability(who, pictures[1:]) > 0.5 for who in (parent, one)}
    assert region_overlap(said[one], light).mean() > region_overlap(said[parent], light).mean() + 0.25


def test_the_statistics_of_the_parent_stay_and_its_weights_are_learned(parent):
    pictures, labels = squares(1)
    one = OneShot(parent.network, pictures[0], labels[0] == 1, precision="float32")
    for _ in fit(one, steps=2, batch_size=CROPS):
        pass
    theirs, own = (objective.network.state_dict() for objective in (parent, one))
    statistics = {name for name in own if "running" in name or "batches" in name}
    assert statistics
    assert all(torch.equal(own[name], theirs[name]) for name in statistics)
    assert not torch.equal(own["stages.conv1.conv.weight"], theirs["stages.conv1.conv.weight"])
    assert one.train().training
    assert not any(part.training for part in one.modules() if isinstance(part, torch.nn.BatchNorm2d))


def test_it_depends_on_the_seed_alone_and_a_network_without_a_parent_gets_the_same_new_heads():
    pictures, labels = squares(1)
    bare = build("labnet", 0, 0, size=SIZE)
    losses = []
    for seed in (0, 0, 1):
        one = OneShot(bare, pictures[0], labels[0] == 1, precision="float32", seed=seed)
        losses.append([row["loss"] for row in fit(one, steps=3, batch_size=CROPS, seed=seed)])
    assert losses[0] == losses[1] != losses[2]
    assert not bare.heads, "the copy has them"
    assert one.network.heads["fused"].get_parameter("convolution.weight").std() < 0.1


def test_regions_lie_inside_outlines():
    outline = np.zeros((20, 20))
    outline[4:16, 4:16] = 1
    outline[6:14, 6:14] = 0
    basins = regions(outline)
    assert basins.min() == 1
    assert basins.max() == label(outline == 0)[1] == 2
    assert basins[0, 0] != basins[10, 10]
    assert len(np.unique(basins[6:14, 6:14])) == 1


def test_a_region_is_taken_as_a_whole_if_most_of_it_is_in_the_mask():
    rng = np.random.default_rng(0)
    basins, mask = rng.integers(1, 9, (12, 15)), rng.random((12, 15)) < 0.5
    expected = np.zeros_like(mask)
    for region in range(1, 9):
        expected[basins == region] = mask[basins == region].mean() > 0.5
    np.testing.assert_array_equal(snapped(mask, basins), expected)
    half = np.array([[True, False]])
    assert not snapped(half, np.array([[1, 1]])).any(), "half is not most"


def test_outlines_correct_what_is_found(parent):
    outlines = made(Outlines)
    frame = squares(1, seed=2)[0][0]
    by_itself = segmented(parent, None, frame)
    np.testing.assert_array_equal(by_itself, probability(parent, frame[None])[0] > 0.5)
    basins = regions(probability(outlines, frame[None])[0])
    np.testing.assert_array_equal(segmented(parent, outlines, frame), snapped(by_itself, basins))


def test_frames_may_have_any_shape():
    wide = np.zeros((32, 64, 3), np.uint8)
    one = SideOutputs(made().network, 1, precision="float32")
    assert segmented(one, made(Outlines), wide).shape == (32, 64)
