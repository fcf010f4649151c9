"""Fine-tuning in the wild: how much of a system is left without what its base had learned."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from core.figures.accuracy import accuracy_figure, curves_figure
from core.figures.representations import ranking_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result, curves

PAIR = ("transfer", "scratch")
LENT = {"imagenet": "What ImageNet taught", "pretrained": "What ImageNet taught", "toybox": "What other toys taught"}


def asked(settings: Mapping[str, Any]) -> str:
    lent = {"toybox": "those of a network that knows other toys"}.get(settings["source"], "ImageNet's")
    return f"Random weights instead of {lent}, all else alike: how much is left?"


def share_of(result: Result) -> str:
    of = result.summary["of"]
    return f"{of[0].upper()}{of[1:]}, test (%)"


def arms(result: Result, dark: bool) -> Drawn | None:
    """What is borrowed, and nothing, each with its interval, and one's own guess of the latter."""
    points = {arm: point for arm, point in result.summary["arms"].items() if arm in PAIR}
    if not points:
        return None
    each = {arm: (point["mean"], point["low"], point["high"]) for arm, point in points.items()}
    seeds = {arm: point["values"] for arm, point in points.items()}
    figure = accuracy_figure(each, dark=dark, frozen=False, guess=result.share, seeds=seeds, x=share_of(result))
    said = ", ".join(f"{arm} {value:.0%}" for arm, (value, *_) in each.items())
    return Drawn("With and without", figure, f"{result.summary['of']}: {said}")


def learned(result: Result, dark: bool) -> Drawn | None:
    """Both, as they learned."""
    (metric,) = (metric for metric in result.metrics if metric.live)
    pair = set(result.summary["pair"])
    lines = curves((row for row in metric.rows(result.rows) if row.get("run") in pair), metric.name)
    if not lines:
        return None
    ends = ", ".join(f"{arm} {points[-1][1]:.0%}" for arm, points in lines.items())
    return Drawn(metric.title, curves_figure(lines, dark=dark, title="Held-out"), f"{metric.title}, at the end: {ends}")


def controls(result: Result, dark: bool) -> Drawn | None:
    """What each part is worth: the whole, and the whole without it."""
    points = {"with all its parts": result.summary["arms"].get("transfer"), **result.summary["arms"]}
    points = {arm: point for arm, point in points.items() if arm not in PAIR and point}
    if len(points) < 2:
        return None
    title, said = "Part by part", ", ".join(f"{arm} {point['mean']:.0%}" for arm, point in points.items())
    return Drawn(title, ranking_figure(points, x=share_of(result), dark=dark), f"{title}: {said}")


def claims(result: Result) -> list[Claim]:
    """What is borrowed helps; and so does each part that a control leaves out."""
    found, of = [], result.summary["of"]
    helps = f"{LENT.get(result.settings['source'], 'What is borrowed')} helps."
    for arm, point in sorted(result.summary["gaps"].items(), key=lambda item: item[0] != "scratch"):
        judged, reason = point_verdict(point), f"In points of {of}."
        if point["seeds"] == 1:
            judged, reason = dataclasses.replace(judged, of="test pictures"), f"{reason} One seed: of test pictures."
        found.append(Claim(helps if arm == "scratch" else f"Better than {arm}.", judged, reason))
    return found


def numbers(result: Result) -> list[Number]:
    of = result.summary["of"]
    told = [Number.of(f"{of}, {arm}", point) for arm, point in result.summary["arms"].items()]
    return [*told, *(Number.of(f"above {arm}", point, POINTS) for arm, point in result.summary["gaps"].items())]


WILD = Lesson(
    "Fine-tuning in the wild", asked, {"arms": arms, "curves": learned, "controls": controls}, claims, numbers
)
