"""Labels of the toybox agree with each other, found by independent means."""

from pathlib import Path

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import drawn, one
from core.worlds.toybox.labels import DENSE, LABELS, labels
from core.worlds.toybox.render import render
from core.worlds.toybox.scenes import scenes
from core.worlds.toybox.solids import ball, cup, cylinder
from core.worlds.toybox.toys import Toy

SIZE = 96
ALONE = {name: one(name, seed("labels", name, 1)) for name in ("apple", "dog", "mug", "house", "teapot", "plane")}
SEVERAL = {
    "three": drawn(6, toys=3, crowded=True),
    "crowd": drawn(5, toys=5, crowded=True),
    "clutter": drawn(2, toys=2, clutter=6),
}


@pytest.fixture(scope="module", params=[*ALONE.values(), *SEVERAL.values()], ids=[*ALONE, *SEVERAL])
def seen(request):
    """(scene, its labels)."""
    (scene,) = scenes([request.param])
    (found,) = labels([scene], SIZE)
    return scene, found | {"mask": found["instances"] > 0}


def points(scene, depth):
    """(H, W, 3) in the camera's frame."""
    width, right, down = scene.camera.lens
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
    names = found["instances"].astype(int) * 1000 + found["parts"].astype(int) * 10 + found["surface"]
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
    assert calm.sum() > 50
    bend = ((turn * step).sum(-1) / (step * step).sum(-1))[calm]
    high, low = found["curvature"][calm].T
    assert (high >= low).all()
    slack = 0.35 + 0.25 * np.abs(bend)
    within = (bend > low - slack) & (bend < high + slack)
    assert within.mean() > 0.93


def alone(monkeypatch, *solids):
    """All labels of one toy that is made of these solids; its longest side becomes 1."""
    monkeypatch.setitem(TOYS, "thing", Toy("thing", False, {"skin": "red"}, lambda draw: solids))
    (found,) = labels(scenes([one("thing", 3)]), SIZE)
    return found | {"mask": found["instances"] > 0}


def test_the_curvatures_of_balls_cylinders_and_the_inside_of_a_cup_are_known(monkeypatch):
    found = alone(monkeypatch, ball("skin", (0, 0, 1), 1.0))
    assert found["curvature"][found["mask"]] == pytest.approx(2, abs=1e-2)  # a ball of diameter 1
    found = alone(monkeypatch, cylinder("skin", (0, 0, 1), 1.0, 0.5))
    side = found["mask"] & (found["curvature"] != 0).any(-1)
    assert found["curvature"][side] == pytest.approx(np.tile((4, 0), (side.sum(), 1)), abs=2e-3)  # radius 1/4
    found = alone(monkeypatch, cup("skin", (0, 0, 1), 1.0, 0.9, 0.9, wall=0.1))
    inside = found["mask"] & (found["curvature"].min(-1) < -0.1)
    assert inside.sum() > 50
    assert found["curvature"][inside] == pytest.approx(np.tile((0, -1 / 0.405), (inside.sum(), 1)), abs=2e-2)


def test_flat_surfaces_have_no_curvature(seen):
    _, found = seen
    assert (found["curvature"][~found["mask"]] == 0).all()


@pytest.mark.parametrize("which", ["visible", "full"])
def test_boxes_enclose_their_masks_and_touch_them_on_all_sides(seen, which):
    scene, found = seen
    things = np.arange(1, len(scene.things) + 1)[:, None, None]
    masks = {"visible": found["instances"] == things, "full": found["masks_full"]}[which]
    for mask, (left, top, right, bottom) in zip(masks.copy(), found[f"boxes_{which}"], strict=True):
        if not mask.any():
            assert (left, top, right, bottom) == (0, 0, 0, 0)
            continue
        for line in (mask[top], mask[bottom - 1], mask[:, left], mask[:, right - 1]):
            assert line.any()
        mask[top:bottom, left:right] = False
        assert not mask.any()


def test_what_is_seen_of_a_thing_is_a_part_of_the_whole(seen):
    scene, found = seen
    for k, whole in enumerate(found["masks_full"]):
        visible = found["instances"] == k + 1
        assert not (visible & ~whole).any()
        share = visible.sum() / max(whole.sum(), 1)
        assert found["visible"][k] == pytest.approx(share)
    if len(scene.things) == 1:
        assert found["visible"][0] == 1


def test_crowded_things_hide_one_another_and_others_do_not():
    def hidden(crowded):
        found = labels(scenes([drawn(k, toys=4, crowded=crowded) for k in range(12)]), 48, ["visible"])
        return np.mean([(one["visible"] < 0.9).mean() for one in found])

    assert hidden(True) > 0.15
    assert hidden(False) < hidden(True) / 2


def test_masks_classes_parts_and_surfaces_say_the_same(seen):
    scene, found = seen
    assert ((found["parts"] > 0) == found["mask"]).all()
    assert ((found["surface"] == 0) == found["mask"]).all()
    for k, thing in enumerate(scene.things):
        mine = found["instances"] == k + 1
        assert set(found["semantic"][mine]) <= {found["class"][k]}
        assert found["parts"][mine].max(initial=0) <= len(thing.toy.parts)
        assert found["class"][k] == (list(TOYS).index(thing.toy.name) + 1 if thing.toy.name in TOYS else 0)


def test_masks_agree_with_the_coverage_of_a_finer_picture():
    """Ten times as many pixels a side: a pixel is the thing's if its middle is, so at the border half of the time."""
    scene = scenes([ALONE["dog"]])
    (coarse,), (fine,) = (labels(scene, size, ["instances"]) for size in (48, 480))
    coverage = (fine["instances"] > 0).reshape(48, 10, 48, 10).mean((1, 3))
    mask = coarse["instances"] > 0
    assert mask[coverage == 1].all()
    assert not mask[coverage == 0].any()
    border = (coverage > 0) & (coverage < 1)
    assert (mask == (coverage > 0.5))[border].mean() > 0.9
    assert mask.sum() == pytest.approx(coverage.sum(), rel=0.02)


def test_keypoints_lie_on_their_part_where_they_are_seen():
    on_part, off = 0, 0
    for picture in [one(name, 11) for name in TOYS] + list(SEVERAL.values()):
        (scene,) = scenes([picture])
        (found,) = labels([scene], SIZE, ["keypoints", "instances", "parts"])
        for k, thing in enumerate(scene.things):
            points = found["keypoints"][k]
            assert not np.isnan(points[: len(thing.solids.part)]).any()
            assert np.isnan(points[len(thing.solids.part) :]).all()
            for part, (right, down, clear, x, y, z) in zip(thing.solids.part, points, strict=False):
                width, shift_right, shift_down = scene.camera.lens
                again = (x / z / width + shift_right + 1) * SIZE / 2, (y / z / width + shift_down + 1) * SIZE / 2
                assert (right, down) == pytest.approx(again, abs=1e-3), "both are one point"
                if clear and 1 < right < SIZE - 1 and 1 < down < SIZE - 1:
                    around = np.s_[int(down) - 1 : int(down) + 2, int(right) - 1 : int(right) + 2]
                    near = (found["instances"][around] == k + 1) & (found["parts"][around] == part + 1)
                    on_part, off = on_part + near.any(), off + ~near.any()
    assert on_part > 200
    assert off < 0.03 * on_part, "where a part is thinner than a pixel"


def test_a_keypoint_is_on_the_surface_of_its_solid():
    from core.worlds.toybox.keypoints import in_room

    for name in TOYS:
        (scene,) = scenes([one(name, 4)])
        (thing,) = scene.things
        points, solids = in_room(thing), thing.placed
        out = 1.02 * (points - solids.centre) + solids.centre
        inside = solids.contains(points, margin=0.02)
        assert not inside.diagonal().any(), name
        assert not np.isnan(out).any()


def test_vanishing_points_are_where_parallel_edges_of_the_room_meet(seen):
    """Two edges of the room in each direction, from its planes alone: their pictures meet in the vanishing point."""
    scene, found = seen
    planes = scene.room.planes[:, 2]
    floor, behind, left, right, ceiling = planes
    edges = [((floor, left), (ceiling, right)), ((floor, behind), (ceiling, behind)), ((behind, left), (behind, right))]

    def line_of(first, second):
        """The image line through the picture of an edge, as homogeneous numbers."""
        way = np.cross(first[:3], second[:3])
        start = np.linalg.lstsq(np.stack([first[:3], second[:3]]), -np.array((first[3], second[3])), rcond=None)[0]
        one, other = ((at - scene.camera.eye) @ scene.camera.axes.T for at in (start, start + way))
        return np.cross(one, other)

    for (one_edge, other_edge), direction in zip(edges, found["vanishing"], strict=True):
        meeting = np.cross(line_of(*one_edge), line_of(*other_edge))
        meeting /= np.linalg.norm(meeting)
        assert abs(meeting @ direction) == pytest.approx(1, abs=1e-5)


def test_the_layout_explains_the_depth_of_every_surface_of_the_room(seen):
    scene, found = seen
    rays = points(scene, np.ones((SIZE, SIZE)))
    for k, (*normal, offset) in enumerate(found["layout"]):
        mine = found["surface"] == k + 1
        assert found["depth"][mine] == pytest.approx(-offset / (rays[mine] @ normal), rel=1e-3)


def test_poses_take_points_of_the_room_and_of_things_to_the_camera(seen):
    scene, found = seen
    turn, shift = found["camera_pose"][:, :3], found["camera_pose"][:, 3]
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-6)
    for k, thing in enumerate(scene.things):
        own = thing.solids.centre * thing.scale
        pose = found["object_pose"][k]
        assert own @ pose[:, :3].T + pose[:, 3] == pytest.approx(thing.placed.centre @ turn.T + shift, abs=1e-5)


def test_segments_are_whole_and_end_at_their_edges(seen):
    _, found = seen
    for name, differs in (("segments_2d", found["albedo"]), ("segments_25d", found["normals"])):
        region = found[name]
        assert set(region.ravel()) == set(range(region.max() + 1))
        assert region[0, 0] == 0
        inside = inner(region == region[SIZE // 2, 2])
        assert inside.sum() == 0 or np.abs(np.diff(differs[inside], axis=0)).max() < 2
    flat_floor = found["surface"] == 1
    floors = found["segments_25d"][flat_floor]
    assert np.bincount(floors).max() > 0.5 * flat_floor.sum(), "a floor is one region of geometry, whatever its pattern"


def test_direct_light_is_light_times_normal_or_shadow(seen):
    scene, found = seen
    light = found["light_direction"]
    cosine = np.maximum(found["normals"] @ light, 0)
    lit = found["direct"] > 0
    if scene.light.soft:
        assert (found["direct"] <= cosine + 1e-4).all()
        assert found["direct"][lit] == pytest.approx(cosine[lit], abs=1e-4) or scene.light.soft
    else:
        assert found["direct"][lit] == pytest.approx(cosine[lit], abs=1e-4)
    assert 0.2 < lit.mean() < 1, "some of it lies in shadow"


def test_paint_times_light_is_the_picture_but_for_highlights_and_edges(seen):
    scene, found = seen
    made = np.sqrt((found["albedo"] * found["shading"]).clip(0, 1)) * 255
    apart = np.abs(made - render([scene], SIZE)[0]).max(-1)[same_surface(found)]
    assert np.quantile(apart, 0.6) < 2


def test_occlusion_edges_are_at_the_outline_of_things_and_nowhere_in_the_empty_room(seen):
    _, found = seen
    near_toy = ~inner(~found["mask"])
    assert not (found["occlusion_edges"] & ~near_toy).any(), "no crease of the room and no grazing floor is an edge"
    behind = np.zeros_like(found["mask"])  # of the toy, beside something that lies well behind it
    for shift in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        beside, depth = np.roll(found["mask"], shift, (0, 1)), np.roll(found["depth"], shift, (0, 1))
        behind |= found["mask"] & ~beside & (depth - found["depth"] > 0.15)
    behind[[0, -1]] = behind[:, [0, -1]] = False
    assert behind.sum() > 20
    assert found["occlusion_edges"][behind].mean() > 0.97  # a steep surface may fall away as far


def test_texture_edges_are_not_where_the_surface_changes(seen):
    _, found = seen
    assert not (found["texture_edges"] & found["occlusion_edges"] & inner(~found["mask"])).any()


def test_a_label_does_not_depend_on_the_batch():
    wanted = [one("mug", 1), drawn(4, toys=3), one("dog", 2)]
    together = labels(scenes(wanted), 32)
    (alone,) = labels(scenes(wanted[1:2]), 32)
    assert set(alone) == set(LABELS)
    for name, value in alone.items():
        np.testing.assert_array_equal(together[1][name], value, err_msg=name)


def test_dense_labels_have_a_number_for_every_pixel(seen):
    _, found = seen
    for name in DENSE:
        assert found[name].shape[:2] == (SIZE, SIZE), name
        assert np.isfinite(found[name]).all(), name


def test_an_unknown_label_is_refused():
    with pytest.raises(Refused, match=r"label=smell.*depth"):
        labels(scenes([one("mug", 1)]), 32, ["depth", "smell"])


def test_the_docs_map_each_of_taskonomys_26_tasks_to_a_label_that_there_is():
    text = (Path(__file__).parents[2] / "docs" / "toybox.md").read_text(encoding="utf-8")
    table = text.split("## Taskonomy's 26 tasks")[1].split("\n\n")
    rows = [line.split("|")[1:-1] for part in table for line in part.splitlines() if line.startswith("|")][2:]
    rows = rows[: next((k for k, row in enumerate(rows) if len(row) != 3), len(rows))][:26]
    assert len(rows) == 26
    known = {*LABELS, "pictures", "camera_motion", "matches"}
    for task, here, _ in rows:
        assert here.strip().strip("`") in known, task
    assert all((Path(__file__).parents[2] / "docs" / "toybox" / f"{name}.webp").exists() for name in TOYS)
