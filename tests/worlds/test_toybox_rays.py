"""Intersections against brute force: march along each ray and ask, point by point, whether it is inside a solid."""

import numpy as np
import pytest

from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.draws import Draws, seed
from core.worlds.toybox.render import Picture, render
from core.worlds.toybox.scenes import scenes, standing
from core.worlds.toybox.solids import (
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
    with np.errstate(all="ignore"):
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
    with np.errstate(all="ignore"):
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
    toy, seeds = TOYS[name], [seed("look", name, k) for k in range(6)]
    solids, _ = standing(toy, Draws(seeds, 0))
    points = solids.surface(around=60, along=25)
    assert abs(points[..., 2].min(1)).max() < 0.02
    np.testing.assert_allclose(np.ptp(points, axis=1).max(1), 1, atol=0.03)
    scene = scenes(toy, seeds)
    side = np.linspace(-1, 1, 40, dtype=np.float32)
    at = np.stack(np.meshgrid(side, side)).reshape(2, -1)
    for b in range(len(seeds)):
        picture = Picture(scene, b)
        flat = np.stack([(at[0] - picture.lens[1]) * picture.lens[0], (at[1] - picture.lens[2]) * picture.lens[0]])
        with np.errstate(all="ignore"):
            t, _ = picture.bodies.nearest(
                picture.eye, picture.camera.T @ np.concatenate([flat, np.ones_like(flat[:1])])
            )
        toy_pixels = (t < MISSED).reshape(40, 40)
        assert toy_pixels.mean() > 0.035
        edge = np.concatenate([toy_pixels[0], toy_pixels[-1], toy_pixels[:, 0], toy_pixels[:, -1]])
        assert not edge.any()
    drawn = render(scene, 24)
    assert drawn.mean() > 90
    assert drawn.std() > 20


def test_a_picture_does_not_depend_on_its_neighbours():
    seeds = [seed("alone", k) for k in range(5)]
    together, alone = render(scenes(TOYS["mug"], seeds), 48), render(scenes(TOYS["mug"], seeds[3:4]), 48)
    np.testing.assert_array_equal(together[3], alone[0])
    assert (together[3] != together[2]).mean() > 0.5


def test_a_seed_is_the_same_scene_at_every_size():
    scene = scenes(TOYS["boat"], [seed("size", k) for k in range(3)])
    small, large = render(scene, 48), render(scene, 144).reshape(3, 48, 3, 48, 3, 3).mean((2, 4))
    apart = abs(small.astype(float)[:, None] - large[None]).mean((2, 3, 4))
    assert apart.diagonal().max() < 8
    assert apart.diagonal().max() < 0.3 * apart[~np.eye(3, dtype=bool)].min()
