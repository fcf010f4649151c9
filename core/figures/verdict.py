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
        points = f"{_signed(self.value)} points"
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return f"{points}, no interval from one seed"
        return f"{points}, 95 % interval {_signed(self.low)} to {_signed(self.high)}"


def verdict(value: float, low: float, high: float, expected: float = 0.0, *, falls: bool = False) -> Verdict:
    """The claim is "more than zero, about `expected` or more"; `low` and `high` are the 95 % interval of `value`.

    It holds if the interval lies above zero and reaches `expected`; it is weaker if the interval lies above zero but
    below `expected`, or if only the value is above zero; else it is not seen here.

    A claim that something falls is the mirror image: "less than zero, about `expected` or less". `expected` is then
    negative, or `falls` says so where no amount is claimed.

    One seed has no interval, low and high are -inf and inf, and then a claim never holds: weaker is the most it can be.
    """
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        raise ValueError("a verdict needs numbers")
    if falls and expected > 0:
        raise ValueError(f"what falls is expected below zero, not at {expected}")
    found, least, most, amount = value, low, high, expected
    if falls or expected < 0:
        found, least, most, amount = -value, -high, -low, -expected
    if least > 0 and most >= amount and math.isfinite(least) and math.isfinite(most):
        word = HOLDS
    elif found > 0:
        word = WEAKER
    else:
        word = NOT_HERE
    return Verdict(word, value, low, high)


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")  # a hyphen is not read aloud, a minus is
