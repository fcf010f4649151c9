"""Three targets of one source network: marks at their accuracies, and what is claimed of them."""

import pytest

from core.figures.definitions import TARGETS, definitions_figure
from core.figures.verdict import HOLDS, NOT_HERE
from core.lessons.why import target_claims
from tests.lessons.conftest import pretended


def point(mean, seeds=3, half=0.03):
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": seeds, "values": [mean] * seeds}


FOUND = {
    "targets": {
        "home": {"as is": point(0.9, seeds=1)},
        "labels": {"scratch": point(0.5), "tuned": point(0.4)},
        "pictures": {"as is": point(0.56, seeds=1), "scratch": point(0.47), "tuned": point(0.91)},
        "both": {"scratch": point(0.3), "tuned": point(0.7)},
    },
    "gains": {"labels": point(-0.1), "pictures": point(0.44), "both": point(0.4)},
    "adapted": point(0.35),
    "chance": {"labels": 0.25, "pictures": 0.0625, "both": 0.0625},
}


def trace(figure, name):
    return next(one for one in figure.data if one.name == name)


@pytest.mark.parametrize("target", TARGETS)
def test_each_way_stands_at_its_accuracy_beside_chance(target):
    figure = definitions_figure(FOUND, dark=False)
    name = TARGETS[target][0]
    for way, words in (("scratch", "scratch"), ("tuned", "fine-tuned")):
        assert list(trace(figure, f"{name}, {words}").x) == [FOUND["targets"][target][way]["mean"]]
    chance = trace(figure, f"chance, {target}")
    assert set(chance.x) == {FOUND["chance"][target]}
    assert min(chance.y) < trace(figure, f"{name}, scratch").y[0] < max(chance.y), "within its own target"


def test_only_where_the_labels_stay_is_the_network_asked_as_it_is():
    names = {one.name for one in definitions_figure(FOUND, dark=True).data}
    assert "Domain adaptation, as it is" in names
    assert "Inductive transfer, as it is" not in names


def test_lanes_do_not_share_a_height():
    figure = definitions_figure(FOUND, dark=False)
    heights = [one.y[0] for one in figure.data if one.mode == "markers"]
    assert len(set(heights)) == len(heights) == 7


def test_some_arms_can_be_drawn():
    early = {**FOUND, "targets": {"home": FOUND["targets"]["home"]}, "gains": {}, "adapted": None}
    assert [one.name for one in definitions_figure(early, dark=False).data] == [f"chance, {key}" for key in TARGETS]
    assert target_claims(pretended(early)) == []


def test_what_is_claimed_of_each_target():
    labels, pictures, both, adapted = target_claims(pretended(FOUND))
    assert [claim.verdict.word for claim in (labels, pictures, both, adapted)] == [NOT_HERE, HOLDS, HOLDS, HOLDS]
    assert "overlook" in labels.reason, "why borrowing costs there is said where it does"
    assert "90%" in adapted.reason
    assert "56%" in adapted.reason
    helped = {**FOUND, "gains": {"labels": point(0.1)}}
    assert target_claims(pretended(helped))[0].reason == ""
