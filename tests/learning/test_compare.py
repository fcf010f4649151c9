"""Arms of a comparison, against the closed forms."""

import math

import pytest

from core.learning.compare import compare, over_seeds
from core.learning.intervals import paired_interval, t_interval, wilson

BY = {"a0": ("a", 0), "b0": ("b", 0), "a1": ("a", 1), "b2": ("b", 2)}


def row_of(run, correct, n=4, part="test"):
    return {"run": run, "split": part, "accuracy": correct / n, "correct": correct, "n": n}


def pictures(run, hits):
    return [{"run": run, "split": "picture", "picture": k, "label": 1, "predicted": int(hit)} for k, hit in hits]


def test_one_seed_is_judged_by_its_pictures_whatever_their_order():
    mine, theirs = [(0, True), (1, True), (2, True), (3, False)], [(3, False), (2, False), (0, True), (1, True)]
    rows = [row_of("a0", 3), row_of("b0", 2), *pictures("a0", mine), *pictures("b0", theirs)]
    found = compare(rows, BY)
    right = found.accuracy("a")
    assert (right.mean, right.low, right.high) == wilson(3, 4)
    gap = found.gap("a", "b")
    assert (gap.mean, gap.low, gap.high) == paired_interval([True, True, True, False], [True, True, False, False])
    assert gap.values == (0.25,)
    assert gap.as_json() == {"mean": gap.mean, "low": gap.low, "high": gap.high, "seeds": 1, "values": [0.25]}


def test_one_seed_without_its_pictures_has_no_interval():
    gap = compare([row_of("a0", 3), row_of("b0", 2)], BY).gap("a", "b")
    assert (gap.mean, gap.low, gap.high) == (0.25, -math.inf, math.inf)


def test_several_seeds_are_paired_and_in_their_order():
    by = {f"{arm}{seed}": (arm, seed) for arm in "ab" for seed in range(3)}
    rows = [row_of("a2", 4), row_of("a0", 3), row_of("a1", 2), row_of("b1", 1), row_of("b2", 1), row_of("b0", 2)]
    found = compare(rows, by)
    assert found.accuracy("a").values == (0.75, 0.5, 1.0)
    assert found.gap("a", "b") == over_seeds([0.25, 0.25, 0.75])
    assert found.gap("a", "b").low == pytest.approx(t_interval([0.25, 0.25, 0.75])[1])


def test_what_is_not_there_is_none_and_parts_are_apart():
    found = compare([row_of("a1", 3), row_of("b2", 2), row_of("a0", 1, part="empirical")], BY)
    assert found.gap("a", "b") is None, "no seed has both"
    assert found.accuracy("c") is None
    assert found.accuracy("a").values == (0.75,)
    assert compare([row_of("a1", 3), row_of("a0", 1, part="empirical")], BY, "empirical").accuracy("a").values == (
        0.25,
    )
