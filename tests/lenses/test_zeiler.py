"""Pictures that are moved, parts that are hidden, stages that are passed by: against slow and direct computations."""

import numpy as np
import pytest
import torch

from core.learning.features import maps
from core.lenses.consistency import disagreement, hidden, pseudovalues
from core.lenses.invariance import apart, moved
from core.lenses.passed import passed_by
from core.models.staged import activations, build
from core.runs.settings import Refused

STILL = [("shift", 0.0), ("scale", 1.0), ("rotation", 0.0)]


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (5, 48, 48, 3), dtype=np.uint8)


@pytest.mark.parametrize(("transform", "amount"), STILL)
def test_what_is_not_moved_stays_as_it_is_and_is_no_distance_apart(pictures, transform, amount):
    same = moved(pictures, transform, amount)
    assert (same == pictures).all()
    network = build("labnet", 4, 0)
    given, again = (maps(network, seen, ["conv1"], pooled=False)["conv1"] for seen in (pictures, same))
    assert (apart(given, again) == 0).all()


def test_pictures_are_moved_down_enlarged_and_turned_clockwise(pictures):
    down = moved(pictures, "shift", 4 / 48)
    assert (down[:, 4:] == pictures[:, :-4]).all()
    assert (down[:, :4] == pictures[:, 3::-1]).all(), "what comes in is mirrored at the edge"
    for quarters, amount in ((1, 90.0), (2, 180.0), (3, 270.0)):
        assert (moved(pictures, "rotation", amount) == np.rot90(pictures, -quarters, (1, 2))).all()
    plain = np.full((1, 48, 48, 3), 10, np.uint8)
    plain[:, 20:28, 20:28] = 200
    assert (moved(plain, "scale", 2.0) > 100).sum() == pytest.approx(4 * (plain > 100).sum(), rel=0.05)


def test_a_distance_is_that_of_a_slow_loop_as_a_multiple_of_the_usual_one():
    given, changed = (torch.randn(4, 3, 2, 2, generator=torch.Generator().manual_seed(k)) for k in (0, 1))
    a, b = (x.numpy().reshape(4, -1).astype(float) for x in (given, changed))
    pairs = [np.sqrt(((a[i] - a[j]) ** 2).sum()) for i in range(4) for j in range(i)]
    slow = [np.sqrt(((a[i] - b[i]) ** 2).sum()) / np.mean(pairs) for i in range(4)]
    assert apart(given, changed).tolist() == pytest.approx(slow)


def test_signs_that_differ_are_counted_as_a_slow_loop_counts_them():
    chance = torch.Generator().manual_seed(0)
    given, changed = (torch.randint(-1, 2, (4, 6, 2), generator=chance).float() for _ in range(2))
    found = disagreement(given, changed)
    for i in range(4):
        for j in range(4):
            signs = [np.sign((given - changed)[k].numpy().ravel()) for k in (i, j)]
            assert found[i, j] == pytest.approx((signs[0] != signs[1]).mean())


def test_pseudovalues_are_those_of_leaving_one_picture_out():
    pairs = torch.rand(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pairs = pairs + pairs.T

    def mean(those):
        return np.mean([float(pairs[i, j]) for i in those for j in those if i != j])

    whole = mean(range(6))
    slow = [6 * whole - 5 * mean([i for i in range(6) if i != out]) for out in range(6)]
    assert pseudovalues(pairs).tolist() == pytest.approx(slow)
    assert float(pseudovalues(pairs).mean()) == pytest.approx(whole)


def test_a_square_hides_its_place_and_stays_in_the_picture(pictures):
    middles = np.array([[24.0, 10.0], [0.0, 0.0], [47.5, 47.5], [10.0, 40.0], [5.0, 5.0]])
    covered = hidden(pictures, middles, 7, np.array([1, 2, 3], np.uint8))
    changed = (covered != pictures).any(-1)
    assert [changed[k].sum() for k in range(5)] == pytest.approx([49] * 5, abs=2)
    assert (covered[0, 7:14, 20:27] == (1, 2, 3)).all() or (covered[0, 6:13, 20:27] == (1, 2, 3)).all()
    assert (covered[2, 41:, 41:] == (1, 2, 3)).all()


def test_a_stage_that_is_passed_by_is_as_if_it_were_not_there():
    network = build("labnet", 4, 0).eval()
    x = torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    before = activations(network, x, ["conv3", "fc6"])
    by_hand = network.stages["conv5"](before["conv3"])
    passed_by(network, ["conv4", "fc7"])
    assert network.names == ("conv1", "conv2", "conv3", "conv5", "fc6", "fc8")
    assert torch.equal(activations(network, x, ["conv5"])["conv5"], by_hand)
    with pytest.raises(Refused, match="gives the shape that it takes"):
        passed_by(network, ["conv2"])
