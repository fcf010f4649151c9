"""Which views? Pairs share what was chosen and nothing else; what is learned, read and estimated from them."""

import itertools
import math

import numpy as np
import pytest

from core.experiments import experiment
from core.experiments.infomin import TARGETS, in_words, infomin
from core.experiments.infomin_cells import ALONE, CLASS, GROWING, RANDOM, SETS, SWEET, arms_of, infomin_cells, regimes
from core.experiments.infomin_photographs import AMOUNTS, infomin_photographs
from core.experiments.infomin_photographs import arms_of as photograph_arms
from core.experiments.sources import network_of
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import RECORDED, Store

FOUR = "few:6:0:half:a:random-0:half:a:random-0:toybox:b"
FEW = {
    "data": FOUR,
    "pairs": 40,
    "held_out": 20,
    "steps": 3,
    "batch_size": 16,
    "labels_per_class": 5,
    "precision": "float32",
}


def told(finish, **how):
    return finish("infomin", **{**FEW, **how})[0]


def of(run, part):
    return [row for row in run.rows() if row["split"] == part]


def test_a_training_is_probed_for_all_targets_and_says_how_much_its_views_share(finish):
    run = told(finish, shared="object")
    assert [row["factor"] for row in of(run, "factor")] == list(TARGETS)
    assert run.summary["targets"].keys() == set(TARGETS)
    assert run.summary["accuracy"] == run.summary["targets"]["class"]
    (last,) = of(run, "information")
    assert last["ceiling"] == pytest.approx(math.log(20))
    assert all(row["information"] <= math.log(20) + 1e-6 for row in of(run, "held_out"))
    assert network_of(f"run:{run.id}") == "labnet-fc7"
    assert len(run.artifact("views")) == 8


def test_random_weights_are_the_same_whatever_would_have_been_shared(finish):
    one, other = (
        Spec.of(infomin, steps=0, shared=shared, pairs=pairs) for shared, pairs in (("class", 9), ("pose", 8))
    )
    assert one.id == other.id
    run = told(finish, steps=0)
    assert not of(run, "train")
    assert not of(run, "information")
    assert all(0 < point["mean"] < 1 for point in run.summary["targets"].values())


def test_words_for_several_factors_are_the_same_run_as_the_factors():
    same = Spec.of(infomin, shared="object,room"), Spec.of(infomin, shared="background,class,colour,shape,texture")
    assert same[0].id == same[1].id
    assert Spec.of(infomin, shared="class,group").id == Spec.of(infomin, shared="class").id
    assert Spec.of(infomin, shared="nothing").id == Spec.of(infomin, shared="").id
    assert in_words(()) == "nothing"
    with pytest.raises(Refused, match="some of group, class"):
        Spec.of(infomin, shared="smell")
    with pytest.raises(Refused, match="one of class, room, pose, light"):
        Spec.of(infomin, target="smell")


def test_the_cells_differ_in_what_is_shared_alone_and_each_growing_set_holds_the_one_before():
    settings = Spec.of(infomin_cells, seeds=2).settings
    arms = list(arms_of(settings))
    assert len({spec.id for *_, spec in arms}) == len(arms) == 2 * (len(SETS) + 1)
    trained = [spec.settings for name, _, spec in arms if name != RANDOM]
    for name in ("data", "network", "steps", "pairs", "held_out", "rate", "batch_size", "labels_per_class"):
        assert len({getattr(one, name) for one in trained}) == 1, name
    sets = [{*factors} | ({"group"} if "class" in factors else set()) for factors in GROWING.values()]
    assert all(less < more for less, more in itertools.pairwise(sets))
    assert not GROWING.keys() & ALONE.keys()


def rows_of(settings, values):
    """Rows as the cells would give them: `values[name][target]`, a hundredth more with each seed."""
    for name, seed, spec in arms_of(settings):
        for target, value in values.get(name, {}).items():
            yield {"run": spec.id, "split": "factor", "factor": target, "accuracy": value + 0.01 * seed, "chance": 0.1}
        if name != RANDOM:
            yield {"run": spec.id, "split": "information", "information": 1.0, "ceiling": 6.0}


def test_the_summary_finds_the_best_pair_of_each_target_and_the_regimes():
    settings = Spec.of(infomin_cells).settings
    flat = {name: dict.fromkeys(TARGETS, 0.2) for name in (*SETS, RANDOM)}
    flat[CLASS] = {"class": 0.7, "room": 0.3, "pose": 0.3, "light": 0.3}
    flat["Room"] = {"class": 0.2, "room": 0.9, "pose": 0.2, "light": 0.2}
    summary = infomin_cells.experiment.summarise(settings, list(rows_of(settings, flat)))
    assert summary["best"] == {"class": CLASS, "room": "Room", "pose": CLASS, "light": CLASS}
    assert summary["elsewhere"]["room"]["name"] == "Room"
    assert summary["elsewhere"]["room"]["mean"] == pytest.approx(0.6)
    assert summary["elsewhere"]["light"]["mean"] == pytest.approx(-0.1)
    assert summary["claims"]["class_over_object"]["mean"] == pytest.approx(0.5)
    assert [name for name, regime in summary["regimes"].items() if regime == SWEET] == [CLASS]
    assert summary["table"][CLASS]["class"]["seeds"] == 3
    half = [row for row in rows_of(settings, flat) if row["split"] == "information"]
    assert infomin_cells.experiment.summarise(settings, half)["regimes"] == {}
    assert infomin_cells.experiment.summarise(settings, [])["best"] == {}
    assert regimes({}, "class") == {}


def test_the_photographs_change_share_and_strength_one_at_a_time():
    settings = Spec.of(infomin_photographs, seeds=1).settings
    arms = list(photograph_arms(settings))
    shares = {spec.settings.share for (what, _), _, spec in arms if what == "share"}
    assert shares == set(AMOUNTS["share"])
    assert len({spec.settings.strength for (what, _), _, spec in arms if what == "share"}) == 1
    values = [
        {"run": spec.id, "split": "factor", "accuracy": 0.5 - abs(spec.settings.share - 0.4), "factor": "class"}
        for *_, spec in arms
    ]
    summary = infomin_photographs.experiment.summarise(settings, values)
    assert [round(point["mean"], 2) for point in summary["accuracy"]["share"].values()] == [
        0.15,
        0.2,
        0.3,
        0.5,
        0.2,
        -0.1,
    ]
    assert set(summary["claims"]) == {"share, 0.4 over 0.05", "share, 0.4 over 1", "strength, 0 over 2"}
    assert summary["random"]["mean"] == pytest.approx(0.3)


def test_photographs_are_learned_from_too(finish):
    run, _ = finish("photograph_views", data="digits", steps=2, held_out=20, most=60, batch_size=8)
    assert 0 < run.summary["accuracy"]["low"] < run.summary["accuracy"]["high"] < 1
    assert run.summary["information"] <= math.log(20)
    assert np.isfinite(run.summary["information"])
    control, _ = finish("photograph_views", data="digits", steps=0, most=60)
    assert "information" not in control.summary


def test_a_few_pairs_are_shown_two_by_two(finish):
    run, _ = finish("shared_pairs", shared="group,light", pairs=3, size=32)
    assert [row["pair"] for row in run.rows()] == [0, 0, 1, 1, 2, 2]
    assert len(run.artifact("pictures")) == 6
    assert experiment("shared_pairs").experiment.quick


def test_the_recorded_cells_show_the_u_and_other_targets_want_other_pairs():
    summary = Store(RECORDED).open(Spec.of(infomin_cells)).summary
    classes = {name: targets["class"]["mean"] for name, targets in summary["table"].items()}
    assert {targets["class"]["seeds"] for targets in summary["table"].values()} == {3}
    assert classes[CLASS] >= 0.68
    assert classes[CLASS] - max(classes["Group"], classes["Object"]) >= 0.1
    assert classes["Everything"] < classes[RANDOM]
    assert summary["best"]["class"] == CLASS
    assert CLASS not in (summary["best"]["room"], summary["best"]["light"])
    assert all(point["mean"] <= summary["ceiling"] for point in summary["information"].values())
