"""95 % intervals: of one accuracy, of a mean over seeds, of the difference of two networks on the same pictures.

All answer (value, low, high) and import no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Z = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(correct: int, n: int) -> tuple[float, float, float]:
    """Share `correct / n` with Wilson's score interval (1927). ValueError unless 0 <= correct <= n and n > 0."""
    if not 0 <= correct <= n or n == 0:
        raise ValueError(f"{correct} correct of {n} is no share")
    share = correct / n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def t_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean with Student's interval, n - 1 degrees of freedom; a single value has no bounds (-inf, inf)."""
    import numpy as np
    from scipy.special import stdtrit  # the quantile of Student's t; all of scipy.stats takes a second to load

    sample = np.asarray(values, dtype=float)
    if sample.size == 0:
        raise ValueError("no values to average")
    mean = float(sample.mean())
    if sample.size == 1:
        return mean, -math.inf, math.inf
    half = float(stdtrit(sample.size - 1, 0.975) * sample.std(ddof=1) / math.sqrt(sample.size))
    return mean, mean - half, mean + half


def bootstrap(measure: Callable[[Any], float], n: int, seed: int = 0, draws: int = 400) -> tuple[float, float, float]:
    """What `measure` finds of all n examples, given by their indices (n,), and its normal interval: of as many drawn
    again and again with replacement (Efron 1979).
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    half = Z * float(np.std([measure(rng.integers(n, size=n)) for _ in range(draws)]))
    value = float(measure(np.arange(n)))
    return value, value - half, value + half


def paired_interval(a: Sequence[bool], b: Sequence[bool]) -> tuple[float, float, float]:
    """Accuracy of a minus that of b on the same pictures, with Bonett and Price's interval (2012).

    `a` and `b` say, picture by picture, who was right. Only the pictures on which they differ count; one is added to
    either kind (Laplace), which keeps the coverage near 95 % also when they are few.
    """
    import numpy as np

    first, second = np.asarray(a, dtype=bool), np.asarray(b, dtype=bool)
    if first.shape != second.shape or first.ndim != 1 or first.size == 0:
        raise ValueError("the two networks must have answered the same pictures")
    n = first.size
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    p, q = (only_first + 1) / (n + 2), (only_second + 1) / (n + 2)
    half = Z * math.sqrt((p + q - (p - q) ** 2) / (n + 2))
    difference = (only_first - only_second) / n
    return difference, max(-1.0, p - q - half), min(1.0, p - q + half)


def welch(more: Sequence[float], less: Sequence[float]) -> tuple[float, float, float]:
    """The mean of the one sample above that of the other, with Welch's interval (1947), which takes their spreads for
    unequal. ValueError: fewer than two values of either.
    """
    import numpy as np
    from scipy.special import stdtrit

    samples = [np.asarray(values, dtype=float) for values in (more, less)]
    if min(sample.size for sample in samples) < 2:
        raise ValueError("two values of each are needed")
    gap = float(samples[0].mean() - samples[1].mean())
    errors = [float(sample.var(ddof=1)) / sample.size for sample in samples]
    if not sum(errors):
        return gap, gap, gap
    freedom = sum(errors) ** 2 / sum(e**2 / (s.size - 1) for e, s in zip(errors, samples, strict=True))
    half = float(stdtrit(freedom, 0.975)) * math.sqrt(sum(errors))
    return gap, gap - half, gap + half
