"""Learning from puzzles: how many are solved, and what the codes that solve them are worth."""

from __future__ import annotations

import dataclasses

from core.figures.verdict import point_verdict
from core.lessons.lesson import Claim, Lesson, Number, Result

SOLVED = "Test puzzles right"


def learned_claims(result: Result) -> list[Claim]:
    """One run says only whether its puzzles can be solved at all."""
    chance, point = result.summary["chance"], result.summary["pretext_accuracy"]
    above = {name: point[name] - chance for name in ("mean", "low", "high")}
    judged = dataclasses.replace(point_verdict(above), of="test pictures")
    return [Claim("It solves puzzles of pictures that it never saw.", judged, f"Points above chance, {chance:.1%}.")]


def learned_numbers(result: Result) -> list[Number]:
    names = {"pretext_accuracy": SOLVED, "linear_probe": "Linear probe, test pictures right"}
    names |= {"knn": "Nearest neighbours, test pictures right"}
    return [Number.of(words, result.summary[name]) for name, words in names.items()]


PRETEXT = Lesson("Learn from puzzles", claims=learned_claims, numbers=learned_numbers)
