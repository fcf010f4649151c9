"""The figures of "Which views?": what is drawn of half a plan, the ceiling, the regimes."""

import pytest

from core.figures.views import amounts_figure, information_figure, shared_figure
from core.lessons.lesson import Result
from core.lessons.views import INFOMIN_CELLS, INFOMIN_PHOTOGRAPHS

GROWING, ALONE, CHANCE = ["Nothing", "Class", "Everything"], ["Room"], {"class": 0.1, "room": 0.25}


def point(mean):
    return {"mean": mean, "low": mean - 0.05, "high": mean + 0.05, "seeds": 3, "values": [mean] * 3}


TABLE = {
    name: {"class": point(0.3 + 0.1 * k), "room": point(0.5)}
    for k, name in enumerate([*GROWING, *ALONE, "Random weights"])
}
INFORMATION = {"Nothing": point(-0.2), "Class": point(3.0), "Everything": point(1.0)}
SUMMARY = {
    "table": TABLE,
    "chance": CHANCE,
    "information": INFORMATION,
    "ceiling": 6.0,
    "best": {"class": "Class"},
    "elsewhere": {"room": {"name": "Room", **point(0.4)}},
    "claims": {"class_over_object": point(0.2)},
    "regimes": {"Nothing": "missing information", "Class": "sweet spot", "Everything": "excess noise"},
    "growing": GROWING,
    "alone": ALONE,
    "control": "Random weights",
}


def result(summary):
    return Result("0" * 16, {"spec": {"experiment": "x:infomin_cells", "settings": {}}, "summary": summary})


def points_of(figure):
    """Traces with a name that hold more than the dots of seeds."""
    return [trace for trace in figure.data if trace.name and "seeds" not in trace.name]


@pytest.mark.parametrize("dark", [False, True])
def test_the_growing_sets_are_joined_and_the_others_stand_alone(dark):
    figure = shared_figure(
        TABLE, CHANCE, GROWING, ALONE, control="Random weights", regimes=SUMMARY["regimes"], dark=dark
    )
    joined, alone = (trace for trace in points_of(figure) if trace.name == "class")
    assert (joined.mode, alone.mode) == ("lines+markers", "markers")
    assert list(joined.customdata) == GROWING
    assert list(joined.y) == [0.3, 0.4, 0.5]
    assert min(alone.x) > max(joined.x) + 1
    said = [note.text for note in figure.layout.annotations]
    assert "<b>sweet<br>spot</b>" in said
    heights = [shape.y0 for shape in figure.layout.shapes if shape.line.dash == "dash"]
    assert heights == [0.7, 0.5], "of the random weights, in each panel"


def test_half_a_plan_is_drawn_without_regimes():
    some = {"Class": TABLE["Class"]}
    figure = shared_figure(some, CHANCE, GROWING, ALONE, control="Random weights", regimes={}, dark=False)
    assert len(points_of(figure)) == len(CHANCE)
    assert not any("sweet" in note.text for note in figure.layout.annotations)


def test_along_the_information_the_sets_stand_in_the_order_of_their_estimates_below_the_ceiling():
    figure = information_figure(TABLE, INFORMATION, list(CHANCE), GROWING, ceiling=6.0, dark=False)
    curves = points_of(figure)
    assert [trace.name for trace in curves] == list(CHANCE)
    assert all(list(trace.x) == [-0.2, 1.0, 3.0] for trace in curves)
    assert list(curves[0].customdata) == ["Nothing", "Everything", "Class"]
    assert [shape.x0 for shape in figure.layout.shapes] == [6.0]
    assert figure.layout.xaxis.range[1] > 6.0
    bare = information_figure({}, {}, [], GROWING, ceiling=None, dark=True)
    assert not bare.data


def test_the_lesson_draws_claims_and_counts():
    drawn = INFOMIN_CELLS.draw(result(SUMMARY), False)
    assert list(drawn) == ["shared", "information"]
    assert "Class: class 40%" in drawn["shared"].words
    said = [claim.words for claim in INFOMIN_CELLS.claims(result(SUMMARY))]
    assert len(said) == 2
    assert "For the room another pair is better than the class: *Room*." in said
    assert "everything" in INFOMIN_CELLS.question({})
    numbers = {number.what: number for number in INFOMIN_CELLS.numbers(result(SUMMARY))}
    assert numbers["Class: information, InfoNCE (nats)"].written == "3"
    empty = {**SUMMARY, "table": {}, "information": {}, "claims": {}, "elsewhere": {}}
    assert INFOMIN_CELLS.draw(result(empty), True) == {}
    assert INFOMIN_CELLS.claims(result(empty)) == []


def test_photographs_have_a_panel_a_setting_with_the_control():
    accuracy = {"share": {"0.1": point(0.4), "1": point(0.3)}, "strength": {"0": point(0.3)}}
    information = {"share": {"0.1": point(1.0), "1": point(3.0)}}
    figure = amounts_figure(
        accuracy, information, {"share": "Share", "strength": "Strength"}, control=point(0.2), dark=True
    )
    assert [shape.y0 for shape in figure.layout.shapes] == [0.2, 0.2]
    summary = {
        "accuracy": accuracy,
        "information": information,
        "random": None,
        "claims": {"share, 0.1 over 1": point(0.1)},
    }
    assert list(INFOMIN_PHOTOGRAPHS.draw(result(summary), False)) == ["amounts"]
    (claim,) = INFOMIN_PHOTOGRAPHS.claims(result(summary))
    assert claim.verdict.word == "holds here"
    assert len(INFOMIN_PHOTOGRAPHS.numbers(result(summary))) == 3
    assert INFOMIN_PHOTOGRAPHS.draw(result({**summary, "accuracy": {}}), False) == {}
