"""Look inside a network: what its units have learned to see, stage by stage."""

from __future__ import annotations

import dataclasses
import math

from core.figures.hierarchy import ROLES, stages_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import Claim, Drawn, Lesson, Number, Result

CLAIMS = {
    "deeper": "Later units are about one class, early ones are in pictures of all.",
    "learned": "That was learned: an untrained network has no such units.",
}
ONE = "The intervals are over the units of one network each."
FACTORS = {"class": "transfer", "colour": "self", "pose": "random", "background": "paper"}  # factor → hue
FACTOR_CLAIMS = {
    "deeper": "Later stages answer to the class.",
    "fades": "What does not tell the class fades: colour, light, the room.",
}
OVER_SCENES = "The intervals are over the scenes, of one network."


def units(result: Result, dark: bool) -> Drawn | None:
    summary = result.summary
    if not summary["units"]:
        return None
    parts = [
        f"{name}: " + ", ".join(f"{stage} {point['mean']:.0%}" for stage, point in points.items())
        for name, points in summary["units"].items()
    ]
    words = f"Of the nine strongest patches of a unit, of one class. {'; '.join(parts)}"
    y = "Of nine patches, of one class (%)"
    figure = stages_figure(summary["units"], summary["stages"], ROLES, y=y, dark=dark)
    return Drawn("How many of a unit's nine strongest patches are of one class", figure, words)


def claims(result: Result) -> list[Claim]:
    summary = result.summary
    first, last = summary["stages"][0], summary["stages"][-1]
    reasons = {"deeper": f"{last} against {first}.", "learned": f"Of both, {last}."}
    return [
        Claim(
            words,
            dataclasses.replace(point_verdict(summary[name], expected=0.05), of="units"),
            f"{reasons[name]} {ONE}",
        )
        for name, words in CLAIMS.items()
        if name in summary
    ]


def numbers(result: Result) -> list[Number]:
    return [
        Number.of(f"Of nine patches of one class, {name}, {stage}", point)
        for name, points in result.summary["units"].items()
        for stage, point in points.items()
    ]


def factors(result: Result, dark: bool) -> Drawn:
    """Four of the nine: as many curves as can be told apart."""
    shares, stages = result.summary["factors"], result.summary["stages"]
    words = "; ".join(
        f"{name}: {shares[name][stages[0]]['mean']:.0%} in {stages[0]}, {shares[name][stages[-1]]['mean']:.0%} in "
        f"{stages[-1]}"
        for name in FACTORS
    )
    y = "Of the answers' variance (%)"  # alone and with other factors, so that all may add up to more than all of it
    figure = stages_figure(shares, stages, FACTORS, y=y, dark=dark, most=math.inf)
    return Drawn("What the units of each stage answer to", figure, f"Of the variance of the answers. {words}")


def factor_claims(result: Result) -> list[Claim]:
    return [
        Claim(
            words,
            dataclasses.replace(point_verdict(result.summary[name], expected=0.05), of="scenes"),
            f"The last stage below the class scores against the first. {OVER_SCENES}",
        )
        for name, words in FACTOR_CLAIMS.items()
    ]


def factor_numbers(result: Result) -> list[Number]:
    return [
        Number.of(f"Variance by {factor}, {stage}", point)
        for factor, points in result.summary["factors"].items()
        for stage, point in points.items()
    ]


HIERARCHY = Lesson(
    "From edges to things",
    lambda settings: "These nine patches excite one unit most. Which stage is it in?",
    {"units": units},
    claims,
    numbers,
)
SELECTIVITY = Lesson(
    "What a unit cares about", figures={"factors": factors}, claims=factor_claims, numbers=factor_numbers
)
