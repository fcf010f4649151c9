import math
import statistics

import pytest
from scipy import stats

from core.figures.labels import ARMS, KINDS, STUDENT, exact_words, quality_figure, seconds_figure, times
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED, WEAKER
from core.runs import labels as kept

OWN = {"class": [1.0, 1.2, 0.9], "box": [3.0, 4.0], "mask": [8.0, 9.0, 7.0]}
ROWS = [
    {"split": "test", "arm": arm, "labels": n, "score": 0.2 + n / 20 + k / 10, "low": 0.1, "high": 0.9}
    for k, arm in enumerate(ARMS)
    for n in (2, 4)
]


def words(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def test_the_figure_has_a_row_for_every_kind_that_is_kept():
    assert tuple(KINDS) == kept.KINDS


@pytest.mark.parametrize("dark", [False, True])
def test_seconds_show_ones_own_labels_the_others_the_papers_and_the_guess(dark):
    figure = seconds_figure(OWN, {"class": [0.8, 1.0, 2.0]}, dark=dark, guess=20)
    assert {"<b>you 1.0 s</b>", "<b>you 3.5 s</b>", "<b>you 8.0 s</b>", "<b>3 others 1.0 s</b>"} <= set(words(figure))
    assert {"❝ 7 s", "❝ 35 s", "❝ 54 to 79 s", "your guess"} <= set(words(figure))
    assert figure.layout.xaxis.type == "log"
    assert "Seconds" in figure.layout.xaxis.title.text
    assert [list(trace.x) for trace in figure.data if len(trace.x) == 3][:1] == [[1.0, 1.2, 0.9]]
    guess = next(shape for shape in figure.layout.shapes if shape.line.dash == "dash")
    assert guess.x0 == pytest.approx(20)


def test_a_figure_without_others_or_a_guess_claims_neither():
    figure = seconds_figure({"class": [1.0]}, {"class": [], "box": []}, dark=False)
    assert not [text for text in words(figure) if "others" in text or "guess" in text]


@pytest.mark.parametrize("dark", [False, True])
def test_quality_stands_over_the_seconds_spent(dark):
    figure = quality_figure("box", ROWS, [1.0, 2.0, 3.0, 4.0], plain=0.3, dark=dark)
    arms = {trace.name: trace for trace in figure.data}
    assert set(arms) == set(ARMS)
    assert arms["yours"].x == (3.0, 10.0), "two labels took 3 s, four took 10 s"
    assert arms["yours"].y == pytest.approx((0.3, 0.4))
    assert "box" in figure.layout.yaxis.title.text
    assert [text for text in words(figure) if "your labels 40%" in text]
    assert [text for text in words(figure) if "without looking 30%" in text]
    assert len({trace.marker.symbol for trace in figure.data}) == 3, "no arm is told by its hue alone"


def test_labels_whose_seconds_are_unknown_are_left_out():
    figure = quality_figure("box", ROWS, [1.0, 2.0], plain=0.3, dark=False)
    assert all(trace.x == (3.0,) for trace in figure.data)


def test_times_is_the_ratio_on_the_same_pictures_with_students_interval():
    cheap, dear = {1: 1.0, 2: 2.0, 3: 1.0, 9: 50.0}, {1: 4.0, 2: 6.0, 3: 5.0}
    found = times(cheap, dear)
    logs = [math.log(ratio) for ratio in (4, 3, 5)]
    half = stats.t.ppf(0.975, 2) * statistics.stdev(logs) / math.sqrt(3)
    assert found.value == pytest.approx(statistics.mean(logs))
    assert found.high - found.value == pytest.approx(half, rel=1e-3)
    assert found.word == HOLDS
    assert found.numbers.startswith("3.9 times, 95 % interval 2.")


def test_times_is_no_more_than_was_seen():
    assert times({1: 1.0}, {2: 4.0}) is None
    one = times({1: 1.0}, {1: 4.0})
    assert one.word == NOT_SETTLED
    assert one.numbers == "4.0 times"
    assert times({k: 2.0 + k for k in range(8)}, {k: 1.0 + k / 2 for k in range(8)}).word == NOT_HERE
    weaker = times(dict.fromkeys(range(8), 1.0), {k: 1.3 + k / 100 for k in range(8)})
    assert weaker.word == WEAKER, "longer, but not twice as long"


def test_the_table_of_student_is_students():
    assert [STUDENT[n] for n in (1, 7, 30)] == pytest.approx([stats.t.ppf(0.975, n) for n in (1, 7, 30)], abs=1e-3)


def test_what_exact_labels_add_is_said_with_its_interval():
    assert exact_words(0.91, 0.002, -0.001, 0.004) == (
        "Your labels agree with the exact ones by 91%. Exact ones would add +0.2 points (95 % interval −0.1, +0.4)."
    )
