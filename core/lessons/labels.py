"""What labels drawn by hand teach. Its figure is of the seconds that this browser spent, which no run knows."""

from __future__ import annotations

from collections.abc import Mapping

from core.figures.labels import ARMS
from core.figures.verdict import verdict
from core.lessons.lesson import POINTS, SHARE, Claim, Lesson, Number, Result


def claims(result: Result) -> list[Claim]:
    """None where nobody knows the exact labels."""
    if "borrowed_adds" not in result.summary:
        return []
    return [Claim("A borrowed network makes more of few labels.", verdict(*result.summary["borrowed_adds"].values()))]


def numbers(result: Result) -> list[Number]:
    summary = result.summary
    gaps = {"borrowed_adds": "Borrowed features − random ones", "exact_adds": "Exact labels − yours"}
    arms = [number(ARMS[arm][0].capitalize(), point) for arm, point in summary.get("arms", {}).items()]
    return [*arms, *(number(words, summary[gap], POINTS) for gap, words in gaps.items() if gap in summary)]


def number(words: str, point: Mapping[str, float], unit: str = SHARE) -> Number:
    return Number(words, point["score"], point["low"], point["high"], unit)


LABELLED = Lesson("What your labels teach", figures={}, claims=claims, numbers=numbers)
