"""Frozen, fine-tuned, new; copying stages; networks as arrays and back."""

import copy
import json

import numpy as np
import pytest
import torch

from core.models.catalog import NETWORKS
from core.models.staged import build
from core.models.states import freeze, transplant
from core.models.weights import from_arrays, to_arrays
from core.runs.settings import Refused

FIVE = ["frozen"] * 5 + ["fine-tuned"] * 2 + ["new"]


def snapshot(network):
    return copy.deepcopy(network.state_dict())


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def train_a_little(network, size=48):
    """A step that would change everything that may change."""
    optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    x = network.prepare(np.random.default_rng(1).integers(0, 256, (8, size, size, 3), dtype=np.uint8))
    network(x).square().mean().backward()
    optimiser.step()


def test_frozen_means_no_gradient_and_fixed_statistics():
    network = freeze(build("labnet", 4, seed=0), FIVE)
    before = snapshot(network)
    network.train()
    for stage in network.stages.values():
        stage.train()  # asked for stage by stage, it stays frozen too
    train_a_little(network)
    after = network.state_dict()
    for name, state in zip(network.names, FIVE, strict=True):
        keys = [key for key in after if key.startswith(f"stages.{name}.")]
        assert keys
        changed = {key for key in keys if not torch.equal(after[key], before[key])}
        assert not changed if state == "frozen" else changed, (name, changed)
        if state == "fine-tuned":
            assert f"stages.{name}.norm.running_mean" in changed
        assert all(p.requires_grad == (state != "frozen") for p in network.stage(name).parameters())


def test_a_frozen_efficientnet_keeps_every_statistic():
    network = freeze(build("efficientnet_lite0", 2, seed=0, size=64), ["frozen"] * 8 + ["new"])
    before = snapshot(network)
    network.train()
    train_a_little(network, size=64)
    changed = {key for key, value in network.state_dict().items() if not torch.equal(value, before[key])}
    assert changed == {"stages.head.0.weight", "stages.head.0.bias"}


def test_thawed_stages_learn_again():
    network = freeze(build("labnet", 2, seed=0), ["frozen"] * 8)
    freeze(network, ["fine-tuned"] * 8)
    network.train()
    assert all(p.requires_grad for p in network.parameters())
    assert all(module.training for module in network.modules())


def test_new_stages_are_drawn_from_the_seed_whatever_else_is_new():
    start = build("labnet", 2, seed=0)
    one = freeze(copy.deepcopy(start), ["fine-tuned"] * 6 + ["new", "fine-tuned"], seed=5).state_dict()
    two = freeze(copy.deepcopy(start), ["new"] * 8, seed=5).state_dict()
    fresh, old = build("labnet", 2, seed=5).state_dict(), start.state_dict()
    for key in one:
        assert torch.equal(one[key], two[key] if key.startswith("stages.fc7") else old[key]), key
    assert same(two, fresh)


def test_new_stages_start_with_fresh_statistics_and_usual_momentum():
    network = build("efficientnet_lite0", 2, seed=0, weights="imagenet")
    for module in network.modules():
        if hasattr(module, "running_mean"):
            module.momentum = 0.01
    freeze(network, ["fine-tuned"] * 7 + ["new", "new"])
    norms = [module for module in network.stage("features").modules() if hasattr(module, "running_mean")]
    assert norms
    assert all(not m.running_mean.any() and m.momentum == 0.1 and m.num_batches_tracked == 0 for m in norms)


def test_transplant_copies_and_leaves_the_source_alone():
    source, target = build("labnet", 2, seed=0), build("labnet", 3, seed=1)
    with torch.no_grad():
        source.stage("conv2").norm.running_mean.fill_(7)
    before = snapshot(source)
    transplant(source, target, ["conv1", "conv2"])
    assert target.states == ("fine-tuned",) * 2 + ("new",) * 6
    assert torch.all(target.stage("conv2").norm.running_mean == 7)
    assert torch.equal(target.stage("conv1").conv.weight, source.stage("conv1").conv.weight)
    assert not torch.equal(target.stage("conv3").conv.weight, source.stage("conv3").conv.weight)
    target.train()
    train_a_little(target)
    assert same(source.state_dict(), before)


def test_what_does_not_fit_is_refused_and_changes_nothing():
    source, target = build("labnet", 2, seed=0), build("labnet", 3, seed=1)
    before = snapshot(target)
    with pytest.raises(Refused, match="fc8"):
        transplant(source, target, ["conv1", "fc8"])
    with pytest.raises(Refused, match="one of conv1"):
        transplant(source, target, ["conv9"])
    with pytest.raises(Refused, match="8 words"):
        freeze(target, ["frozen"])
    with pytest.raises(Refused, match="frozen, fine-tuned, new"):
        freeze(target, ["frozen"] * 7 + ["thawed"])
    assert same(target.state_dict(), before)
    assert set(target.states) == {"new"}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_survives_as_recipe_and_arrays(name):
    network = build(name, 3, seed=0, size=64)
    train_a_little(network.train(), size=64)  # statistics that are not those of a fresh network
    recipe, arrays = to_arrays(network.eval())
    again = from_arrays(json.loads(json.dumps(recipe)), arrays).eval()
    assert set(again.states) == {"fine-tuned"}
    x = network.prepare(np.full((2, 64, 64, 3), 90, np.uint8))
    with torch.no_grad():
        assert torch.equal(network(x), again(x))
        for value in arrays.values():
            value.fill(0)
        assert torch.equal(network(x), again(x)), "the arrays are the network's own memory"


def test_arrays_of_another_network_are_refused():
    recipe, _ = to_arrays(build("labnet", 2, seed=0))
    _, arrays = to_arrays(build("labnet", 3, seed=0))
    with pytest.raises(Refused, match="do not fit"):
        from_arrays(recipe, arrays)
