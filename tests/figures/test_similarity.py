"""Likeness over the stages: a line a pair with its bars, chance beside Procrustes, and the paper's numbers in grey."""

import pytest

from core.figures.papers import paper
from core.figures.similarity import LOOKS, cited_figure, similarity_figure
from core.figures.style import hue
from core.lessons.similarity import NAMES

STAGES = ["conv1", "conv2", "fc7"]


def point(mean):
    measured = {"mean": mean, "low": mean - 0.3, "high": mean + 0.3, "seeds": 3}
    return {"cka": measured, "procrustes": measured, "chance": {**measured, "mean": mean / 4}}


GROUPS = {group: {s: point(0.8 - 0.1 * k) for s in STAGES[: 3 - (k == 3)]} for k, group in enumerate(LOOKS)}


@pytest.mark.parametrize("dark", [False, True])
def test_every_pair_has_its_line_hue_and_name_as_far_as_it_is_known(dark):
    figure = similarity_figure(GROUPS, STAGES, measure="cka", title="CKA", names=NAMES, dark=dark, guess="conv2")
    assert [line.name for line in figure.data] == [NAMES[group] for group in GROUPS]
    assert [line.line.color for line in figure.data] == [hue(role, dark) for role, *_ in LOOKS.values()]
    assert list(figure.data[3].x) == STAGES[:2]
    assert list(figure.data[0].error_y.array) == pytest.approx([0.2] * 3), "none is above 1"
    assert list(figure.data[3].error_y.arrayminus) == pytest.approx([0.3] * 2)
    (guess,) = figure.layout.shapes
    assert guess.x0 == 1
    assert {f"<b>{name}</b>" for name in NAMES.values()} | {"your guess"} == {n.text for n in figure.layout.annotations}


def test_chance_stands_beside_procrustes_only():
    figure = similarity_figure(GROUPS, STAGES, measure="procrustes", title="", names=NAMES, dark=False)
    assert figure.data[-1].name == "chance"
    assert list(figure.data[-1].y) == pytest.approx([0.2] * 3), "of the pairs the largest"


def test_the_papers_numbers_are_dashed_and_fall():
    printed = paper("neyshabur2020")
    assert "arXiv:2008.11687" in printed["source"]
    lines = {name: printed[name] for name in ("tuned", "both_scratch")}
    figure = cited_figure(lines, printed["stages"], title="CKA", dark=False)
    assert {line.line.dash for line in figure.data} == {"dash"}
    assert list(figure.data[0].y) == sorted(printed["tuned"], reverse=True)
    assert max(printed["both_scratch"]) < 0.05
