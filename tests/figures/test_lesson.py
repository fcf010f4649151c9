"""The figures of a lesson: what the class guessed, shapes to choose from, and the verdict on a claim."""

import math
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.figures.guesses import PER_CENT, guesses_figure, guesses_words, place, tally_figure
from core.figures.sketch import EDGE, SHAPES, TALL, WIDE, fitted, overlay, sketch
from core.figures.style import HUES
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED, WEAKER, verdict

LABELS = [1, 2, 5, 10, 20, 50, 100, 200, 400, "never"]
OPTIONS = ["Crop and flip", "Colour jitter", "Neither of the two, as far as can be seen"]
INF = float("inf")


def words(figure):
    return [note.text for note in figure.layout.annotations]


def test_every_guess_is_counted_in_its_bar_and_the_lines_stand_where_they_should():
    figure = guesses_figure([40, 45, 45, 90], measured=64, own=45, dark=False)
    bars = dict(zip(figure.data[0].text, figure.data[0].y, strict=True))
    assert {name: count for name, count in bars.items() if count} == {"40 %": 1, "45 %": 2, "90 %": 1}
    assert [shape.x0 for shape in figure.layout.shapes] == pytest.approx([45 / 5, 64 / 5])
    assert words(figure) == ["<b>yours 45 %</b>", "<b>measured 64 %</b>"]


def test_a_guess_off_the_marks_counts_at_the_nearest_and_a_stranger_is_left_out():
    figure = guesses_figure([41, 44, "a cat", math.nan], measured=50, dark=True)
    bars = dict(zip(figure.data[0].text, figure.data[0].y, strict=True))
    assert bars["40 %"] == 1
    assert bars["45 %"] == 1
    assert sum(bars.values()) == 2


def test_unevenly_spaced_marks_make_a_line_of_ratios():
    assert [place(mark, LABELS) for mark in LABELS[:-1]] == list(range(9))
    assert place(math.sqrt(100 * 200), LABELS) == pytest.approx(6.5), "halfway by ratio"
    assert place(7.5, PER_CENT) == pytest.approx(1.5), "evenly spaced marks stay a line of differences"
    assert place(0, [0, 1, 10]) == 0
    assert place(0.5, [0, 1, 10]) == pytest.approx(0.5), "from nothing there is no ratio"


def test_what_lies_beyond_the_line_stands_just_beyond_it_under_its_true_number():
    figure = guesses_figure([10, 400], measured=2500, unit="labels", marks=LABELS, dark=False)
    (line,) = figure.layout.shapes
    assert 8 < line.x0 < place("never", LABELS)
    assert line.x0 < figure.layout.xaxis.range[1]
    assert "measured 2500" in words(figure)[0]
    assert place(0.1, LABELS) == -0.5


def test_never_is_a_bar_of_its_own_behind_the_numbers():
    figure = guesses_figure(["never", "never", 400], measured="never", own="never", marks=LABELS, dark=False)
    bars = dict(zip(figure.data[0].text, figure.data[0].y, strict=True))
    assert (bars["never"], bars["400 %"]) == (2, 1)
    assert figure.data[0].x[-1] - figure.data[0].x[-2] > 1
    assert {shape.x0 for shape in figure.layout.shapes} == {figure.data[0].x[-1]}
    assert figure.layout.xaxis.ticktext[-1] == "never"


@pytest.mark.parametrize("marks", [PER_CENT, LABELS, [0, 1], [3], list(range(17)), list(range(2, 1000))])
def test_a_number_line_has_few_labels_and_its_first_number_among_them(marks):
    figure = guesses_figure([], measured=None, marks=marks, dark=False)
    shown = [word for word in figure.layout.xaxis.ticktext if word != "never"]
    assert 1 <= len(shown) <= 8
    assert shown[0] == f"{marks[0]:g}"
    assert len(figure.data[0].x) == len(marks)


@pytest.mark.parametrize("measured", [0, 2, 50, 98, 100])
def test_the_words_of_a_line_grow_towards_the_middle(measured):
    figure = guesses_figure([50], measured=measured, dark=False)
    side = figure.layout.annotations[0].xanchor
    assert side == ("left" if measured < 30 else "right" if measured > 70 else "center")


def test_words_are_counted_in_their_order_and_say_which_is_measured_and_which_is_ones_own():
    figure = tally_figure(
        [OPTIONS[1], OPTIONS[0], OPTIONS[1]], options=OPTIONS, measured=OPTIONS[0], own=OPTIONS[1], dark=False
    )
    bars = figure.data[0]
    assert bars.x == (1, 2, 0)
    assert [word.strip() for word in bars.text] == ["1", "2", "0"]
    assert "measured" in bars.y[0]
    assert "yours" not in bars.y[0]
    assert "yours" in bars.y[1]
    assert bars.marker.color[0] == HUES["transfer"][False]
    assert bars.marker.color[1] == HUES["paper"][False]
    assert bars.marker.line.width[1] > bars.marker.line.width[0], "one's own is outlined too"
    assert bars.y[2].count("<br>") >= 2, "a long answer is broken into lines"


def test_an_answer_of_an_older_form_of_the_question_keeps_its_bar():
    figure = tally_figure(["gone", 40, "flat"], options=["flat", "falls"], measured=None, dark=True)
    assert figure.data[0].x == (1, 0, 1, 1)


def test_the_histogram_is_said_in_words():
    said = guesses_words(["never", 45, 45], measured=61.4, own=45, unit="%")
    assert said == "3 guesses: 45 % (2), never (1). Measured: 61 %. Yours: 45 %."
    assert guesses_words(["flat"], measured=None) == "1 guess: flat (1)."


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_lies_in_the_unit_square_and_is_what_it_is_called(name):
    points = SHAPES[name]
    assert all(0 <= value <= 1 for point in points for value in point)
    assert (points[0][0], points[-1][0]) == (0, 1)
    heights = [y for _, y in points]
    rise, top = heights[-1] - heights[0], max(heights) - max(heights[0], heights[-1])
    found = "rises" if rise > 0.3 else "falls" if rise < -0.3 else "a hump" if top > 0.3 else "flat"
    assert found == name


@pytest.mark.parametrize("dark", [False, True])
def test_a_sketch_draws_its_shape_upside_up_inside_its_frame(dark):
    drawing = ElementTree.fromstring(sketch(SHAPES["rises"], dark=dark))
    curve = drawing.find("{http://www.w3.org/2000/svg}polyline")
    places = [tuple(map(float, place.split(","))) for place in curve.get("points").split()]
    assert places[0][0] < places[-1][0]
    assert places[0][1] > places[-1][1], "y of a drawing grows downwards"
    assert all(EDGE - 1 <= x <= WIDE - EDGE + 1 and EDGE - 1 <= y <= TALL - EDGE + 1 for x, y in places)


def test_a_guessed_shape_is_stretched_to_the_axes_of_the_result():
    assert fitted([(0, 0), (1, 0.5)], (1, 7), (0.2, 0.6)) == [(1, 0.2), (7, pytest.approx(0.4))]
    figure = overlay(go.Figure(), SHAPES["falls"], x=(1, 7), y=(0.2, 0.6), dark=False)
    (line,) = figure.data
    assert (line.x[0], line.x[-1]) == (1, 7)
    assert 0.2 <= min(line.y) < max(line.y) <= 0.6
    assert line.line.dash == "dash"
    assert words(figure) == ["<b>your guess</b>"]


CASES = [
    ((0.2, 0.1, 0.3), HOLDS),
    ((0.02, 0.01, 0.03), WEAKER),
    ((0.2, -0.1, 0.5), NOT_SETTLED),
    ((0.069, -0.348, 0.486), NOT_SETTLED),
    ((-0.1, -0.2, 0.1), NOT_SETTLED),
    ((0.01, -0.01, 0.03), NOT_HERE),
    ((-0.1, -0.2, -0.01), NOT_HERE),
    ((0.0, 0.0, 0.0), NOT_HERE),
]


@pytest.mark.parametrize(("numbers", "word"), CASES)
def test_a_verdict_follows_from_the_interval(numbers, word):
    found = verdict(*numbers, expected=0.05)
    assert found.word == word
    assert "95 % interval" in found.numbers


@pytest.mark.parametrize(("numbers", "word"), CASES)
def test_a_claim_that_something_falls_is_the_mirror_image(numbers, word):
    value, low, high = numbers
    found = verdict(-value, -high, -low, expected=-0.05)
    assert found.word == word
    assert (found.value, found.low, found.high) == (-value, -high, -low), "the numbers are told as they were measured"


def test_a_fall_can_be_claimed_without_an_amount():
    assert verdict(-0.02, -0.03, -0.01, falls=True).word == HOLDS
    assert verdict(-0.02, -0.03, -0.01).word == NOT_HERE
    assert verdict(0.02, 0.01, 0.03, falls=True).word == NOT_HERE


@pytest.mark.parametrize("value", [0.9, -0.9])
def test_one_seed_settles_nothing(value):
    found = verdict(value, -INF, INF, expected=0.05)
    assert found.word == NOT_SETTLED
    assert found.numbers.endswith("no interval from one seed; a second seed would give one")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.2, -0.1, 0.5), "about 3 times as many seeds would tell it from none"),  # (0.3 / 0.2)² = 2.25
        ((0.1, -0.001, 0.201), "about 2 times as many seeds"),
        ((0.001, -0.3, 0.302), "too small to be seen here"),
        ((0.0, -0.3, 0.3), "too small to be seen here"),
    ],
)
def test_what_would_settle_it_is_worked_out_from_the_interval(numbers, words):
    assert words in verdict(*numbers).numbers


@given(*[st.floats(-1, 1)] * 4)
def test_the_four_words_divide_all_intervals_between_them(one, other, share, expected):
    low, high = sorted((one, other))
    value = low + abs(share) * (high - low)
    found = verdict(value, low, high, expected=abs(expected))
    meant = {
        HOLDS: low > 0 and high >= abs(expected),
        WEAKER: low > 0 and high < abs(expected),
        NOT_HERE: low <= 0 and (high <= 0 or high < abs(expected)),
        NOT_SETTLED: low <= 0 < high and high >= abs(expected),
    }
    assert [word for word, is_meant in meant.items() if is_meant] == [found.word]


@pytest.mark.parametrize("numbers", [(math.nan, 0, 1), (0.1, math.nan, 1), (0.1, 0, math.nan)])
def test_a_verdict_on_no_number_is_our_mistake(numbers):
    with pytest.raises(ValueError, match="numbers"):
        verdict(*numbers)


def test_a_claim_cannot_fall_upwards():
    with pytest.raises(ValueError, match="below zero"):
        verdict(0.1, 0, 1, expected=0.05, falls=True)
