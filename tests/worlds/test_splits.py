"""Splits and budgets: nobody is tested on what trained, and fewer labels are part of more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.settings import Refused
from core.worlds.splits import MOST_TEST, MOST_VALIDATION, Split, budget, measured, split
from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION, World


class Labels(World):
    """A world without pictures."""

    def __init__(self, labels, *, given=None, groups=None, block=1):
        self.labels = np.array(labels, np.int64)
        self.classes = tuple(f"class {k}" for k in range(self.labels.max() + 1))
        self.given = None if given is None else np.array(given)
        self.groups = None if groups is None else np.array(groups)
        self.block = block


def parts(world):
    """(N,) the part of each picture; fails unless each is in exactly one."""
    found = split(world)
    all_indices = np.concatenate([found.train, found.validation, found.test])
    assert sorted(all_indices) == list(range(len(world.labels)))
    where = np.empty(len(world.labels), int)
    for part, indices in ((TRAIN, found.train), (VALIDATION, found.validation), (TEST, found.test)):
        assert (np.diff(indices) > 0).all()
        where[indices] = part
    return where


def counts(world, where, label):
    return [int(((where == part) & (world.labels == label)).sum()) for part in (TRAIN, VALIDATION, TEST)]


def test_each_class_is_divided_in_the_same_shares():
    world = Labels([0] * 200 + [1] * 40)
    where = parts(world)
    assert counts(world, where, 0) == [120, 30, 50]
    assert counts(world, where, 1) == [24, 6, 10]


@pytest.mark.parametrize(("n", "expected"), [(1, [1, 0, 0]), (2, [1, 0, 1]), (3, [1, 1, 1]), (4, [2, 1, 1])])
def test_small_classes_train_first_then_test_then_validate(n, expected):
    world = Labels([0] * n + [1] * 50)
    assert counts(world, parts(world), 0) == expected


def test_a_split_is_always_the_same_and_not_the_order_of_the_files():
    world = Labels([0, 1] * 100)
    np.testing.assert_array_equal(parts(world), parts(Labels([0, 1] * 100)))
    assert np.ptp(split(world).test) > 100


def test_the_split_of_one_class_does_not_depend_on_the_others():
    alone, beside = parts(Labels([0] * 60 + [1] * 10)), parts(Labels([0] * 60 + [1] * 90 + [2] * 7))
    np.testing.assert_array_equal(alone[:60], beside[:60])


def test_a_complete_given_split_stays():
    given = [TRAIN] * 6 + [VALIDATION] * 2 + [TEST] * 4
    np.testing.assert_array_equal(parts(Labels([0, 1] * 6, given=given)), given)


def test_given_train_and_test_take_validation_from_train():
    given = np.array([TRAIN] * 100 + [TEST] * 20)
    where = parts(Labels([0, 1] * 60, given=given))
    assert (where[given == TEST] == TEST).all()
    assert (where[given == TRAIN] != TEST).all()
    assert (where == VALIDATION).sum() == 20


def test_given_train_and_validation_test_on_the_validation_part():
    given = np.array([TRAIN] * 100 + [VALIDATION] * 20)
    where = parts(Labels([0, 1] * 60, given=given))
    assert (where[given == VALIDATION] == TEST).all()
    assert (where == VALIDATION).sum() == 20


def test_undecided_pictures_beside_given_ones_are_divided():
    given = np.array([TEST] * 20 + [UNDECIDED] * 100)
    where = parts(Labels([0, 1] * 60, given=given))
    assert (where[:20] == TEST).all()
    assert [(where[20:] == part).sum() for part in (TRAIN, VALIDATION, TEST)] == [60, 16, 24]


def test_training_pictures_alone_are_divided_as_if_nothing_were_given():
    np.testing.assert_array_equal(parts(Labels([0, 1] * 30, given=[TRAIN] * 60)), parts(Labels([0, 1] * 30)))


@given(st.lists(st.integers(1, 9), min_size=2, max_size=40), st.integers(1, 3))
def test_groups_are_never_divided(sizes, n_classes):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    world = Labels(groups % n_classes, groups=groups)
    where = parts(world)
    for group in range(len(sizes)):
        assert len(set(where[groups == group])) == 1
    for label in range(n_classes):
        of_class = len(set(groups[world.labels == label]))
        if of_class >= 3:
            assert min(counts(world, where, label)) >= 1


@pytest.mark.parametrize("mixed", [False, True])
def test_blocks_are_never_divided(mixed):
    labels = np.arange(1000) % 4 if mixed else np.arange(1000) // 250
    where = parts(Labels(labels, block=25))
    assert all(len(set(block)) == 1 for block in where.reshape(-1, 25))
    for label in range(4):
        assert (where[labels == label] == TEST).mean() == pytest.approx(0.25, abs=0.08)


@given(st.integers(1, 29), st.integers(0, 50))
def test_budgets_are_balanced_nested_and_inside(per_class, seed):
    world = Labels([0] * 70 + [1] * 30 + [2] * 90)
    indices = np.flatnonzero(np.arange(190) % 7 != 0)  # some are not for training
    most = min(np.bincount(world.labels[indices]))
    per_class = min(per_class, most)
    few, many = (budget(world, indices, k, seed) for k in (per_class, most))
    assert np.bincount(world.labels[few]).tolist() == [per_class] * 3
    assert set(few) <= set(many) <= set(indices)
    assert len(set(few)) == len(few)


def test_budgets_of_other_seeds_are_others():
    world = Labels([0, 1] * 100)
    draws = {tuple(budget(world, np.arange(200), 5, seed)) for seed in range(20)}
    assert len(draws) == 20


def test_budgets_are_drawn_in_blocks():
    world = Labels(np.arange(400) // 200, block=50)
    chosen = budget(world, np.arange(400), 60, seed=3)
    blocks = np.bincount(chosen // 50, minlength=8)
    assert sorted(blocks[:4]) == [0, 0, 10, 50]
    assert sorted(blocks[4:]) == [0, 0, 10, 50]


@pytest.mark.parametrize("per_class", [0, 11, -1])
def test_an_impossible_budget_names_the_largest_possible_one(per_class):
    world = Labels([0] * 30 + [1] * 10)
    with pytest.raises(Refused, match=r"labels_per_class=-?\d+ cannot be used: .* at most 10.* class 1\.$"):
        budget(world, np.arange(40), per_class, 0)


def test_a_run_is_measured_on_as_many_held_out_pictures_as_one_can_wait_for():
    large = Split(np.arange(50_000), np.arange(50_000, 60_000), np.arange(60_000, 70_000))
    parts = measured(large)
    np.testing.assert_array_equal(parts.train, large.train)
    for some, whole, most in (
        (parts.validation, large.validation, MOST_VALIDATION),
        (parts.test, large.test, MOST_TEST),
    ):
        assert len(some) == most
        assert (np.diff(some) > 0).all()
        assert set(some) < set(whole)
        assert abs(some.mean() - whole.mean()) < 200, "from all over the part"
    np.testing.assert_array_equal(measured(large).test, parts.test)
    small = Split(np.arange(5), np.arange(5, 7), np.arange(7, 9))
    assert all((measured(small).__dict__[part] == small.__dict__[part]).all() for part in vars(small))
