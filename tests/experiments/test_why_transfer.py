"""Label budgets, stages read out, and the 2×2 table: which arms there are, and what is made of their rows."""

import math

import numpy as np
import pytest

from core.experiments.label_budget import ARMS, arms_of, crossing, label_budget, overtakes, summarise
from core.experiments.readout import STRENGTHS, probed, readout
from core.experiments.two_by_two import ALL, advised, column, donor_of, two_by_two
from core.experiments.two_by_two import arms_of as cells_of
from core.experiments.two_by_two import summarise as table_of
from core.learning.features import features
from core.learning.intervals import paired_interval, t_interval
from core.learning.probe import linear_probe
from core.models.weights import from_arrays
from core.runs.settings import Refused, as_json
from core.runs.spec import Spec
from core.worlds import open_world
from core.worlds.splits import budget, split
from tests.experiments.conftest import TINY

SMALL = {"data": "digits", "budgets": "2,8", "arms": "scratch,augmented,regularised", "steps": 5, "size": 16}


def test_the_ways_to_learn_differ_from_scratch_in_one_thing():
    spec = Spec.of(label_budget, budgets="5", seeds=1)
    runs = {name: as_json(one.settings) for name, _, _, one in arms_of(spec.settings)}
    assert list(runs) == list(ARMS)

    def changed(a, b):
        return {key for key in runs[a] if runs[a][key] != runs[b][key]}

    assert changed("scratch", "augmented") == {"augment"}
    assert changed("scratch", "regularised") == {"weight_decay"}
    assert changed("scratch", "tuned") == {"donor"}
    assert changed("tuned", "frozen") == {"stages"}


def test_budgets_of_one_seed_are_nested_and_all_are_trained_as_long():
    spec = Spec.of(label_budget, **SMALL)
    runs = [one.settings for *_, one in arms_of(spec.settings)]
    assert {one.steps for one in runs} == {5}
    assert {one.labels_per_class for one in runs} == {2, 8}
    world = open_world("digits")
    few, more = (set(budget(world, split(world).train, count, 1)) for count in (2, 8))
    assert few < more


def test_risk_and_empirical_risk_of_every_way(finish):
    run, _ = finish("label_budget", **SMALL, seeds=2)
    found = run.summary
    assert set(found["curves"]) == {"scratch", "augmented", "regularised"}
    for curve in found["curves"].values():
        assert list(curve) == ["2", "8"]
        for point in curve.values():
            assert set(point) == {"risk", "empirical"}
            assert point["risk"]["low"] <= point["risk"]["mean"] <= point["risk"]["high"]
    rows = {(row["run"], row["split"]): row["accuracy"] for row in run.rows() if row["split"] in ("test", "empirical")}
    place = {one.id: (name, count) for name, count, _, one in arms_of(run.spec().settings)}
    mine = [1 - value for (name, part), value in rows.items() if place[name] == ("scratch", 8) and part == "empirical"]
    assert found["curves"]["scratch"]["8"]["empirical"]["mean"] == pytest.approx(np.mean(mine))
    assert found["overtakes"] is None, "nothing was borrowed"
    assert found["gains"]["augmented"]["8"]["seeds"] == 2
    assert summarise(run.spec().settings, [])["curves"] == {}


@pytest.mark.parametrize(
    ("ahead", "labels"),
    [
        ([0.2, 0.1, -0.1], 20.0),  # halfway between 10 and 40, on a logarithmic axis
        ([0.2, 0.1, 0.05], None),
        ([-0.1, -0.1, -0.2], 1.0),
        ([-0.1, 0.1, -0.1], 20.0),
        ([0.1, 0.1, 0.0], 40.0),
    ],
)
def test_where_scratch_overtakes(ahead, labels):
    found = crossing([1, 10, 40], ahead)
    assert found == (labels if labels is None else pytest.approx(labels))


def test_the_crossing_has_an_interval_over_seeds_or_says_how_often_there_is_none():
    def tests(gaps):
        scratch = {s: {"accuracy": 0.5} for s in range(len(gaps[0]))}
        found = {("scratch", c): scratch for c in (10, 40)}
        return found | {
            ("frozen", c): {s: {"accuracy": 0.5 + gap} for s, gap in enumerate(gaps[k])} for k, c in enumerate((10, 40))
        }

    told = overtakes(tests([[0.1, 0.1, 0.1], [-0.1, -0.3, -0.1]]))
    places = [math.log(crossing([10, 40], pair)) for pair in ([0.1, -0.1], [0.1, -0.3], [0.1, -0.1])]
    mean, low, high = t_interval(places)
    assert (told["labels"], told["low"], told["high"]) == pytest.approx(tuple(map(math.exp, (mean, low, high))))
    assert overtakes(tests([[0.1, 0.1], [0.2, -0.1]])) == {"never": 1, "seeds": 2}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"budgets": "5,100000"}, "budgets=100000 cannot be used: whole numbers from 1 to 99999, with commas"),
        ({"budgets": "5,99999"}, "labels_per_class=99999.*at most"),
        ({"budgets": "0,5"}, "from 1"),
        ({"arms": "scratch,magic"}, "some of scratch"),
    ],
)
def test_bad_budgets_are_one_clear_line(settings, words):
    with pytest.raises(Refused, match=words):
        Spec.of(label_budget, **{**SMALL, **settings})


def test_a_stage_is_read_out_as_a_probe_on_its_features(finish):
    donor, _ = finish("train", **TINY, seed=5)
    run, _ = finish("readout", data="digits", network=f"run:{donor.id}", labels_per_class=3, seed=2)
    rows = {(row["split"], row["depth"]): row for row in run.rows()}
    assert {depth for _, depth in rows} == set(range(1, 8))
    kept = donor.artifact("network")
    network, world = from_arrays(kept.recipe, kept.arrays), open_world("digits")
    parts = split(world)
    chosen = budget(world, parts.train, 3, 2)
    few, steer, test = (
        (features(network, world.pictures(part, 32), "conv4"), world.labels[part])
        for part in (chosen, parts.validation, parts.test)
    )
    told = {strength: linear_probe(few, steer, strength).accuracy for strength in STRENGTHS}
    strength = rows["test", 4]["strength"]
    assert told[strength] == max(told.values()), "validation chooses the penalty, stage by stage"
    assert rows["validation", 4]["accuracy"] == pytest.approx(told[strength])
    assert rows["test", 4]["accuracy"] == pytest.approx(linear_probe(few, test, strength).accuracy)
    assert rows["test", 4]["stage"] == "conv4"
    with pytest.raises(Refused, match="at most"):
        finish("readout", data="digits", network=f"run:{donor.id}", labels_per_class=5000)


def test_the_penalty_is_chosen_on_validation_alone():
    """Where test pictures would want the other one, validation has its way."""
    rng = np.random.default_rng(0)
    known = {"train": (rng.normal(size=(30, 40)).astype(np.float32), np.arange(30) % 3)}
    for part, n in (("validation", 60), ("test", 200)):
        known[part] = (rng.normal(size=(n, 40)).astype(np.float32), rng.integers(0, 3, n))
    scores = {one: [linear_probe(known["train"], known[part], one).accuracy for part in known] for one in STRENGTHS}
    best = max(STRENGTHS, key=lambda one: scores[one][1])
    assert max(STRENGTHS, key=lambda one: scores[one][2]) != best, "this draw tells the two apart"
    strength, right = probed(known)
    assert strength == best
    assert [right[part].mean() for part in ("validation", "test")] == pytest.approx(scores[best][1:])


def test_the_two_donors_saw_the_same_pictures_for_as_long():
    settings = Spec.of(two_by_two).settings
    one, other = (as_json(donor_of(settings, which).settings) for which in ("similar", "different"))
    assert {key for key in one if one[key] != other[key]} == {"data"}
    a, b = open_world(one["data"]), open_world(other["data"])
    assert len(a) == len(b)
    assert np.array_equal(a.pictures([3, 900], 16), b.pictures([3, 900], 16))


def fake(settings, accuracy):
    """Rows of a table in which every cell has the accuracy that a function gives."""
    rows = []
    for cell, spec in cells_of(settings):
        depths = range(1, 8) if cell.advice == "readout" else [cell.depth]
        for depth in depths:
            for part in ("validation", "test"):
                value = accuracy(cell, depth, part)
                rows.append(
                    {
                        "run": spec.id, "split": part, "depth": depth, "accuracy": value,
                        "correct": round(100 * value), "n": 100, "seed": cell.seed,
                    }
                )  # fmt: skip
    return rows


def test_validation_chooses_and_test_reports():
    settings = Spec.of(two_by_two).settings

    def accuracy(cell, depth, part):
        best = {"validation": 3, "test": 7}[part]
        return 0.5 - 0.01 * abs(depth - best) + 0.001 * cell.seed

    found = table_of(settings, fake(settings, accuracy))
    told = found["tables"]["readout"]["similar"]
    assert (told["best"], told["advised"], told["holds"]) == (3, 7, False)
    assert told["gap"]["mean"] == pytest.approx(0.04), "on the test pictures the advice was better after all"
    assert told["depths"]["3"]["validation"] == pytest.approx(0.501)
    assert (told["rival"], told["over_rival"]) == (3, told["gap"]), "the best is one that the slide does not name"
    other = found["tables"]["readout"]["different"]
    assert other["holds"]
    assert other["gap"]["mean"] == 0
    assert (other["advised"], other["rival"]) == (3, 7)
    assert other["over_rival"]["mean"] == pytest.approx(-0.04), "rivals are chosen on validation, measured on test"
    assert found["tables"]["tuned"]["similar"]["best"] == 3
    assert list(found["by_labels"]["similar"]) == ["1", "5", "15", "40", "100", "400"]


def test_reading_out_all_there_is_differs_between_no_seeds_and_is_done_once():
    settings = Spec.of(two_by_two).settings
    world = open_world("toybox:b")
    train = split(world).train
    draws = [set(budget(world, train, ALL, seed)) for seed in (0, 1)]
    assert draws[0] == draws[1], "what ALL says of the world"
    assert set(budget(world, train, 100, 0)) != set(budget(world, train, 100, 1))
    seeds = {n: [c.seed for c, _ in cells_of(settings) if (c.advice, c.labels, c.donor) == ("readout", n, "similar")]
             for n in (100, ALL)}  # fmt: skip
    assert seeds == {100: [0, 1, 2], ALL: [0]}
    point = table_of(settings, fake(settings, lambda *_: 0.5))["by_labels"]["similar"][str(ALL)]["depths"]["7"]
    assert point["low"] < 0.5 < point["high"], "an interval over test pictures, since seeds say nothing"


def test_what_the_slide_advises():
    assert advised("readout", "similar", 7) == [7]
    assert advised("readout", "different", 7) == [1, 2, 3, 4, 5, 6]
    assert advised("tuned", "similar", 7) == [1, 2, 3]
    assert advised("tuned", "different", 7) == [4, 5, 6, 7]
    assert column({}, [1]) == {"depths": {}}


def test_half_a_table_can_be_told():
    settings = Spec.of(two_by_two).settings
    rows = [row for row in fake(settings, lambda *_: 0.5) if row["split"] == "test"]
    assert table_of(settings, rows)["tables"]["tuned"]["similar"] == {"depths": {}}
    assert table_of(settings, [])["tables"] == {}


def test_too_many_labels_for_the_table_are_one_line():
    with pytest.raises(Refused, match=r"from 1 to 400"):
        Spec.of(two_by_two, much=500)
    assert Spec.of(readout).settings.donor is not None


def test_one_seed_is_paired_by_test_picture(finish):
    run, _ = finish("label_budget", **SMALL, seeds=1)
    gain = run.summary["gains"]["augmented"]["8"]
    place = {one.id: (name, count) for name, count, _, one in arms_of(run.spec().settings)}
    right = {
        way: [
            row["label"] == row["predicted"]
            for row in sorted((r for r in run.rows() if r["split"] == "picture"), key=lambda r: r["picture"])
            if place[row["run"]] == (way, 8)
        ]
        for way in ("augmented", "scratch")
    }
    expected = paired_interval(right["augmented"], right["scratch"])
    assert (gain["mean"], gain["low"], gain["high"]) == pytest.approx(expected)


def test_the_gap_between_the_risks_and_by_how_much_it_closes():
    settings = Spec.of(label_budget, budgets="5,40", arms="scratch,tuned", seeds=2).settings
    rows = []
    for name, count, seed, spec in arms_of(settings):
        risk = {5: 0.8, 40: 0.3}[count] + 0.1 * seed
        for part, error in (("test", risk), ("empirical", 0.05)):
            rows.append(
                {
                    "run": spec.id, "split": part, "accuracy": 1 - error, "correct": round(100 * (1 - error)), "n": 100,
                    "seed": seed,
                }
            )  # fmt: skip
        if name == "tuned":
            rows[-2]["accuracy"] += 0.2
    found = summarise(settings, rows)
    assert found["gaps"]["scratch"]["5"]["mean"] == pytest.approx(0.8)
    assert found["closes"]["mean"] == pytest.approx(0.5)
    assert found["closes"]["high"] - found["closes"]["low"] < 1e-6, "both seeds close by as much"
    assert found["behind"]["scratch"]["40"]["mean"] == pytest.approx(-0.2)
    assert summarise(settings, [row for row in rows if row["split"] == "test"])["closes"] is None
