"""Look inside a network: what its units have learned to see, stage by stage."""

from __future__ import annotations

import dataclasses

from core.figures.hierarchy import hierarchy_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import Claim, Drawn, Lesson, Number, Result

CLAIMS = {
    "deeper": "Later units are about one class, early ones are in pictures of all.",
    "learned": "That was learned: an untrained network has no such units.",
}

ONE = "The intervals are over the units of one network each."


def units(result: Result, dark: bool) -> Drawn | None:
    summary = result.summary
    if not summary["units"]:
        return None
    parts = [
        f"{name}: " + ", ".join(f"{stage} {point['mean']:.0%}" for stage, point in points.items())
        for name, points in summary["units"].items()
    ]
    words = f"Of the nine strongest patches of a unit, of one class. {'; '.join(parts)}"
    figure = hierarchy_figure(summary["units"], summary["stages"], dark=dark)
    return Drawn("How many of a unit's nine strongest patches are of one class", figure, words)


def claims(result: Result) -> list[Claim]:
    summary = result.summary
    first, *_, last = summary["stages"]
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


HIERARCHY = Lesson(
    "From edges to things",
    lambda settings: "These nine patches excite one unit most. Which stage is it in?",
    {"units": units},
    claims,
    numbers,
)
