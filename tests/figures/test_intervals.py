"""Of two seeds each figure draws the two, and no interval; of others an interval."""

import pytest

from core.experiments import Spec
from core.experiments.finetune import arm, arms, finetune, summarise
from core.figures.accuracy import accuracy_figure
from core.figures.definitions import definitions_figure
from core.figures.rates import rate_figure
from core.figures.transfer import effect_figure, transfer_figure
from core.figures.two_by_two import depth_figure

VALUES = [0.4, 0.6]
STAGES = ["conv1", "conv2", "fc3"]


def point(seeds):
    """A mean of 0.5 whose interval is as wide as two seeds would make it."""
    values = VALUES if seeds == 2 else [0.45, 0.5, 0.55][:seeds]
    return {"mean": 0.5, "low": -0.77, "high": 1.77, "seeds": seeds, "values": values, "validation": 0.5}


def drawn(name, seeds):
    """(figure, whether it is the x axis that shows the values)."""
    at = point(seeds)
    column = {"best": 2, "named": [2], "depths": {"1": at, "2": at}}
    curve = [{**at, "accuracy": at["mean"], "body_rate": rate} for rate in (0.0, 0.1, 1.0)]
    targets = {
        "targets": {"labels": {"tuned": at}},
        "chance": {"home": 0.1, "labels": 0.1, "pictures": 0.1, "both": 0.1},
    }
    return {
        "effect": lambda: (effect_figure("gain", {"3": at}, dark=False), False),
        "base": lambda: (transfer_figure({"base": at, "curves": {}}, dark=False, depth=7), False),
        "curve": lambda: (transfer_figure({"base": None, "curves": {"AnB": {"3": at}}}, dark=False, depth=7), False),
        "depth": lambda: (depth_figure({"5": column}, STAGES, dark=False), False),
        "rates": lambda: (rate_figure(curve, dark=False), False),
        "targets": lambda: (definitions_figure(targets, dark=False), True),
        "accuracy": lambda: (
            accuracy_figure({"scratch": (0.5, -0.77, 1.77)}, dark=False, seeds={"scratch": at["values"]}),
            True,
        ),
    }[name]()


@pytest.mark.parametrize("name", ["effect", "base", "curve", "depth", "rates", "targets", "accuracy"])
def test_of_two_seeds_the_two_are_drawn_and_no_interval(name):
    figure, across = drawn(name, 2)
    dots = [trace for trace in figure.data if trace.name and trace.name.endswith(", seeds")]
    assert dots
    assert all(set(trace.x if across else trace.y) == set(VALUES) for trace in dots)
    bars = [trace.error_x if across else trace.error_y for trace in figure.data]
    assert not any(bar.visible for bar in bars)
    assert not [shape for shape in figure.layout.shapes if shape.type == "rect" and shape.y1 - shape.y0 > 0.3]


@pytest.mark.parametrize("name", ["effect", "curve", "depth", "rates", "targets", "accuracy"])
def test_of_three_seeds_there_is_an_interval(name):
    figure, across = drawn(name, 3)
    assert any((trace.error_x if across else trace.error_y).visible for trace in figure.data)


def test_the_summary_of_a_fine_tuning_keeps_what_each_seed_gave():
    settings = Spec.of(finetune, data="digits", seeds=2).settings
    name = arm(arms(settings)[0].settings)
    rows = [
        {"split": "test", "run": spec.id, "accuracy": share, "correct": round(100 * share), "n": 100}
        for spec, share in zip(arms(settings), (0.4, 0.3, 0.6, 0.2), strict=True)  # each beside its control
    ]
    assert summarise(settings, rows)["values"] == {name: [0.4, 0.6], "scratch": [0.3, 0.2]}
