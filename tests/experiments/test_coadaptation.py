"""The search for the dip: what is tried, that only the cut differs within a setting, and what is made of the rows."""

import pytest

from core.experiments.coadaptation import TRIED, coadaptation, summarise, sweeps
from core.learning.intervals import t_interval
from core.runs.settings import Refused, as_json
from core.runs.spec import Spec

TINY = {"data": "digits", "labels_per_class": 5, "tried": "standard,plain", "steps": 4, "size": 16, "seeds": 2}


def test_within_a_setting_only_the_frozen_copies_differ():
    spec = Spec.of(coadaptation, seeds=1)
    arms = [as_json(arm.settings) for arm in spec.arms()]
    recipe = ("network", "optimiser", "head_rate", "steps", "data")
    settings = {tuple(arm[name] for name in recipe) for arm in arms}
    assert len(settings) == len(TRIED), "no two settings are the same"
    for recipe_of in settings:
        same = [arm for arm in arms if tuple(arm[name] for name in recipe) == recipe_of]
        base, *copies = same
        assert base["donor"] is None
        assert len(copies) >= 4
        for copy in copies:
            assert {name for name in base if base[name] != copy[name]} == {"donor", "stages"}
            donor = copy["donor"]["settings"]
            assert {name for name in base if base[name] != donor[name]} == {"seed"}, "it learned the same pictures"


def test_settings_are_written_in_the_order_of_the_table_and_unknown_ones_are_refused():
    assert Spec.of(coadaptation).settings.tried == tuple(TRIED)
    assert Spec.of(coadaptation, tried="plain,standard").id == Spec.of(coadaptation, tried="standard,plain").id
    assert [name for name, _ in sweeps(Spec.of(coadaptation).settings)] == list(TRIED)
    with pytest.raises(Refused, match="tried=nonsense cannot be used: some of standard"):
        Spec.of(coadaptation, tried="standard,nonsense")
    with pytest.raises(Refused, match="at most"):
        Spec.of(coadaptation, labels_per_class=4000)


def test_a_real_search_gives_base_minus_bnb_paired_over_seeds(finish):
    run, _ = finish("coadaptation", **TINY)
    found = run.summary["tried"]
    assert list(found) == ["standard", "plain"]
    tests = {row["run"]: row["accuracy"] for row in run.rows() if row["split"] == "test"}
    settings = Spec.of(coadaptation, **TINY).settings
    for name, sweep in sweeps(settings):
        assert sweep.network == ("labnet_plain" if name == "plain" else "labnet")
        gaps = []
        for seed in range(2):
            arms = [a for a in Spec.of(coadaptation, **TINY).arms() if a.settings.network == sweep.network]
            own = [arm for arm in arms if arm.settings.seed == seed]
            base = next(arm for arm in own if arm.settings.donor is None)
            copy = next(arm for arm in own if arm.settings.stages == "fffnnnnn")
            gaps.append(tests[base.id] - tests[copy.id])
        point = found[name]["coadaptation"]["3"]
        assert (point["mean"], point["low"], point["high"]) == pytest.approx(t_interval(gaps))
    some = summarise(settings, [row for row in run.rows() if row["run"] == next(iter(tests))])
    assert some == {"tried": {}}, "a base alone says nothing of a cut"
