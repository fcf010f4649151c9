"""The 2×2 table and the best depth: what is drawn is what was found, in light and in dark, of half a table too."""

import math

import pytest

from core.figures.style import TEXT
from core.figures.two_by_two import SHADES, depth_figure, heat_figure
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED
from core.lessons.two_by_two import ADVICE, ASKED, claims
from tests.lessons.conftest import pretended

STAGES = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]


def point(mean, validation=None):
    return {"mean": mean, "low": mean - 0.02, "high": mean + 0.02, "seeds": 3, "validation": validation or mean}


def column(accuracies, named, first=1, gap=(0.05, 0.02, 0.08)):
    depths = {str(first + k): point(value) for k, value in enumerate(accuracies)}
    best = max(depths, key=lambda depth: depths[depth]["mean"])
    rival = next(int(depth) for depth in depths if int(depth) not in named)
    mean, low, high = gap
    over = {"mean": mean, "low": low, "high": high, "seeds": 3}
    told = {"best": int(best), "named": named, "holds": int(best) in named, "advised": named[-1], "gap": over}
    return {"depths": depths, **told, "rival": rival, "over_rival": over}


RISES, HUMP = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], [0.1, 0.2, 0.3, 0.4, 0.3, 0.2, 0.1]
READ = {"similar": column(RISES, [7]), "different": column(HUMP, [1, 2, 3, 4, 5, 6], gap=(-0.031, -0.06, -0.002))}
TUNED = {
    "similar": column([0.2, *RISES], [1, 2, 3], 0, gap=(0.01, -0.02, 0.04)),
    "different": column([0.05, *RISES], [4, 5, 6, 7], 0),
}
SUMMARY = {"tables": {"readout": READ, "tuned": TUNED}, "stages": STAGES, "by_labels": {}}


def notes(figure):
    return [note.text for note in figure.layout.annotations]


def shapes(figure, name):
    return [shape for shape in figure.layout.shapes if shape.name == name]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("advice", "table", "depths"), [("readout", READ, 7), ("tuned", TUNED, 8)])
def test_every_cell_says_its_number_where_it_stands(advice, table, depths, dark):
    figure = heat_figure(table, STAGES, advice=advice, dark=dark)
    (heat,) = figure.data
    assert list(heat.z[2]) == [p["mean"] for p in table["similar"]["depths"].values()], "similar is the upper row"
    assert list(heat.z[0]) == [p["mean"] for p in table["different"]["depths"].values()]
    assert len(heat.x) == depths
    written = {(note.x, note.y): note.text for note in figure.layout.annotations}
    first = heat.x[0]
    for k, value in enumerate(heat.z[2]):
        assert written[first + k, 3.1] == f"<b>{100 * value:.0f}</b>"
    assert figure.layout.yaxis.ticktext == ("similar donor", "different donor")
    names = dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))
    assert names == (dict(enumerate(STAGES[:-1], 1)) if advice == "readout" else {d: str(d) for d in range(8)})


def test_the_chosen_depth_is_outlined_and_what_the_slide_names_is_under_a_bracket():
    figure = heat_figure(READ, STAGES, advice="readout", dark=False)
    outlined = {((shape.x0 + shape.x1) / 2, shape.y0) for shape in shapes(figure, "chosen")}
    assert outlined == {(7, 2.6), (4, 0.0)}
    brackets = [shape.path for shape in shapes(figure, "the slide")]
    assert brackets[0].startswith("M6.58,")
    assert brackets[1].startswith("M0.58,")
    assert "H6.42" in brackets[1]


def test_a_cell_where_the_advice_does_not_hold_is_marked_with_the_gap_and_its_interval():
    said = notes(heat_figure(READ, STAGES, advice="readout", dark=False))
    (bad,) = [text for text in said if "✗" in text]
    assert "Not here" in bad
    assert "fc6 against fc7" in bad
    assert "−3.1 points, −6.0 to −0.2" in bad
    assert any("✓ Holds here" in text and "+5.0 points" in text for text in said)
    (open_one,) = (text for text in notes(heat_figure(TUNED, STAGES, advice="tuned", dark=True)) if "? Not" in text)
    assert max(map(len, open_one.split("<br>"))) < 45, "longer lines are cut off at the edge of a laptop's figure"


def test_each_of_the_four_cells_has_its_verdict_from_the_rows():
    found = claims(pretended(SUMMARY))
    assert found[0].words == ADVICE[ASKED], "the one that was asked about comes first"
    words = {claim.words: claim for claim in found}
    found = [words[advice] for advice in ADVICE.values()]
    assert [claim.verdict.word for claim in found] == [HOLDS, NOT_HERE, NOT_SETTLED, HOLDS]
    assert "chose 3 stages, of the rest 0 stages" in found[2].reason
    assert claims(pretended({"tables": {"tuned": TUNED}, "stages": STAGES})) == found[2:]
    one_seed = {
        **READ,
        "different": {**READ["different"], "over_rival": {"mean": 0.1, "low": -math.inf, "high": math.inf}},
    }
    assert claims(pretended({"tables": {"readout": one_seed}, "stages": STAGES}))[0].verdict.word == NOT_SETTLED


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_can_be_read_on_every_shade_and_shades_differ_in_lightness_alone(dark):
    ink = luminance(TEXT[dark])
    shades = [luminance(shade) for shade in SHADES[dark]]
    for shade in shades:
        lighter, darker = max(ink, shade), min(ink, shade)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, "WCAG AA"
    assert max(shades) / min(shades) > 2, "told apart without colour"


def test_a_guess_is_shown_in_the_row_that_was_asked_about():
    figure = heat_figure(READ, STAGES, advice="readout", dark=False, guess="conv3")
    (mark,) = shapes(figure, "your guess")
    assert (mark.x0 + mark.x1) / 2 == 3
    assert 0 < mark.y0 < mark.y1 < 1, "of the different donor, the lower row"
    assert not shapes(heat_figure(TUNED, STAGES, advice="tuned", dark=False, guess="conv3"), "your guess")


def test_half_a_table_and_nothing_at_all_can_be_drawn():
    half = {"similar": {"depths": {"1": point(0.2), "7": point(0.5)}}}
    figure = heat_figure(half, STAGES, advice="readout", dark=False)
    assert [value for value in figure.data[0].z[2] if value is not None] == [0.2, 0.5]
    assert not shapes(figure, "chosen")
    heat_figure({}, STAGES, advice="tuned", dark=True)
    depth_figure({}, STAGES, dark=False)


def test_the_best_stage_stands_at_its_labels_and_the_accuracy_below():
    table = {"1": column(HUMP, [7]), "40": column(RISES, [7]), "5": {"depths": {}}}
    figure = depth_figure(table, STAGES, dark=False, top=0.8)
    traces = {trace.name: trace for trace in figure.data}
    assert (list(traces["best stage"].x), list(traces["best stage"].y)) == ([1, 40], [4, 7])
    assert list(traces["accuracy, best stage"].y) == [0.4, 0.7]
    assert list(traces["accuracy, fc7"].y) == [0.1, 0.7]
    assert traces["accuracy, fc7"].error_y.array == pytest.approx((0.02, 0.02))
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.tickvals) == [1, 40]


def test_stages_as_good_on_validation_have_a_small_mark():
    near = column([*HUMP[:4], 0.395, 0.2, 0.1], [7])
    figure = depth_figure({"5": near}, STAGES, dark=True)
    (small,) = [trace for trace in figure.data if trace.name == "as good"]
    assert set(small.y) == {4, 5}
