"""Rankings, heat maps and broken runs say the numbers that they were given."""

import pytest

from core.figures.representations import apart, arms_figure, grey_map, kept_figure, ranking_figure
from core.figures.style import GROUPS, group_hues

POINT = {"low": 0.4, "high": 0.6, "seeds": 3, "values": [0.4, 0.5, 0.6]}


@pytest.mark.parametrize("dark", [False, True])
def test_a_ranking_has_a_mark_an_arm_its_seeds_and_the_papers_numbers(dark):
    points = {"MoCo v1": {"mean": 0.5, **POINT}, "(a) MLP": {"mean": 0.55, **POINT}}
    figure = ranking_figure(points, x="x", dark=dark, paper={"MoCo v1": 0.606, "(e)": 0.7})
    marks = {trace.name: list(trace.x) for trace in figure.data}
    assert marks["MoCo v1"] == [0.5]
    assert marks["MoCo v1, seeds"] == [0.4, 0.5, 0.6]
    assert marks["paper"] == [0.606], "only of arms that are there"
    assert list(figure.layout.yaxis.ticktext) == ["MoCo v1  <b>50%</b>", "(a) MLP  <b>55%</b>"]
    assert [note.text for note in figure.layout.annotations] == ["<b>paper, ImageNet</b>"]


def test_a_heat_map_is_coloured_by_what_lies_above_chance_and_says_the_share():
    table = {"SimCLR": {"class": {"mean": 0.55, "low": 0.5, "high": 0.6}, "room": {"mean": 0.1, "low": 0, "high": 0.2}}}
    figure = kept_figure(table, {"class": 0.1, "room": 0.2}, dark=False)
    assert figure.data[0].z[0][0] == pytest.approx(0.5)
    assert figure.data[0].z[0][1] == 0, "never below"
    assert [note.text for note in figure.layout.annotations] == ["55% ± 5", "10% ± 10"]


def test_curves_of_a_broken_run_are_told_apart_by_more_than_colour():
    lines = {"whole": [(0, 1.0, 1.0, 1.0), (1, 2.0, 1.5, 2.5)], "broken": [(0, 1.0, 1.0, 1.0), (1, 0.5, 0.5, 0.5)]}
    figure = arms_figure(lines, {"whole": "as it was"}, y="The loss", share=False, dark=True)
    drawn = [trace for trace in figure.data if trace.line.width]
    assert [trace.name for trace in drawn] == ["as it was", "broken"]
    assert len({trace.line.dash for trace in drawn}) == len({trace.line.color for trace in drawn}) == 2


def test_a_grey_map_tells_nothing():
    figure = grey_map([(0, 1), (2, 3)], dark=False)
    assert len(figure.data) == 1
    assert figure.data[0].hoverinfo == "skip"


def test_groups_have_hues_that_come_again():
    assert group_hues(12, False)[10:] == group_hues(2, False), "they come again"
    assert len(GROUPS) == len(set(group_hues(10, False))) == len(set(group_hues(10, True))) == 10


def test_names_of_curves_that_end_near_one_another_are_pushed_apart():
    places = apart([0.5, 0.51, 0.9], [0.0, 1.0])
    assert places[0] == 0.5
    assert places[1] >= 0.6
    assert places[2] == 0.9
