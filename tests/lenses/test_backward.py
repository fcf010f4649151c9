"""Gradients by their three rules: against captum, transposed convolutions and a projection by hand."""

from collections import OrderedDict

import captum.attr
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.lenses.backward import RULES, backward, integrated
from core.lenses.gradcam import gradcam
from core.lenses.units import Unit, value
from core.models.staged import Preprocessing, Stage, Staged, activations, build
from core.runs.settings import Refused

PLAIN = Preprocessing((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 12)


def staged(**stages):
    return Staged("test", 0, {name: Stage(OrderedDict(layers)) for name, layers in stages.items()}, PLAIN)


@pytest.fixture(scope="module")
def pictures():
    return torch.randn(2, 3, 48, 48, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module", params=["labnet", "resnet18"])
def network(request):
    return build(request.param, 4, 0, size=None if request.param == "labnet" else 48).eval()


def class_of(network, k=2):
    return Unit(network.head, k)


ORACLES = {
    "gradient": captum.attr.Saliency,
    "guided": captum.attr.GuidedBackprop,
    "deconvnet": captum.attr.Deconvolution,
}


@pytest.mark.parametrize("rule", RULES)
def test_the_three_rules_are_captums(network, pictures, rule):
    ours = backward(network, pictures, class_of(network), rule)
    options = {"abs": False} if rule == "gradient" else {}
    oracle = ORACLES[rule](_without_inplace(network))
    theirs = oracle.attribute(pictures.clone().requires_grad_(), target=2, **options)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-6)
    assert ours.abs().max() > 0


def _without_inplace(network):
    for module in network.modules():
        if getattr(module, "inplace", False):
            module.inplace = False
    return network


def test_integrated_gradients_are_captums_and_add_up_to_what_they_explain(network, pictures):
    ours = integrated(network, pictures, class_of(network), steps=48)
    explains = captum.attr.IntegratedGradients(_without_inplace(network))
    theirs = explains.attribute(pictures, target=2, n_steps=48, method="riemann_middle")
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)
    with torch.no_grad():
        gained = value(network, pictures, class_of(network)) - value(network, 0 * pictures, class_of(network))
    torch.testing.assert_close(ours.sum((1, 2, 3)), gained, rtol=0.05, atol=0.02)


def test_the_deconvnet_of_one_linear_layer_is_the_transposed_convolution():
    network = staged(conv1={"conv": nn.Conv2d(3, 5, 3, padding=1), "pool": nn.MaxPool2d(1)})
    network.stages["conv1"].relu = nn.ReLU()
    x = torch.randn(1, 3, 12, 12).abs()
    nn.init.uniform_(network.stages["conv1"].conv.weight, 0.1, 1)  # all positive: the ReLU lets everything through
    one = torch.zeros(1, 5, 12, 12)
    one[0, 3, 4, 7] = 1
    expected = F.conv_transpose2d(one, network.stages["conv1"].conv.weight, padding=1)
    torch.testing.assert_close(backward(network, x, Unit("conv1", 3, (4, 7)), "deconvnet"), expected)


def test_a_pooling_layer_sends_back_to_its_switch_and_only_the_positive_part():
    """By hand: 1 × 1 filters (2, −1, 0.5), then the maximum of two by two."""
    network = staged(conv1={"conv": nn.Conv2d(3, 1, 1, bias=False), "relu": nn.ReLU(), "pool": nn.MaxPool2d(2)})
    with torch.no_grad():
        network.stages["conv1"].conv.weight.copy_(torch.tensor([2.0, -1.0, 0.5]).view(1, 3, 1, 1))
    x = torch.zeros(1, 3, 12, 12)
    x[0, 0, 5, 4] = 1.0  # row 2, column 2 of the map; the strongest of its four
    x[0, 0, 4, 5] = 0.5
    back = backward(network, x, Unit("conv1", 0, (2, 2)), "deconvnet")
    assert back[0, :, 5, 4].tolist() == [2.0, -1.0, 0.5]
    assert back.abs().sum() == 3.5, "and nowhere else"


def test_grad_cam_is_captums(network, pictures):
    network = _without_inplace(network)
    stage = "conv4" if "conv4" in network.names else network.names[3]
    ours = gradcam(network, pictures, class_of(network), stage)
    layer = captum.attr.LayerGradCam(network, network.stage(stage))
    theirs = layer.attribute(pictures.clone().requires_grad_(), target=2, relu_attributions=True)[:, 0]
    torch.testing.assert_close(ours, theirs.detach(), rtol=1e-3, atol=1e-6)
    assert ours.max() > 0


def test_weights_by_place_add_up_to_a_score_that_is_linear_in_the_maps():
    network = build("labnet", 4, 0).eval()
    x, unit = torch.randn(2, 3, 48, 48), Unit("fc8", 1)
    for stage in ("fc6", "fc7"):  # what reads the maps becomes linear
        network.stage(stage).relu = nn.Identity()
    network.stage("conv5").pool = nn.AvgPool2d(3, 2, 1)
    given = activations(network, x, ["conv5.relu", "fc8"])
    with torch.no_grad():
        pooled = network.stage("conv5").pool(torch.zeros_like(given["conv5.relu"]))
        at_none = network(pooled, 5)[:, 1]
    summed = gradcam(network, x, unit, "conv5.relu", by_place=True)
    gradient = torch.autograd.grad(unit.of(given["fc8"]).sum(), given["conv5.relu"])[0]
    whole = (gradient * given["conv5.relu"]).sum(1)
    torch.testing.assert_close(summed, whole.clamp(min=0).detach())
    torch.testing.assert_close(whole.sum((1, 2)) + at_none, given["fc8"][:, 1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("rule", RULES)
def test_the_network_is_left_as_it_was(pictures, rule):
    network = build("alexnet", 3, 0, size=64).train()  # its ReLUs write over their input
    before = [(m.training, getattr(m, "inplace", None), len(m._backward_hooks)) for m in network.modules()]
    backward(network, torch.randn(1, 3, 64, 64), class_of(network, 1), rule)
    with pytest.raises(Refused, match="channels 0 to 2"):
        backward(network, torch.randn(1, 3, 64, 64), class_of(network, 7), rule)
    assert before == [(m.training, getattr(m, "inplace", None), len(m._backward_hooks)) for m in network.modules()]
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_guided_backprop_of_relu6_is_not_the_gradient(pictures):
    """As captum's is, which replaces nn.ReLU only."""
    network = build("efficientnet_lite0", 4, 0, size=64)
    x, unit = torch.randn(1, 3, 64, 64), class_of(network)
    plain, guided = backward(network, x, unit), backward(network, x, unit, "guided")
    assert not torch.allclose(plain, guided)
    assert guided.abs().sum() > 0


def test_what_a_rule_cannot_do_is_refused_with_the_reason():
    with pytest.raises(Refused, match="no switches"):
        backward(build("mobilenet_v3", 3, 0, size=64), torch.randn(1, 3, 64, 64), Unit("head", 0), "deconvnet")
    with pytest.raises(Refused, match="no ReLU"):
        backward(build("vit_b_16", 3, 0, size=32), torch.randn(1, 3, 32, 32), Unit("head", 0), "guided")
    with pytest.raises(Refused, match="one of gradient, deconvnet, guided"):
        backward(build("labnet", 3, 0), torch.randn(1, 3, 48, 48), Unit("fc8", 0), "sharp")
