"""Errors against labels: what is drawn is what was found, and every claim follows from the numbers."""

import itertools
import math

import pytest

from core.figures.budgets import LOOKS, budgets_figure, gap_figure
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED
from core.lessons.why import budget_claims, overtaken, overtaken_words
from tests.lessons.conftest import pretended


def point(mean, seeds=3, half=0.02):
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": seeds, "values": [mean] * seeds}


def curve(risks, empirical=(0.0, 0.0, 0.05)):
    return {
        n: {"risk": point(r), "empirical": point(e)}
        for n, r, e in zip(("1", "15", "400"), risks, empirical, strict=True)
    }


FOUND = {
    "curves": {
        "scratch": curve((0.9, 0.7, 0.1)),
        "augmented": curve((0.9, 0.6, 0.2)),
        "regularised": curve((0.9, 0.65, 0.25)),
        "frozen": curve((0.6, 0.35, 0.18)),
        "tuned": curve((0.7, 0.3, 0.08)),
    },
    "overtakes": {"labels": 187.3, "low": 120.0, "high": 280.0, "never": 0, "seeds": 3},
    "gains": {"tuned": {"15": point(0.4)}, "augmented": {"15": point(0.1)}, "regularised": {"15": point(0.05)}},
    "behind": {"augmented": {"15": point(-0.3)}, "regularised": {"15": point(-0.35)}},
    "gaps": {"scratch": {"1": point(0.9), "15": point(0.7), "400": point(0.05)}},
    "closes": point(0.85),
}


def trace(figure, name):
    return next(one for one in figure.data if one.name == name)


def words(figure):
    return [note.text.removeprefix("<b>").removesuffix("</b>") for note in figure.layout.annotations]


@pytest.mark.parametrize("way", LOOKS)
def test_each_way_is_drawn_at_its_labels_with_its_interval_and_its_name(way):
    figure = budgets_figure(FOUND, dark=False)
    drawn = trace(figure, LOOKS[way][0])
    assert list(drawn.x) == [1, 15, 400]
    assert list(drawn.y) == [FOUND["curves"][way][n]["risk"]["mean"] for n in ("1", "15", "400")]
    assert drawn.error_y.array == pytest.approx((0.02, 0.02, 0.02))
    assert drawn.line.dash == "solid"
    assert LOOKS[way][0] in words(figure)


def test_only_the_chosen_ways_are_drawn():
    figure = budgets_figure(FOUND, dark=True, ways=("scratch", "tuned"), guess=50)
    assert {one.name for one in figure.data} == {"scratch", "fine-tuned"}
    assert not figure.layout.shapes, "and without frozen there is nothing to overtake"


def test_the_crossing_stands_where_it_was_measured_and_the_guess_where_it_was_made():
    figure = budgets_figure(FOUND, dark=False, guess=50)
    lines = {shape.name: shape for shape in figure.layout.shapes}
    assert lines["measured"].x0 == 187.3
    assert (lines["interval"].x0, lines["interval"].x1) == (120.0, 280.0)
    assert lines["guess"].x0 == pytest.approx(50)
    assert {"overtakes at 190", "your guess: 50"} <= set(words(figure))
    low, high = figure.layout.xaxis.range
    beyond = budgets_figure(FOUND, dark=False, guess=5000)
    assert {shape.name: shape for shape in beyond.layout.shapes}["guess"].x0 == pytest.approx(10**high)
    assert low < 0


def test_never_is_said_and_a_guess_of_never_too():
    never = {**FOUND, "overtakes": {"never": 3, "seeds": 3}}
    figure = budgets_figure(never, dark=False, guess="never")
    assert {"never overtaken", "your guess: never"} <= set(words(figure))
    assert not figure.layout.shapes
    some = {**FOUND, "overtakes": {"never": 1, "seeds": 3}}
    assert "2 of 3 seeds cross" in words(budgets_figure(some, dark=False))


def test_of_two_seeds_the_seeds_are_drawn_and_no_interval():
    two = {"risk": {**point(0.5, seeds=2, half=0.9), "values": [0.4, 0.6]}}
    found = {
        "curves": {"scratch": {"15": two}, "frozen": {"15": two}},
        "overtakes": {"labels": 15.0, "low": 1e-9, "high": 1e9, "never": 0, "seeds": 2},
    }
    figure = budgets_figure(found, dark=False)
    assert list(trace(figure, "scratch").error_y.array) == [0]
    assert sorted(trace(figure, "scratch, seeds").y) == [0.4, 0.6]
    assert "interval" not in {shape.name for shape in figure.layout.shapes}


def test_names_at_the_end_do_not_lie_on_one_another():
    close = {"curves": {way: curve((0.9, 0.5, 0.2 + 0.001 * k)) for k, way in enumerate(LOOKS)}, "overtakes": None}
    figure = budgets_figure(close, dark=False)
    heights = sorted(note.y for note in figure.layout.annotations)
    assert len(heights) == len(LOOKS)
    assert min(b - a for a, b in itertools.pairwise(heights)) > 0.05


def test_the_empirical_risk_is_dotted_beneath_the_risk():
    figure = gap_figure(FOUND["curves"]["scratch"], way="scratch", dark=False)
    assert trace(figure, "scratch").line.dash == "solid"
    dotted = trace(figure, "scratch, empirical")
    assert dotted.line.dash == "dot"
    assert list(dotted.y) == [0.0, 0.0, 0.05]
    assert list(trace(figure, "between").x) == [1, 15, 400, 400, 15, 1]


def test_half_a_sweep_and_nothing_at_all_can_be_drawn():
    budgets_figure({"curves": {}, "overtakes": None}, dark=False, guess=50)
    half = {"1": {"risk": point(0.9)}, "15": {"risk": point(0.7), "empirical": point(0.0)}}
    figure = gap_figure(half, way="scratch", dark=True)
    assert list(trace(figure, "scratch").x) == [1, 15]
    assert list(trace(figure, "scratch, empirical").x) == [15]


def test_numbers_under_the_axis_leave_room_between_them():
    many = {str(n): {"risk": point(0.5)} for n in (1, 2, 5, 15, 40, 100, 200, 400)}
    shown = gap_figure(many, way="scratch", dark=False).layout.xaxis.tickvals
    assert shown[0] == 400
    assert min(math.log10(a / b) for a, b in itertools.pairwise(shown)) > 0.6


@pytest.mark.parametrize(
    ("found", "answer", "said"),
    [
        (FOUND["overtakes"], 190.0, "about 190 labels a class, 95 % interval 120 to 280"),
        ({**FOUND["overtakes"], "seeds": 1}, 190.0, "one seed gives no interval"),
        ({"never": 3, "seeds": 3}, "never", "does not overtake frozen in 3 of 3 seeds"),
        ({"never": 1, "seeds": 3}, None, "in 1 of 3 seeds"),
        ({"never": 1, "seeds": 1}, "never", "does not overtake frozen."),
        (None, None, ""),
    ],
)
def test_the_answer_to_the_question(found, answer, said):
    assert overtaken(found) == answer
    assert said in overtaken_words(found)


def test_every_claim_has_the_verdict_of_its_numbers():
    claims = budget_claims(pretended(FOUND))
    assert [claim.verdict.word for claim in claims] == [HOLDS] * 4
    assert "−30.0 points" in claims[1].reason
    assert "at 400: 5 points" in claims[3].reason


@pytest.mark.parametrize(
    ("gain", "behind", "word"),
    [
        (point(0.1), point(-0.3), HOLDS),
        (point(0.1), point(0.05), NOT_HERE),  # it was enough after all
        (point(-0.1), point(-0.3), NOT_HERE),  # it did not help
        (point(0.01), point(-0.3), NOT_SETTLED),
        ({**point(0.1), "low": -math.inf, "high": math.inf}, point(-0.3), NOT_SETTLED),
    ],
)
def test_a_remedy_must_help_and_must_not_be_enough(gain, behind, word):
    found = {**FOUND, "gains": {"augmented": {"15": gain}}, "behind": {"augmented": {"15": behind}}}
    claim, *_ = budget_claims(pretended(found))
    assert claim.words.startswith("Augmentation")
    assert claim.verdict.word == word


def test_where_a_remedy_comes_nearest_to_borrowing_is_said():
    behind = {"augmented": {"15": point(-0.3), "40": point(0.02), "400": point(-0.1)}}
    claim, *_ = budget_claims(pretended({**FOUND, "gains": {"augmented": {"15": point(0.1)}}, "behind": behind}))
    assert claim.verdict.word == HOLDS
    assert "It comes nearest at 40 a class: +2.0 points" in claim.reason


def test_claims_of_half_a_sweep():
    assert budget_claims(pretended({"curves": {}, "gains": {}, "behind": {}, "gaps": {}, "closes": None})) == []
