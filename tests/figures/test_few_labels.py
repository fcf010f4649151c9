"""Accuracy against the share of labels: what is drawn is what was found, and every claim follows from the numbers."""

import pytest

from core.figures.few_labels import LOOKS, printed_figure, shares_figure
from core.figures.papers import paper
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED, WEAKER
from core.lessons.few_labels import (
    FEW_LABELS,
    encoders,
    few_claims,
    few_numbers,
    overtaken,
    overtaken_words,
    printed,
    shares,
)
from tests.lessons.conftest import pretended


def point(mean, half=0.02):
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": 3, "values": [mean] * 3, "steps": [40] * 3}


def curve(*means):
    return {share: point(mean) for share, mean in zip(("1", "20", "100"), means, strict=True)}


CROSSING = {"share": 62.3, "low": 41.0, "high": 88.0, "never": 0.0, "seeds": 3}
FOUND = {
    "curves": {
        "": {"scratch": curve(0.1, 0.4, 0.9)},
        "simclr": {
            "frozen": curve(0.4, 0.6, 0.7),
            "fine-tuned": curve(0.35, 0.7, 0.92),
            "propagation": curve(0.45, 0.6, 0.65),
        },
        "moco2": {"frozen": curve(0.2, 0.3, 0.4)},
    },
    "gains": {"simclr": {"frozen": {"1": point(0.3), "100": point(-0.2)}}},
    "ahead": {
        "scratch": {"1": point(-0.3), "100": point(0.2)},
        "fine-tuned": {"1": point(-0.05), "100": point(0.22)},
        "propagation": {"1": point(0.01)},
    },
    "overtakes": {"scratch": CROSSING, "fine-tuned": {**CROSSING, "share": 5.0, "low": None, "high": None}},
}
SPREAD = "labels that spread over a graph of the codes beat a linear layer on them"
NEVER = {"share": None, "low": None, "high": None, "never": 1.0, "seeds": 3}


def result(**changed):
    return pretended({**FOUND, **changed}, encoders="simclr,moco2", shares="1,20,100")


def trace(figure, name):
    return next(one for one in figure.data if one.name == name)


def words(figure):
    return {note.text.removeprefix("<b>").removesuffix("</b>") for note in figure.layout.annotations}


@pytest.mark.parametrize("how", LOOKS)
def test_each_way_is_drawn_at_its_shares_with_its_interval_and_its_name(how):
    drawn = shares(result(), dark=False)
    line = trace(drawn.figure, how)
    points = {**FOUND["curves"][""], **FOUND["curves"]["simclr"]}[how]
    assert list(line.x) == [1, 20, 100]
    assert list(line.y) == [one["mean"] for one in points.values()]
    assert line.error_y.array == pytest.approx((0.02, 0.02, 0.02))
    assert "after 40, 40, 40 steps" in line.hovertemplate[0]
    assert how in words(drawn.figure)
    assert f"{how}: {points['1']['mean']:.0%} at 1 %" in drawn.words


def test_the_crossing_stands_where_it_was_measured_and_the_guess_where_it_was_made():
    curves = {**FOUND["curves"][""], **FOUND["curves"]["simclr"]}
    figure = shares_figure(curves, CROSSING, dark=False, guess=20)
    lines = {shape.name: shape for shape in figure.layout.shapes}
    assert lines["measured"].x0 == 62.3
    assert (lines["interval"].x0, lines["interval"].x1) == (41.0, 88.0)
    assert lines["guess"].x0 == 20
    assert {"scratch overtakes at 62 %", "your guess: 20 %"} <= words(figure)
    open_end = shares_figure(curves, {**CROSSING, "high": None}, dark=True)
    assert {shape.name: shape for shape in open_end.layout.shapes}["interval"].x1 == 100
    never = shares_figure(curves, NEVER, dark=False, guess="never")
    assert {"scratch never overtakes", "your guess: never"} <= words(never)
    assert not never.layout.shapes


def test_the_answer_is_where_scratch_overtakes_and_it_is_said_with_its_interval():
    assert overtaken(FOUND) == 62
    assert overtaken({"overtakes": {"scratch": NEVER}}) == "never"
    assert overtaken({"overtakes": {"scratch": None}}) is None
    said = overtaken_words(FOUND)
    assert "Scratch overtakes frozen at **62 %** of the labels (95 % interval 41 % to 88 %, over 3 seeds" in said
    assert "beyond all labels to beyond all labels" in said
    assert overtaken_words({"overtakes": {"scratch": NEVER}}).endswith("within all the labels.")
    some = overtaken_words({"overtakes": {"scratch": {**NEVER, "never": 0.7}}})
    assert "(70% of the draws agree)" in some


def test_the_encoders_are_compared_at_the_smallest_share_the_best_first():
    drawn = encoders(result(), dark=False)
    assert drawn.title == "With 1 % of the labels"
    assert [one.name for one in drawn.figure.data if one.name in drawn.words] == [
        "SimCLR, propagation", "SimCLR, frozen", "SimCLR, fine-tuned", "MoCo v2, frozen", "scratch",
    ]  # fmt: skip
    assert shares(result(curves={}), dark=False) is None
    assert encoders(result(curves={}), dark=False) is None


def test_each_claim_follows_from_its_own_numbers():
    claims = {claim.words: claim.verdict.word for claim in few_claims(result())}
    assert claims == {
        "With 1 % of the labels, SimCLR's frozen codes beat scratch.": HOLDS,
        "With 100 % of the labels, scratch beats the frozen codes.": HOLDS,
        "With 100 % of the labels, an encoder that learns on beats the frozen codes.": HOLDS,
        "With 1 % of the labels, learning on beats staying frozen.": NOT_HERE,
        f"With 1 % of the labels, {SPREAD}.": NOT_SETTLED,
    }
    little = result(gains={"simclr": {"frozen": {"1": point(0.01, 0.005)}}})
    assert few_claims(little)[0].verdict.word == WEAKER, "less than three points"
    assert few_claims(result(gains={}, ahead={})) == []


def test_every_number_has_its_interval():
    numbers = {number.what: number for number in few_numbers(result())}
    assert numbers["scratch, 100 % of the labels"].value == 0.9
    assert numbers["MoCo v2, frozen, 20 % of the labels"].interval == "28.0 % to 32.0 %"
    assert numbers["SimCLR, frozen − scratch, 1 %"].written == "+30.0 points"
    assert len(numbers) == 15 + 2


def test_the_papers_are_drawn_dashed_as_they_are_printed():
    drawn = printed(result(), False, "cpc2")
    held = paper("few_labels")["cpc2"]
    for how, values in (("frozen", (0.771, 0.962)), ("fine-tuned", (0.779, 0.965)), ("scratch", (0.441, 0.952))):
        line = trace(drawn.figure, how)
        assert (line.y[0], line.y[-1]) == values == (held[how][0], held[how][-1])
        assert line.line.dash == "dash"
    stl = printed(result(), True, "stl10").figure
    assert list(trace(stl, "frozen").y) == [0.6279, 0.6860, 0.7444, 0.7720, 0.7906, 0.8133]
    assert list(trace(stl, "scratch").x) == [500]
    assert list(trace(stl, "scratch").y) == [0.7331]
    assert not shares_figure({}, None, dark=False).data
    assert printed_figure({"frozen": {1: 0.5, 10: 0.6}}, x="x", y="y", dark=False).layout.yaxis.title.text == "y"


def test_the_lesson_draws_all_of_them():
    assert list(FEW_LABELS.draw(result(), dark=True)) == ["shares", "encoders", "printed", "stl10"]
    assert FEW_LABELS.question({}).endswith("?")
