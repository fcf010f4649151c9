"""The network's curve, oneself and the class, on the same puzzles."""

from core.figures.guesses import tally_figure
from core.figures.puzzles import rivals_figure, rivals_words

NETWORK = [(0, 2), (50, 5), (100, 8)]


def test_the_network_is_a_curve_and_people_are_level_lines():
    figure = rivals_figure(NETWORK, own=7, asked=9, others=5.5, dark=False)
    lines = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert lines["network"] == ([0, 50, 100], [2, 5, 8])
    assert lines["you 7"] == ([0, 100], [7, 7])
    assert lines["class 5.5"] == ([0, 100], [5.5, 5.5])
    alone = rivals_figure(NETWORK, own=7, asked=9, others=None, dark=True)
    assert [trace.name for trace in alone.data] == ["network", "you 7"]


def test_the_same_in_words():
    words = rivals_words(NETWORK, own=7, asked=9, others=None)
    assert words == "**You 7 of 9**; the network: untrained 2, after 50 steps 5, at the end (100 steps) **8**."
    assert "others on this server 5.5" in rivals_words(NETWORK, own=7, asked=9, others=5.5)


def test_a_tally_bears_other_marks():
    marks = {"✔ right": "up", "▲ the network": "down"}
    figure = tally_figure(["up"], options=["up", "down"], measured="up", marks=marks, dark=False)
    assert [label.split("<br>")[1:] for label in figure.data[0].y] == [["✔ right"], ["▲ the network"]]
