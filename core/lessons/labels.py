"""What labels drawn by hand teach. Its figure is of the seconds that this browser spent, which no run knows."""

from __future__ import annotations

from collections.abc import Mapping

from core.figures.labels import ARMS
from core.figures.verdict import verdict
from core.lessons.lesson import POINTS, SHARE, Claim, Found, Lesson, Number


def claims(found: Found) -> list[Claim]:
    """None where nobody knows the exact labels."""
    if "borrowed_adds" not in found.summary:
        return []
    return [Claim("A borrowed network makes more of few labels.", verdict(*found.summary["borrowed_adds"].values()))]


def numbers(found: Found) -> list[Number]:
    told = found.summary
    gaps = {"borrowed_adds": "Borrowed features − random ones", "exact_adds": "Exact labels − yours"}
    arms = [number(ARMS[arm][0].capitalize(), point) for arm, point in told.get("arms", {}).items()]
    return [*arms, *(number(words, told[gap], POINTS) for gap, words in gaps.items() if gap in told)]


def number(words: str, point: Mapping[str, float], unit: str = SHARE) -> Number:
    return Number(words, point["score"], point["low"], point["high"], unit)


LABELLED = Lesson("What your labels teach", figures={}, claims=claims, numbers=numbers)
