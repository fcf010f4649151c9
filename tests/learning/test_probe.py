"""Features, linear probe and nearest neighbours, against other ways of computing them; precision by processor."""

import copy

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from core.learning import precision
from core.learning.features import features, maps, width
from core.learning.intervals import wilson
from core.learning.probe import (
    collapse_meter,
    effective_rank,
    held_out,
    linear_probe,
    nearest_neighbours,
    probing,
    spread,
)
from core.learning.supervised import Supervised
from core.models.staged import build
from core.runs.settings import Refused


def blobs(n, classes=3, dimensions=12, seed=0, spread=2.5):
    chance = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centres = np.random.default_rng(99).standard_normal((classes, dimensions)) * 2
    return (centres[labels] + spread * chance.standard_normal((n, dimensions))).astype(np.float32), labels


def test_features_are_what_the_stage_gave_averaged_over_place():
    network = build("labnet", 2, seed=0, size=32).train()
    before = copy.deepcopy(network.state_dict())
    pictures = np.random.default_rng(0).integers(0, 256, (300, 32, 32, 3), dtype=np.uint8)
    ours = features(network, pictures, "conv3", precision="float32")
    assert network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    network.eval()
    with torch.no_grad():
        x = network.prepare(pictures)
        for name in ("conv1", "conv2", "conv3"):
            x = network.stage(name)(x)
    np.testing.assert_allclose(ours, x.mean((2, 3)).numpy(), atol=1e-5)
    assert features(network, pictures[:5], "fc7").shape == (5, 256)
    with pytest.raises(Refused, match="one of conv1"):
        features(network, pictures, "conv9")


def test_tokens_are_averaged_over_place_too():
    network = build("vit_b_16", 2, seed=0, size=32)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    ours = features(network, pictures, "block1", precision="float32")
    with torch.no_grad():
        tokens = network.eval()(network.prepare(pictures), 0, 2)
    np.testing.assert_allclose(ours, tokens.mean(1).numpy(), atol=1e-5)


def test_the_linear_probe_is_penalised_logistic_regression():
    """Against torch's L-BFGS on the same objective: sum of losses + |W|^2 / 2C on standardised features."""
    (x, y), (tested, truth) = blobs(90), blobs(300, seed=1)
    ours = linear_probe((x, y), (tested, truth), regularisation=0.05)
    mean, deviation = x.mean(0), x.std(0)
    xs, ys = torch.tensor((x - mean) / deviation, dtype=torch.float64), torch.tensor(y)
    w, b = (torch.zeros(shape, dtype=torch.float64, requires_grad=True) for shape in ((12, 3), (3,)))
    solver = torch.optim.LBFGS([w, b], max_iter=500, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def objective():
        solver.zero_grad()
        loss = torch.nn.functional.cross_entropy(xs @ w + b, ys, reduction="sum") + w.square().sum() / (2 * 0.05)
        loss.backward()
        return loss

    solver.step(objective)
    reference = (torch.tensor((tested - mean) / deviation, dtype=torch.float64) @ w + b).argmax(1).numpy()
    assert (ours.predicted == reference).mean() > 0.99
    assert (ours.accuracy, ours.low, ours.high) == wilson(int((ours.predicted == truth).sum()), 300)
    assert ours.accuracy > 0.7


def test_neighbours_vote_as_sklearns_do():
    (x, y), (tested, truth) = blobs(80, classes=2), blobs(200, classes=2, seed=1)
    for k in (1, 7):  # odd, so that two classes cannot tie
        reference = KNeighborsClassifier(k, metric="cosine").fit(x, y).predict(tested)
        np.testing.assert_array_equal(nearest_neighbours((x, y), (tested, truth), k).predicted, reference)


def test_a_tied_vote_goes_to_the_closer_pictures_and_a_majority_always_wins():
    train = np.array([[1.0, 0.0], [0.0, 1.0], [0.1, 1.0]]), np.array([1, 0, 0])
    asked = np.array([[1.0, 0.5]]), np.array([1])
    assert nearest_neighbours(train, asked, k=2).predicted == [1]
    assert nearest_neighbours(train, asked, k=3).predicted == [0]
    assert nearest_neighbours(train, asked, k=50).predicted == [0], "k is lowered to three"
    lengths = train[0] * np.array([[1.0], [100.0], [0.01]])
    assert nearest_neighbours((lengths, train[1]), asked, k=2).predicted == [1], "only directions count"


def test_a_probe_needs_two_classes_and_numbers():
    x, y = blobs(10)
    with pytest.raises(Refused, match="two classes"):
        linear_probe((x, y * 0), (x, y))
    with pytest.raises(Refused, match="neighbour"):
        nearest_neighbours((x, y), (x, y), k=0)
    with pytest.raises(ValueError, match="finite"):
        linear_probe((x * np.nan, y), (x, y))


@pytest.mark.parametrize(
    ("flags", "gains"),
    [
        ({"avx512_bf16"}, True),
        ({"amx_bf16"}, True),
        ({"bf16", "asimd"}, True),
        ({"avx2", "avx512f"}, False),
        (set(), False),
    ],
)
def test_bfloat16_is_chosen_where_the_processor_multiplies_it(monkeypatch, flags, gains):
    monkeypatch.setattr(precision, "processor_flags", lambda: frozenset(flags))
    assert precision.arithmetic("auto", "cpu").dtype == (torch.bfloat16 if gains else torch.float32)
    assert precision.arithmetic("float32", "cpu").dtype == torch.float32
    assert precision.arithmetic("bfloat16", "cpu").dtype == torch.bfloat16


def test_processor_flags_come_from_torch_or_the_kernel(monkeypatch):
    precision.processor_flags.cache_clear()
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert isinstance(precision.processor_flags(), frozenset)
    monkeypatch.setattr(
        torch.cpu, "get_capabilities", lambda: {"amx_bf16": True, "sve": False, "cores": 2}, raising=False
    )
    precision.processor_flags.cache_clear()
    flags = precision.processor_flags()
    precision.processor_flags.cache_clear()
    assert "amx_bf16" in flags
    assert not {"sve", "cores"} & flags


def test_spread_and_rank_tell_collapse_from_an_even_sphere():
    chance = np.random.default_rng(0)
    even = chance.standard_normal((4000, 16))
    assert spread(even) == pytest.approx(1, abs=0.02)
    assert effective_rank(even) == pytest.approx(16, abs=0.1)
    line = np.outer(chance.random(100) + 1, np.arange(1, 9))
    assert spread(line) == pytest.approx(0, abs=1e-6)
    assert effective_rank(line) == pytest.approx(1, abs=1e-3)
    three = np.repeat(np.eye(8)[:3], 10, 0)
    assert effective_rank(three) == pytest.approx(3, abs=1e-3), "three directions of equal strength"


def some_pictures(n=30):
    return np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8), np.arange(n) % 2


def test_the_held_out_loss_is_that_of_the_objective_and_changes_nothing():
    network = build("labnet", 2, seed=0, size=32)
    pictures, labels = some_pictures()
    rates = {"head_rate": 1e-3, "body_rate": 1e-3}
    objective = Supervised(network, (pictures, labels), precision="float32", **rates)
    before = copy.deepcopy(network.state_dict())
    found, plain = held_out(objective, batch_size=7)(), objective.held_out((pictures, labels))()
    assert found == pytest.approx(plain, rel=1e-5)
    assert network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    coloured = Supervised(network, (pictures, labels), augment="colour", precision="float32", **rates)
    assert held_out(coloured)() == held_out(coloured)() != pytest.approx(plain)


def test_probes_read_the_features_of_the_network_as_it_is_now():
    network = build("labnet", 2, seed=0, size=32)
    train, test = some_pictures(), some_pictures(20)
    for answer in (nearest_neighbours, linear_probe):
        known, asked = (features(network, pictures, "conv3") for pictures, _ in (train, test))
        expected = answer((known, train[1]), (asked, test[1])).accuracy
        assert probing(network, "conv3", train, test, answer)() == {"accuracy": expected}
    meter = collapse_meter(network, "fc7", train[0])
    before = meter()
    assert before == {
        "spread": spread(features(network, train[0], "fc7")),
        "effective_rank": effective_rank(features(network, train[0], "fc7")),
    }
    network.stage("fc7").linear.weight.data.zero_()
    assert meter()["spread"] < 0.01 < before["spread"]


def test_maps_of_several_stages_come_in_one_pass():
    network = build("labnet", 2, seed=0, size=32)
    pictures, _ = some_pictures(5)
    passes = []
    network.stage("conv1").register_forward_hook(lambda stage, x, y: passes.append(len(y)))
    found = maps(network, pictures, ["conv2", "conv5", "fc6"], pooled=False, precision="float32")
    assert passes == [5]
    assert [tuple(x.shape) for x in found.values()] == [(5, 48, 4, 4), (5, 48, 2, 2), (5, 256)]
    for stage, x in found.items():
        alone = features(network, pictures, stage, precision="float32")
        np.testing.assert_array_equal(alone, x.mean((2, 3)).numpy() if x.ndim == 4 else x.numpy())
        assert width(network, stage) == alone.shape[1]
