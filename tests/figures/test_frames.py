"""J and F of a clip, frame by frame."""

import pytest

from core.figures.frames import frames_figure, frames_words

ROWS = [{"frame": k, "j": 0.9 - 0.1 * k, "f": 0.8 - 0.1 * k} for k in range(1, 5)]


@pytest.mark.parametrize("dark", [False, True])
def test_both_lines_are_drawn_and_the_marked_frame_stands_apart(dark):
    figure = frames_figure(ROWS, dark=dark)
    j, f = figure.data
    assert (j.name, f.name) == ("J", "F")
    assert list(j.x) == [1, 2, 3, 4]
    assert list(j.y) == pytest.approx([row["j"] for row in ROWS])
    assert list(f.y) == pytest.approx([row["f"] for row in ROWS])
    for line in (j, f):
        assert [symbol.endswith("-open") for symbol in line.marker.symbol] == [True, False, False, False]
    assert j.line.color != f.line.color
    assert j.marker.symbol[1] != f.marker.symbol[1], "not by the hue alone"


def test_names_at_the_ends_do_not_lie_on_one_another():
    same = [{"frame": k, "j": 0.5, "f": 0.5} for k in (1, 2)]
    first, second = frames_figure(same, dark=False).layout.annotations
    assert abs(first.y - second.y) > 0.05


def test_it_is_told_in_words():
    assert frames_words(ROWS[:1]) == "frame 1: J 80%, F 70%"
