"""Labels written as COCO has them are read back by this house, and by COCO's own interface, as what was drawn."""

import io
import json
import math
import zipfile

import numpy as np
import pytest
from faster_coco_eval import COCO
from skimage.measure import points_in_poly

from core.worlds import open_world
from core.worlds.coco_written import Labelled, made_from, packed
from core.worlds.uploads import forget, store_upload
from tests.worlds.drawn import encoded, picture

pytestmark = pytest.mark.usefixtures("home")
SIZE = 96
CIRCLE = [[round(0.4 + 0.3 * math.cos(t / 5), 3), round(0.6 + 0.35 * math.sin(t / 5), 3)] for t in range(31)]
CORNER = [[0.0, 0.0], [0.5, 0.02], [0.55, 0.6], [0.1, 1.0]]
BOX = [0.101, 0.25, 0.777, 0.9]


def labelled(shapes, form):
    pictures = [encoded(picture(k, (SIZE, SIZE)), "WEBP") for k in range(len(shapes))]
    return [Labelled(7 * k, pictures[k], ("dog", "cat")[k % 2], **{form: shape}) for k, shape in enumerate(shapes)]


def read_back(data):
    world = open_world(store_upload(data, "drawn.zip"))
    (things,) = world.things(np.arange(len(world)), SIZE)
    return world, things


def oracle(data, tmp_path):
    """What COCO's own interface reads of it: category, mask and box of each annotation."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    theirs = COCO(str(tmp_path / "annotations.json"))
    found = theirs.loadAnns(theirs.getAnnIds())
    names = {entry["id"]: entry["name"] for entry in theirs.loadCats(theirs.getCatIds())}
    return theirs, found, names


def inside(outline):
    """bool (SIZE, SIZE): the pixels whose middle lies inside, by another program."""
    middles = (np.stack(np.meshgrid(*[np.arange(SIZE) + 0.5] * 2), -1).reshape(-1, 2)) / SIZE
    return points_in_poly(middles, outline).reshape(SIZE, SIZE)


def test_outlines_are_the_same_pixels_for_us_and_for_coco(tmp_path):
    data = packed(labelled([CIRCLE, CORNER, CIRCLE, CORNER], "outline"), SIZE, "webp")
    world, things = read_back(data)
    assert world.knows == ("boxes", "masks")
    assert (world.classes, world.skipped) == (("cat", "dog"), ())
    theirs, found, names = oracle(data, tmp_path)
    assert [names[entry["category_id"]] for entry in found] == ["dog", "cat", "dog", "cat"]
    for k, (entry, outline) in enumerate(zip(found, [CIRCLE, CORNER, CIRCLE, CORNER], strict=True)):
        ours, drawn = things.masks[k] > 0, inside(outline)
        rim = np.zeros_like(drawn)
        for axis in (0, 1):
            for step in (1, -1):
                rim |= np.roll(drawn, step, axis) != drawn
        assert not ((ours != drawn) & ~rim).any(), "as it was drawn, but for pixels on the line"
        mask = theirs.annToMask(entry) > 0
        assert not ((ours != mask) & ~rim).any(), "COCO counts a pixel on the line to one side or the other"
        assert abs(entry["area"] - drawn.sum()) < 0.03 * drawn.sum()
        left, top, width, height = entry["bbox"]
        down, across = np.nonzero(mask)
        around = across.min(), down.min(), across.max() + 1, down.max() + 1
        assert np.allclose((left, top, left + width, top + height), around, atol=1.01)
        assert np.allclose(things.boxes[k, 0], around, atol=1.01)


def test_boxes_are_read_back_and_no_mask_is_made_of_them(tmp_path):
    data = packed(labelled([BOX] * 4, "box"), SIZE, "webp")
    world, things = read_back(data)
    assert (world.knows, world.skipped) == (("boxes",), ())
    assert np.allclose(things.boxes[:, 0], np.array(BOX) * SIZE, atol=1e-2)
    _, found, _ = oracle(data, tmp_path)
    assert found[0]["bbox"] == pytest.approx([0.101 * 96, 24, 0.676 * 96, 0.65 * 96], abs=1e-3)
    assert not any(entry.get("segmentation") for entry in json.loads(text_of(data))["annotations"])


def text_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("annotations.json")


def test_equal_labels_are_equal_bytes_and_pictures_are_as_they_came():
    drawn = labelled([CIRCLE] * 3, "outline")
    data = packed(drawn, SIZE, "webp")
    assert data == packed(labelled([CIRCLE] * 3, "outline"), SIZE, "webp")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert [archive.read(f"images/{one.number:06d}.webp") for one in drawn] == [one.picture for one in drawn]
        assert archive.comment == b"", "of toys nothing is to be forgotten"


def test_what_was_made_of_ones_own_pictures_is_found_so_that_it_goes_with_them():
    first, other = (store_upload(packed(labelled([[*BOX]] * n, "box"), SIZE, "webp"), "a.zip") for n in (3, 4))
    child = store_upload(packed(labelled([CIRCLE] * 3, "outline"), SIZE, "webp", made_of=first), "b.zip")
    grandchild = store_upload(packed(labelled([CORNER] * 3, "outline"), SIZE, "webp", made_of=child), "c.zip")
    assert made_from(first) == [child, grandchild]
    assert made_from(other) == []
    assert len(open_world(grandchild)) == 3
    forget([child])
    assert made_from(child) == [grandchild], "by its name, also when it is gone"
