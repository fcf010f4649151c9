"""Labels of the toybox agree with each other, found by independent means."""

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.draws import seed
from core.worlds.toybox.labels import LABELS, labels
from core.worlds.toybox.render import render
from core.worlds.toybox.scenes import scenes
from core.worlds.toybox.solids import ball, cup, cylinder
from core.worlds.toybox.toys import Toy

SIZE, TOYS_SEEN = 96, ("apple", "dog", "mug", "house", "teapot", "plane")


@pytest.fixture(scope="module", params=TOYS_SEEN)
def seen(request):
    """(scene, its labels without the leading axis)."""
    scene = scenes(TOYS[request.param], [seed("labels", request.param, 1)])
    return scene, {name: value[0] for name, value in labels(scene, SIZE).items()}


def points(scene, depth):
    """(H, W, 3) in the camera's frame."""
    width, right, down = scene.lens[0]
    at = (np.arange(SIZE) + 0.5) * 2 / SIZE - 1
    x, y = np.meshgrid((at - right) * width, (at - down) * width)
    return np.stack([x, y, np.ones_like(x)], -1) * depth[..., None]


def inner(mask):
    """Pixels whose eight neighbours are in the mask too."""
    out = mask.copy()
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            out &= np.roll(mask, (dy, dx), (0, 1))
    out[[0, -1]] = out[:, [0, -1]] = False
    return out


def same_surface(found):
    """Pixels in the middle of nine that lie smoothly on one part or plane."""
    names = found["parts"].astype(int) * 10 + found["surface"]
    normals = found["normals"]
    smooth = np.ones(names.shape, bool)
    for shift in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        smooth &= np.roll(names, shift, (0, 1)) == names
        smooth &= (np.roll(normals, shift, (0, 1)) * normals).sum(-1) > 0.97
    return inner(smooth)


def test_depth_taken_back_into_space_and_differentiated_gives_the_normals(seen):
    scene, found = seen
    at = points(scene, found["depth"])
    across = np.roll(at, -1, 1) - np.roll(at, 1, 1)
    down = np.roll(at, -1, 0) - np.roll(at, 1, 0)
    normal = np.cross(down, across)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    agree = np.abs((normal * found["normals"]).sum(-1))[same_surface(found)]
    assert len(agree) > 2000
    assert np.quantile(agree, 0.02) > 0.97
    assert np.median(agree) > 0.9999


def test_normals_are_unit_and_face_the_viewer(seen):
    scene, found = seen
    rays = points(scene, np.ones((SIZE, SIZE)))
    assert np.linalg.norm(found["normals"], axis=-1) == pytest.approx(1, abs=1e-4)
    assert ((found["normals"] * rays).sum(-1) < 1e-5).all()


def test_distance_is_depth_along_the_ray(seen):
    scene, found = seen
    away = np.linalg.norm(points(scene, found["depth"]), axis=-1)
    assert found["distance"] == pytest.approx(away, rel=1e-4)


def test_curvature_bounds_how_normals_turn_between_neighbours(seen):
    """Along a short way p the normal of a surface turns by about k |p|, with k between the principal curvatures."""
    scene, found = seen
    at, calm = points(scene, found["depth"]), same_surface(found) & found["mask"]
    step, turn = np.roll(at, -1, 1) - at, np.roll(found["normals"], -1, 1) - found["normals"]
    bend = ((turn * step).sum(-1) / (step * step).sum(-1))[calm]
    high, low = found["curvature"][calm].T
    assert (high >= low).all()
    slack = 0.35 + 0.25 * np.abs(bend)
    within = (bend > low - slack) & (bend < high + slack)
    assert within.mean() > 0.93


def alone(*solids):
    """All labels of one toy that is made of these solids; its longest side becomes 1."""
    toy = Toy("thing", False, {"skin": "red"}, lambda draw: solids)
    return {name: value[0] for name, value in labels(scenes(toy, [3]), SIZE).items()}


def test_the_curvatures_of_balls_cylinders_and_the_inside_of_a_cup_are_known():
    found = alone(ball("skin", (0, 0, 1), 1.0))
    assert found["curvature"][found["mask"]] == pytest.approx(2, abs=1e-2)  # a ball of diameter 1
    found = alone(cylinder("skin", (0, 0, 1), 1.0, 0.5))
    side = found["mask"] & (found["curvature"] != 0).any(-1)
    assert found["curvature"][side] == pytest.approx(np.tile((4, 0), (side.sum(), 1)), abs=2e-3)  # radius 1/4
    found = alone(cup("skin", (0, 0, 1), 1.0, 0.9, 0.9, wall=0.1))
    inside = found["mask"] & (found["curvature"].min(-1) < -0.1)
    assert inside.sum() > 50
    assert found["curvature"][inside] == pytest.approx(np.tile((0, -1 / 0.405), (inside.sum(), 1)), abs=2e-2)


def test_flat_surfaces_have_no_curvature(seen):
    _, found = seen
    assert (found["curvature"][~found["mask"]] == 0).all()


def test_the_box_encloses_the_mask_and_touches_it_on_all_sides(seen):
    _, found = seen
    left, top, right, bottom = found["box"]
    mask = found["mask"].copy()
    for line in (mask[top], mask[bottom - 1], mask[:, left], mask[:, right - 1]):
        assert line.any()
    mask[top:bottom, left:right] = False
    assert not mask.any()


def test_masks_parts_and_surfaces_say_the_same(seen):
    _, found = seen
    assert ((found["parts"] > 0) == found["mask"]).all()
    assert ((found["surface"] == 0) == found["mask"]).all()


def test_direct_light_is_light_times_normal_or_shadow(seen):
    scene, found = seen
    light = scene.camera[0] @ scene.light[0, 2]
    cosine = np.maximum(found["normals"] @ light, 0)
    lit = found["direct"] > 0
    assert found["direct"][lit] == pytest.approx(cosine[lit], abs=1e-4)
    assert 0.2 < lit.mean() < 1, "some of it lies in shadow"


def test_paint_times_light_is_the_picture_but_for_highlights_and_edges(seen):
    scene, found = seen
    made = np.sqrt((found["albedo"] * found["shading"]).clip(0, 1)) * 255
    apart = np.abs(made - render(scene, SIZE)[0]).max(-1)[same_surface(found)]
    assert np.quantile(apart, 0.6) < 2


def test_occlusion_edges_are_at_the_outline_of_things_and_nowhere_in_the_empty_room(seen):
    _, found = seen
    near_toy = ~inner(~found["mask"])
    assert not (found["occlusion_edges"] & ~near_toy).any(), "no crease of the room and no grazing floor is an edge"
    outline = found["mask"] & ~inner(found["mask"])
    assert (found["occlusion_edges"] & outline).sum() > 0.5 * outline.sum(), "the rest touches the floor"


def test_texture_edges_are_not_where_the_surface_changes(seen):
    _, found = seen
    assert not (found["texture_edges"] & found["occlusion_edges"] & inner(~found["mask"])).any()


def test_a_label_does_not_depend_on_the_batch():
    seeds = [seed("labels", "cup", k) for k in range(3)]
    together = labels(scenes(TOYS["mug"], seeds), 32)
    alone = labels(scenes(TOYS["mug"], seeds[1:2]), 32)
    assert set(together) == set(LABELS)
    for name, value in alone.items():
        assert np.array_equal(together[name][1], value[0]), name


def test_an_unknown_label_is_refused():
    with pytest.raises(Refused, match="label=smell"):
        labels(scenes(TOYS["mug"], [1]), 32, ["depth", "smell"])
