"""Fine-tuning: one training, transfer against scratch, and how fast borrowed stages should change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.figures.accuracy import accuracy_figure
from core.figures.confusion import confusion_figure
from core.figures.rates import rate_figure
from core.figures.style import WORDS
from core.figures.verdict import verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result, metric_figure

SPEEDS = {"Not at all": 0.0, "A hundredth": 0.01, "A tenth": 0.1, "As fast": 1.0, "Ten times faster": 10.0}
MOST_CLASSES = 60  # of a confusion matrix that can be read on paper
RIGHT = "Test pictures named correctly"


def question(settings: Mapping[str, Any]) -> str:
    stages = settings["stages"]
    frozen = stages.count("f")
    return f"What share of the test pictures will the network name, with {frozen} of {len(stages)} stages frozen?"


def arms(result: Result) -> dict[str, tuple[float, float, float]]:
    """The share right of each arm, with its interval."""
    summary = result.summary
    shares = {summary.get("arm", ""): (summary["test_accuracy"], summary["low"], summary["high"])}
    if "control_accuracy" in summary:
        shares["scratch"] = (summary["control_accuracy"], summary["control_low"], summary["control_high"])
    return shares


def accuracies(result: Result, dark: bool) -> Drawn:
    shares, frozen = arms(result), "f" in result.settings["stages"]
    seeds = result.summary.get("values")
    figure = accuracy_figure(shares, dark=dark, frozen=frozen, guess=result.share, seeds=seeds)
    said = ", ".join(f"{WORDS[arm]} {value:.0%}" for arm, (value, *_) in shares.items())
    return Drawn(RIGHT, figure, f"{RIGHT}: {said}")


def confusion(result: Result, dark: bool, most: int = MOST_CLASSES) -> Drawn | None:
    """What was taken for what by the first arm; None of more classes than `most`."""
    first = next((row.get("run") for row in result.rows), None)
    answers = [row for row in result.rows if row.get("split") == "picture" and row.get("run") == first]
    if not answers or not 0 < len(result.classes) <= most:
        return None
    words = f"Confusion matrix of {len(answers)} test pictures in {len(result.classes)} classes"
    return Drawn("What is taken for what", confusion_figure(answers, result.classes, dark=dark), words)


def transfer_claims(result: Result) -> list[Claim]:
    summary = result.summary
    if "difference" not in summary or summary.get("arm") == "scratch":
        return []
    gain = verdict(summary["difference"], summary["difference_low"], summary["difference_high"], expected=0.05)
    reason = "Same labels, steps and order; only the weights at the start, and what may change, differ."
    return [Claim("Borrowed stages beat the same network from scratch.", gain, reason)]


def accuracy_numbers(result: Result) -> list[Number]:
    summary = result.summary
    numbers = [Number(f"{RIGHT}, {WORDS[arm]}" if arm else RIGHT, *bounds) for arm, bounds in arms(result).items()]
    if "difference" in summary:
        bounds = summary["difference"], summary["difference_low"], summary["difference_high"]
        numbers.append(Number("Borrowed − from scratch", *bounds, POINTS))
    return numbers


def rates(result: Result, dark: bool) -> Drawn:
    curve = result.summary["curve"]
    figure = rate_figure(curve, dark=dark, guess=SPEEDS.get(str(result.guess)))
    said = ", ".join(f"{point['accuracy']:.0%} at {point['body_rate']:g}" for point in curve)
    return Drawn("Accuracy by the rate of the borrowed stages", figure, f"{RIGHT}, by the rate: {said}")


def rate_claims(result: Result) -> list[Claim]:
    summary = result.summary
    if "small_over_large" not in summary:
        return []
    gain = verdict(summary["small_over_large"], summary["small_over_large_low"], summary["small_over_large_high"])
    head = result.settings["head_rate"]
    reason = f"Best: {summary['best']:g} × the rate of the head, itself small ({head:g})."
    return [Claim("Borrowed stages want a small rate: a tenth of the head's beats ten times it.", gain, reason)]


def rate_numbers(result: Result) -> list[Number]:
    summary = result.summary
    numbers = [
        Number(
            f"{RIGHT}, body at {point['body_rate']:g} × the head's rate", *map(point.get, ("accuracy", "low", "high"))
        )
        for point in summary["curve"]
    ]
    if "small_over_large" in summary:
        bounds = summary["small_over_large"], summary["small_over_large_low"], summary["small_over_large_high"]
        numbers.append(Number("A tenth of the head's rate − ten times it", *bounds, POINTS))
    return numbers


TRAIN = Lesson("One training", figures={"curves": metric_figure, "confusion": confusion}, numbers=accuracy_numbers)
FINETUNE = Lesson(
    "Fine-tuning",
    question,
    {"accuracy": accuracies, "curves": metric_figure, "confusion": confusion},
    transfer_claims,
    accuracy_numbers,
)
BODY_RATE = Lesson(
    "A small learning rate",
    lambda settings: "How fast should borrowed stages change, compared with the new head?",
    {"rates": rates},
    rate_claims,
    rate_numbers,
)
