"""Intervals against scipy, hand arithmetic, and exact coverage."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from core.learning.intervals import bootstrap, paired_interval, t_interval, welch, wilson


@pytest.mark.parametrize(("correct", "n"), [(0, 10), (1, 10), (57, 60), (60, 60), (500, 1000)])
def test_wilson_against_scipy(correct, n):
    reference = stats.binomtest(correct, n).proportion_ci(method="wilson")
    share, low, high = wilson(correct, n)
    assert share == correct / n
    assert low == pytest.approx(reference.low, abs=1e-12)
    assert high == pytest.approx(reference.high, abs=1e-12)
    assert 0 <= low <= share <= high <= 1


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_no_share_has_no_interval(correct, n):
    with pytest.raises(ValueError, match="no share"):
        wilson(correct, n)


def test_t_interval_against_scipy():
    values = [0.71, 0.74, 0.69, 0.73, 0.75]
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert t_interval(values) == pytest.approx((np.mean(values), reference.low, reference.high))


def test_one_seed_bounds_nothing():
    assert t_interval([0.5]) == (0.5, -math.inf, math.inf)
    with pytest.raises(ValueError, match="no values"):
        t_interval([])


def right(n, both, only_a, only_b):
    """Correctness of two networks on n pictures."""
    a = [True] * both + [True] * only_a + [False] * only_b
    b = [True] * both + [False] * only_a + [True] * only_b
    rest = [False] * (n - len(a))
    return a + rest, b + rest


def test_paired_interval_by_hand():
    """n = 98, 18 and 8 differing: p = .19, q = .09, half = z sqrt((.28 - .01) / 100) = .1018."""
    difference, low, high = paired_interval(*right(98, 50, 18, 8))
    assert difference == pytest.approx(10 / 98)
    assert (low, high) == pytest.approx((0.1 - 0.10184, 0.1 + 0.10184), abs=1e-4)


def test_paired_interval_is_antisymmetric_and_bounded():
    a, b = right(40, 10, 9, 2)
    difference, low, high = paired_interval(a, b)
    assert paired_interval(b, a) == pytest.approx((-difference, -high, -low))
    assert paired_interval([True] * 5, [False] * 5)[2] <= 1
    assert paired_interval([True] * 5, [True] * 5)[0] == 0


@pytest.mark.parametrize(("p", "q"), [(0.1, 0.1), (0.2, 0.05), (0.02, 0.02), (0.3, 0.0)])
def test_paired_interval_covers_the_truth_as_often_as_it_says(p, q):
    """The exact probability, over all outcomes, that the interval holds p - q."""
    n, covered = 50, 0.0
    for i, j in itertools.product(range(n + 1), repeat=2):
        chance = stats.multinomial.pmf([i, j, n - i - j], n, [p, q, 1 - p - q]) if i + j <= n else 0.0
        if chance > 1e-9:
            _, low, high = paired_interval(*right(n, 0, i, j))
            covered += chance * (low <= p - q <= high)
    assert covered > 0.93


def test_different_pictures_cannot_be_paired():
    with pytest.raises(ValueError, match="same pictures"):
        paired_interval([True], [True, False])


def test_welch_against_scipy():
    more, less = [0.4, 0.9, 0.7, 0.55], [0.2, 0.25, 0.1, 0.3, 0.22, 0.18]
    gap, low, high = welch(more, less)
    theirs = stats.ttest_ind(more, less, equal_var=False).confidence_interval(0.95)
    assert gap == pytest.approx(np.mean(more) - np.mean(less))
    assert (low, high) == pytest.approx((theirs.low, theirs.high))


def test_welch_of_samples_that_do_not_vary_and_of_too_few():
    assert welch([0.5, 0.5], [0.2, 0.2, 0.2]) == pytest.approx((0.3, 0.3, 0.3))
    with pytest.raises(ValueError, match="two values"):
        welch([0.5], [0.1, 0.2])


def test_the_bootstrap_of_a_mean_is_as_wide_as_its_standard_error():
    values = np.random.default_rng(0).normal(3, 2, 400)
    mean, low, high = bootstrap(lambda some: values[some].mean(), len(values), seed=1, draws=2000)
    assert mean == values.mean()
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.05)
    assert bootstrap(lambda some: values[some].mean(), 400, seed=1) == bootstrap(
        lambda s: values[s].mean(), 400, seed=1
    )
