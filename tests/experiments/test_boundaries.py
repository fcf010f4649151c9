"""Boundaries from end to end on a few scenes: rows, filters, pictures, and the row of the stations."""

import dataclasses

import numpy as np
import pytest

from core.experiments.boundaries import EDGES, HELD, PICTURES, boundaries, painted
from core.experiments.stations import STATIONS, wild
from core.learning.boundaries import FILTERS, SIGMAS, best_sigma, judged
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.worlds import open_world
from core.worlds.splits import split

TINY = {
    "source": "none", "network": "labnet", "size": 48, "pictures": 4, "tested": 8, "steps": 2, "precision": "float32",
}  # fmt: skip


def of(run, part):
    return [row for row in run.rows() if row["split"] == part]


def scenes(part, n):
    (chunk,) = open_world("scenes").labelled(getattr(split(open_world("scenes")), part)[:n], 48, [PICTURES, EDGES])
    return chunk[PICTURES], chunk[EDGES]


def test_a_run_is_measured_as_it_learns_and_at_its_end(finish):
    run, _ = finish("boundaries", **TINY)
    assert [row["step"] for row in of(run, "validation")] == [0, 1, 2]
    assert {row["arm"] for row in run.rows()} == {"scratch"}
    (test,) = of(run, "test")
    assert 0 <= test["low"] <= test["f"] == test["mean"] <= test["high"] <= 1
    assert 0 <= test["orientation_error"] <= 90
    summary = run.summary
    assert summary["f"] == {name: test[name] for name in ("mean", "low", "high")}
    assert (summary["ois"], summary["orientation_error"]) == (test["ois"], test["orientation_error"])
    assert summary["filters"].keys() == FILTERS.keys()
    assert run.recipe("network")["heads"].keys() == {"side_conv1", "side_conv4", "side_conv5", "fused"}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_is_chosen_on_training_scenes_and_judged_on_the_same_test_as_the_network(finish, name):
    run, _ = finish("boundaries", **TINY)
    (row,) = [row for row in of(run, "filter") if row["filter"] == name]
    assert row["sigma"] == best_sigma(FILTERS[name], *scenes("train", 4)) in SIGMAS
    pictures, edges = scenes("test", 8)
    told, _ = judged(*FILTERS[name](pictures, row["sigma"]), edges, 0)
    assert told == {key: row[key] for key in told}
    assert run.summary["filters"][name]["mean"] == row["f"]


def test_the_curves_of_all_three_hold_their_best_f(finish):
    run, _ = finish("boundaries", **TINY)
    best = {row.get("filter", "COB"): row["f"] for row in of(run, "test") + of(run, "filter")}
    for name, f in best.items():
        points = [(row["precision"], row["recall"]) for row in of(run, "curve") if row["of"] == name]
        assert max(2 * p * r / (p + r) for p, r in points if p + r) == pytest.approx(f)


def test_answers_grow_beside_their_truth_and_a_story_tells_one(finish):
    run, _ = finish("boundaries", **TINY)
    assert run.steps("answers") == [0, 1, 2]
    assert len(run.artifact("answers", 2)) == min(8, HELD)
    assert len(run.artifact("story")) == len(run.artifact("story_words")) == 4


def test_each_direction_has_a_colour_and_pi_is_0_again():
    strength = np.ones((1, 1, 4))
    strength[..., 3] = 0
    colours = painted(strength, np.array([[[0.0, np.pi / 2, np.pi, 1.0]]]))[0, 0].tolist()
    assert colours[0] == colours[2] != colours[1]
    assert colours[3] == [0, 0, 0]
    assert painted(np.array([[[0.5]]]))[0, 0].tolist() == [[128, 128, 128]]


def test_other_pictures_are_refused_in_a_sentence():
    with pytest.raises(Refused, match="only where depth is known"):
        Spec.of(boundaries, **{**TINY, "data": "toybox"})
    with pytest.raises(Refused, match="from 0 to 8, or all"):
        Spec.of(boundaries, frozen="9")


def test_the_station_trains_it_with_and_without_what_imagenet_taught():
    first, second, *_ = Spec.of(wild, station="cob", seeds=1).arms()
    changed = {
        field.name
        for field in dataclasses.fields(first.settings)
        if getattr(first.settings, field.name) != getattr(second.settings, field.name)
    }
    assert changed == {"source"}
    assert first.about.name == "boundaries"
    assert STATIONS["cob"].column == "f"
