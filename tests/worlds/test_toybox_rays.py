"""Intersections against brute force: march along each ray and ask, point by point, whether it is inside a solid."""

import dataclasses

import numpy as np
import pytest

from core.worlds.toybox import tracing
from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.draws import Draws, seed
from core.worlds.toybox.factors import STYLES, drawn, one
from core.worlds.toybox.labels import LABELS, labels
from core.worlds.toybox.render import FEW, MANY, render
from core.worlds.toybox.scenes import scenes, standing
from core.worlds.toybox.solids import (
    HOLLOW,
    bowl,
    box,
    cup,
    cylinder,
    ellipsoid,
    frustum,
    limb,
    pack,
    turned,
)
from core.worlds.toybox.tracing import MISSED, Bodies
from core.worlds.toybox.views import View

SKEW = turned("x", 0.4) @ turned("z", 0.7) @ turned("y", -0.5)
SOLIDS = {
    "ellipsoid": ellipsoid("p", (0.1, 0, 0), (0.9, 0.5, 0.7), SKEW),
    "dome": ellipsoid("p", (0, 0, 0), (0.9, 0.8, 0.7), SKEW, low=0.1),
    "box": box("p", (0, 0.1, 0), (0.5, 0.7, 0.3), SKEW),
    "cylinder": cylinder("p", (0, 0, 0), 0.6, 0.4, SKEW),
    "cone": frustum("p", (0, 0, 0), 0.3, 0.9, 0.05, SKEW),
    "widening frustum": frustum("p", (0, 0, 0.1), 0.5, 0.2, 0.7, SKEW, flat=0.6),
    "limb": limb("p", (-0.4, 0.3, 0), (0.5, -0.2, 0.6), 0.3, 0.15),
    "cup": cup("p", (0, 0, 0), 0.6, 0.6, 0.7, wall=0.2, turn=SKEW),
    "tube": cup("p", (0, 0, 0), 0.5, 0.7, 0.5, wall=0.15, floor=-2.0, turn=turned("x", 0.5)),
    "bowl": bowl("p", (0, 0, 0.2), (0.9, 0.6, 0.7), wall=0.2, turn=SKEW),
}
EYE = np.array((0.3, -2.6, 1.1))
STEP = 0.004


def packed(name):
    return pack([SOLIDS[name]], ["p"], 1)


def bodies_of(solids, b=0):
    own = np.swapaxes(solids.turn[b], 1, 2)
    shift = -(own @ solids.centre[b][:, :, None])[:, :, 0]
    size = solids.size[b]
    return Bodies(solids.kind, own / size[:, :, None], shift / size, solids.profile[b], solids.cut[b], solids.inside[b])


def is_inside(solids, points):
    """(..., 3) -> (...), straight from the definitions in `solids`, for the one solid of one picture."""
    local = (points - solids.centre[0, 0]) @ solids.turn[0, 0] / solids.size[0, 0]
    x, y, z = np.moveaxis(local, -1, 0)
    if solids.kind[0] == 1:
        return (abs(local) <= 1).all(-1)
    a, b, c = solids.profile[0, 0]
    low, high = solids.cut[0, 0]
    around = a * z * z + b * z + c
    whole = (x * x + y * y <= around) & (z >= low) & (z <= high)
    wall, bottom, top = solids.inside[0, 0]
    hollow = (x * x + y * y <= around * (1 - wall) ** 2) & (z >= bottom) & (z <= top)
    return whole & ~hollow if solids.kind[0] == 2 else whole


def rays(n=400):
    aims = np.random.default_rng(0).uniform(-0.9, 0.9, (n, 3))
    ways = aims - EYE
    return (ways / np.linalg.norm(ways, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("name", SOLIDS)
def test_the_first_hit_is_where_marching_along_the_ray_first_enters(name):
    solids, ways = packed(name), rays()
    t, _ = bodies_of(solids).nearest(EYE, ways.T)
    steps = np.arange(1.0, 5.0, STEP)
    entered = is_inside(solids, EYE + steps[None, :, None] * ways[:, None, :].astype(np.float64))
    marched = np.where(entered.any(1), steps[entered.argmax(1)], MISSED)
    agree = np.isclose(t, marched, atol=1.5 * STEP) | ((t == MISSED) & (marched == MISSED))
    assert 0.15 < (t < MISSED).mean() < 0.9
    assert agree.mean() > 0.985  # rays that only graze an edge may step over it


@pytest.mark.parametrize("name", SOLIDS)
def test_a_point_is_in_shadow_where_marching_to_the_light_meets_the_solid(name):
    solids = packed(name)
    light = np.array((0.3, 0.2, 0.93))
    light /= np.linalg.norm(light)
    points = np.random.default_rng(1).uniform(-1.2, 1.2, (400, 3)) * (1, 1, 0) - (0, 0, 0.9)
    points[200:] = np.random.default_rng(2).uniform(-0.5, 0.5, (200, 3))  # also from within a cup
    outside = ~is_inside(solids, points)
    dark = bodies_of(solids).shaded(points.T.astype(np.float32), light)
    marched = is_inside(solids, points[:, None] + np.arange(0, 3, STEP)[None, :, None] * light).any(1)
    assert (dark == marched)[outside].mean() > 0.98
    assert 0.05 < dark[outside].mean() < 0.95


def test_points_on_the_surface_are_on_the_surface():
    for name in SOLIDS:
        solids = packed(name)
        points = solids.surface()[0]
        middle = points.mean(0)
        inwards, out = middle + 0.98 * (points - middle), middle + 1.02 * (points - middle)
        assert not is_inside(solids, out).any(), name
        assert name in ("cup", "tube", "bowl") or is_inside(solids, inwards).mean() > 0.95, name


@pytest.mark.parametrize("name", TOYS)
def test_a_toy_stands_on_the_floor_and_is_seen_whole_large_and_bright(name):
    seen = scenes([one(name, seed("look", name, k)) for k in range(6)])
    for scene in seen:
        points = scene.things[0].placed.surface(around=60, along=41)
        assert -1e-3 < points[:, 2].min() < 2e-3
        assert np.ptp(scene.things[0].solids.surface(60, 41), axis=0).max() == pytest.approx(1, abs=3e-3)
        toy = View(scene, 40).whole[0]
        assert toy.mean() > 0.03
        assert not np.concatenate([toy[0], toy[-1], toy[:, 0], toy[:, -1]]).any()
    drawn = render(seen, 24)
    assert drawn.mean() > 90
    assert drawn.std() > 20


@pytest.mark.parametrize("name", [name for name, toy in TOYS.items() if name not in ("boat", "lamp")])
def test_nothing_pokes_into_what_is_hollow(name):
    """A boat's deck and mast, and a lamp's stand and bulb, are meant to."""
    toy, numbers = TOYS[name], [seed("hollow", name, k) for k in range(8)]
    standing_toys = standing(toy, Draws(numbers, 0), Draws(numbers, 1))
    for b in range(len(numbers)):
        solids = standing_toys[b]
        for k in np.flatnonzero(solids.kind == HOLLOW):
            others = [
                solids.surface(32, 17).reshape(len(solids.kind), -1, 3)[j] for j in range(len(solids.kind)) if j != k
            ]
            own = (np.concatenate(others) - solids.centre[k]) @ solids.turn[k] / solids.size[k]
            z, (a, b2, c), (wall, bottom, _) = own[:, 2], solids.profile[k], solids.inside[k]
            within = np.hypot(own[:, 0], own[:, 1]) < (1 - wall) * np.sqrt(((a * z + b2) * z + c).clip(0)) - 0.01
            assert not (within & (z > bottom) & (z < solids.cut[k, 1])).any()


def test_reach_is_that_of_the_densest_points():
    for name in SOLIDS:
        solids = packed(name)[0]
        points = solids.surface(720, 721)
        for way in ((1, 0, 0), (0, -1, 0), (0, 0, 1), (0.6, 0.0, -0.8)):
            assert solids.reach(way) == pytest.approx((points @ way).max(), abs=2e-3), (name, way)


def test_contains_is_what_the_definitions_say():
    points = np.random.default_rng(3).uniform(-1, 1, (2000, 3))
    for name in SOLIDS:
        solids = packed(name)
        inside = is_inside(solids, points)
        assert (solids[0].contains(points)[0] == inside).all(), name
        assert 0.01 < inside.mean() < 0.9


def test_shadow_specks_are_nowhere_on_a_lit_floor_or_wall():
    """Where nothing stands near, a surface in the light is all lit: no shadow ray meets the surface it starts from."""
    for k in range(8):
        (scene,) = scenes([one("apple", k)])
        view = View(scene, 96)
        direct, surface = LABELS["direct"].find(view), LABELS["surface"].find(view)
        cosine = np.maximum(view.normal @ (scene.camera.axes @ scene.light.towards), 0)
        walls = (surface > 1) & (cosine > 0.05)
        dark = (direct < cosine - 0.02) & walls
        lonely = dark & ~np.roll(dark, 1, 0) & ~np.roll(dark, -1, 0) & ~np.roll(dark, 1, 1) & ~np.roll(dark, -1, 1)
        assert lonely.sum() <= 1


def test_a_picture_does_not_depend_on_its_neighbours():
    wanted = [one("mug", 1), drawn(4, toys=4, clutter=3), one("dog", 2), drawn(9, style="camera")]
    together = render(scenes(wanted), 48)
    for k, picture in enumerate(wanted):
        np.testing.assert_array_equal(together[k], render(scenes([picture]), 48)[0])
    assert (together[1] != together[2]).mean() > 0.5


def test_a_seed_is_the_same_scene_at_every_size():
    scene = scenes([one("boat", seed("size", k)) for k in range(3)])
    small, large = render(scene, 48), render(scene, 144).reshape(3, 48, 3, 48, 3, 3).mean((2, 4))
    apart = abs(small.astype(float)[:, None] - large[None]).mean((2, 3, 4))
    assert apart.diagonal().max() < 8
    assert apart.diagonal().max() < 0.3 * apart[~np.eye(3, dtype=bool)].min()


def test_the_window_in_which_a_thing_is_looked_for_cuts_nothing_off(monkeypatch):
    """To the last bit, in sums that do not depend on how many rays are asked at once, as in some BLAS kernels."""
    monkeypatch.setattr(tracing, "product", lambda rows, powers: np.einsum("nk,kp->np", rows, powers))
    for name in TOYS:
        for scene in scenes([one(name, seed("window", name, k)) for k in range(2)]):
            whole, inside = (View(scene, 96) for _ in range(2))
            whole.picture.things[0].window = np.array([[-9, -9], [9, 9]], np.float32)
            whole.picture.things[0].shadows = [np.array([[[-99]] * 3, [[99]] * 3], np.float32)] * 4
            assert (whole.whole == inside.whole).all(), name
            assert (whole.hits.facing == inside.hits.facing).all(), name


def test_more_rays_bring_a_picture_nearer_to_a_finely_sampled_one():
    scene = scenes([one(name, seed("alias", name)) for name in list(TOYS)[::5]])
    fine = render(scene, 48 * 8, ()).astype(float).reshape(len(scene), 48, 8, 48, 8, 3) ** 2
    wanted = np.sqrt(fine.mean((2, 4)))

    def error(extra):
        return np.sqrt(((render(scene, 48, extra) - wanted) ** 2).mean())

    assert error(MANY) < error(FEW) < 0.8 * error(())


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_the_look_and_keeps_the_geometry(style):
    plain, styled = scenes([drawn(7, toys=2), drawn(7, toys=2, style=style)])
    one_label, other = labels([plain, styled], 48, ["depth", "instances", "normals"])
    for name, value in one_label.items():
        np.testing.assert_array_equal(value, other[name])
    apart = np.abs(render([plain], 48).astype(float) - render([styled], 48)).mean()
    assert apart == 0 if style == "default" else apart > 15


def test_the_styles_are_what_they_are_called():
    looks = {style: render(scenes([drawn(7, toys=2, style=style)]), 96)[0].astype(float) for style in STYLES}
    assert looks["night"].mean() < 0.6 * looks["default"].mean()
    assert len(np.unique(looks["flat"].reshape(-1, 3), axis=0)) < 0.5 * len(
        np.unique(looks["default"].reshape(-1, 3), axis=0)
    )
    assert np.median(looks["lines"]) > 225
    assert np.quantile(looks["lines"], 0.01) < 120
    still = np.abs(np.diff(looks["default"], axis=1))
    noisy = np.abs(np.diff(looks["camera"], axis=1))
    assert np.median(noisy) > np.median(still) + 2
    assert np.ptp(looks["camera"].mean(-1)) < np.ptp(looks["default"].mean(-1))


def test_a_soft_light_has_half_shadows_and_a_hard_one_has_none():
    (scene,) = scenes([one("table", 3)])
    shares = {}
    for soft in (0.0, 0.25):
        lit = dataclasses.replace(scene, light=dataclasses.replace(scene.light, soft=soft))
        view = View(lit, 96)
        cosine = view.normal @ (scene.camera.axes @ scene.light.towards)
        share = LABELS["direct"].find(view)[cosine > 0.05] / cosine[cosine > 0.05]
        shares[soft] = ((share > 0.02) & (share < 0.98)).mean()
    assert shares[0.0] < 1e-3
    assert shares[0.25] > 0.02
