"""Does a claim hold here? Computed from the rows, never written by hand."""

from __future__ import annotations

import dataclasses
import math

HOLDS, WEAKER, NOT_HERE = "holds here", "weaker here", "not here"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A word and the numbers behind it; `value`, `low` and `high` are shares."""

    word: str
    value: float
    low: float
    high: float

    @property
    def numbers(self) -> str:
        points = f"{100 * self.value:+.1f} points"
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return f"{points}, no interval from one seed"
        return f"{points}, 95 % interval {100 * self.low:+.1f} to {100 * self.high:+.1f}"


def verdict(value: float, low: float, high: float, expected: float = 0.0) -> Verdict:
    """The claim is "more than zero, about `expected` or more".

    It holds if the interval lies above zero and reaches `expected`; it is weaker if the interval lies above zero but
    below `expected`, or if only the value is above zero; else it is not seen here.
    """
    if low > 0 and high >= expected:
        return Verdict(HOLDS, value, low, high)
    if value > 0:
        return Verdict(WEAKER, value, low, high)
    return Verdict(NOT_HERE, value, low, high)
