"""Occlusion, receptive fields, strongest pictures, likeness and maximisation, each against a slow or direct way."""

import numpy as np
import pytest
import torch

from core.lenses.maximise import PRESETS, blurred, fourier, pixels
from core.lenses.occlusion import occlusion, places, spread
from core.lenses.receptive import spans
from core.lenses.similarity import cka, procrustes
from core.lenses.top import top
from core.lenses.units import Unit, strongest, value
from core.models.staged import activations, build


@pytest.fixture(scope="module")
def network():
    return build("labnet", 4, 0).eval()


def some(n, size=48):
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def test_occlusion_is_a_direct_loop(network):
    x = network.prepare(some(1))
    ask = lambda pictures: network(pictures).softmax(1)  # noqa: E731
    *_, (rows, answers) = occlusion(x, ask, side=12, stride=7)
    starts = places(48, 12, 7)
    assert starts[-1] == 36
    assert rows == len(starts)
    assert answers.shape == (len(starts), len(starts), 4)
    for i, low in enumerate(starts):
        for j, left in enumerate(starts):
            hidden = x.clone()
            hidden[:, :, low : low + 12, left : left + 12] = 0
            torch.testing.assert_close(answers[i, j], ask(hidden)[0].detach(), rtol=1e-4, atol=1e-6)


def test_occluded_answers_are_spread_over_the_pixels_that_were_hidden():
    answers = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    seen = spread(answers, size=10, side=6, stride=4)
    assert seen[0, 0] == 1
    assert seen[5, 5] == 0.25, "four squares hid it, one of them mattered"
    assert seen[9, 9] == 0


SIZES = {"labnet": 48, "alexnet": 96, "resnet18": 64, "efficientnet_lite0": 64}


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_a_receptive_field_is_what_perturbations_reach(name, size):
    network = build(name, 3, 0, size=size).eval()
    for stage in network.names[:3]:
        field = spans(network, stage)
        for k in {0, len(field) // 2, len(field) - 1}:
            first, end = perturbed(network, stage, k, size)
            assert field[k][0] <= first < end <= field[k][1], "nothing outside it changes the unit"
            assert end - first >= field[k][1] - field[k][0] - 2, "and hardly anything inside leaves it as it was"


def test_where_there_are_no_maps_all_is_seen(network):
    assert spans(network, "fc6") == [(0, 48)]


def perturbed(network, stage, k, size):
    """(first, end) of the rows of pixels that change row k of a map when each is changed by itself, and so columns."""
    chance = torch.Generator().manual_seed(0)
    x, noise = (torch.randn(1, 3, size, size, generator=chance) for _ in range(2))
    changes = torch.cat([torch.zeros(1, size), torch.eye(size)])  # first, nothing
    ends = []
    with torch.no_grad():
        for mask, row, column in (
            (changes[:, None, :, None], k, slice(None)),
            (changes[:, None, None], slice(None), k),
        ):
            given = activations(network, x + 3 * noise * mask, [stage])[stage][:, :, row, column]
            moved = (given[1:] - given[:1]).abs().amax((1, 2)) > 1e-5 * given[0].abs().max()
            ends.append((int(moved.nonzero()[0]), int(moved.nonzero()[-1]) + 1))
    assert ends[0] == ends[1], "the same of rows and columns"
    return ends[0]


def test_the_strongest_pictures_are_those_of_a_sort_of_all(network):
    pictures = some(53)
    *_, best = top(network, np.array_split(pictures, 16), "conv3", k=5, precision="float32")
    assert best.seen == 53
    with torch.no_grad():
        given = activations(network, network.prepare(pictures), ["conv3"])["conv3"]
    strength = strongest(given)  # (53, 64)
    torch.testing.assert_close(best.value, strength.sort(0, descending=True).values[:5].T)
    torch.testing.assert_close(strength.T.gather(1, best.picture), best.value)
    assert all(len(set(pictures)) == 5 for pictures in best.picture.tolist()), "a picture counts once"
    for channel in (0, 17):
        picture, row, column = (int(part[channel, 0]) for part in (best.picture, best.row, best.column))
        assert given[picture, channel, row, column] == pytest.approx(float(best.value[channel, 0]))


def test_a_class_score_has_strongest_pictures_too(network):
    *_, best = top(network, [some(7)], "fc8", k=9, precision="float32")
    assert best.value.shape == (4, 7), "no more than there are"


def test_cka_is_one_with_itself_turned_and_scaled_and_about_none_with_something_else():
    chance = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 20, generator=chance), torch.randn(60, 30, generator=chance)
    turn = torch.linalg.qr(torch.randn(20, 20, generator=chance))[0]
    for alike in (cka, procrustes):
        assert alike(x, x) == pytest.approx(1, abs=1e-6)
        assert alike(x, 1e4 * x @ turn + 3) == pytest.approx(1, abs=1e-6)
    assert abs(cka(x, y)) < 0.1
    assert cka(x, y) == pytest.approx(slow_cka(x.double(), y.double()), abs=1e-9)


def slow_cka(x, y):
    """Song et al. 2012, equation 5, sum by sum."""

    def hsic(k, m):
        n, total = len(k), 0.0
        k, m = k.clone().fill_diagonal_(0), m.clone().fill_diagonal_(0)
        one = torch.ones(n, dtype=torch.float64)
        total = torch.trace(k @ m) + one @ k @ one * (one @ m @ one) / ((n - 1) * (n - 2))
        return (total - 2 / (n - 2) * (one @ k @ m @ one)) / (n * (n - 3))

    x, y = x - x.mean(0), y - y.mean(0)
    k, m = x @ x.T, y @ y.T
    return float(hsic(k, m) / (hsic(k, k) * hsic(m, m)).sqrt())


def test_dead_features_give_numbers():
    x = torch.randn(20, 5)
    dead = torch.zeros(20, 5)
    for alike in (cka, procrustes):
        assert alike(x, dead) == 0
        assert alike(dead, dead) == 0
        half = torch.cat([x, dead], 1)
        assert alike(x, half) == pytest.approx(1, abs=1e-6)


def test_maximised_pictures_excite_their_units_more_than_any_of_many_others(network):
    units = [1, 5, 11]
    *_, (step, images, after) = fourier(network, "conv3", [[unit] for unit in units], 48, steps=48)
    assert step == 48
    assert images.shape == (3, 3, 48, 48)
    assert images.min() >= 0
    assert images.max() <= 255
    with torch.no_grad():
        others = activations(network, network.prepare(some(500)), ["conv3"])["conv3"][:, units].mean((2, 3))
    assert (after > 2 * others.amax(0)).all()


@pytest.mark.parametrize("name", PRESETS)
def test_every_regulariser_lets_the_unit_grow(network, name):
    steps = list(pixels(network, "conv2", [[0], [3], [0, 3]], 48, PRESETS[name], steps=30))
    assert (steps[-1][2] > 1.5 * steps[0][2].abs()).all()
    assert steps[-1][1].shape == (3, 3, 48, 48)


def test_a_mixture_excites_both_of_its_units(network):
    *_, (_, images, _) = fourier(network, "conv3", [[1], [5], [1, 5]], 48, steps=48)
    with torch.no_grad():
        given = activations(network, network.normalise(images), ["conv3"])["conv3"].mean((2, 3))
    for unit, other in ((1, 1), (5, 0)):
        assert given[2, unit] > given[other, unit], "more than the picture that was made for the other one"


def test_a_blur_keeps_a_plain_picture_and_spreads_a_point():
    plain = torch.full((1, 3, 9, 9), 2.0)
    torch.testing.assert_close(blurred(plain, 1.0), plain)
    point = torch.zeros(1, 3, 9, 9)
    point[..., 4, 4] = 1
    spreads = blurred(point, 1.0)[0, 0]
    assert spreads.sum() == pytest.approx(1, abs=1e-3)
    assert spreads[4, 4] == pytest.approx(1 / (2 * np.pi), abs=0.01)


def test_a_unit_is_read_where_it_is_strongest_or_at_its_place(network):
    x = network.prepare(some(2))
    given = activations(network, x, ["conv2"])["conv2"]
    assert torch.equal(value(network, x, Unit("conv2", 3)), given[:, 3].amax((1, 2)))
    assert torch.equal(value(network, x, Unit("conv2", 3, (1, 2))), given[:, 3, 1, 2])
