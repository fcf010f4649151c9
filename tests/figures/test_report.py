"""The report of a run: every experiment has one, hostile names stay words, and nothing private is in it."""

import base64
import copy
import html
import json
import math
import re

import pytest

from core.experiments.train import METRICS
from core.figures.chapters import CHAPTERS, Found, curves
from core.figures.report import command, drawings, numbers, report, tables, whole_page, written

ORIGIN = {
    "date": "2026-01-02T03:04:05+00:00", "code": "0123456789ab", "python": "3.12.1", "system": "Linux x86_64",
    "processor": "A processor", "cores": 2, "threads": 1, "packages": {"torch": "2.15.0"},
}  # fmt: skip
HOSTILE = "<script>alert('x')</script>"


def answers(arm, **more):
    common = {"arm": arm, "seed": 0, **more}
    rows = [{**common, "split": "validation", "step": k, "loss": 1.0, "accuracy": k / 9} for k in range(9)]
    for k in range(6):
        picture = {"picture": k, "label": k % 2, "predicted": k % 3 % 2, "confidence": 0.9}
        rows.append({**common, "split": "picture", **picture})
    return [*rows, {**common, "split": "test", "accuracy": 0.5, "correct": 3, "n": 6}]


POINT = {"accuracy": 0.5, "low": 0.4, "high": 0.6}
AT = {"mean": 0.5, "low": 0.4, "high": 0.6, "seeds": 3, "values": [0.5] * 3}
TOLD = {"mean": 0.5, "low": 0.4, "high": 0.6, "seeds": 3, "values": [0.4, 0.5, 0.6]}
SUMMARIES = {
    "anb": {
        "base": TOLD,
        "curves": {name: {"1": TOLD, "5": TOLD} for name in ("BnB", "AnB", "BnB+", "AnB+")},
        "effects": {
            name: {"1": TOLD, "5": TOLD}
            for name in ("coadaptation", "specificity", "gain", "frozen_over_base", "tuned_over_base")
        },
        "runs": {"base 0": ["0" * 16], "AnB 5": ["1" * 16]},
    },
    "finetune": {
        "arm": "transfer", "test_accuracy": 0.64, "low": 0.6, "high": 0.68, "control_accuracy": 0.4,
        "control_low": 0.35, "control_high": 0.45, "difference": 0.24, "difference_low": 0.2,
        "difference_high": 0.28, "seeds": 1, "seconds": 12.3,
    },
    "train": {
        "test_accuracy": 0.5, "low": 0.1, "high": 0.9, "classes": ["cat", "dog"], "skipped": [["secret.jpg", "?"]],
    },
    "body_rate": {
        "curve": [{**POINT, "body_rate": rate} for rate in (0, 0.01, 0.1, 1, 10)], "best": 0.1,
        "small_over_large": 0.1, "small_over_large_low": -math.inf, "small_over_large_high": math.inf,
    },
    "shortcuts": {
        "table": [
            {**POINT, "task": task, "view": view, "chance": 0.1}
            for task in ("class", "rotation", "identity") for view in ("pictures", "shadow", "room")
        ],
        "toy": -0.03, "toy_low": -0.05, "toy_high": -0.01,
    },
    "two_by_two": {
        "tables": {
            "readout": {
                "different": {
                    "depths": {str(d): {"mean": 0.5, "low": 0.4, "high": 0.6, "validation": 0.5} for d in range(1, 8)},
                    "best": 4, "named": [1, 2, 3, 4, 5, 6], "advised": 4, "rival": 7,
                    "over_rival": {"mean": 0.05, "low": 0.02, "high": 0.08},
                }
            }
        },
        "by_labels": {"similar": {}, "different": {}},
        "stages": ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"],
    },
    "label_budget": {
        "curves": {
            way: {n: {"risk": AT, "empirical": AT} for n in ("15", "400")} for way in ("scratch", "frozen", "tuned")
        },
        "overtakes": {"labels": 187.0, "low": 120.0, "high": 280.0, "never": 0, "seeds": 3},
        "gains": {"tuned": {"15": AT}}, "behind": {}, "gaps": {}, "closes": None,
    },
    "definitions": {
        "targets": {target: {"scratch": AT, "tuned": AT} for target in ("labels", "pictures", "both")},
        "gains": {"both": AT}, "adapted": None, "chance": {"labels": 0.2, "pictures": 0.1, "both": 0.1},
    },
    "coadaptation": {"tried": {"plain": {"words": "No BatchNorm", "coadaptation": {"3": AT, "5": AT}}}},
    "something_new": {"score": 3.25, "score_low": 3.0, "score_high": 3.5, "classes": [HOSTILE]},
}  # fmt: skip


SETTINGS = {
    "anb": {"labels_per_class": 60, "split": "random"},
    "two_by_two": {"little": 5},
    "definitions": {"labels_per_class": 15},
}  # that its question is made of


def found(name, guess=None, classes=("cat", "dog"), **settings):
    chosen = {"data": "toybox:b", "stages": "ffn", "seed": 0, **SETTINGS.get(name, {}), **settings}
    spec = {"experiment": f"core.experiments.x:{name}", "version": 3, "settings": chosen, "data": "d-1", "threads": 1}
    record = {"spec": spec, "summary": copy.deepcopy(SUMMARIES[name]), "provenance": ORIGIN}
    rows = [*answers("transfer", run="a"), *answers("scratch", run="b")]
    metrics = METRICS if name in ("finetune", "train") else ()
    return Found("0123456789abcdef", record, rows, classes, guess, metrics)


def said(text):
    """The words of a report without its scripts and styles."""
    text = re.sub(r"<(script|style).*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_report_says_numbers_with_intervals_settings_and_where_they_come_from(name):
    text = said(report(found(name), csv="a,b\n"))
    for part in (ORIGIN["processor"], ORIGIN["date"], ORIGIN["code"], "torch 2.15.0", "0123456789abcdef", "version 3"):
        assert part in text
    assert "toybox:b" in text
    for what, value, interval in numbers(found(name)):
        assert what in text
        assert value in text
        assert interval in text


def test_every_chapter_is_tried_here():
    assert set(CHAPTERS) < set(SUMMARIES)


@pytest.mark.parametrize("name", CHAPTERS)
def test_figures_are_drawn_from_the_record_alone_in_light_and_dark(name):
    light, dark = drawings(found(name), False), drawings(found(name), True)
    assert list(light) == list(dark)
    assert light
    for (title, figure), (_, other) in zip(light.values(), dark.values(), strict=True):
        assert title
        assert len(figure.data) > 0
        assert figure.to_json() != other.to_json()


def test_a_fine_tuning_says_question_guess_and_verdict():
    text = said(report(found("finetune", guess=45), csv=""))
    assert "with 2 of 3 stages frozen?" in text
    assert "Guessed before looking: 45 %" in text
    assert "Holds here : +24.0 points, 95 % interval +20.0 to +28.0" in text
    assert "Test pictures named correctly, borrowed 64.0 % 60.0 % to 68.0 %" in text
    assert "from scratch 40.0 % 35.0 % to 45.0 %" in text
    assert "No guess was made" in said(report(found("finetune"), csv=""))


def test_an_interval_that_one_seed_cannot_give_is_said_so():
    assert ("A tenth of the head's rate − ten times it", "+10.0 points", "none from one seed") in numbers(
        found("body_rate")
    )


def test_points_of_a_curve_are_a_table_with_their_intervals():
    (table,) = tables(SUMMARIES["body_rate"])
    assert table["heads"] == ["accuracy", "body rate", "95 % interval"]
    assert table["lines"][1] == ["50.0 %", "0.01", "40.0 % to 60.0 %"]


def test_hostile_names_stay_words():
    text = report(
        found("train", classes=(HOSTILE, "b"), data=f"/tmp/{HOSTILE}.zip", guess=HOSTILE), csv=HOSTILE, link=HOSTILE
    )
    assert HOSTILE not in text
    assert HOSTILE in said(text)
    payloads = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert len(payloads) == 4
    for payload in payloads:
        assert json.loads(payload)["data"]


def test_nothing_private_is_in_a_report():
    address = "upload:" + "0" * 64
    text = report(found("train", data=address), csv="", link=f"http://here/finetune?data={address}")
    assert "http://here" not in text
    assert "holds no link to them" in said(text)
    assert "secret.jpg" not in text
    assert "Files and classes left out: 1." in said(text)
    assert "/home/ann" not in report(found("train", data="/home/ann/cats.zip"), csv="")
    assert "<img" not in text


def test_the_rows_can_be_saved_from_it():
    text = report(found("train"), csv="a,b\n1,ü\n")
    (packed,) = re.findall(r"data:text/csv;charset=utf-8;base64,([^\"]*)", text)
    assert base64.b64decode(packed).decode() == "a,b\n1,ü\n"


def test_it_needs_nothing_from_elsewhere():
    text = report(found("finetune"), csv="")
    outside = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!data:)', outside)
    assert len(text) < 8e6


def test_a_report_without_figures_brings_no_plotly():
    assert len(report(found("something_new"), csv="")) < 50_000


def test_the_command_repeats_the_run():
    assert command(found("finetune", data="my cats.zip", control=True)) == (
        "transferlab run finetune 'data=my cats.zip' stages=ffn seed=0 control=True"
    )
    assert command(found("train", donor={"experiment": "a:b", "settings": {}})) == ""


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("accuracy", 0.5, "50.0 %"), ("toy", -0.034, "−3.4 points"), ("seconds", 214.71, "214.7"), ("seeds", 3, "3")],
)
def test_a_number_has_its_unit(name, value, words):
    assert written(name, value) == words


def test_curves_are_means_over_seeds_with_their_ends():
    rows = [{"split": "validation", "arm": "a", "step": 4, "accuracy": value} for value in (0.25, 0.75)]
    assert curves(rows, "accuracy") == {"a": [(4, 0.5, 0.25, 0.75)]}


def test_a_figure_alone_is_a_page_on_its_ground_and_the_figure_stays_as_it_was():
    figure = drawings(found("finetune"), True)["accuracy"][1]
    before = figure.to_json()
    text = whole_page(figure, "#0E1117")
    assert figure.to_json() == before
    assert '"paper_bgcolor":"#0E1117"' in text
    assert "cdn.plot.ly" not in re.sub(r"<script[^>]*>/\*.*?</script>", "", text, flags=re.DOTALL)
