import numpy as np
import pytest

from core.worlds import open_world
from core.worlds.rounds import TOYS, classes_to_label, pictures_to_label, pictures_to_test
from core.worlds.splits import split


@pytest.mark.parametrize("address", ["toybox:b", "digits", "photos"])
def test_a_round_is_of_training_pictures_a_class_at_a_time(address):
    world = open_world(address)
    classes = classes_to_label(world)
    assert len(classes) == 4
    chosen = pictures_to_label(world, 12)
    assert set(chosen) <= set(split(world).train)
    assert len(set(chosen.tolist())) == 12
    for turn in world.labels[chosen].reshape(3, 4):
        assert sorted(turn) == classes, "every turn has one of each class"
    assert (pictures_to_label(world, 8) == chosen[:8]).all(), "a smaller round is the beginning of a larger one"


def test_toys_are_those_that_everybody_knows():
    world = open_world("toybox:b")
    assert {world.classes[label] for label in classes_to_label(world)} == set(TOYS)


def test_nothing_that_is_labelled_is_tested():
    world = open_world("toybox:b")
    tested = pictures_to_test(world, 50)
    assert set(tested) <= set(split(world).test)
    assert np.bincount(world.labels[tested]).tolist().count(50) == 4
    assert not set(tested) & set(pictures_to_label(world, 1000))


def test_a_small_world_gives_what_it_has():
    world = open_world("digits")
    world.labels = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
    world.classes, world.given = ("one", "two"), None
    world.groups = None
    chosen = pictures_to_label(world, 32)
    assert set(chosen) == set(split(world).train)
