"""Heat maps: relevance against captum and its sum, what a square hides, where the last maps are, what is drawn."""

import copy
from collections import OrderedDict

import captum.attr
import numpy as np
import pytest
import torch
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule
from torch import nn

from core.experiments.lens_attribution import METHODS as NAMES
from core.lenses.gradcam import last_maps
from core.lenses.heat import METHODS, fall, heat, square
from core.lenses.lrp import relevance, rewrite
from core.lenses.sheets import KINDS, coloured, over, peak
from core.lenses.units import Unit, value
from core.models.staged import Preprocessing, Stage, Staged, build
from core.runs.settings import Refused


@pytest.fixture(scope="module")
def network():
    network = build("labnet", 4, 0).eval()
    chance = torch.Generator().manual_seed(2)
    for module in network.modules():  # statistics as if it had learned
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3, generator=chance)
            module.running_var.uniform_(0.5, 2, generator=chance)
    return network


@pytest.fixture(scope="module")
def pictures():
    return torch.randn(3, 3, 48, 48, generator=torch.Generator().manual_seed(1))


def small():
    """Convolutions and fully connected layers with ReLU, without biases in the convolutions."""
    torch.manual_seed(0)
    conv = Stage(
        OrderedDict(
            a=nn.Conv2d(3, 6, 3, padding=1, bias=False), b=nn.ReLU(), c=nn.Conv2d(6, 8, 3, bias=False), d=nn.ReLU(),
            pool=nn.MaxPool2d(2),
        )
    )  # fmt: skip
    head = Stage(OrderedDict(flatten=nn.Flatten(), e=nn.Linear(8 * 5 * 5, 9), f=nn.ReLU(), g=nn.Linear(9, 4)))
    return Staged("test", 4, {"conv1": conv, "head": head}, Preprocessing((0.0,) * 3, (1.0,) * 3, 12)).eval()


def test_relevance_is_captums():
    network, x = small(), torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(1))  # as of z+, at least 0
    ours = relevance(network, x, Unit("head", 2))
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.rule = Alpha1_Beta0_Rule(set_bias_to_zero=True)
        elif isinstance(module, nn.Linear | nn.Flatten):
            module.rule = EpsilonRule(epsilon=1e-12)
    flat = nn.Sequential(*network.stages["conv1"], *network.stages["head"])
    theirs = captum.attr.LRP(flat).attribute(x.requires_grad_(), target=2)
    torch.testing.assert_close(ours, theirs.detach(), rtol=1e-3, atol=1e-6)
    assert ours.abs().sum() > 0


def test_relevance_adds_up_to_the_score_where_no_bias_has_a_part_in_it():
    network, x = small(), torch.randn(2, 3, 12, 12, generator=torch.Generator().manual_seed(1))
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
    score = value(network, x, Unit("head", 1))
    torch.testing.assert_close(
        relevance(network, x, Unit("head", 1)).sum((1, 2, 3)), score.detach(), rtol=1e-3, atol=1e-4
    )


def test_batchnorm_is_folded_and_the_network_is_left_as_it_was(network, pictures):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    plain = copy.deepcopy(network)
    rewrite(plain.stages)
    torch.testing.assert_close(plain(pictures), network(pictures), rtol=1e-3, atol=1e-4)
    assert not any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in plain.modules())
    assert torch.isfinite(relevance(network, pictures, Unit("fc8", 2))).all()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize("name", ["efficientnet_lite0", "vit_b_16"])
def test_relevance_of_other_layers_is_refused_with_their_name(name):
    with pytest.raises(Refused, match="this network has"):
        relevance(build(name, 3, 0, size=64), torch.randn(1, 3, 64, 64), Unit("head", 0))


def test_the_menu_of_methods_is_that_of_the_lens():
    assert tuple(METHODS) == NAMES


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_map_of_each_picture_apart_and_leaves_the_network(network, pictures, method):
    network.train()
    found = heat(network, pictures, Unit("fc8", 1), method)
    assert network.training
    network.eval()
    assert found.shape == (3, 48, 48)
    assert found.min() >= 0
    assert not found.requires_grad
    alone = heat(network, pictures[1:2], Unit("fc8", 1), method)
    torch.testing.assert_close(found[1:2], alone, rtol=1e-3, atol=1e-5)


def test_a_square_of_the_pictures_own_colour_is_unseen_in_a_plain_picture_and_a_grey_one_is_not(network):
    plain = torch.full((1, 3, 48, 48), 1.5)
    assert fall(network, plain, Unit("fc8", 0)).max() < 1e-6
    class_ = int(network(plain).argmax())
    assert max(float(fall(network, plain, Unit("fc8", k), grey=True).max()) for k in (class_, 1, 2)) > 1e-4
    assert square(48) == 8


def test_the_last_maps_are_those_before_they_are_pooled(network, pictures):
    assert last_maps(network, pictures[:1]) == "conv5.relu"
    for name, size, last in (
        ("efficientnet_lite0", 64, "features.1"),
        ("alexnet", 96, "conv5.1"),
        ("vit_b_16", 32, None),
    ):
        assert last_maps(build(name, 3, 0, size=size).eval(), torch.randn(1, 3, size, size)) == last
    with pytest.raises(Refused, match="no maps"):
        heat(build("vit_b_16", 3, 0, size=32), torch.randn(1, 3, 32, 32), Unit("head", 0), "gradcam")


def test_a_map_is_drawn_over_its_picture_with_a_ring_at_its_peak():
    grey, heats = np.full((80, 80, 3), 100, np.uint8), np.zeros((8, 8))
    heats[2, 5] = 3
    drawn = over(grey, heats).astype(int)
    assert drawn.shape == grey.shape
    assert np.linalg.norm(drawn[25, 55] - drawn[75, 5]) > 100, "yellow against violet"
    white = np.argwhere((drawn == 255).all(-1))
    assert white.mean(0) == pytest.approx([25, 55], abs=1)
    assert len(np.unique(over(grey, 0 * heats).reshape(-1, 3), axis=0)) == 1, "nowhere anything: no peak"


def test_of_equal_peaks_the_middle_one_counts():
    heats = np.zeros((9, 9))
    heats[3:6, 2:7] = 1
    assert peak(heats) == (4, 4)


def test_kinds_have_their_colours_in_order():
    found = coloured(np.array([[4, 4], [7, 1]]), [4, 7], 4)
    assert tuple(found[0, 0]) == KINDS["blue"]
    assert tuple(found[3, 0]) == KINDS["orange"]
    assert len(set(found[3, 3].tolist())) == 1, "others are grey"
