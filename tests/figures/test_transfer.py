"""Yosinski's figure and the three effects: what is drawn is what was found."""

import itertools
import math

import pytest

from core.figures.papers import paper
from core.figures.transfer import EFFECTS, LOOKS, common_span, effect_figure, paper_figure, transfer_figure


def point(mean, seeds=3, half=0.02):
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": seeds, "values": [mean] * seeds}


FOUND = {
    "base": point(0.5),
    "curves": {
        "AnB": {"1": point(0.52), "7": point(0.6)},
        "BnB": {"1": point(0.5), "7": point(0.48)},
        "AnB+": {"7": point(0.66)},
        "BnB+": {"7": point(0.61)},
    },
    "effects": {"coadaptation": {"1": point(0.0), "7": point(0.02)}, "specificity": {"7": point(-0.12)}},
    "runs": {"AnB 7": ["0" * 16]},
}


def trace(figure, name):
    return next(t for t in figure.data if t.name == name)


def test_each_curve_stands_at_its_depths_with_its_intervals():
    figure = transfer_figure(FOUND, dark=False, depth=7)
    anb = trace(figure, "AnB")
    assert [round(x) for x in anb.x] == [1, 7]
    assert list(anb.y) == [0.52, 0.6]
    assert anb.error_y.array == pytest.approx((0.02, 0.02))
    assert [list(cell) for cell in anb.customdata] == [["AnB 1", 1], ["AnB 7", 7]], "a point says whose it is"
    assert {note.text for note in figure.layout.annotations} >= {f"<b>{name}</b>" for name in LOOKS}


def test_relative_to_base_everything_moves_by_base():
    figure = transfer_figure(FOUND, dark=True, depth=7, relative=True)
    assert list(trace(figure, "AnB").y) == pytest.approx([0.02, 0.1])
    assert trace(figure, "base").y[0] == 0
    low, high = figure.layout.yaxis.range
    assert low < -0.02
    assert high > 0.16


def test_of_two_seeds_the_seeds_are_drawn_and_no_interval():
    two = {**FOUND, "curves": {"AnB": {"1": {**point(0.5, seeds=2, half=0.9), "values": [0.4, 0.6]}}}}
    figure = transfer_figure(two, dark=False, depth=7)
    assert not trace(figure, "AnB").error_y.visible
    assert sorted(trace(figure, "AnB, seeds").y) == [0.4, 0.6]
    assert figure.layout.yaxis.range[0] > 0.3, "and the axis is not stretched by them"


def test_names_at_the_end_do_not_lie_on_one_another():
    close = {**FOUND, "curves": {name: {"7": point(0.5 + 0.001 * k)} for k, name in enumerate(LOOKS)}}
    figure = transfer_figure(close, dark=False, depth=7)
    heights = sorted(note.y for note in figure.layout.annotations if note.text.strip("</b>") in LOOKS)
    span = figure.layout.yaxis.range[1] - figure.layout.yaxis.range[0]
    assert len(heights) == 4
    assert min(b - a for a, b in itertools.pairwise(heights)) > 0.05 * span


def test_half_a_sweep_and_nothing_at_all_can_be_drawn():
    transfer_figure({"base": None, "curves": {}, "effects": {}}, dark=False, depth=7)
    figure = transfer_figure({**FOUND, "base": None}, dark=False, depth=7, relative=True)
    assert list(trace(figure, "AnB").y) == [0.52, 0.6]
    for name in EFFECTS:
        effect_figure(name, {}, dark=False)


@pytest.mark.parametrize("split", ["random", "natural", "untrained"])
def test_the_papers_curves_are_its_authors_numbers(split):
    numbers = paper("yosinski2014")
    assert "arXiv:1411.1792" in numbers["source"]
    span = common_span(FOUND, numbers[split])
    figure = paper_figure(numbers[split], dark=False, relative=True, span=span)
    ours = transfer_figure(FOUND, dark=False, depth=7, relative=True, span=span)
    assert figure.layout.yaxis.range == ours.layout.yaxis.range, "side by side they are read on one scale"
    base = numbers[split]["base"]["0"]
    drawn = trace(figure, "paper AnB")
    assert drawn.line.dash == "dash"
    assert list(drawn.y) == pytest.approx([numbers[split]["AnB"][str(n)] - base for n in range(1, 8)])
    every = [y for t in figure.data for y in t.y]
    assert span[0] < min(every)
    assert max(every) < span[1]
    alone = paper_figure(numbers[split], dark=True)
    assert list(trace(alone, "paper AnB").y) == [numbers[split]["AnB"][str(n)] for n in range(1, 8)]


def test_the_numbers_that_the_lecture_quotes():
    numbers = paper("yosinski2014")
    assert numbers["random"]["base"]["0"] == 0.6251
    assert numbers["random"]["AnB"]["7"] == 0.5425
    assert numbers["random"]["BnB"]["5"] == 0.5935
    assert all(numbers["untrained"]["AnB"][str(n)] <= 0.05 for n in range(3, 8))


def test_effects_are_points_about_zero_on_an_axis_of_their_own():
    figure = effect_figure("coadaptation", FOUND["effects"]["coadaptation"], dark=False)
    assert list(trace(figure, "coadaptation").y) == [0.0, 0.02]
    low, high = figure.layout.yaxis.range
    assert low == -high
    ticks = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    assert ticks["+2"] == 0.02
    assert ticks["0"] == 0
    assert "%" not in "".join(ticks), "points are not per cent"
    assert trace(figure, "coadaptation").hovertemplate[1].startswith("n = 7: +2.0 points")
    assert 0.04 < high < 0.06, "a loss of two points can be seen"
    assert effect_figure("specificity", FOUND["effects"]["specificity"], dark=True).layout.yaxis.range[1] > 0.14
    wide = effect_figure("gain", {"5": point(0.1, seeds=1, half=math.inf)}, dark=False)
    assert math.isfinite(wide.layout.yaxis.range[1])
