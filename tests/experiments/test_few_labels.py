"""How few labels: what the ways differ in, which pictures have a label, who chooses the steps, where curves cross."""

import numpy as np
import pytest

from core.experiments import label_efficiency as one
from core.experiments.few_labels import FewLabels, arms_of, few_labels, hits, rate_at, steps_at, summarise
from core.experiments.label_efficiency import HOWS, Parts, label_efficiency, propagated, taught
from core.learning.compare import compare
from core.learning.evaluate import probabilities
from core.runs.settings import Refused, as_json
from core.runs.spec import Progress, Spec
from core.worlds import open_world
from core.worlds.splits import budget, split
from tests.experiments.conftest import rows

SMALL = {"data": "digits", "source": "none", "size": 16, "share": 5, "precision": "float32"}


def test_the_ways_read_the_same_features_and_differ_in_where_weights_come_from_and_how_fast_they_learn():
    runs = {how: as_json(Spec.of(label_efficiency, how=how).settings) for how in HOWS}

    def changed(a, b):
        return {key for key in runs[a] if runs[a][key] != runs[b][key]} - {"how"}

    assert changed("frozen", "fine-tuned") == {"body_rate"}
    assert changed("fine-tuned", "scratch") == {"body_rate", "source", "donor"}
    assert {run["network"] for run in runs.values()} == {"labresnet"}


@pytest.mark.parametrize("how", ["frozen", "fine-tuned", "scratch"])
def test_what_may_learn_learns_and_what_is_borrowed_is_borrowed(how):
    settings = Spec.of(label_efficiency, how=how).settings
    network = one.borrower(settings, 16)
    lent = one.borrower(Spec.of(label_efficiency, how="frozen").settings, 16)
    assert (settings.donor is None) == (how == "scratch")
    state = {"frozen": "frozen", "fine-tuned": "fine-tuned", "scratch": "fine-tuned"}[how]
    assert network.states == (state,) * 4 + ("new",)
    first = network.state_dict()["stages.stem.conv.weight"]
    assert np.array_equal(first, lent.state_dict()["stages.stem.conv.weight"]) == (how != "scratch")


def test_a_share_is_of_every_class_as_many_and_smaller_shares_are_in_larger():
    drained = {}
    for share in (5, 20):
        settings = Spec.of(label_efficiency, **{**SMALL, "share": share}, how="propagation").settings
        drained[share] = returned(one.read(settings))
    world = open_world("digits")
    train = split(world).train
    least = np.bincount(world.labels[train]).min()
    for share, data in drained.items():
        counts = np.bincount(data.train[1][data.chosen])
        assert set(counts) == {max(1, round(share * least / 100))}
        assert len(data.train[0]) == len(train), "propagation sees the others too"
        asked = budget(world, train, counts[0], 0)
        assert np.array_equal(train[data.chosen], asked)
    assert set(drained[5].chosen) < set(drained[20].chosen)


def returned(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_validation_chooses_the_step_and_the_weights_of_that_step_are_tested(monkeypatch):
    settings = Spec.of(label_efficiency, **SMALL, how="scratch", steps=40).settings
    data = returned(one.read(settings))
    told, kept = [0.2, 0.5, 0.4] + [0.1] * 40, {}

    def scripted(settings, objective, data):
        for k, accuracy in enumerate(told):
            objective.averaged.stage("head").linear.bias.data[k % 10] += 0.5  # every moment's network is another one
            kept[2 * k] = probabilities(objective.averaged, data.test[0], precision="float32")
            yield {"split": "validation", "step": 2 * k, "accuracy": accuracy, "loss": 1.0}

    monkeypatch.setattr(one, "validated", scripted)
    found, step = returned(taught(settings, one.borrower(settings, 10), data, {}))
    assert step == 2
    assert np.allclose(found, kept[2])
    assert not np.allclose(found, kept[0])
    assert max(kept) == 2 + 16, "it stops when eight measurements brought nothing better"


def test_labels_spread_over_the_codes_of_the_training_pictures_alone():
    settings = Spec.of(label_efficiency, **SMALL, how="propagation").settings
    data = returned(one.read(settings))
    network = one.borrower(settings, 10)
    found, step = propagated(settings, network, data)
    assert step == 0
    assert found.shape == (len(data.test[1]), 10)
    once = propagated(
        settings, network, Parts(10, data.train, data.validation, (data.test[0][:5], data.test[1][:5]), data.chosen)
    )
    assert np.allclose(once[0], found[:5]), "a test picture's answer does not hang on which others are asked"
    hidden = data.train[1].copy()
    hidden[np.setdiff1d(np.arange(len(hidden)), data.chosen)] = 0
    blind = propagated(settings, network, Parts(10, (data.train[0], hidden), data.validation, data.test, data.chosen))
    assert np.allclose(blind[0], found), "labels that were not bought are not looked at"


def test_the_bits_of_a_run_are_its_test_pictures(finish):
    run, items = finish("label_efficiency", **SMALL, how="scratch", steps=4)
    (test,) = [row for row in rows(items) if row["split"] == "test"]
    compared = compare([{**test, "run": run.id}], {run.id: (("scratch", "", 5), 0)})
    right = hits(compared, ("scratch", "", 5), 0)
    assert len(right) == test["n"]
    assert right.sum() == test["correct"]
    assert run.summary["accuracy"]["low"] <= test["accuracy"] <= run.summary["accuracy"]["high"]
    assert {row["split"] for row in rows(items)} == {"validation", "test"}
    assert any(isinstance(item, Progress) and item.what == "steps" for item in items)


def row(spec, right, n=400, seed=0):
    """A test row in which this share of the pictures is right, drawn by a seed."""
    bits = np.random.default_rng(seed).permutation(n) < round(right * n)
    told = {"accuracy": float(bits.mean()), "correct": int(bits.sum()), "n": n, "step": 10}
    return {"run": spec.id, "split": "test", **told, "right": np.packbits(bits).tobytes().hex()}


def made(accuracy, **settings):
    """What is summarised of pretended runs: accuracy(how, encoder, share) → a share."""
    plan = Spec.of(few_labels, **{"encoders": "simclr,moco2", "shares": "1,10,100", **settings}).settings
    told = [
        row(spec, accuracy(*cell), seed=k)
        for k, (cell, _, spec) in enumerate(arms_of(plan))
        if accuracy(*cell) is not None
    ]
    return summarise(plan, told)


def test_where_scratch_overtakes_is_on_the_way_between_two_shares_and_has_an_interval():
    frozen, scratch = {1: 0.5, 10: 0.6, 100: 0.6}, {1: 0.1, 10: 0.4, 100: 0.8}
    found = made(lambda how, encoder, share: {"frozen": frozen, "scratch": scratch}.get(how, frozen)[share])
    crossing = found["overtakes"]["scratch"]
    assert crossing["share"] == pytest.approx(10**1.5, rel=0.03), "halfway, on a logarithmic axis"
    assert crossing["low"] < crossing["share"] < crossing["high"]
    assert crossing["never"] == 0
    assert found["ahead"]["scratch"]["100"]["mean"] == pytest.approx(0.2)
    assert found["gains"]["simclr"]["frozen"]["1"]["mean"] == pytest.approx(0.4)
    assert found["curves"][""]["scratch"]["1"]["steps"] == [10, 10, 10]


def test_no_crossing_is_said_and_how_often():
    found = made(lambda how, encoder, share: 0.5 if how == "frozen" else 0.3)["overtakes"]["scratch"]
    assert (found["share"], found["low"], found["high"], found["never"]) == (None, None, None, 1.0)
    near = made(lambda how, encoder, share: 0.5 if how == "frozen" or share == 100 else 0.3)["overtakes"]["scratch"]
    assert 0.2 < near["never"] < 0.8, "a tie at the end is one in half of the draws"


def test_half_a_plan_is_summarised_too():
    assert made(lambda how, encoder, share: None)["curves"] == {}
    found = made(lambda how, encoder, share: 0.5 if (how, share) == ("scratch", 1) else None)
    assert found["overtakes"]["scratch"] is None
    assert list(found["curves"]) == [""]


def test_the_first_encoder_is_tried_in_every_way_and_the_others_where_it_matters():
    cells = [cell for cell, *_ in arms_of(FewLabels(encoders=("moco2", "simclr"), shares=(1, 5, 20, 50, 100), seeds=1))]
    assert {(how, share) for how, encoder, share in cells if encoder == "moco2"} == {
        (how, share) for how in ("frozen", "fine-tuned", "propagation") for share in (1, 5, 20, 50, 100)
    }
    assert [(how, share) for how, encoder, share in cells if encoder == "simclr"] == [
        ("frozen", 1), ("frozen", 20), ("frozen", 100), ("fine-tuned", 1),
    ]  # fmt: skip
    assert [steps_at("scratch", share) for share in (1, 2, 100)] == [150, 600, 1200]
    rates = {(how, share): rate_at(how, share) for how in HOWS for share in (1, 5)}
    assert {cell for cell, rate in rates.items() if rate} == {("fine-tuned", 1), ("fine-tuned", 5)}
    assert rates["fine-tuned", 1] < rates["fine-tuned", 5]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"share": 0}, "from 1 to 100"),
        ({"source": "toys"}, "imagenet, none, or run:<id>"),
        ({"source": "run:0123456789abcdef"}, "no finished run"),
        ({"source": "simclr", "network": "labnet"}, "these weights are for labresnet: leave it at auto"),
        ({"size": 7}, "from 16 to 128"),
    ],
)
def test_what_cannot_be_learned_is_refused_in_one_sentence(settings, words):
    with pytest.raises(Refused, match=words):
        Spec.of(label_efficiency, **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shares": ""}, "at least one share"),
        ({"encoders": ""}, "some of simclr"),
        ({"shares": "5,200"}, "from 1 to 100"),
    ],
)
def test_a_plan_without_shares_or_encoders_is_refused(settings, words):
    with pytest.raises(Refused, match=words):
        Spec.of(few_labels, **settings)
