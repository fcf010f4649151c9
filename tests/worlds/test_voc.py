"""Annotations as Pascal VOC has them: boxes that count from one, lists of parts, masks of the same classes."""

import numpy as np
import pytest

from core.worlds import open_world
from core.worlds.splits import split
from core.worlds.world import TEST, TRAIN, VALIDATION
from tests.worlds.annotated_drawn import WRITERS, boxes_of, grey, kit, patched, pngs, reasons, xml
from tests.worlds.drawn import folder

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_boxes_of_voc_count_from_one_and_their_last_pixel_belongs_to_them(tmp_path, write):
    lists = {"train": "0\n1 1", "trainval": "0\n1\n2", "val": "2\nnone", "test": "3"}
    files = {f"ImageSets/Main/{name}.txt": text.encode() for name, text in lists.items()}
    world = open_world(
        write(tmp_path, kit(5, "VOCdevkit/VOC2007/") | {f"VOCdevkit/VOC2007/{n}": d for n, d in files.items()})
    )
    assert (world.classes, world.knows) == (("cat",), ("boxes",))
    assert boxes_of(world, 0) == [("cat", 10, 10, 30, 30)]
    assert world.given.tolist() == [TRAIN, TRAIN, VALIDATION, TEST, -1]
    assert len(split(world).test) == 1


BAD_XML = {
    "it has a doctype, which is not read here; take it out": b"<!DOCTYPE annotation [<!ENTITY a SYSTEM 'file:///etc/passwd'>"
    b"]><annotation><object><name>&a;</name></object></annotation>",
    "broken XML in line 1": b"<annotation><object>",
    "it is no annotation, but html": b"<html></html>",
    "it is not written in UTF-8": b"<annotation>\xff</annotation>",
}


def test_bad_files_and_objects_of_voc_are_left_out_and_said(tmp_path):
    objects = [("cat", 31, 11, 50, 30), ("cat", 31, "nan", 50, 30), ("cat", 31, "x", 50, 30), ("", 1, 1, 9, 9)]
    objects += [("cat", 60, 11, 50, 30), ("cat", 99, 11, 120, 30)]
    files = kit() | {
        "Annotations/0.xml": xml(*objects),
        "Annotations/none.xml": xml(),
        "JPEGImages/7.png": pngs(1)["0.png"],
    }
    files |= {f"Annotations/{20 + k}.xml": data for k, data in enumerate(BAD_XML.values())}
    files |= {f"JPEGImages/{20 + k}.png": data for k, data in enumerate(pngs(len(BAD_XML), first=50).values())}
    world = open_world(folder(tmp_path, files))
    assert reasons(world) == {
        "Annotations/0.xml: object[1]": "its bndbox/ymin is not finite",
        "Annotations/0.xml: object[2]": "its bndbox/ymin is no number",
        "Annotations/0.xml: object[3]": "its class has no name",
        "Annotations/0.xml: object[4]": "its box has no area",
        "Annotations/0.xml: object[5]": "its box lies outside the picture",
        "Annotations/none.xml": "its picture is not there",
        "JPEGImages/7.png": "it has no annotations",
        **{f"Annotations/{20 + k}.xml": reason for k, reason in enumerate(BAD_XML)},
    }
    assert boxes_of(world, 0) == [("cat", 10, 10, 30, 30)]


@pytest.mark.parametrize(
    ("names", "values"), [(("cat", "bird"), (8, 3)), (("mug", "apple"), (5, 1)), (("mug", "apple"), (1, 5))]
)
def test_masks_of_voc_have_the_classes_of_the_boxes_that_they_fill(tmp_path, names, values):
    """As VOC numbers its classes; other ones by where they lie. 255 is no class."""
    objects = [(names[0], 21, 11, 40, 30), (names[1], 31, 11, 60, 40)]
    mask = patched((values[0], 20, 10, 40, 30), (values[1], 35, 10, 60, 40), (255, 33, 0, 36, 40))
    masks = {f"SegmentationClass/{k}.png": grey(mask, "P") for k in range(3)}
    world = open_world(folder(tmp_path, kit(boxes=objects) | masks))
    assert (world.knows, len(world)) == (("boxes", "masks"), 3)
    assert reasons(world) == {"JPEGImages/3.png": "it has no masks, as most others have"}
    number = {name: world.classes.index(name) + 1 for name in names}
    expected = np.select([mask == values[0], mask == values[1]], [number[name] for name in names], 0)
    np.testing.assert_array_equal(world.read_full(0)[1], expected)
    (things,) = world.things([0], 40)
    np.testing.assert_array_equal(things.masks[0], expected[:, 20:60])
    assert boxes_of(world, 0) == sorted([(names[0], 0, 10, 20, 30), (names[1], 10, 10, 40, 40)])


def test_the_numbers_of_voc_are_known_whatever_fills_the_boxes(tmp_path):
    mask = grey(patched((12, 20, 10, 24, 14), (10, 24, 10, 60, 40)), "P")  # a dog; and a cow, which has no box
    masks = {f"SegmentationClass/{k}.png": mask for k in range(4)}
    world = open_world(folder(tmp_path, kit(boxes=[("dog", 21, 11, 60, 40)]) | masks))
    assert world.classes == ("cow", "dog")
    assert world.read_full(0)[1][12, 22] == 2


def test_few_masks_beside_boxes_are_not_used_and_masks_alone_give_pieces(tmp_path):
    mask = {"SegmentationClass/0.png": grey(patched((1, 20, 10, 40, 30)), "P")}
    world = open_world(folder(tmp_path / "a", kit(**mask)))
    assert (world.knows, len(world)) == (("boxes",), 4)
    assert world.notes == ("Only 1 of 4 pictures have masks, so masks are not used.",)
    masks = {f"SegmentationClass/{k}.png": mask["SegmentationClass/0.png"] for k in range(4)}
    world = open_world(folder(tmp_path / "b", pngs(4, "JPEGImages/") | masks))
    assert (world.knows, world.classes) == (("masks",), ("class 1",))
    assert boxes_of(world, 0) == [("class 1", 0, 10, 20, 30)]
