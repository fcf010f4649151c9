"""The measurements of Zeiler and Fergus, on networks that were just made."""

import numpy as np
import pytest
import torch

from core.experiments.correspondence import correspondence
from core.experiments.evolution import Evolution, evolution, settles
from core.experiments.evolution import summarise as evolution_summary
from core.experiments.invariance import AMOUNTS, STILL
from core.experiments.recording import MEASURED
from core.experiments.stage_ablation import GROUPS, PASSED, SINGLE, arms_of, stage_ablation, summarise
from core.figures.zeiler import evolution_figure
from core.lessons.zeiler import ablation_claims, evolution_claims
from core.models.catalog import NETWORKS, network_info
from core.models.staged import build
from core.runs.settings import Refused
from core.runs.spec import Spec
from tests.experiments.conftest import TINY
from tests.lessons.conftest import pretended


@pytest.mark.parametrize("out", [*SINGLE, *GROUPS, "conv1-conv2-conv3-conv4-conv5-fc6-fc7"])
@pytest.mark.parametrize("size", [48, 33])
def test_a_network_without_stages_has_that_many_fewer_and_answers(out, size):
    whole, network = (build(name, 5, 0, size=size).eval() for name in ("labnet", f"labnet-{out}"))
    assert [name for name in whole.names if name not in network.names] == out.split("-")
    assert network.names == network_info(f"labnet-{out}").stages
    assert network(torch.zeros(2, 3, size, size)).shape == (2, 5)
    for name in network.names:
        ours, theirs = (one.stage(name).state_dict() for one in (network, whole))
        if [value.shape for value in ours.values()] == [value.shape for value in theirs.values()]:
            assert all((a == b).all() for a, b in zip(ours.values(), theirs.values(), strict=True)), "the same start"


def test_the_menu_of_networks_is_not_full_of_them():
    assert not any("-" in name for name in NETWORKS)
    with pytest.raises(Refused):
        network_info("labnet-conv9")


@pytest.fixture(scope="module")
def ablation(finish):
    run, _ = finish("stage_ablation", data="digits", labels_per_class=5, steps=2, seeds=2)
    return run


def test_every_network_is_tested_beside_the_whole_one(ablation):
    summary = ablation.summary
    assert list(summary["errors"]["retrained"]) == [*SINGLE, *GROUPS]
    assert list(summary["errors"]["passed"]) == list(PASSED)
    gap = summary["lost"]["retrained"]["conv4"]
    error = summary["errors"]["retrained"]["conv4"]["mean"] - summary["whole"]["mean"]
    assert gap["mean"] == pytest.approx(error)
    assert 0 <= summary["whole"]["top5"]["mean"] <= summary["whole"]["mean"], "ten digits"
    cost = summary["lost"]["retrained"]
    apart = cost["conv3-conv4"]["mean"] + cost["fc6-fc7"]["mean"]
    assert summary["together"]["mean"] == pytest.approx(cost["conv3-conv4-fc6-fc7"]["mean"] - apart)
    assert summary["worst"] in SINGLE


def test_arms_of_a_seed_differ_in_the_network_alone_and_a_trained_one_is_passed_by():
    settings = Spec.of(stage_ablation).settings
    arms = [(cell, spec.settings) for cell, seed, spec in arms_of(settings) if seed == settings.seed]
    donors = [one.donor.settings for (how, _), one in arms if how != "passed"]
    shared = [{**vars(donor), "network": "", "stages": ""} for donor in donors]
    assert all(one == shared[0] for one in shared)
    assert [one.passed for (how, _), one in arms if how == "passed"] == list(PASSED)


def test_the_first_arms_alone_have_a_summary_and_no_claims(ablation):
    settings = Spec.of(stage_ablation, data="digits", labels_per_class=5, steps=2, seeds=2).settings
    assert summarise(settings, [])["whole"] is None
    first = ablation.rows()[0]["run"]
    half = summarise(settings, [row for row in ablation.rows() if row["run"] == first])
    assert half["whole"]
    assert ablation_claims(pretended(half)) == []


def test_a_stage_that_cannot_be_passed_by_is_refused(finish):
    trained, _ = finish("train", **TINY)
    with pytest.raises(Refused, match="the next would not fit"):
        finish("evaluate", data="digits", network=f"run:{trained.id}", passed="conv2")


def test_features_do_not_move_where_the_picture_does_not(finish):
    trained, _ = finish("train", **TINY)
    run, _ = finish("invariance", source=f"run:{trained.id}", data="digits", pictures=12)
    rows = run.rows()
    assert len(rows) == 3 * sum(map(len, AMOUNTS.values())), "two stages and the class"
    still = [row for row in rows if row["split"] == "distance" and row["amount"] == STILL[row["transform"]]]
    assert len(still) == 6
    assert all(row["mean"] == row["low"] == row["high"] == 0 for row in still)
    assert all(row["mean"] > 0 for row in rows if row["split"] == "truth")
    assert run.summary["known"] == 12


def test_a_network_that_does_not_know_the_classes_has_distances_only(finish):
    run, _ = finish("invariance", source="none", data="digits", pictures=9)
    assert {row["split"] for row in run.rows()} == {"distance"}
    assert "lost_by_turn" not in run.summary


def test_a_part_is_hidden_in_all_pictures_and_compared_with_two_controls(finish):
    run, _ = finish("correspondence", source="none", pictures=5, places=3)
    summary, rows = run.summary, run.rows()
    assert summary["parts"] == ["beak", "eye", "foot", "random", "elsewhere"]
    assert len(rows) == len(summary["stages"]) * 5
    assert (summary["middle"], summary["late"]) == ("conv5", "fc7")
    own = {(row["part"], row["stage"]): row["mean"] for row in rows}
    parts = np.mean([own[part, "conv3"] for part in ("beak", "eye", "foot")])
    for control in ("random", "elsewhere"):
        assert summary["below"][control]["conv3"]["mean"] == pytest.approx(own[control, "conv3"] - parts, abs=1e-4)
    assert len(run.artifact("hidden")) == 5 * 5
    with pytest.raises(Refused):
        Spec.of(correspondence, toy="mug")


def test_the_last_step_is_the_finished_network(finish):
    run, _ = finish("evolution", data="digits", labels_per_class=5, steps=50, pictures=30, seeds=2)
    rows = run.rows()
    last = [row for row in rows if row["step"] == 50]
    assert len(last) == 2 * 8
    assert all(row["cka"] == pytest.approx(1) for row in last)
    assert min(row["cka"] for row in rows if row["stage"] == "fc8") < 0.9
    assert all(MEASURED["cka"](row) == row["cka"] for row in rows), "by which the recording is checked"
    settled = run.summary["settled"]
    gap = settled["fc7"]["mean"] - settled["conv1"]["mean"]
    assert run.summary["first_settles_first"]["mean"] == pytest.approx(gap)
    (claim,) = evolution_claims(pretended(run.summary))
    assert claim.verdict.value == pytest.approx(gap)
    assert evolution_claims(pretended(evolution_summary(Evolution(), []))) == []


def test_each_step_has_its_sheet_a_stage(finish):
    settings = {"data": "digits", "labels_per_class": 5, "steps": 50, "pictures": 30, "seeds": 2}
    plan = Spec.of(evolution, **settings)
    finish("evolution", **settings)
    from core.runs.store import Store

    kept = Store().open(plan.arms()[0])
    assert kept.steps("patches") == kept.summary["steps"] == [0, 1, 2, 4, 6, 10, 15, 20, 30, 40, 50]
    assert len(kept.artifact("patches", 10)) == 5


@pytest.mark.parametrize(
    ("likeness", "step"),
    [({0: 0.95, 10: 1.0}, 0), ({0: 0.4, 10: 0.9, 20: 1.0}, 10), ({0: 0.8, 10: 1.0}, 5), ({0: 0.1, 10: 0.5}, 10)],
)
def test_a_stage_settles_where_its_likeness_first_is_nine_tenths(likeness, step):
    assert settles(likeness) == pytest.approx(step)


@pytest.mark.parametrize("dark", [False, True])
def test_the_bar_of_a_settled_stage_stands_where_its_likeness_passes_nine_tenths(dark):
    points = [{"step": step, "mean": mean} for step, mean in ((0, 0.2), (5, 0.5), (50, 0.8), (100, 1.0))]
    figure = evolution_figure({"conv1": points}, {"conv1": {"mean": 0.75}}, dark=dark)
    assert figure.layout.xaxis.type == "category", "the kept steps stand at equal distances"
    (bar,) = figure.layout.shapes
    assert bar.x0 == bar.x1 == 2.5, "between the third and the fourth"
