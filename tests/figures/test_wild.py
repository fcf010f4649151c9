"""What is left without what was borrowed: figures, claims and numbers of a station, over seeds and of one."""

import pytest

from core.experiments import experiment
from core.lessons.lesson import Result
from core.lessons.wild import WILD, arms, asked, claims, controls, learned, numbers

WHOLE = "the coarsest map alone (32s)"


def point(mean, half, seeds=3):
    return {"mean": mean, "low": mean - half, "high": mean + half, "seeds": seeds, "values": [mean] * seeds}


def result(seeds=3, guess=None, **changed):
    summary = {
        "arms": {
            "transfer": point(0.6, 0.02, seeds),
            "scratch": point(0.2, 0.02, seeds),
            WHOLE: point(0.3, 0.02, seeds),
        },
        "gaps": {WHOLE: point(0.3, 0.04, seeds), "scratch": point(0.4, 0.04, seeds)},
        "of": "mean overlap (IoU)",
        "pair": ["a", "b"],
        **changed,
    }
    rows = [
        {"split": "validation", "arm": arm, "run": run, "step": step, "iou": value}
        for arm, run, values in (("transfer", "a", (0, 0.6)), ("scratch", "b", (0, 0.2)), ("transfer", "c", (0, 0.3)))
        for step, value in zip((0, 200), values, strict=True)
    ]
    record = {"spec": {"experiment": "x:wild", "settings": {"source": "imagenet"}}, "summary": summary}
    metrics = experiment("segment").experiment.metrics
    return Result("id", record, lambda: rows, guess=guess, metrics=metrics)


def test_both_arms_are_drawn_with_ones_guess_and_controls_by_themselves():
    drawn = arms(result(guess=35), False)
    assert {trace.name for trace in drawn.figure.data if trace.name} >= {"transfer", "scratch"}
    assert "mean overlap (IoU): transfer 60%, scratch 20%" in drawn.words
    assert drawn.figure.layout.shapes[0].x0 == pytest.approx(0.35)
    parts = controls(result(), True)
    assert parts.words == f"Part by part: with all its parts 60%, {WHOLE} 30%"


def test_the_curves_are_of_both_arms_and_leave_the_controls_out():
    drawn = learned(result(), False)
    assert drawn.words.endswith("transfer 60%, scratch 20%")


def test_what_is_not_there_yet_is_not_drawn():
    empty = result(arms={}, gaps={}, pair=[])
    assert arms(empty, False) is None
    assert controls(result(arms={"transfer": point(0.6, 0.1)}), False) is None
    assert learned(empty, False) is None
    assert claims(empty) == []


def test_the_claim_that_was_asked_about_comes_first_and_one_seed_speaks_of_test_pictures():
    first, second = claims(result())
    assert first.words == "What ImageNet taught helps."
    assert (first.verdict.word, second.words) == ("holds here", f"Better than {WHOLE}.")
    alone = claims(result(seeds=1))[0]
    assert alone.verdict.of == "test pictures"
    assert "One seed" in alone.reason


def test_numbers_have_their_units():
    said = {number.what: number.written for number in numbers(result())}
    assert said["mean overlap (IoU), transfer"] == "60.0 %"
    assert said["above scratch"] == "+40.0 points"
    assert "ImageNet's" in asked({"source": "imagenet"})
    assert WILD.title == "Fine-tuning in the wild"
