"""What the surroundings of a toy give away."""

from __future__ import annotations

from core.figures.cues import QUESTIONS, VIEWS, cues_figure
from core.figures.verdict import verdict
from core.lessons.lesson import POINTS, Claim, Drawn, Lesson, Number, Result


def cues(result: Result, dark: bool) -> Drawn:
    table = result.summary["table"]
    said = [f"{QUESTIONS[point['task']]} {VIEWS[point['view']][0]} {point['accuracy']:.0%}" for point in table]
    title = "What is told with the toy, from its shadow, and from the empty room"
    return Drawn(title, cues_figure(table, dark=dark, guess=result.share), f"{title}: {'; '.join(said)}")


def claims(result: Result) -> list[Claim]:
    summary = result.summary
    return [
        Claim(
            "To tell how a picture was turned, a network must look at the object in it.",
            verdict(summary["toy"], summary["toy_low"], summary["toy_high"], expected=0.05),
            "The empty room shows it: floors lie below walls. *Which picture* needs no network: a histogram of the "
            "colours of one crop finds the other crop of the same picture among 400. So views that share the room "
            "teach an encoder the room; *same object, new room* takes this way out.",
        )
    ]


def numbers(result: Result) -> list[Number]:
    summary = result.summary
    table = [
        Number(
            f"{QUESTIONS[point['task']]} {VIEWS[point['view']][0].capitalize()}",
            *map(point.get, ("accuracy", "low", "high")),
        )
        for point in summary["table"]
    ]
    gap = "How a picture was turned: with the toy − from the empty room"
    return [*table, Number(gap, summary["toy"], summary["toy_low"], summary["toy_high"], POINTS)]


SHORTCUTS = Lesson(
    "What the surroundings give away",
    lambda settings: "Of the test pictures, how many toys will it name from their shadows alone?",
    {"cues": cues},
    claims,
    numbers,
)
