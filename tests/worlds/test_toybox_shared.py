"""Pairs of views that share what was chosen: factor by factor, and pixel by pixel."""

import collections

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds.toybox.classes import classes
from core.worlds.toybox.factors import FACTORS, NUMBERED
from core.worlds.toybox.render import render
from core.worlds.toybox.scenes import scenes
from core.worlds.toybox.shared import GROUP, GROUPS, TOGETHER, group_of, meant, read_pairs, shared_pair
from core.worlds.toybox.tasks import TASKS

TOYS = classes("toybox:a")
SETS = ((), ("class",), ("background",), ("light", "pose"), TOGETHER["object"], FACTORS)


def agree(pair):
    """The factors in which two pictures are the same."""
    one, other = pair
    same = {factor for factor in NUMBERED if one.number(factor) == other.number(factor)}
    return same | ({"class"} if one.toys == other.toys else set())


@pytest.mark.parametrize("shared", SETS, ids=lambda words: ",".join(words) or "nothing")
def test_a_pair_shares_exactly_what_was_chosen(shared):
    for number in range(100):
        assert agree(shared_pair(number, shared, TOYS)) == set(shared)


def test_what_is_shared_is_seen_to_be_the_same_and_the_rest_not_more_often_than_by_chance():
    for shared in SETS:
        both = zip(*(shared_pair(number, shared, TOYS) for number in range(300)), strict=True)
        first, second = map(list, both)
        for name, factor in (("light", "light"), ("room", "background"), ("camera", "camera")):
            same = (TASKS[name][1](first) == TASKS[name][1](second)).mean()
            assert same == 1 if factor in shared else same < 0.5, (shared, name)


def test_views_that_share_everything_are_the_same_picture_and_no_others_are():
    for shared in SETS:
        (pictures,) = read_pairs(range(4), shared, TOYS, 32)
        assert pictures.shape == (4, 2, 32, 32, 3)
        for one, other in pictures:
            assert np.array_equal(one, other) == (shared == FACTORS)


def test_what_is_read_is_what_the_factors_say_and_comes_in_order():
    numbers = [7, 3, *range(20, 75)]
    read = np.concatenate(list(read_pairs(numbers, ("class",), TOYS, 16)))
    assert len(read) == len(numbers)
    for k in (0, 1, 56):
        assert np.array_equal(read[k], render(scenes(shared_pair(numbers[k], ("class",), TOYS)), 16))


def test_the_first_view_is_the_same_whatever_is_shared():
    assert len({shared_pair(5, shared, TOYS)[0] for shared in (*SETS, (GROUP,))}) == 1


def test_of_a_shared_group_the_class_is_drawn_anew():
    groups = {group_of(name, TOYS) for name in TOYS}
    assert len(groups) == GROUPS
    assert sorted(name for group in groups for name in group) == sorted(TOYS)
    pairs = [shared_pair(number, (GROUP, "light"), TOYS) for number in range(400)]
    assert all(two.toys[0] in group_of(one.toys[0], TOYS) for one, two in pairs)
    assert all(agree(pair) - {"class"} == {"light"} for pair in pairs)
    same = np.mean([one.toys == two.toys for one, two in pairs])
    assert 0.15 < same < 0.35, "one in four, by chance"
    assert len(collections.Counter(two.toys for _, two in pairs)) == len(TOYS)


def test_words_mean_factors_in_one_order_and_unknown_ones_are_refused():
    assert meant(["room", "object"]) == ("class", "shape", "colour", "texture", "background")
    assert meant(["class", GROUP]) == ("class",)
    assert meant(["nothing"]) == ()
    with pytest.raises(Refused, match="some of group, class"):
        meant(["smell"])
