"""Does a claim hold here? Computed from the rows, never written by hand."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from core.figures.style import in_points

HOLDS, WEAKER, NOT_HERE, NOT_SETTLED = "holds here", "weaker here", "not here", "not settled"
HOPELESS = 50  # times as many seeds


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A word and the numbers behind it; `value`, `low` and `high` are shares, the interval is over `of`."""

    word: str
    value: float
    low: float
    high: float
    of: str = "seeds"

    @property
    def numbers(self) -> str:
        return self.interval + self.settled_by

    @property
    def interval(self) -> str:
        points = f"{in_points(self.value, 1)} points"
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return f"{points}, no interval from one seed"
        return f"{points}, 95 % interval {in_points(self.low, 1)} to {in_points(self.high, 1)}"

    @property
    def settled_by(self) -> str:
        """What would settle what is not settled: intervals shrink with the root of their number."""
        if self.word != NOT_SETTLED or not self.low <= 0 <= self.high:  # in a claim of two parts it is the other one
            return ""
        half = (self.high - self.low) / 2
        if not math.isfinite(half):
            return "; a second seed would give one"
        times = math.ceil((half / abs(self.value)) ** 2) if self.value else math.inf
        if times > HOPELESS:
            return "; if there is a difference, it is too small to be seen here"
        return f"; about {max(2, times)} times as many {self.of} would tell it from none"


def verdict(value: float, low: float, high: float, expected: float = 0.0, *, falls: bool = False) -> Verdict:
    """The claim is "more than zero, about `expected` or more"; `low` and `high` are the 95 % interval of `value`.

    holds        the interval lies above zero and reaches `expected`
    weaker       it lies above zero and below `expected`
    not here     it holds nothing above zero, or zero and not `expected`
    not settled  it holds both, zero and `expected`; or there is no interval

    A claim that something falls is the mirror image: "less than zero, about `expected` or less". `expected` is then
    negative, or `falls` says so where no amount is claimed.

    One seed has no interval: low and high are -inf and inf.
    """
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        raise ValueError("a verdict needs numbers")
    if falls and expected > 0:
        raise ValueError(f"what falls is expected below zero, not at {expected}")
    least, most, amount = low, high, expected
    if falls or expected < 0:
        least, most, amount = -high, -low, -expected
    if not (math.isfinite(least) and math.isfinite(most)):
        word = NOT_SETTLED
    elif least > 0:
        word = HOLDS if most >= amount else WEAKER
    else:
        word = NOT_SETTLED if most > 0 and most >= amount else NOT_HERE
    return Verdict(word, value, low, high)


def point_verdict(point: Mapping[str, float], expected: float = 0.0, *, falls: bool = False) -> Verdict:
    """Of a point of a summary: `mean`, `low`, `high`."""
    return verdict(point["mean"], point["low"], point["high"], expected, falls=falls)
