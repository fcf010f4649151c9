"""The lessons of real runs, recorded or small, and their reports: numbers with their units, hostile names stay words,
nothing private is told.
"""

import base64
import copy
import dataclasses
import html
import json
import math
import re
import shlex

import pytest

from core.experiments import experiment
from core.lessons import LESSONS, lesson_of
from core.lessons.lesson import PLAIN, POINTS, Number, curves
from core.lessons.report import command, report, whole_page
from core.runs.settings import as_json
from core.runs.spec import Spec
from tests.lessons.conftest import result_of

HOSTILE = "<script>alert('x')</script>"


def changed(run, *, classes=None, guess=None, skipped=None, score=None, **settings):
    """A run of which something else is pretended."""
    result = copy.copy(result_of(run, guess))
    record = copy.deepcopy(run.record)
    record["spec"]["settings"] |= settings
    record["summary"] |= {} if skipped is None else {"skipped": skipped}
    record["summary"] |= {} if score is None else {"score": score}
    return dataclasses.replace(result, record=record, classes=classes or result.classes)


def said(text):
    """The words of a report without its scripts and styles."""
    text = re.sub(r"<(script|style).*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("name", LESSONS)
def test_a_report_says_numbers_with_intervals_settings_and_where_they_come_from(real, name):
    run = real(name)
    result, lesson = result_of(run), lesson_of(name)
    text = said(report(result, csv="a,b\n"))
    origin = run.provenance
    for part in (origin["processor"], origin["date"], f"torch {origin['packages']['torch']}", run.id):
        assert part in text
    assert "None" not in text
    assert not re.search(r"\bnan\b", text), "which a banana is not"
    numbers = lesson.numbers(result)
    assert numbers
    for number in numbers:
        assert f"{number.what} {number.written} {number.interval or '–'}" in text
        assert number.low <= number.value <= number.high, number
    for claim in lesson.claims(result):
        assert f"{claim.words} {claim.verdict.word.capitalize()} : {claim.verdict.numbers}." in text
    asked = lesson.question(result.settings)
    assert asked in text
    assert asked == lesson.question(as_json(run.spec().settings)), "the page asks before there is a run"


@pytest.mark.parametrize("name", LESSONS)
def test_figures_are_drawn_from_the_record_alone_in_light_and_dark(real, name):
    result, lesson = result_of(real(name)), lesson_of(name)
    light, dark = lesson.draw(result, False), lesson.draw(result, True)
    assert list(light) == list(dark)
    assert bool(light) == bool(lesson.figures_of(result))
    for drawn, other in zip(light.values(), dark.values(), strict=True):
        assert drawn.title
        assert re.search(r"\d", drawn.words), "who does not see the figure is told its numbers"
        assert len(drawn.figure.data) > 0
        assert drawn.figure.to_json() != other.figure.to_json()


@pytest.mark.parametrize("name", ["anb", "body_rate", "definitions", "label_budget", "shortcuts", "two_by_two"])
def test_a_recorded_figure_has_its_claims(real, name):
    claims = lesson_of(name).claims(result_of(real(name)))
    assert claims
    for claim in claims:
        assert claim.words.endswith(".")
        assert claim.verdict.low <= claim.verdict.value <= claim.verdict.high


def test_a_fine_tuning_says_question_guess_and_verdict(real):
    run = real("finetune")
    summary = run.summary
    text = said(report(result_of(run, guess=45), csv=""))
    assert "with 2 of 8 stages frozen?" in text
    assert "Guessed before looking: 45 %" in text
    assert f"Test pictures named correctly, from scratch {100 * summary['control_accuracy']:.1f} %" in text
    gap = f"{100 * summary['difference']:+.1f}".replace("-", "−")
    assert f"Borrowed − from scratch {gap} points" in text
    assert f": {gap} points, 95 % interval" in text
    assert "No guess was made" in said(report(result_of(run), csv=""))


def test_a_guess_has_the_unit_of_its_question(real):
    assert "Guessed before looking: 50 labels a class" in said(
        report(result_of(real("label_budget"), guess=50), csv="")
    )
    assert "Guessed before looking: never" in said(report(result_of(real("label_budget"), guess="never"), csv=""))


def test_the_points_of_a_curve_are_numbers_with_their_intervals(real):
    run = real("body_rate")
    numbers = {number.what: number for number in lesson_of("body_rate").numbers(result_of(run))}
    for point in run.summary["curve"]:
        number = numbers[f"Test pictures named correctly, body at {point['body_rate']:g} × the head's rate"]
        assert (number.value, number.low, number.high) == (point["accuracy"], point["low"], point["high"])


def test_hostile_names_stay_words(real):
    text = report(
        changed(real("train"), classes=(HOSTILE, "b"), data=f"/tmp/{HOSTILE}.zip", guess=HOSTILE),
        csv=HOSTILE,
        link=HOSTILE,
    )
    assert HOSTILE not in text
    assert HOSTILE in said(text)
    payloads = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert len(payloads) == 4
    for payload in payloads:
        assert json.loads(payload)["data"]


def test_nothing_private_is_in_a_report(real):
    address = "upload:" + "0" * 64
    text = report(
        changed(real("train"), skipped=[["secret.jpg", "?"]], data=address),
        csv="",
        link=f"http://here/finetune?data={address}",
    )
    assert "http://here" not in text
    assert "holds no link to them" in said(text)
    assert "secret.jpg" not in text
    assert "Files and classes left out: 1." in said(text)
    assert "/home/ann" not in report(changed(real("train"), data="/home/ann/cats.zip"), csv="")
    assert "<img" not in text


def test_the_rows_can_be_saved_from_it(real):
    text = report(result_of(real("train")), csv="a,b\n1,ü\n")
    (packed,) = re.findall(r"data:text/csv;charset=utf-8;base64,([^\"]*)", text)
    assert base64.b64decode(packed).decode() == "a,b\n1,ü\n"


def test_it_needs_nothing_from_elsewhere(real):
    text = report(result_of(real("finetune")), csv="")
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!data:)', outside)
    assert len(text) < 8e6


def test_a_report_without_figures_brings_no_plotly(real):
    assert len(report(result_of(real("labelled")), csv="")) < 50_000


def test_an_experiment_without_a_lesson_has_a_report_with_the_numbers_of_its_summary(real):
    strange = changed(real("train"), skipped=[], score=3.25)
    strange.record["spec"]["experiment"] = "core.experiments.x:something_new"
    text = said(report(strange, csv=""))
    assert "Score 3.25 –" in text
    assert "Held-out" in text, "the metric that it declares is drawn"


def test_the_command_repeats_the_run(real):
    words = shlex.split(command(changed(real("finetune"), data="my cats.zip")))
    assert words[:3] == ["transferlab", "run", "finetune"]
    assert "data=my cats.zip" in words
    asked = dict(word.split("=", 1) for word in words[3:])
    assert Spec.of(experiment("finetune"), **{**asked, "data": "digits"}).id == real("finetune").id
    assert command(changed(real("train"), donor={"experiment": "a:b", "settings": {}})) == ""


def test_a_number_has_its_unit():
    assert Number("x", 0.5).written == "50.0 %"
    assert Number("x", -0.034, unit=POINTS).written == "−3.4 points"
    assert Number("x", 214.71, unit=PLAIN).written == "214.7"
    assert Number("x", 0.5, 0.4, 0.6).interval == "40.0 % to 60.0 %"
    assert Number("x", 0.5).interval == ""
    assert Number.of("x", {"mean": 0.1, "low": -math.inf, "high": math.inf}, POINTS).interval == "none from one seed"


def test_curves_are_means_over_seeds_with_their_ends():
    rows = [{"split": "validation", "arm": "a", "step": 4, "accuracy": value} for value in (0.25, 0.75)]
    assert curves(rows, "accuracy") == {"a": [(4, 0.5, 0.25, 0.75)]}


def test_a_figure_alone_is_a_page_on_its_ground_and_the_figure_stays_as_it_was(real):
    figure = lesson_of("finetune").draw(result_of(real("finetune")), True)["accuracy"].figure
    before = figure.to_json()
    text = whole_page(figure, "#0E1117")
    assert figure.to_json() == before
    assert '"paper_bgcolor":"#0E1117"' in text
    assert "cdn.plot.ly" not in re.sub(r"<script[^>]*>/\*.*?</script>", "", text, flags=re.DOTALL)
