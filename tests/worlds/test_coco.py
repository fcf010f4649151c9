"""Annotations as COCO has them: what is said of a picture, against the reference; what is left out, and why."""

import numpy as np
import pytest
from faster_coco_eval.core import mask as coco_api
from hypothesis import given, settings
from hypothesis import strategies as st

from core.learning.overlap import polygon_mask
from core.runs.settings import Refused
from core.worlds import annotations, coco, open_world
from core.worlds.annotated import AnnotatedWorld
from core.worlds.decode import Unusable
from core.worlds.outlines import Runs, filled, unpacked
from core.worlds.things import joined
from core.worlds.world import TEST, TRAIN, VALIDATION
from tests.worlds.annotated_drawn import SIZE, WRITERS, boxes_in, boxes_of, document, pngs, reasons, wrong
from tests.worlds.drawn import encoded, folder, picture, zipped
from tests.worlds.test_hostile import sentence

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("above", ["", "my set/"])
def test_boxes_of_coco_move_with_the_middle_of_their_picture(tmp_path, write, above):
    found = boxes_in([30, 10, 20, 20]) + boxes_in([10, 0, 20, 40], [0, 0, 26, 40], category=3, image=2)
    world = open_world(write(tmp_path, pngs(above=f"{above}images/") | {f"{above}labels.json": document(found)}))
    assert isinstance(world, AnnotatedWorld)
    assert (world.classes, world.knows, world.skipped) == (("cat", "dog"), ("boxes",), ())
    assert boxes_of(world, 0) == [("cat", 10, 10, 30, 30)]
    assert boxes_of(world, 0, 20) == [("cat", 5, 5, 15, 15)]
    assert boxes_of(world, 2) == [("dog", 0, 0, 10, 40)], (
        "cut off at the left; of the other less than a quarter is left"
    )
    assert boxes_of(world, 1) == []
    things = joined(list(world.things([2, 1, 0, 3], 20)))
    np.testing.assert_array_equal(things.pictures, world.pictures([2, 1, 0, 3], 20))
    assert not things.masks.any(), "boxes are no masks"
    assert (things.boxes.dtype, things.classes.dtype, things.masks.dtype) == (np.float32, np.uint8, np.uint8)
    assert world.labels.tolist() == [0, 0, 1, 0]
    assert world.notes == ("Nothing is in 2 of its pictures; as whole ones they count to cat.",)
    with pytest.raises(Refused, match=r"no masks of its things\.$"):
        world.read_full(0)


def test_polygons_and_runs_become_masks_and_a_crowd_has_no_box(tmp_path):
    outline = [[20.0, 5.0, 59.5, 9.25, 55.0, 38.0, 33.0, 20.0, 22.0, 36.5]]
    crowd = {"size": [40, 80], "counts": [40 * 56, 40 * 10]}  # ten columns from the fifty-sixth on
    found = boxes_in([30, 10, 10, 10], category=3, segmentation=[[30, 10, 40, 10, 40, 20, 30, 20]])
    found += boxes_in([20, 5, 39.5, 33], segmentation=outline)
    found += boxes_in([56, 0, 10, 40], category=3, segmentation=crowd, iscrowd=1)
    world = open_world(folder(tmp_path, pngs() | {"a.json": document(found)}))
    assert world.knows == ("boxes", "masks")
    assert boxes_of(world, 0) == [("cat", 0, 5, 39.5, 38), ("dog", 10, 10, 20, 20)]
    shown, mask = world.read_full(0)
    np.testing.assert_array_equal(shown, np.asarray(picture(0, SIZE)))
    expected = coco_api.decode(coco_api.merge(coco_api.frPyObjects(outline, 40, 80)))
    expected[:, 56:66] = expected[10:20, 30:40] = 2
    assert (mask != expected).sum() < 40, "all but some pixels on the outline"
    assert (mask[10:20, 30:40] == 2).all(), "the smaller one lies on top, whichever comes first"
    (things,) = world.things([0], 40)
    np.testing.assert_array_equal(things.masks[0], mask[:, 20:60])


def test_without_a_bbox_the_box_is_that_of_the_pixels_and_rectangles_are_no_masks(tmp_path):
    triangle = [[30, 10, 50, 10, 30, 30]]
    found = [{"image_id": 0, "category_id": 7, "segmentation": triangle}]
    world = open_world(folder(tmp_path / "a", pngs() | {"a.json": document(found)}))
    assert boxes_of(world, 0) == [("cat", 10, 10, 30, 30)]
    found = boxes_in([30, 10, 20, 20], segmentation=[[30, 10, 50, 10, 50, 30, 30, 30]])
    world = open_world(folder(tmp_path / "b", pngs() | {"a.json": document(found)}))
    assert world.knows == ("boxes",)
    assert "no more than its boxes" in world.notes[0]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-5, 30), st.floats(-5, 30)), min_size=3, max_size=8))
def test_a_polygon_is_filled_as_by_the_slow_formula(corners):
    points = np.array(corners)
    np.testing.assert_array_equal(filled(points, (24, 24)), polygon_mask(points / 24, 24))


@settings(max_examples=60)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_packed_runs_are_read_as_the_reference_writes_them(height, width, seed, density):
    mask = np.asfortranarray(np.random.default_rng(seed).random((height, width)) < density).astype(np.uint8)
    word = coco_api.encode(mask)["counts"].decode()
    np.testing.assert_array_equal(Runs((width, height), word).pixels((width, height), (width, height)), mask)
    ends = np.flatnonzero(np.diff(np.concatenate([[0], mask.ravel(order="F")]))).tolist()
    assert unpacked(word).tolist() == np.diff([0, *ends, mask.size]).tolist() or mask.ravel(order="F")[0]


def test_runs_that_end_early_leave_the_rest_outside():
    found = Runs((4, 2), [3, 2, 1]).pixels((4, 2), (4, 2))
    assert found.tolist() == [[False, False, True, False], [False, True, False, False]], "column by column"
    assert Runs((4, 2), [2, 4]).pixels((4, 2), (2, 1)).tolist() == [[True, False]], "every second pixel"


@pytest.mark.parametrize(
    "counts", ["~", "0P", "P" * 20 + "0", "é", [-1, 3], [1.5], [True], [2**70], "@0", ["0"], [99, 1]]
)
def test_runs_that_are_none_are_unusable(counts):
    with pytest.raises(Unusable, match=r"counts of its segmentation|longer than the picture"):
        Runs((8, 8), counts).pixels((8, 8), (8, 8))


BAD = {
    "it is no object with names and values": [5],
    "its bbox is not a list of numbers": wrong(bbox=[30, "10", 20, 20]),
    "its bbox has 3 numbers, not left, top, width and height": wrong(bbox=[30, 10, 20]),
    "its bbox holds a number that is not finite": wrong(bbox=[30, float("nan"), 20, 20]),
    "its box has no area": wrong(bbox=[30, 10, 0, 20]),
    "its box lies outside the picture": wrong(bbox=[90, 10, 20, 20]),
    "there is no image 9": wrong(image_id=9),
    "there is no category zebra": wrong(category_id="zebra"),
    "it has no image_id": wrong(image_id=None),
    "its category_id is neither a number nor a word": wrong(category_id=[7]),
    "it has neither a bbox nor a segmentation": wrong(bbox=None, segmentation=None),
    "a polygon of 7 numbers; it has x and y of at least 3 corners": wrong(segmentation=[[1, 2, 3, 4, 5, 6, 7]]),
    "its segmentation is not a list of numbers": wrong(segmentation=["a"]),
    "its segmentation has a corner far outside the picture": wrong(
        bbox=[30, 1, 9, 9], segmentation=[[0, 0, 1e9, 0, 0, 9]]
    ),
    "its segmentation is longer than the picture": wrong(
        bbox=[30, 2, 9, 9], segmentation={"size": [40, 80], "counts": [0, 3201]}
    ),
    "its segmentation is for 80 × 41 pixels, and the picture has 80 × 40": wrong(
        bbox=[30, 3, 9, 9], segmentation={"size": [41, 80], "counts": [0, 9]}
    ),
    "the size of its segmentation is not two whole numbers": wrong(segmentation={"size": "40", "counts": [0, 9]}),
    "the counts of its segmentation are neither numbers nor a word": wrong(segmentation={"size": [40, 80]}),
    "it has no segmentation, as most others have": wrong(bbox=[30, 4, 9, 9], segmentation=[]),
    "it has the class and the box of sub/a.json: annotations[0]": wrong(),
}


def test_a_bad_annotation_is_left_out_and_said_by_its_place(tmp_path):
    good = boxes_in([30, 10, 20, 20], [22, 4, 9, 9], segmentation=[[30, 10, 50, 10, 30, 30]])
    found = [*good, *BAD.values()] + [good[0] | {"image_id": 1, "bbox": [k, 10, 30, 20]} for k in range(len(BAD))]
    world = open_world(folder(tmp_path, pngs() | {"sub/a.json": document(found)}))
    assert reasons(world) == {f"sub/a.json: annotations[{2 + k}]": reason for k, reason in enumerate(BAD)}
    assert [name for name, *_ in boxes_of(world, 0)] == ["cat", "cat"]
    for reason, entry in BAD.items():
        if "others" not in reason and "sub/a.json" not in reason:
            with pytest.raises(Refused, match=r"none of its annotations can be used \(the first entry: a.json: ann"):
                open_world(
                    zipped(tmp_path / f"{abs(hash(reason))}.zip", pngs() | {"a.json": document([entry], bbox=0)})
                )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (document(boxes_in([1, 2, 3, 4]))[:-40], "broken JSON in line 1, column"),
        (document(boxes_in([1, 2, 3, 4]), images={"id": 3}), "it has no list of images"),
        (document(boxes_in([1, 2, 3, 4])).replace(b'"categories"', b'"labels"'), "it has no list of categories"),
        (b'["images":, "annotations":, "bbox":]', "broken JSON"),
        (b'{"images": 0, "annotations": 0, "bbox": ' + b"[" * 100_000, "broken JSON"),
        (b'{"images": 0, "annotations": 0, "bbox": ' + b"9" * 5000 + b"}", "broken JSON"),
        (document(boxes_in([1, 2, 3, 4])) + b"\xff", "broken JSON"),
    ],
)
def test_a_file_that_is_broken_is_refused_or_left_out_by_its_name(tmp_path, data, told):
    with pytest.raises(Refused) as refused:
        open_world(zipped(tmp_path / "a.zip", pngs() | {"notes/b.json": data}))
    assert f"notes/b.json, {told}" in sentence(str(refused.value))
    files = pngs() | {"notes/b.json": data, "c.json": document(boxes_in([30, 10, 20, 20]))}
    world = open_world(zipped(tmp_path / "b.zip", files))
    assert reasons(world)["notes/b.json"].startswith(told)
    assert boxes_of(world, 0) == [("cat", 10, 10, 30, 30)]


def test_a_file_that_was_cut_off_before_its_annotations_is_known_by_its_name(tmp_path):
    data = document(boxes_in([1, 2, 3, 4])).partition(b'"annotations"')[0]
    with pytest.raises(Refused, match=r"instances_train.json, broken JSON in line 1"):
        open_world(folder(tmp_path, pngs() | {"instances_train.json": data}))


def test_too_much_is_refused_before_it_takes_the_memory(tmp_path, monkeypatch):
    data = document(boxes_in(*[[30, 10, 20, 20]] * 9))
    address = zipped(tmp_path / "a.zip", pngs() | {"annotations.json": data})
    monkeypatch.setattr(annotations, "MOST_ENTRIES", 8)
    with pytest.raises(Refused, match="it has more than 8 annotations"):
        open_world(address)
    monkeypatch.setattr(annotations, "MOST_ENTRIES", 9)
    assert len(open_world(address)) == 4
    monkeypatch.setattr(coco, "MOST_BYTES", 2_000_000)
    large = zipped(tmp_path / "b.zip", pngs() | {"annotations.json": data + b" " * 2_000_000})
    with pytest.raises(Refused, match=r"annotations.json, larger than 2 MB"):
        open_world(large)
    monkeypatch.setattr(coco, "MOST_VALUES", 20)
    with pytest.raises(Refused, match=r"annotations.json, it has more than 0 million values"):
        open_world(zipped(tmp_path / "c.zip", pngs() | {"annotations.json": data + b" "}))
    assert (annotations.MOST_CLASSES, coco.MOST_BYTES) == (255, 2_000_000)


def test_a_file_of_more_than_a_picture_may_have_is_read(tmp_path):
    """A source reads no picture of more than its limit; annotations may be larger."""
    from core.worlds.sources import Limits, open_source

    address = zipped(tmp_path / "a.zip", {"a.json": b"[" + b" " * 3000 + b"]"})
    source = open_source(tmp_path / "a.zip", address, Limits(file=1000))
    with pytest.raises(Unusable, match="larger than 0 MB"):
        source.read(source.entries[0])
    assert len(source.read(source.entries[0], 4000)) == 3002
    source.close()


def test_no_more_than_255_classes(tmp_path):
    names = [{"id": k, "name": f"kind {k}"} for k in range(257)]
    for n, is_usable in ((255, True), (256, False)):
        found = [boxes_in([30, 10, 20, 20], category=k)[0] for k in range(n)]
        address = zipped(tmp_path / f"{n}.zip", pngs() | {"a.json": document(found, categories=names)})
        if is_usable:
            assert len(open_world(address).classes) == 255
        else:
            with pytest.raises(Refused, match=r"it has 256 classes; at most 255 can be used\.$"):
                open_world(address)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../../etc/passwd", "there is no picture ../../../etc/passwd"),
        ("/etc/hostname", "there is no picture /etc/hostname"),
        ("", "there is no picture "),
        (None, "it has no file_name"),
        ("a\0b\n.png", "there is no picture a%00b%0A.png"),
        ("\ud800.png", "there is no picture %ED%A0%80.png"),
        ("x" * 5000, f"there is no picture {'x' * 59}…"),
    ],
)
def test_a_name_is_looked_up_and_never_taken_for_a_path(tmp_path, name, reason):
    images = [{"id": k, "file_name": f"C:\\photos\\..\\{k}.png"} for k in range(3)] + [{"id": 9, "file_name": name}]
    found = boxes_in([30, 10, 20, 20], image=1) + boxes_in([30, 10, 20, 20], image=9)
    world = open_world(folder(tmp_path / "set", pngs(3) | {"a.json": document(found, images=images)}))
    assert world.names == ("0.png", "1.png", "2.png")
    assert reasons(world) == {"a.json: images[3]": reason}, "its annotation is not said once more"


def test_what_one_of_two_files_holds_out_is_held_out(tmp_path):
    files = pngs(4, "train/")
    files["b test.json"] = document(boxes_in([30, 10, 20, 20], image=1), n=2)
    files["a train.json"] = document(boxes_in([24, 10, 20, 20], category=3, image=1))
    world = open_world(folder(tmp_path, files))
    assert world.given.tolist() == [TEST, TEST, TRAIN, TRAIN], "the names of the files come before those of folders"
    assert [cls for cls, *_ in boxes_of(world, 1)] == ["cat", "dog"]


def test_parts_are_those_of_file_names_then_of_folders(tmp_path):
    named = {f"{part}2017/": k for k, part in enumerate(("train", "val", "test"))}
    files = {}
    for above, k in named.items():
        files |= pngs(3, f"coco/{above}", first=9 * k)
        files[f"coco/annotations/instances_{above[:-1]}.json"] = document(boxes_in([30, 10, 20, 20]), n=3)
        files[f"coco/annotations/captions_{above[:-1]}.json"] = b'{"images": 0, "annotations": [{"bbox": 0}]}'
    world = open_world(zipped(tmp_path / "a.zip", files))
    assert world.given.tolist() == [TEST] * 3 + [TRAIN] * 3 + [VALIDATION] * 3
    assert [boxes_of(world, k) != [] for k in range(9)] == [True, False, False] * 3, "of three files of the same name"
    files = pngs(3, "train/") | pngs(2, "valid/", first=5)
    files |= {
        f"{part}/_annotations.coco.json": document(boxes_in([30, 10, 20, 20]), n=2) for part in ("train", "valid")
    }
    world = open_world(zipped(tmp_path / "b.zip", files))
    assert world.given.tolist() == [TRAIN, TRAIN, VALIDATION, VALIDATION]
    assert reasons(world) == {"train/2.png": "no file of annotations names it"}


def test_pictures_of_another_size_than_their_annotations_are_left_out(tmp_path):
    files = pngs() | {"3.png": encoded(picture(9, (90, 40)), "PNG"), "a.json": document(boxes_in([30, 10, 20, 20]))}
    world = open_world(folder(tmp_path, files))
    assert reasons(world) == {"3.png": "its annotations are for 80 × 40 pixels, and it has 90 × 40"}
    assert len(world) == 3
