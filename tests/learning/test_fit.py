"""The one loop: it learns and repeats bit for bit, arms see the same batches, frozen stages stay and pass once."""

import contextlib
import copy

import numpy as np
import pytest
import torch

from core.learning import menus
from core.learning.augment import AUGMENTATIONS
from core.learning.evaluate import measure, probabilities
from core.learning.features import Inputs
from core.learning.fit import fit
from core.learning.objective import batches
from core.learning.precision import arithmetic, evaluating
from core.learning.rates import OPTIMISERS, SCHEDULES, parameter_groups
from core.learning.supervised import Supervised
from core.models.staged import build
from core.models.states import freeze
from core.runs.settings import Refused

SIZE = 32
SCRATCH = ("new",) * 8
FIVE = ("frozen",) * 5 + ("fine-tuned",) * 2 + ("new",)
HEAD_ONLY = ("frozen",) * 7 + ("new",)


def stripes(n, classes=2, seed=0):
    """Noise with stripes whose direction (2 classes) or also colour (more) is the label: (pictures, labels)."""
    chance = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    wave = 60 * np.sign(np.sin(np.arange(SIZE) * 0.8))
    pictures = 100 + 30 * chance.standard_normal((n, SIZE, SIZE, 3))
    for picture, label in zip(pictures, labels, strict=True):
        pattern = wave[:, None] if label % 2 else wave[None, :]
        picture[..., label // 2 % 3] += pattern
    return pictures.clip(0, 255).astype(np.uint8), labels


def network(states=SCRATCH, classes=2, seed=0):
    return freeze(build("labnet", classes, seed, size=SIZE), states, seed)


def run(states=SCRATCH, train=None, held_out=None, classes=2, **settings):
    learner = network(states, classes)
    train = stripes(40, classes) if train is None else train
    held_out = {"validation": stripes(20, classes, seed=1)} if held_out is None else held_out
    settings = {"steps": 12, "batch_size": 8, "head_rate": 3e-3, "body_rate": 3e-3, **settings}
    return learner, list(trained(learner, train, held_out, **settings))


OF_THE_LOOP = ("steps", "batch_size", "optimiser", "weight_decay", "schedule", "seed")


def trained(learner, train, held_out, **settings):
    looped = {name: settings.pop(name) for name in OF_THE_LOOP if name in settings}
    objective = Supervised(learner, train, **settings)
    probes = {name: objective.held_out(held) for name, held in held_out.items() if len(held[1])}
    return fit(objective, probes=probes, **looped)


def timeless(rows):
    return [{key: value for key, value in row.items() if key != "images_per_second"} for row in rows]


def test_it_learns_what_can_be_learned():
    learner, rows = run(steps=40, batch_size=16)
    assert rows[-1]["accuracy"] == 1.0
    assert rows[-1]["loss"] < 0.3 * rows[1]["loss"]
    pictures, labels = stripes(30, seed=2)
    assert (probabilities(learner, pictures).argmax(1) == labels).mean() > 0.9


def test_rows_are_flat_and_evenly_measured():
    _, rows = run(steps=40)
    training = [row for row in rows if row["split"] == "train"]
    validation = [row for row in rows if row["split"] == "validation"]
    assert [row["step"] for row in training] == list(range(41))
    assert [row["step"] for row in validation] == list(range(0, 41, 2))
    assert set(training[0]) == {"step", "split", "loss", "accuracy", "images_per_second"}
    assert set(validation[0]) == {"step", "split", "loss", "accuracy"}
    assert all(type(value) in (int, float, str) for row in rows for value in row.values())
    assert all(row["images_per_second"] > 0 for row in training[1:])
    assert rows[0]["split"] == "train", "the first picture must not wait for the held-out set"


@pytest.mark.parametrize(("states", "augment"), [(SCRATCH, "colour"), (FIVE, "flip")])
def test_the_same_seed_gives_the_same_rows_bit_for_bit(states, augment):
    first, second, other = (timeless(run(states, augment=augment, seed=seed)[1]) for seed in (3, 3, 4))
    assert first == second != other


def test_two_threads_repeat_themselves_too():
    torch.set_num_threads(2)
    try:
        first, second = (timeless(run(augment="crop", steps=6)[1]) for _ in range(2))
    finally:
        torch.set_num_threads(1)
    assert first == second


def test_arms_that_freeze_differently_see_the_same_batches():
    looks = [run(states, augment="flip", precision="float32", seed=1)[1][0] for states in (SCRATCH, FIVE, HEAD_ONLY)]
    assert looks[0]["loss"] == pytest.approx(looks[1]["loss"], rel=1e-5)
    assert looks[0]["loss"] == pytest.approx(looks[2]["loss"], rel=1e-5)


@pytest.mark.parametrize(("n", "batch_size"), [(10, 4), (7, 7), (3, 64)])
def test_batches_are_shuffled_epochs_end_to_end(n, batch_size):
    size = min(n, batch_size)
    drawn = list(batches(n, batch_size, steps=3 * n, seed=0))
    assert {len(indices) for indices, _ in drawn} == {size}
    assert all(chance.shape[0] == size for _, chance in drawn)
    stream = torch.cat([indices for indices, _ in drawn])
    epochs = stream[: len(stream) // n * n].view(-1, n)
    assert all(sorted(epoch.tolist()) == list(range(n)) for epoch in epochs)
    assert len({tuple(epoch.tolist()) for epoch in epochs}) > 1
    other = next(batches(n, batch_size, steps=1, seed=1))
    assert not torch.equal(other[1], drawn[0][1])


@pytest.mark.parametrize("augment", ["none", "flip", "crop"])
@pytest.mark.parametrize("states", [FIVE, HEAD_ONLY])
def test_the_kept_prefix_changes_no_row(states, augment):
    settings = {"augment": augment, "precision": "float32", "steps": 12}
    _, kept = run(states, **settings)
    _, plain = run(states, **settings, cache=False)
    for one, other in zip(kept, plain, strict=True):
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("most", [1 << 27, 1], ids=["kept", "too many to keep"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("augment", ["none", "flip", "crop"])
def test_pictures_that_are_kept_normalised_change_nothing_where_no_stage_is_frozen(
    monkeypatch, augment, precision, most
):
    monkeypatch.setattr("core.learning.features.KEPT_PIXELS", most)
    settings = {"augment": augment, "precision": precision, "steps": 6}
    kept, _ = run(**settings)
    plain, _ = run(**settings, cache=False)
    for name, weights in plain.state_dict().items():
        assert torch.equal(kept.state_dict()[name], weights), "bit for bit"


@pytest.mark.parametrize(("augment", "sides"), [("none", 1), ("flip", 2)])
def test_a_frozen_prefix_sees_each_picture_once_a_side(augment, sides):
    learner, passed = network(FIVE), []
    learner.stage("conv1").register_forward_hook(lambda stage, x, y: passed.append(len(y)))
    train, validation = stripes(12), stripes(6, seed=1)
    settings = {"steps": 30, "batch_size": 4, "head_rate": 1e-3, "body_rate": 1e-3, "augment": augment}
    list(trained(learner, train, {"validation": validation}, **settings))
    assert 12 + 6 <= sum(passed) <= sides * 12 + 6


def test_a_prefix_too_large_to_keep_is_computed_again(monkeypatch):
    _, kept = run(FIVE, augment="flip", precision="float32")
    monkeypatch.setattr("core.learning.features.KEPT_BYTES", 1000)
    _, anew = run(FIVE, augment="flip", precision="float32")
    for one, other in zip(kept, anew, strict=True):
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-3, abs=1e-4)


def test_frozen_stages_and_their_statistics_stay_bit_for_bit():
    before = network(FIVE).state_dict()
    learner, _ = run(FIVE, augment="crop")
    for key, value in learner.state_dict().items():
        frozen = key.split(".")[1] in learner.names[:5]
        assert torch.equal(value, before[key]) == frozen, key


def test_a_body_rate_of_0_keeps_weights_but_not_statistics():
    tuned = ("fine-tuned",) * 7 + ("new",)
    before = copy.deepcopy(network(tuned).state_dict())
    learner, _ = run(tuned, body_rate=0)
    for key, value in learner.state_dict().items():
        if ".fc8." in key or "running" in key or "batches" in key:
            assert not torch.equal(value, before[key]), key
        else:
            assert torch.equal(value, before[key]), key
    assert all(parameter.requires_grad for parameter in learner.parameters())


def test_the_body_rate_is_for_fine_tuned_stages_only():
    states = ("fine-tuned",) * 6 + ("new",) * 2
    before = copy.deepcopy(network(states).state_dict())
    learner, _ = run(states, body_rate=1e-6, head_rate=1e-2, steps=5)
    moved = {
        name: (learner.state_dict()[f"stages.{name}.linear.weight"] - before[f"stages.{name}.linear.weight"])
        .abs()
        .max()
        for name in ("fc6", "fc7", "fc8")
    }
    assert 0 < moved["fc6"] < 1e-4 < moved["fc7"]
    assert moved["fc8"] > 1e-4


@pytest.mark.parametrize(("head", "body", "named"), [(1e12, 1e-3, "head_rate"), (1e-3, 1e12, "body_rate")])
def test_a_rate_at_which_the_loss_is_no_number_is_named(head, body, named):
    states = ("fine-tuned",) * 7 + ("new",)
    with pytest.raises(Refused) as refused:
        run(states, head_rate=head, body_rate=body, optimiser="sgd", steps=30)
    assert (refused.value.setting, refused.value.value) == (named, 1e12)
    assert "smaller rate" in refused.value.allowed


@pytest.mark.parametrize(
    ("wish", "setting"),
    [
        ({"states": ("frozen",) * 8}, "head_rate"),
        ({"train": stripes(1)}, "labels_per_class"),
        ({"batch_size": 1}, "batch_size"),
        ({"augment": "twirl"}, "augment"),
        ({"schedule": "daily"}, "schedule"),
        ({"optimiser": "magic"}, "optimiser"),
        ({"precision": "int3"}, "precision"),
    ],
)
def test_what_cannot_be_trained_is_refused(wish, setting):
    with pytest.raises(Refused) as refused:
        run(**wish)
    assert refused.value.setting == setting


@pytest.mark.parametrize(("n", "batch_size", "held"), [(2, 64, 1), (9, 4, 113), (5, 512, 0)])
def test_odd_numbers_of_pictures_are_fine(n, batch_size, held):
    _, rows = run(train=stripes(n), held_out={"validation": stripes(held)}, batch_size=batch_size, steps=4)
    assert sum(row["split"] == "train" for row in rows) == 5
    assert sum(row["split"] == "validation" for row in rows) == (5 if held else 0)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "constant"])
def test_every_optimiser_learns_on_every_schedule(optimiser, schedule):
    rate = {"adamw": 2e-3, "sgd": 2e-2}[optimiser]
    settings = {"steps": 24, "batch_size": 16, "head_rate": rate, "body_rate": rate}
    _, rows = run(optimiser=optimiser, schedule=schedule, **settings)
    assert rows[-1]["accuracy"] > 0.8


@pytest.mark.parametrize("training", [True, False])
def test_a_run_that_is_closed_early_leaves_everything_in_order(training):
    learner = network(("fine-tuned",) * 7 + ("new",)).train(training)
    rows = trained(learner, stripes(20), {}, steps=50, batch_size=4, head_rate=1e-3, body_rate=0)
    for _ in range(5):
        next(rows)
    assert not learner.stage("conv1").conv.weight.requires_grad
    rows.close()
    assert learner.training == training
    assert all(parameter.requires_grad for parameter in learner.parameters())


def test_learning_happens_in_training_mode_wherever_it_starts():
    rows = []
    for mode in (True, False):
        learner = network().train(mode)
        rows.append(timeless(trained(learner, stripes(20), {}, steps=4, batch_size=8, head_rate=1e-3, body_rate=1e-3)))
        assert learner.training == mode
    assert rows[0] == rows[1]


def test_the_schedule_scales_the_first_steps():
    """One cycle begins at 4 % of the rate, so its first step moves SGD's weights by 4 % as much."""
    start, moved = network().state_dict()["stages.fc7.linear.weight"].clone(), {}
    for schedule in ("constant", "one_cycle"):
        learner, _ = run(
            schedule=schedule, optimiser="sgd", head_rate=1e-2, steps=1, weight_decay=0, precision="float32"
        )
        moved[schedule] = (learner.state_dict()["stages.fc7.linear.weight"] - start).norm().item()
    assert moved["one_cycle"] == pytest.approx(0.04 * moved["constant"], rel=1e-2)


def test_the_optimiser_is_given_what_may_learn_and_no_more():
    learner = network(("frozen",) * 4 + ("fine-tuned",) * 2 + ("new",) * 2)
    head, body = parameter_groups(learner, 1e-2, 1e-3)
    assert (head["full_rate"], body["full_rate"]) == (1e-2, 1e-3)
    assert ids(head) == {id(p) for name in ("fc7", "fc8") for p in learner.stage(name).parameters()}
    assert ids(body) == {id(p) for name in ("conv5", "fc6") for p in learner.stage(name).parameters()}
    assert [group["setting"] for group in parameter_groups(learner, 1e-2, 0)] == ["head_rate"]


def ids(group):
    return {id(parameter) for parameter in group["params"]}


@pytest.mark.parametrize("training", [True, False])
def test_evaluation_gives_the_mode_back(training):
    learner = network().train(training)
    with contextlib.suppress(KeyboardInterrupt), evaluating(learner):
        assert not learner.training
        assert not torch.is_grad_enabled()
        raise KeyboardInterrupt
    assert learner.training == training
    assert torch.is_grad_enabled()


def test_labels_must_fit_the_network():
    pictures, labels = stripes(8)
    for wrong in (labels + 1, labels - 1, labels[:-1]):
        with pytest.raises(ValueError, match="labels"):
            run(train=(pictures, wrong))


def test_bfloat16_and_float32_learn_alike():
    accuracy = {
        kind: run(precision=kind, steps=40, batch_size=16)[1][-1]["accuracy"] for kind in ("float32", "bfloat16")
    }
    assert accuracy["bfloat16"] == pytest.approx(accuracy["float32"], abs=0.1)


def test_probabilities_leave_the_network_as_it_was():
    learner = network(FIVE).train()
    before = copy.deepcopy(learner.state_dict())
    pictures, labels = stripes(9)
    probs = probabilities(learner, pictures)
    assert probs.shape == (9, 2)
    assert probs.dtype == np.float32
    np.testing.assert_allclose(probs.sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(probabilities(learner, pictures[:1]), probs[:1], atol=2e-2)
    assert probabilities(learner, pictures[:0]).shape == (0, 2)
    assert learner.training
    assert all(torch.equal(value, before[key]) for key, value in learner.state_dict().items())
    loss, accuracy = measure(learner, Inputs(learner, pictures, "none", arithmetic()), torch.from_numpy(labels))
    assert accuracy == (probs.argmax(1) == labels).mean()
    assert loss == pytest.approx(-np.log(probs[np.arange(9), labels]).mean(), rel=2e-2)


def test_the_menus_offer_what_the_tables_hold():
    assert tuple(OPTIMISERS) == menus.OPTIMISERS
    assert tuple(SCHEDULES) == menus.SCHEDULES
    assert set(menus.AUGMENTATIONS) < set(AUGMENTATIONS)
    assert all(arithmetic(precision).device for precision in menus.PRECISIONS)


def test_seconds_end_a_training_and_its_schedule_and_probes_follow_the_clock(monkeypatch):
    from core.learning import fit as module

    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    budget = module.Budget(1000, seconds=10)
    shares, asked = [], []
    for step in range(21):
        shares.append(budget.done(step))
        asked.append(budget.due(step))
        now[0] += 0.5
    assert shares[:3] == [0, 0.05, 0.1]
    assert shares[20] == 1, "long before its steps"
    assert all(asked), "twenty times, and at first"
    assert module.Budget(4, seconds=10).done(4) == 1, "or its steps do"
