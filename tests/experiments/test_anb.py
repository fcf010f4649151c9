"""AnB, BnB and their + curves: which arms there are, that they differ in one thing, and what is made of their rows."""

import dataclasses

import pytest

from core.experiments.anb import CURVES, EFFECTS, anb, arms_of, cells, summarise
from core.learning.intervals import paired_interval, t_interval
from core.runs.settings import Refused, as_json
from core.runs.spec import Spec
from core.worlds import open_world
from core.worlds.splits import split

TINY = {"data": "digits", "labels_per_class": 5, "steps": 4, "size": 16, "frozen_at": "2,7", "tuned_at": "2"}


def arms(**settings):
    spec = Spec.of(anb, **{**TINY, **settings})
    return {(curve, n): one.settings for curve, n, one in arms_of(spec.settings, spec.settings.seed)}


def changed(one, other):
    a, b = as_json(one), as_json(other)
    return {name for name in a if a[name] != b[name]}


def test_compared_arms_differ_in_one_thing():
    found = arms()
    assert set(found) == {("base", 0), *((c, n) for c in ("AnB", "BnB") for n in (2, 7)), ("AnB+", 2), ("BnB+", 2)}
    assert changed(found["AnB", 2], found["BnB", 2]) == {"donor"}
    assert changed(found["AnB", 2], found["AnB", 7]) == {"stages"}
    assert changed(found["AnB", 2], found["AnB+", 2]) == {"stages"}
    assert changed(found["base", 0], found["BnB", 2]) == {"donor", "stages"}
    assert found["AnB", 2].stages == "ffnnnnnn"
    assert found["BnB+", 2].stages == "ttnnnnnn"


def test_the_donor_of_bnb_learned_the_same_pictures_from_another_start():
    found = arms()
    donor, base = found["BnB", 2].donor.settings, found["base", 0]
    assert changed(donor, base) == {"seed"}
    assert found["AnB", 2].donor.settings.seed == donor.seed
    a, b = (open_world(found[curve, 2].donor.settings.data) for curve in ("AnB", "BnB"))
    assert not set(a.classes) & set(b.classes)
    assert len(split(b).train) == 5 * len(b.classes)
    assert len(split(a).train) > 400, "A has all its pictures"


@pytest.mark.parametrize(
    ("split", "a", "b"),
    [
        ("natural", "toybox:manmade", "few:5:0:toybox:natural"),
        ("task", "task:light:half:b:random-0:toybox", "few:5:0:half:b:random-0:toybox"),
        ("random", "half:a:random-0:toybox", "few:5:0:half:b:random-0:toybox"),
    ],
)
def test_what_a_and_b_are(split, a, b):
    found = arms(data="toybox", split=split, size=48)
    assert found["AnB", 7].donor.settings.data == a
    assert found["AnB", 7].data == b


def test_untrained_filters_are_frozen_as_they_were_drawn():
    found = arms(split="untrained")
    assert ("AnB+", 2) not in found
    assert found["AnB", 2].donor is None
    assert found["AnB", 2].stages == "ffnnnnnn"


def test_one_donor_alone_can_be_asked_for():
    assert set(arms(donors="B")) == {("base", 0), ("BnB", 2), ("BnB", 7), ("BnB+", 2)}


def test_each_seed_has_its_own_split_and_presets_their_own_seeds():
    spec = Spec.of(anb, **{**TINY, "preset": "standard", "steps": 0})
    assert (spec.settings.seeds, spec.settings.steps) == (3, 500)
    assert len({one.settings.data for one in spec.arms()}) == 3
    bare = Spec.of(anb, **{**TINY, "frozen_at": "0", "tuned_at": "0"}).settings
    assert list(arms(frozen_at="0", tuned_at="0")) == [("base", 0)]
    assert bare.canonical() == bare
    express = Spec.of(anb, data="digits", size=16, labels_per_class=5).settings
    assert (express.frozen_at, express.tuned_at) == ((1, 2, 3, 4, 5, 6, 7), (1, 3, 5, 7))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"frozen_at": "8"}, r"n=8 cannot be used: this network has 7 stages.*from 1 to 7"),
        ({"tuned_at": "12"}, "n=12"),
        ({"frozen_at": "two"}, "whole numbers from 0 to 99, with commas"),
        ({"labels_per_class": 5000}, "labels_per_class=5000.*at most"),
        ({"data": "half:a:random-0:half:a:random-0:digits"}, "at least 4 classes"),
        ({"split": "natural"}, "data=toybox"),
        ({"split": "task"}, "data=toybox"),
        ({"split": "odd"}, "one of random"),
    ],
)
def test_bad_settings_are_one_clear_line(settings, words):
    with pytest.raises(Refused, match=words) as caught:
        Spec.of(anb, **{**TINY, **settings})
    assert "\n" not in str(caught.value)


def test_a_sweep_runs_and_tells_curves_and_effects(finish):
    run, _ = finish("anb", **TINY, seeds=2)
    found = run.summary
    assert set(found["curves"]) == set(CURVES)
    assert set(found["curves"]["AnB"]) == {"2", "7"}
    assert set(found["curves"]["AnB+"]) == {"2"}
    assert found["base"]["low"] <= found["base"]["mean"] <= found["base"]["high"]
    assert set(found["effects"]) == set(EFFECTS)
    tests = {cells(run.spec().settings)[row["run"]]: row["accuracy"] for row in run.rows() if row["split"] == "test"}
    gaps = [tests["BnB", 2, seed] - tests["AnB", 2, seed] for seed in (0, 1)]
    mean, low, high = t_interval(gaps)
    point = found["effects"]["specificity"]["2"]
    assert (point["mean"], point["low"], point["high"]) == pytest.approx((mean, low, high))
    assert found["effects"]["coadaptation"]["7"]["mean"] == pytest.approx(
        found["base"]["mean"] - found["curves"]["BnB"]["7"]["mean"]
    )
    assert len(found["runs"]["AnB 7"]) == 2


def test_one_seed_is_paired_by_picture_and_half_a_sweep_is_summarised(finish):
    run, _ = finish("anb", **TINY, seeds=2)
    settings = dataclasses.replace(run.spec().settings, seeds=1)
    place = cells(settings)
    rows = [row for row in run.rows() if row["run"] in place and place[row["run"]][:2] in (("base", 0), ("AnB", 7))]
    found = summarise(settings, rows)
    assert set(found["curves"]) == {"AnB"}
    assert set(found["effects"]) == {"frozen_over_base"}

    def hits(curve):
        mine = [row for row in rows if row["split"] == "picture" and place[row["run"]][0] == curve]
        return [row["label"] == row["predicted"] for row in mine]

    point = found["effects"]["frozen_over_base"]["7"]
    wanted = paired_interval(hits("AnB"), hits("base"))
    assert (point["mean"], point["low"], point["high"]) == pytest.approx(wanted)
    assert summarise(settings, [])["base"] is None


@pytest.mark.parametrize(
    ("network", "size", "deepest"), [("resnet18", 32, 5), ("labnet_deep", 16, 10), ("timm:convnext_atto", 64, 5)]
)
def test_any_staged_network_is_cut_on_any_world(finish, network, size, deepest):
    tiny = {**TINY, "network": network, "size": size, "steps": 2, "seeds": 1, "tuned_at": "1", "labels_per_class": 2}
    run, _ = finish("anb", **{**tiny, "frozen_at": f"1,{deepest}"})
    assert set(run.summary["curves"]["AnB"]) == {"1", str(deepest)}
    with pytest.raises(Refused, match=f"n from 1 to {deepest}"):
        Spec.of(anb, **{**tiny, "frozen_at": str(deepest + 1)})
