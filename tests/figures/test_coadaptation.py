"""The table of the search for the dip: every cell says its numbers, and which intervals leave zero out."""

import pytest

from core.figures.coadaptation import GAIN, LOSS, UNCLEAR, coadaptation_figure, kind
from core.figures.verdict import HOLDS
from core.lessons.anb import dip, searched


def point(mean, half=0.02):
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": 5}


FOUND = {
    "tried": {
        "standard": {"words": "LabNet", "coadaptation": {"3": point(0.01), "4": point(-0.031)}},
        "plain_sgd": {"words": "No BatchNorm, SGD", "coadaptation": {"3": point(0.025), "5": point(0.052)}},
    }
}


@pytest.mark.parametrize("dark", [False, True])
def test_every_cell_stands_at_its_setting_and_depth_with_its_interval(dark):
    figure = coadaptation_figure(FOUND, dark=dark)
    said = {(note.x, note.y): note.text for note in figure.layout.annotations}
    assert set(said) == {(3, 0), (4, 0), (3, -1), (5, -1)}
    assert "+1.0" in said[3, 0]
    assert "<b>" not in said[3, 0]
    assert "<b>−3.1</b>" in said[4, 0]
    assert "−5.1 … −1.1" in said[4, 0]
    assert list(figure.layout.yaxis.ticktext) == ["LabNet", "No BatchNorm, SGD"]
    assert figure.layout.xaxis.tickvals == (3, 4, 5)
    assert [shape.name for shape in figure.layout.shapes] == [UNCLEAR, GAIN, LOSS, LOSS]


def test_an_interval_that_touches_zero_is_unclear():
    assert kind({"mean": 0.01, "low": 0.0, "high": 0.02}) == UNCLEAR


def test_what_was_found_is_counted_beside_what_chance_gives():
    words = searched(FOUND)
    assert "Of 4 intervals 2 lie above zero (a loss) and 1 below (a gain)" in words
    assert "about 0 would lie on each side by chance" in words
    assert "2.0 points wide" in words
    assert "The largest loss: No BatchNorm, SGD, n = 5, +5.2 points." in words
    assert "largest loss" not in searched({"tried": {"standard": FOUND["tried"]["standard"]}})


def test_half_a_search_is_drawn():
    assert len(coadaptation_figure({"tried": {}}, dark=False).data) == 0
    assert searched({"tried": {}}).startswith("Of 0 intervals")


def test_the_sweep_that_shows_it_is_told_with_the_copies_that_learn_on():
    sweep = {
        "base": {"mean": 0.9}, "curves": {"BnB+": {"4": {"mean": 0.912}}},
        "effects": {"coadaptation": {"4": {**point(0.016, 0.005), "seeds": 10}}},
    }  # fmt: skip
    claim = dip(sweep)
    assert "n = 4, 10 other seeds" in claim.words
    assert claim.verdict.word == HOLDS
    assert "+1.2 from base" in claim.reason
    assert dip({**sweep, "curves": {}}).reason == ""
    assert dip({**sweep, "effects": {}}) is None
