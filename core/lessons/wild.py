"""Fine-tuning in the wild: how much of a system is left without what its base had learned."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from core.figures.papers import paper
from core.figures.representations import ranking_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result, metric_figure

SCRATCH = "from scratch"
BORROWED = {"imagenet": "ImageNet's weights", "pretrained": "ImageNet's weights", "toybox": "other toys' weights"}


def asked(settings: Mapping[str, Any]) -> str:
    return (
        "The same network, steps, pictures and order, but its base starts from random weights instead of "
        "ImageNet's. How much is left?"
    )


def arm_words(result: Result) -> dict[str, str]:
    """arm → what a figure calls it."""
    own = BORROWED.get(result.settings["source"], "borrowed weights")
    return {"borrowed": own, "scratch": SCRATCH}


def arms(result: Result, dark: bool) -> Drawn | None:
    """Each arm with its interval."""
    words, found = arm_words(result), result.summary["arms"]
    if not found:
        return None
    points = {words.get(arm, arm): point for arm, point in found.items()}
    of = result.summary["of"]
    figure = ranking_figure(points, x=f"{of[0].upper()}{of[1:]}, test pictures (%)", dark=dark)
    said = ", ".join(f"{name} {point['mean']:.0%}" for name, point in points.items())
    return Drawn("With and without", figure, f"{of}: {said}")


def claims(result: Result) -> list[Claim]:
    """What is borrowed helps; and so does each part that a control leaves out."""
    words, found = arm_words(result), []
    for arm, point in result.summary["gaps"].items():
        judged = point_verdict(point)
        if point["seeds"] == 1:
            judged = dataclasses.replace(judged, of="test pictures")
        said = f"{words['borrowed'].capitalize()} help." if arm == "scratch" else f"It is better than {arm}."
        reason = f"In points of {result.summary['of']}"
        found.append(
            Claim(
                said,
                judged,
                f"{reason}; one seed, so the interval is of the test pictures."
                if point["seeds"] == 1
                else f"{reason}.",
            )
        )
    return found


def numbers(result: Result) -> list[Number]:
    words, of = arm_words(result), result.summary["of"]
    told = [Number.of(f"{of}, {words.get(arm, arm)}", point) for arm, point in result.summary["arms"].items()]
    gaps = result.summary["gaps"].items()
    return [*told, *(Number.of(f"above {words.get(arm, arm)}", point, POINTS) for arm, point in gaps)]


def printed(station: str) -> list[str]:
    """What the paper reports, a line each."""
    return [f"{what}: {value}" for what, value in paper("wild")[station]["numbers"].items()]


WILD = Lesson("Fine-tuning in the wild", asked, {"arms": arms, "curves": metric_figure}, claims, numbers)
