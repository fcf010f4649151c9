"""How alike networks are, stage by stage: of small ones that hardly learned, on the bundled digits."""

import pytest

from core.experiments.generic_specific import GROUPS, STAGES, arms_of, generic_specific, summarise
from core.experiments.similarity import similarity
from core.figures.verdict import HOLDS, NOT_HERE
from core.lessons.similarity import claims, numbers, question
from core.runs.settings import Refused
from core.runs.spec import Spec
from tests.experiments.conftest import TINY
from tests.lessons.conftest import pretended, result_of

SMALL = {"source": "none", "data": "digits", "pictures": 60}
PLAN = {"data": "digits", "pictures": 20, "steps": 2, "seeds": 1}


def test_a_network_is_itself_at_every_stage_and_another_seed_less_alike(finish):
    (itself, _), (other, _) = finish("similarity", **SMALL), finish("similarity", **SMALL, other_seed=1)
    for same, less in zip(itself.rows(), other.rows(), strict=True):
        assert same["stage"] == less["stage"]
        for measure in ("cka", "procrustes"):
            assert same[measure] == pytest.approx(1, abs=1e-4)
            assert less[measure] < 0.999
        assert less["chance"] < less["procrustes"]
    assert [row["stage"] for row in other.rows()] == list(STAGES) == other.summary["stages"]


def test_a_kept_network_is_compared_as_it_was_after_a_step(finish):
    trained, _ = finish("train", **TINY, checkpoints=(0,))
    both = {"source": f"run:{trained.id}", "data": "digits", "pictures": 30}
    itself, _ = finish("similarity", **both, other=f"run:{trained.id}")
    began, _ = finish("similarity", **both, other=f"run:{trained.id}@0")
    assert all(row["cka"] == pytest.approx(1, abs=1e-4) for row in itself.rows())
    assert all(row["cka"] < 0.9999 for row in began.rows())


def test_the_same_pictures_are_seen_at_the_size_of_each(finish):
    trained, _ = finish("train", **TINY)  # of 32 pixels, where a network drawn anew sees 48
    found, _ = finish("similarity", **{**SMALL, "source": f"run:{trained.id}"}, other="none")
    assert found.summary["pictures"] == 60
    assert found.rows()[0]["cka"] > 0.5, "in the same order"


def test_what_cannot_be_compared_is_refused_in_one_sentence(finish):
    with pytest.raises(Refused, match=r"other=none|other=toybox cannot be used: the weights of source=toybox are"):
        Spec.of(similarity, source="none", network="resnet18", other="toybox")
    trained, _ = finish("train", **{**TINY, "epochs": 1}, network="resnet18")
    with pytest.raises(Refused, match=r"its stages are stem, layer1.*, those of the first conv1, conv2"):
        Spec.of(similarity, source="toybox", other=f"run:{trained.id}")
    with pytest.raises(Refused, match="there are no such weights for labnet"):
        Spec.of(similarity, source="none", other="imagenet")


def test_each_pair_differs_in_one_thing():
    pairs = {group: spec.settings for group, _, spec in arms_of(Spec.of(generic_specific, **PLAN).settings)}
    assert tuple(pairs) == GROUPS
    first = pairs["seed"].donor
    assert all(pair.donor == first for pair in pairs.values())
    seed, task, tuned = (pairs[group].other_donor.settings for group in ("seed", "task", "tuned"))
    assert seed.data == first.settings.data != task.data
    assert seed.seed == task.seed == pairs["untrained"].other_seed != first.settings.seed
    assert pairs["untrained"].other_donor is None
    assert tuned.donor == first
    assert tuned.stages == "tttttttn"
    assert len({other.steps for other in (first.settings, seed, task, tuned)}) == 1
    both = {g: s.settings for g, _, s in arms_of(Spec.of(generic_specific, **PLAN, untrained="both").settings)}
    assert both["untrained"].donor is None
    assert both["untrained"].seed != both["untrained"].other_seed
    assert both["task"] == pairs["task"]


def test_a_plan_tells_which_stage_changed_most_and_half_of_it_what_is_known(finish):
    found, _ = finish("generic_specific", **PLAN)
    tuned = {stage: point["cka"]["mean"] for stage, point in found.summary["groups"]["tuned"].items()}
    assert found.summary["changed_most"] == min(tuned, key=tuned.get)
    gap = found.summary["gaps"]["cka"]["tuned_late"]["mean"]
    assert gap == pytest.approx(tuned["conv1"] - tuned["fc7"])
    assert question(found.record["spec"]["settings"]) == "Fine-tuned on ten digits: which stage changed most?"
    assert len(numbers(result_of(found))) == 2 * len(GROUPS) * len(STAGES)
    half = summarise(Spec.of(generic_specific, **PLAN).settings, found.rows()[: len(STAGES) + 3])
    assert list(half["groups"]) == ["seed", "task"]
    assert list(half["groups"]["task"]) == ["conv1", "conv2", "conv3"]
    assert half["changed_most"] is None
    assert half["gaps"]["cka"] == {}, "nothing of the last stage is known"


def test_claims_say_which_stages_and_what_the_other_measure_says():
    gap = {"mean": 0.3, "low": 0.2, "high": 0.4}
    none = {"mean": -0.1, "low": -0.2, "high": -0.05}
    gaps = {"cka": {"early_alike": gap, "learned": none}, "procrustes": {"early_alike": none, "learned": none}}
    early, learned = claims(pretended({"gaps": gaps, "stages": list(STAGES)}, untrained="both"))
    assert (early.verdict.word, learned.verdict.word) == (HOLDS, NOT_HERE)
    assert early.reason.startswith("Of two tasks, conv1 against fc7. By Procrustes: −10.0 points")
    assert "conv1 of two untrained networks" in learned.reason
