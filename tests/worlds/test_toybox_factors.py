"""Factors are drawn, fixed and shared each on its own; motions and pairs agree with the pictures they describe."""

import itertools
import json

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds.toybox.classes import TOYS, classes
from core.worlds.toybox.clips import MOTIONS, PERIOD, clip
from core.worlds.toybox.draws import Draws
from core.worlds.toybox.factors import FACTORS, Factors, drawn, one, pair
from core.worlds.toybox.labels import labels
from core.worlds.toybox.natural import NATURAL
from core.worlds.toybox.pairs import camera_motion, flow, matches, tracks
from core.worlds.toybox.render import render
from core.worlds.toybox.scenes import scenes
from core.worlds.toybox.solids import ball, limb

SIZE = 64


def traits(scene):
    """What each factor decides, found in the scene itself."""
    thing = scene.things[0]
    upright = thing.turn.T @ scene.camera.axes.T  # not the camera's: only its own
    return {
        "class": thing.toy.name,
        "shape": thing.solids.size / thing.solids.size.max(),
        "pose": thing.turn,
        "position": (scene.framing.fill, scene.framing.shift),
        "colour": thing.materials[:, :3],
        "texture": thing.materials[:, 6:],
        "background": (scene.room.interior, scene.room.materials),
        "light": (scene.light.towards, scene.light.colour, scene.light.ambient, scene.light.soft),
        "camera": (scene.framing.height, scene.framing.roll, scene.framing.width),
        "_": upright,
    }


def same(one, other):
    if isinstance(one, tuple):
        return all(same(a, b) for a, b in zip(one, other, strict=True))
    return one == other if isinstance(one, str) else np.shape(one) == np.shape(other) and np.array_equal(one, other)


@pytest.mark.parametrize("factor", FACTORS)
def test_a_shared_factor_is_the_same_in_both_pictures_and_every_other_differs(factor):
    for number in range(3):
        if factor in ("shape", "pose", "colour", "texture"):  # of one class, or they cannot be compared
            first, second = map(traits, scenes(pair(number, {factor}, fixed={"class": "dog"})))
            others = set(FACTORS) - {factor, "class"}
        else:
            first, second = map(traits, scenes(pair(number, {factor})))
            others = set(FACTORS) - {factor}
        assert same(first[factor], second[factor])
        for other in others:
            assert not same(first[other], second[other]), other


@pytest.mark.parametrize("factor", FACTORS)
def test_a_fixed_factor_is_the_same_in_all_pictures_and_every_other_is_drawn(factor):
    value = "snail" if factor == "class" else 7
    several = [traits(one) for one in scenes([drawn(k, ["snail"], fixed={factor: value}) for k in range(4)])]
    for other in FACTORS:
        alike = [same(several[0][other], one[other]) for one in several[1:]]
        assert all(alike) if other in (factor, "class") else not any(alike), other


def test_the_same_object_in_a_new_room():
    first, second = scenes(pair(5, {"class", "shape", "pose", "colour", "texture"}))
    assert same(first.things[0].solids.centre, second.things[0].solids.centre)
    assert not same(first.room.materials, second.room.materials)
    np.testing.assert_array_equal(render([first], SIZE), render(scenes(pair(5, FACTORS[:3] + FACTORS[4:6])[:1]), SIZE))


def test_factors_are_plain_data():
    picture = drawn(3, toys=2)
    again = json.loads(json.dumps([picture.toys, picture.numbers]))
    assert Factors(tuple(again[0]), tuple(again[1])) == picture
    assert len(drawn(1, toys=8).toys) == len(set(drawn(1, toys=8).toys)) == 8
    assert set(drawn(1, ["dog"], toys=3).toys) == {"dog"}


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: drawn(1, fixed={"smell": 1}), "factor=smell .*class, shape"),
        (lambda: pair(1, {"smell"}), "factor=smell"),
        (lambda: pair(1, {"light"}, fixed={"light": 3}), "shared=light .*fix it or share it"),
        (lambda: pair(1, {"light"}, classes=["dog"]), "shared=light .*more classes"),
        (lambda: drawn(1, fixed={"class": "unicorn"}), "class=unicorn .*apple"),
        (lambda: drawn(1, ["unicorn"]), "class=unicorn"),
        (lambda: drawn(1, fixed={"light": "bright"}), "light=bright .*whole number"),
        (lambda: drawn(1, fixed={"light": -1}), "light=-1"),
        (lambda: drawn(1, style="baroque"), "style=baroque .*night"),
        (lambda: drawn(1, toys=0), "toys=0"),
        (lambda: drawn(1, toys=9), "toys=9"),
        (lambda: drawn(1, clutter=99), "clutter=99"),
        (lambda: clip("dance", drawn(1), 5), "motion=dance .*turntable"),
        (lambda: clip("camera", drawn(1), 0), "frames=0"),
        (lambda: clip("camera", drawn(1), 5, 0), "per_second=0"),
        (lambda: clip("crossing", drawn(1), 5), "toys=1 .*two"),
    ],
)
def test_a_bad_request_is_one_clear_line(ask, words):
    with pytest.raises(Refused, match=words) as refused:
        ask()
    assert "\n" not in str(refused.value)


def test_no_toy_stands_in_another_nor_in_a_wall():
    for number in range(12):
        (scene,) = scenes([drawn(number, toys=5, clutter=6, crowded=bool(number % 2))])
        inside = scene.room.planes[:, 2, :3], scene.room.planes[:, 2, 3]
        for k, thing in enumerate(scene.things):
            assert (thing.placed.surface() @ inside[0].T + inside[1] > -0.02).all(), thing.toy.name
            for other in scene.things[:k]:
                apart = np.linalg.norm(thing.at - other.at)
                assert apart > thing.radius() + other.radius()


def test_a_new_class_is_one_declaration_and_works_in_every_label(monkeypatch):
    def snowman(draw: Draws):
        r = draw(0.5, 0.7)
        return [
            ball("snow", (0, 0, r), r),
            ball("snow", (0, 0, 2.2 * r), 0.6 * r),
            limb("nose", (0.5 * r, 0, 2.2 * r), (1.3 * r, 0, 2.2 * r), 0.12, 0.02),
        ]

    NATURAL.toy(snow="white cream", nose="=orange", views=(0, 80))(snowman)
    monkeypatch.setitem(TOYS, "snowman", NATURAL.toys.pop("snowman"))
    for picture in (one("snowman", 1), drawn(2, fixed={"class": "dog,snowman"}, toys=2)):
        made = scenes([picture])
        (found,) = labels(made, SIZE)
        mine = picture.toys.index("snowman")
        assert found["class"][mine] == list(TOYS).index("snowman") + 1
        assert found["natural"][mine]
        seen = found["instances"] == mine + 1
        assert seen.sum() > 50
        assert set(found["semantic"][seen]) == {found["class"][mine]}
        assert set(found["parts"][seen]) == {1, 2}
        assert not np.isnan(found["keypoints"][mine, :3]).any()
        assert found["masks_full"][mine].sum() >= seen.sum()
        assert render(made, SIZE).std() > 15
    assert len(clip("turntable", one("snowman", 1), 3)) == 3
    assert classes("toybox")[-1] == "snowman"


def frames_of(motion, n=3):
    toys = 1 if motion == "turntable" else 3
    return clip(motion, drawn(1, toys=toys), n, 12.0)


@pytest.mark.parametrize("motion", MOTIONS)
def test_flow_warps_a_frame_onto_the_next_outside_occlusions(motion):
    """Paint, which moves with its surface, is looked up where the flow points: it is the same to within a pixel."""
    one_frame, _, other = frames_of(motion)
    moved, seen = flow(one_frame, other, 128)
    assert np.abs(moved).max() > 2, "something moves"
    here, there = (found["instances"] for found in labels([one_frame, other], 128, ["instances"]))
    rows, columns = np.nonzero(seen)
    landed = np.stack([rows, columns], 1) + moved[rows, columns][:, ::-1]
    near = landed.round().astype(int).clip(0, 127)
    assert (there[near[:, 0], near[:, 1]] == here[rows, columns]).mean() > 0.985
    albedo = [found["albedo"] for found in labels([one_frame, other], 128, ["albedo"])]
    apart = np.abs(albedo[1][near[:, 0], near[:, 1]] - albedo[0][rows, columns]).max(-1)
    still = np.abs(albedo[1][rows, columns] - albedo[0][rows, columns]).max(-1)
    assert np.quantile(apart, 0.6) < 0.05
    if motion == "camera":
        assert apart.mean() < 0.7 * still.mean(), "it explains more than staying where it is"


def test_what_is_hidden_in_the_next_frame_is_said_to_be():
    """A point that is not seen then lies behind something nearer, or outside."""
    clip_frames = clip("crossing", drawn(3, toys=3), 24, 6.0)
    hidden = 0
    for one_frame, other in itertools.pairwise(clip_frames):
        moved, seen = flow(one_frame, other, SIZE)
        (found,) = labels([other], SIZE, ["depth"])
        here = labels([one_frame], SIZE, ["instances"])[0]["instances"]
        rows, columns = np.nonzero(~seen & (here > 0))
        landed = np.stack([rows, columns], 1) + moved[rows, columns][:, ::-1]
        within = ((landed > 0) & (landed < SIZE - 1)).all(1)
        hidden += within.sum()
        assert np.isfinite(found["depth"]).all()
    assert hidden > 30


def test_camera_motion_takes_points_of_one_view_to_the_other():
    one_frame, other = clip("camera", drawn(4, toys=2), 2, 2.0)
    motion = camera_motion(one_frame, other)
    for thing in one_frame.things:
        here, there = ((thing.outline - scene.camera.eye) @ scene.camera.axes.T for scene in (one_frame, other))
        np.testing.assert_allclose(here @ motion[:, :3].T + motion[:, 3], there, atol=1e-9)
    np.testing.assert_allclose(camera_motion(one_frame, one_frame), np.eye(3, 4), atol=1e-12)


def test_matching_points_obey_the_epipolar_constraint():
    """x'ᵀ [t]× R x = 0, from the relative motion alone."""
    one_frame, other = clip("camera", drawn(4, toys=2), 2, 2.0)
    found = matches(one_frame, other, SIZE, 200)
    assert len(found) == 200
    assert len(np.unique(found[:, :2], axis=0)) == 200
    motion = camera_motion(one_frame, other)
    x, y, z = motion[:, 3] / np.linalg.norm(motion[:, 3])
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ motion[:, :3]

    def ray(pixels, scene):
        width, right, down = scene.camera.lens
        flat = (pixels * 2 / SIZE - 1 - (right, down)) * width
        ways = np.column_stack([flat, np.ones(len(flat))])
        return ways / np.linalg.norm(ways, axis=1, keepdims=True)

    off = np.einsum("ni,ij,nj->n", ray(found[:, 2:], other), essential, ray(found[:, :2], one_frame))
    assert np.abs(off).max() < 2e-4


def test_tracks_follow_points_of_things_through_a_clip_and_back():
    """One period later everything is where it began; on the way some points are hidden and come back."""
    frames = clip("turntable", one("dog", 2), 13, 12 / PERIOD)
    found = tracks(frames, SIZE, 50)
    assert found.shape == (13, 50, 3)
    np.testing.assert_allclose(found[0, :, :2], found[-1, :, :2], atol=1e-3)
    assert found[0, :, 2].all()
    assert found[-1, :, 2].all()
    assert 0.2 < found[:, :, 2].mean() < 0.95
    (start,) = labels(frames[:1], SIZE, ["instances"])
    columns, rows = found[0, :, 0].astype(int), found[0, :, 1].astype(int)
    assert (start["instances"][rows, columns] > 0).all()


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_moment_is_the_same_at_every_frame_rate_and_length(motion):
    picture = drawn(6, toys=2)
    slow, fast = clip(motion, picture, 4, 3.0), clip(motion, picture, 13, 12.0)
    for k, scene in enumerate(slow):
        np.testing.assert_array_equal(render([scene], 32), render([fast[4 * k]], 32))
    assert (render(slow[:1], 32) != render(slow[1:2], 32)).any()


@pytest.mark.parametrize("motion", [name for name in MOTIONS if name != "camera"])
def test_things_stay_in_the_picture_and_out_of_each_other(motion):
    for number in (1, 4):
        frames = clip(motion, drawn(number, toys=3), 16, 16 / PERIOD)
        for scene in frames:
            for k, thing in enumerate(scene.things):
                at = scene.camera.projected(thing.outline)
                assert np.abs(at).max() < 1.05
                for other in scene.things[:k]:
                    assert np.linalg.norm((thing.at - other.at)[:2]) > 0.9 * (thing.radius() + other.radius())


def test_crossing_things_hide_one_another_for_a_while():
    found = labels(clip("crossing", drawn(3, toys=2), 24, 6.0), SIZE, ["visible"])
    shares = np.stack([one["visible"] for one in found])
    assert shares.min() < 0.7
    assert (shares == 1).all(1).any()
