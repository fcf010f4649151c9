"""The figures of CPC say the numbers that they were given."""

import pytest

from core.figures.cpc import bound_figure, bound_words, latent_figure


def point(mean, half=0.01):
    return {
        "mean": mean,
        "low": mean - half,
        "high": mean + half,
        "seeds": 3,
        "values": [mean - half, mean, mean + half],
    }


def told(bound, optimal, ceiling, r2):
    of = {"bound": bound, "optimal": optimal, "ceiling": ceiling, "information": 6.64, "r2": r2}
    return {name: point(value) for name, value in of.items()}


POINTS = {"512": told(5.0, 5.4, 6.2, 0.94), "2": told(0.67, 0.69, 0.69, 0.90), "32": told(3.2, 3.4, 3.5, 0.93)}


@pytest.mark.parametrize("dark", [False, True])
def test_the_bound_stands_in_the_order_of_n_beside_all_that_bounds_it(dark):
    figure = bound_figure(POINTS, x="N", dark=dark)
    lines = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert lines["learned bound"] == ([2, 32, 512], [0.67, 3.2, 5.0])
    assert lines["optimal critic"][1] == [0.69, 3.4, 5.4]
    assert lines["log N"][1] == [0.69, 3.5, 6.2]
    assert lines["the information"][1] == [6.64] * 3
    learned = next(trace for trace in figure.data if trace.name == "learned bound")
    assert list(learned.error_y.array) == pytest.approx([0.01] * 3), "in nats, which may be more than one"
    assert {note.text for note in figure.layout.annotations} == {f"<b>{name}</b>" for name in lines}
    assert figure.layout.yaxis.range[1] > 6.64


def test_the_latent_is_a_share_and_its_ends_are_written_at_them():
    figure = latent_figure(POINTS, x="N", dark=False, levels={"untrained": 0.8})
    assert list(figure.data[0].y) == [0.90, 0.93, 0.94]
    assert [note.text for note in figure.layout.annotations] == ["<b>untrained 0.80</b>", "<b>0.90</b>", "<b>0.94</b>"]
    assert figure.layout.yaxis.range[0] == 0, "a small gain is not to look large"


def test_in_words_the_fewest_come_first():
    words = bound_words(POINTS)
    assert words.startswith("2: learned bound 0.67, optimal critic 0.69, log N 0.69, the information 6.64; 32: ")
