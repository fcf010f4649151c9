import itertools

import pytest

from core.figures.accuracy import accuracy_figure, curves_figure
from core.figures.confusion import confusion_figure
from core.figures.cues import cues_figure
from core.figures.rates import rate_figure
from core.figures.style import HUES, on

ARMS = {"transfer": (0.64, 0.58, 0.69), "scratch": (0.40, 0.35, 0.46)}
CURVE = [
    {"body_rate": rate, "accuracy": 0.5 + k / 20, "low": 0.4 + k / 20, "high": 0.6 + k / 20}
    for k, rate in enumerate((0, 0.01, 0.1, 1, 10))
]


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("role", "dark"), list(itertools.product(HUES, (False, True))))
def test_every_hue_stands_out_from_its_ground(role, dark):
    ground = "#0E1117" if dark else "#FFFFFF"
    bright, dim = sorted((luminance(HUES[role][dark]), luminance(ground)), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 3, "WCAG asks 3 : 1 of graphical objects"


@pytest.mark.parametrize(("role", "dark"), list(itertools.product(HUES, (False, True))))
def test_words_on_every_hue_can_be_read(role, dark):
    bright, dim = sorted((luminance(HUES[role][dark]), luminance(on(HUES[role][dark]))), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5, "WCAG asks 4.5 : 1 of text"


@pytest.mark.parametrize("dark", [False, True])
def test_accuracies_show_value_interval_guess_and_name(dark):
    figure = accuracy_figure(ARMS, dark=dark, guess=0.5)
    traces = {trace.name: trace for trace in figure.data}
    assert traces["transfer"].x == (0.64,)
    assert traces["transfer"].error_x.array == pytest.approx((0.05,))
    assert traces["transfer"].error_x.arrayminus == pytest.approx((0.06,))
    assert "borrowed 64%" in traces["transfer"].text[0]
    assert traces["transfer"].marker.color == HUES["transfer"][dark]
    assert figure.layout.shapes[0].x0 == 0.5
    assert "%" in figure.layout.xaxis.title.text


def test_an_interval_never_leaves_the_axis():
    figure = accuracy_figure({"transfer": (0.98, 0.7, 1.3)}, dark=False)
    assert figure.data[0].error_x.array == pytest.approx((0.02,))


def test_learning_curves_have_a_band_only_over_seeds():
    one = curves_figure({"transfer": [(0, 0.1, 0.1, 0.1), (10, 0.5, 0.5, 0.5)]}, dark=False)
    several = curves_figure({"transfer": [(0, 0.1, 0.0, 0.2), (10, 0.5, 0.4, 0.6)]}, dark=False)
    assert len(one.data) == 1
    assert len(several.data) == 2
    assert one.data[0].y == (0.1, 0.5)
    assert several.data[0].y == (0.2, 0.6, 0.4, 0.0)


@pytest.mark.parametrize("classes", [2, 10, 32])
def test_a_confusion_matrix_counts_every_picture_in_its_cell(classes):
    names = [f"class {k}" for k in range(classes)]
    rows = [{"label": k % classes, "predicted": 0 if k < 3 else k % classes} for k in range(5 * classes)]
    figure = confusion_figure(rows, names, dark=False)
    trace = figure.data[0]
    cells = {(y, x): count for x, y, (count, _) in zip(trace.x, trace.y, trace.customdata, strict=True)}
    assert len(cells) == classes**2
    assert sum(cells.values()) == len(rows)
    assert cells["class 1", "class 0"] == 1
    assert all(size <= 64 for size in [trace.marker.size])


def test_of_too_many_classes_the_most_confused_are_shown_and_it_is_said():
    names = [f"class {k}" for k in range(964)]
    rows = [{"label": k, "predicted": k} for k in range(964)]
    rows += [{"label": 2 * k + 300, "predicted": 2 * k + 301} for k in range(20) for _ in range(3)]
    figure = confusion_figure(rows, names, dark=False)
    shown = names[300:340]
    assert list(figure.layout.xaxis.categoryarray) == list(figure.layout.yaxis.categoryarray) == shown
    assert set(figure.data[0].x) == set(figure.data[0].y) == set(shown)
    assert sum(count for count, _ in figure.data[0].customdata) == 20 * (2 + 3)
    assert "40 of 964 classes" in figure.layout.xaxis.title.text
    assert figure.layout.height < 1000


def test_rates_stand_on_a_logarithmic_axis_with_zero_apart():
    figure = rate_figure(CURVE, dark=True)
    x = figure.data[0].x
    assert list(x) == sorted(x)
    assert x[2] - x[1] == pytest.approx(1)
    assert x[1] - x[0] > 1
    assert figure.layout.xaxis.ticktext[0].startswith("0")
    assert figure.data[0].error_y.array == pytest.approx([0.1] * 5)


def test_cues_show_each_view_of_each_task_with_its_interval_chance_and_the_guess():
    views, tasks = ("pictures", "shadow", "room"), ("class", "rotation", "identity")
    table = [
        {"task": task, "view": view, "accuracy": 0.3 + 0.2 * k, "low": 0.25, "high": 0.8, "chance": 0.1 * (j + 1)}
        for j, task in enumerate(tasks)
        for k, view in enumerate(views)
    ]
    figure = cues_figure(table, dark=False, guess=0.4)
    assert [list(trace.x) for trace in figure.data] == [[0.3 + 0.2 * k] * 3 for k in range(3)]
    heights = [height for trace in figure.data for height in trace.y]
    assert len(set(heights)) == 9, "no mark hides another"
    words = [note.text for note in figure.layout.annotations]
    assert words.count("chance") == 3
    assert "your guess" in words
    assert "its shadow 50%" in words
    assert [shape.x0 for shape in figure.layout.shapes] == pytest.approx([0.1, 0.2, 0.3, 0.4])
