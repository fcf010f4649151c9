"""The three definitions as targets of one source network, and the network asked as it is."""

import pytest

from core.experiments.definitions import TARGETS, arms_of, definitions, summarise, targets
from core.experiments.evaluate import evaluate
from core.models.weights import from_arrays
from core.runs.settings import Refused, as_json
from core.runs.spec import Spec
from core.worlds import open_world
from core.worlds.splits import split
from tests.experiments.conftest import TINY


def test_each_target_is_what_its_definition_says():
    settings = Spec.of(definitions).settings
    source = open_world("toybox:a")
    worlds = {target: open_world(address) for target, address in targets(settings).items()}
    assert set(worlds) == set(TARGETS)
    same = worlds["labels"].pictures([3, 900], 16) == source.pictures([3, 900], 16)
    assert same.all(), "inductive transfer: the same pictures"
    assert worlds["labels"].classes != source.classes
    assert worlds["pictures"].classes == source.classes, "domain adaptation: the same labels"
    assert (worlds["pictures"].labels == source.labels).all()
    assert (worlds["pictures"].pictures([3], 16) != source.pictures([3], 16)).any()
    assert not set(worlds["both"].classes) & set(source.classes)


def test_at_a_target_only_the_donor_differs():
    cells = [cell for cell in arms_of(Spec.of(definitions, seeds=1).settings) if cell[1] != "as is"]
    for target in TARGETS:
        scratch, tuned = (
            as_json(next(spec.settings for t, way, _, spec in cells if (t, way) == (target, which)))
            for which in ("scratch", "tuned")
        )
        assert {key for key in scratch if scratch[key] != tuned[key]} == {"donor"}
    donors = {spec.settings.donor.id for _, way, _, spec in arms_of(Spec.of(definitions).settings) if way != "scratch"}
    assert len(donors) == 1, "one source network for all"


def test_the_network_as_it_is_answers_as_in_its_own_test(finish):
    donor, _ = finish("train", **TINY, seed=5)
    run, _ = finish("evaluate", data="digits", network=f"run:{donor.id}")
    (row,) = run.rows()
    assert row["accuracy"] == pytest.approx(donor.summary["test_accuracy"], abs=0.01)
    assert row["n"] == len(split(open_world("digits")).test)
    kept = donor.artifact("network")
    assert from_arrays(kept.recipe, kept.arrays).classes == len(run.summary["classes"])


def test_a_network_is_not_asked_for_classes_that_it_does_not_know(finish):
    donor, _ = finish("train", **TINY, seed=5)
    with pytest.raises(Refused, match="names other classes"):
        finish("evaluate", data="half:a:random-0:digits", network=f"run:{donor.id}")
    assert Spec.of(evaluate).settings.donor is not None


def rows_of(settings, accuracy):
    """Test rows of all arms, each with the accuracy that a function gives."""
    return [
        {
            "run": spec.id, "split": "test", "seed": seed, "accuracy": accuracy(target, way, seed),
            "correct": round(1600 * accuracy(target, way, seed)), "n": 1600,
        }
        for target, way, seed, spec in arms_of(settings)
    ]  # fmt: skip


def test_gains_are_paired_over_seeds_and_adaptation_is_against_the_network_as_it_is():
    settings = Spec.of(definitions).settings
    more = {("labels", "tuned"): -0.1, ("pictures", "tuned"): 0.4, ("both", "tuned"): 0.3, ("pictures", "as is"): 0.1}
    found = summarise(settings, rows_of(settings, lambda t, way, seed: 0.4 + 0.05 * seed + more.get((t, way), 0)))
    assert {t: round(gain["mean"], 6) for t, gain in found["gains"].items()} == {
        "labels": -0.1, "pictures": 0.4, "both": 0.3
    }  # fmt: skip
    assert found["gains"]["both"]["high"] - found["gains"]["both"]["low"] < 1e-6, "what seeds share falls away"
    assert found["adapted"]["mean"] == pytest.approx(0.4 + 0.05 - 0.1)
    assert found["chance"] == {"labels": 1 / len(open_world("task:room:toybox:a").classes), "pictures": 1 / 16,
                               "both": 1 / 16}  # fmt: skip
    assert found["targets"]["home"]["as is"]["seeds"] == 1


def test_some_arms_can_be_told():
    settings = Spec.of(definitions).settings
    assert summarise(settings, [])["gains"] == {}
    rows = rows_of(settings, lambda *_: 0.5)
    scratch = [row for row, (_, way, _, _) in zip(rows, arms_of(settings), strict=True) if way == "scratch"]
    found = summarise(settings, scratch)
    assert found["gains"] == {}
    assert found["adapted"] is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"style": "oils"}, "one of lines"), ({"task": "smell"}, "one of light"), ({"labels_per_class": 401}, "to 400")],
)
def test_bad_targets_are_one_clear_line(settings, words):
    with pytest.raises(Refused, match=words):
        Spec.of(definitions, **settings)
