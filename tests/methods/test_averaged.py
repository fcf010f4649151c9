"""The running mean of weights: of which steps it is, that frozen stages stay, and that it is what is measured."""

import copy

import numpy as np
import pytest
import torch

from core.learning.evaluate import probabilities
from core.learning.fit import fit
from core.methods.averaged import Averaged
from core.models.staged import build
from core.models.states import freeze

HOW = {"head_rate": 1e-2, "body_rate": 2e-3, "precision": "float32"}


def labelled(n=24, seed=0):
    chance = np.random.default_rng(seed)
    return chance.integers(0, 256, (n, 16, 16, 3), dtype=np.uint8), np.arange(n) % 3


def states(objective, steps):
    """The weights after each step of a training, and the averaged ones at its end."""
    seen = []
    for row in fit(objective, steps=steps, batch_size=8, schedule="constant"):
        if row["split"] == "train" and row["step"]:
            seen.append(copy.deepcopy(objective.network.state_dict()))
    return seen, objective.averaged.state_dict()


def test_of_fewer_steps_than_its_span_it_is_their_plain_mean():
    objective = Averaged(build("labresnet", 3, 0, size=16), labelled(), span=10, **HOW)
    seen, averaged = states(objective, 4)
    assert len(seen) == 4
    for name, value in averaged.items():
        if value.is_floating_point():
            mean = torch.stack([state[name] for state in seen]).mean(0)
            assert torch.allclose(value, mean, atol=1e-5), name


def test_later_it_forgets_the_first_steps():
    objective = Averaged(build("labresnet", 3, 0, size=16), labelled(), span=2, **HOW)
    seen, averaged = states(objective, 5)
    name = "stages.head.linear.weight"
    expected = seen[0][name]
    for state in seen[1:]:
        expected = (expected + state[name]) / 2
    assert torch.allclose(averaged[name], expected, atol=1e-6)


def test_frozen_stages_are_the_same_in_both_and_as_they_were():
    network = freeze(build("labresnet", 3, 0, size=16), ["frozen"] * 4 + ["new"])
    before = copy.deepcopy(network.state_dict())
    objective = Averaged(network, labelled(), span=2, **HOW)
    _, averaged = states(objective, 3)
    for name, value in before.items():
        same = torch.equal(value, averaged[name]) and torch.equal(value, network.state_dict()[name])
        assert same == ("stages.head" not in name), name


def test_held_out_pictures_are_named_by_the_mean():
    objective = Averaged(build("labresnet", 3, 0, size=16), labelled(), span=3, **HOW)
    states(objective, 6)
    pictures, labels = labelled(30, seed=1)
    found = objective.held_out((pictures, labels))()
    said = probabilities(objective.averaged, pictures, precision="float32")
    assert found["accuracy"] == pytest.approx((said.argmax(1) == labels).mean())
    theirs = probabilities(objective.network, pictures, precision="float32")
    assert not np.allclose(said, theirs), "which is not what the last step says"
