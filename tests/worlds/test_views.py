"""Halves, few labels and other questions: parts of one world, in which a picture never changes its part."""

import dataclasses
import itertools

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds import counts, fingerprint, mirrors, open_world
from core.worlds.splits import split
from core.worlds.toybox.factors import NUMBERED, STYLES
from core.worlds.toybox.tasks import TASKS
from core.worlds.world import TEST, TRAIN


@pytest.mark.parametrize("world", ["digits", "toybox", "photos"])
def test_two_halves_share_no_class_and_leave_none_out(world):
    whole = open_world(world)
    a, b = (open_world(f"half:{side}:random-3:{world}") for side in "ab")
    assert sorted(a.classes + b.classes) == sorted(whole.classes)
    assert abs(len(a.classes) - len(b.classes)) <= 1
    assert sorted(np.concatenate([a.chosen, b.chosen])) == list(range(len(whole)))
    for half in (a, b):
        assert [half.classes[k] for k in half.labels] == [whole.classes[k] for k in whole.labels[half.chosen]]
    assert np.array_equal(b.pictures([0, 5], 16), whole.pictures(b.chosen[[0, 5]], 16))
    assert open_world(f"half:a:random-4:{world}").classes != a.classes
    assert open_world(f"half:a:random-3:{world}").classes == a.classes


@pytest.mark.parametrize("world", ["digits", "toybox", "photos"])
def test_a_picture_is_in_the_same_part_of_every_view(world):
    whole, half = open_world(world), open_world(f"half:b:random-1:{world}")
    few = open_world(f"few:5:2:half:b:random-1:{world}")
    parts, of_half, of_few = split(whole), split(half), split(few)
    assert set(half.chosen[of_half.test]) <= set(parts.test)
    assert set(half.chosen[of_half.train]) <= set(parts.train)
    assert set(few.chosen[of_few.train]) <= set(of_half.train)
    assert np.array_equal(few.chosen[of_few.test], of_half.test), "few labels are tested on all test pictures"
    assert np.bincount(few.labels[of_few.train]).tolist() == [5] * len(half.classes)


def test_a_smaller_budget_is_in_a_larger_and_lots_differ():
    def train(address):
        few = open_world(address)
        return set(few.chosen[split(few).train])

    assert train("few:5:2:digits") < train("few:20:2:digits")
    assert train("few:5:2:digits") != train("few:5:3:digits")


def test_toys_are_still_drawn_in_whole_blocks():
    half = open_world("half:a:random-0:toybox")
    assert half.block == open_world("toybox").block
    few = open_world("few:60:0:half:a:random-0:toybox")
    train = few.inner.chosen[few.chosen[few.given == TRAIN]]
    assert len(np.unique(train // half.block)) == 2 * len(half.classes), "60 pictures are two blocks of 50"


@pytest.mark.parametrize("name", TASKS)
def test_another_question_about_the_same_pictures(name):
    world = open_world("toybox:b")
    task = open_world(f"task:{name}:toybox:b")
    assert np.array_equal(task.pictures([0, 7], 16), world.pictures([0, 7], 16))
    counted = np.bincount(task.labels, minlength=len(task.classes)) / len(task)
    assert counted.min() > 0.7 / len(task.classes), "every answer is about as frequent"
    for label in range(4):
        spread = np.bincount(task.labels[world.labels == label], minlength=len(task.classes))
        assert spread.min() > 0, "the class of the toy does not give the answer away"
    view = open_world(f"task:{name}:half:b:random-0:toybox")
    assert np.array_equal(view.labels, open_world(f"task:{name}:toybox").labels[view.inner.chosen])


def test_the_light_of_a_picture_is_that_of_its_scene():
    from core.worlds.toybox.labels import labels
    from core.worlds.toybox.scenes import scenes

    task, world = open_world("task:light:toybox:b"), open_world("toybox:b")
    some = range(0, len(world), 997)
    found = labels(scenes([world.factors(k) for k in some]), 16, ["light_direction"])
    found = np.stack([one["light_direction"] for one in found])
    # The label is seen from the camera; in the room the light comes from further left the higher its sector.
    order = np.argsort(found[:, 0])
    assert np.corrcoef(np.arange(len(order)), task.labels[list(some)][order])[0, 1] ** 2 > 0.8


def test_where_a_toy_stands_which_colour_it_has_and_how_it_is_turned_are_those_of_its_scene():
    from core.worlds.toybox.scenes import scenes

    world = open_world("toybox:b")
    some = np.arange(0, len(world), 211)
    answers = {name: open_world(f"task:{name}:toybox:b").labels[some] for name in ("position", "colour", "pose")}
    chunks = list(world.labelled(some, 32, ["pictures", "instances"]))
    pictures, toys = (np.concatenate([chunk[name] for chunk in chunks]) for name in ("pictures", "instances"))
    across = np.array([np.nonzero(toy)[1].mean() for toy in toys])
    left, middle, right = (across[answers["position"] == k].mean() for k in range(3))
    assert left + 2 < middle < right - 2, "pixels"
    redder = np.array([(p[t > 0, 0].astype(int) - p[t > 0, 2]).mean() for p, t in zip(pictures, toys, strict=True)])
    cold, warm = (redder[answers["colour"] == k].mean() for k in range(2))
    assert cold < -10 < 30 < warm, "levels of 255"
    turns = [scene.things[0].turn for scene in scenes([world.factors(int(k)) for k in some])]
    side = np.array([np.arctan2(turn[1, 0], turn[0, 0]) for turn in turns])  # which way its front looks
    assert ((side > 0) == (answers["pose"] >= 2)).mean() > 0.95
    assert np.abs(side)[answers["pose"] == 3].mean() > np.abs(side)[answers["pose"] == 2].mean()


def test_a_twin_shows_the_same_toy_in_another_room():
    world, twin = open_world("toybox:b"), open_world("twin:background,light:toybox:b")
    assert np.array_equal(twin.labels, world.labels)
    ours, theirs = world.factors(1234), twin.factors(1234)
    apart = {name for name in NUMBERED if ours.number(name) != theirs.number(name)}
    assert apart == {"background", "light"}
    assert np.abs(world.pictures([1234], 32).astype(int) - twin.pictures([1234], 32)).mean() > 5
    assert np.array_equal(twin.pictures([1234], 32), open_world(twin.address).pictures([1234], 32))
    with pytest.raises(Refused, match="data=twin:smell:toybox:b cannot be used: the factors are some of shape, pose"):
        open_world("twin:smell:toybox:b")


@pytest.mark.parametrize("style", STYLES[1:])
def test_a_style_shows_the_same_scenes_in_another_look(style):
    world, other = open_world("toybox:b"), open_world(f"style:{style}:toybox:b")
    assert other.classes == world.classes
    assert np.array_equal(other.labels, world.labels)
    assert np.array_equal(split(other).test, split(world).test)
    assert other.block == world.block
    assert other.factors(1234) == dataclasses.replace(world.factors(1234), style=style)
    ours, theirs = (one.pictures([1234], 32).astype(int) for one in (world, other))
    assert np.abs(ours - theirs).mean() > 5, "levels of 255"
    assert np.array_equal(other.pictures([1234], 32), theirs), "kept as it was rendered"
    few = open_world(f"few:5:0:style:{style}:toybox:b")
    assert len(split(few).train) == 5 * len(world.classes)


def test_a_style_can_be_asked_another_question():
    task, plain = open_world("task:room:style:night:toybox:b"), open_world("task:room:toybox:b")
    assert np.array_equal(task.labels, plain.labels)
    assert not np.array_equal(task.pictures([3], 32), plain.pictures([3], 32))


def test_the_identity_follows_the_world_and_the_view():
    styles = {fingerprint(f"style:{style}:toybox:b") for style in STYLES[1:]}
    assert len(styles | {fingerprint("toybox:b")}) == len(STYLES)
    assert open_world("style:night:toybox:b").fingerprint in styles
    prints = [fingerprint(a) for a in ("digits", "half:a:random-0:digits", "half:b:random-0:digits", "few:5:0:digits")]
    assert len(set(prints)) == 4
    assert all(prints[0] in one for one in prints)
    assert not mirrors("half:a:random-0:digits")
    assert mirrors("task:room:toybox")
    assert not mirrors("task:light:toybox")
    assert counts("few:5:0:torchvision:cifar10") == counts("torchvision:cifar10")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("half:c:random-0:digits", "a view is"),
        ("few:digits", "a view is"),
        ("task:light:digits", "a view is"),
        ("task:smell:toybox", "one of light, room, camera"),
        ("style:oils:toybox", "one of lines, night, camera, flat"),
        ("style:default:toybox", "one of lines"),
        ("style:night:digits", "a view is"),
        ("cue:smell:toybox", "a view is"),
        ("half:a:random-0:nowhere", "use toybox"),
        ("few:100000:0:digits", "at most"),
        ("half:a:random-0:half:a:random-0:half:a:random-0:digits", "at least 4 classes"),
    ],
)
def test_what_cannot_be_seen_is_one_sentence(address, words):
    with pytest.raises(Refused, match=words):
        open_world(address)


def test_given_parts_of_a_source_stay():
    half = open_world("half:a:random-0:photos")
    assert np.array_equal(half.given == TEST, half.inner.given[half.chosen] == TEST)


def test_a_clip_has_four_frames_by_a_camera_that_stands_still_and_something_moves(home):
    frames = [open_world(f"frame:{k}:toybox:b").pictures(range(3), 32).astype(int) for k in range(4)]
    for one, other in itertools.pairwise(frames):
        moved = (abs(one - other).max(-1) > 12).mean((1, 2))
        assert (moved > 0.02).all(), "the toy"
        assert (moved < 0.6).all(), "and nothing else"
    assert len({frame.tobytes() for frame in frames}) == 4
    assert open_world("frame:1:toybox:b").fingerprint != open_world("frame:2:toybox:b").fingerprint
    assert open_world("frame:1:toybox:b").name.endswith("frame 1 of a clip")
    with pytest.raises(Refused, match="frame:<0 to 3>"):
        open_world("frame:4:toybox:b")
