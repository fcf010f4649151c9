"""Annotated pictures: boxes and masks move as their pictures do; pairs of pictures and masks; hostile annotations."""

import io
import json
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.measure import label as labelled

from core.runs.settings import Refused
from core.worlds import fingerprint, open_world, prepare
from core.worlds.annotated import AnnotatedWorld, seen_boxes
from core.worlds.class_masks import COLOURS, class_numbers, components
from core.worlds.decode import UPRIGHT
from core.worlds.splits import split
from core.worlds.things import joined
from core.worlds.uploads import forget, store_upload
from core.worlds.world import TEST, TRAIN, VALIDATION
from tests.worlds.annotated_drawn import (
    SIZE,
    WRITERS,
    boxes_in,
    boxes_of,
    document,
    grey,
    kit,
    pairs,
    patched,
    pngs,
    reasons,
    wrong,
    xml,
)
from tests.worlds.drawn import classes, encoded, folder, jpeg, picture, zipped
from tests.worlds.test_hostile import HARSH, sentence

pytestmark = pytest.mark.usefixtures("home")


def test_an_uploaded_zip_of_annotated_pictures(tmp_path):
    zipped(tmp_path / "a.zip", pngs() | {"a.json": document(boxes_in([30, 10, 20, 20]))})
    address = store_upload(tmp_path / "a.zip", "a.zip")
    assert [done for done, _ in prepare(address)] == [1, 2, 3, 4]
    world = open_world(address)
    assert world.fingerprint == fingerprint(address)
    assert boxes_of(world, 0) == [("cat", 10, 10, 30, 30)]
    forget([address])


def test_boxes_that_can_hardly_be_seen_are_not_asked_for():
    boxes = np.array([(20, 0, 60, 40), (0, 0, 26, 40), (0, 0, 27, 40), (40, 10, 45, 19), (40, 10, 46, 16)], float)
    found, there = seen_boxes(boxes, np.array(SIZE), 20)
    assert there.tolist() == [True, False, True, False, True], "6 of 26 is less than a quarter; 2.5 pixels are too few"
    assert found.tolist() == [[0, 0, 20, 20], [0, 0, 3.5, 20], [10, 5, 13, 8]]


def test_one_class_and_few_pictures_are_divided_so_that_no_part_is_empty(tmp_path):
    categories = [{"id": k, "name": f"kind {k}"} for k in range(3)]
    for names in ([0, 0, 0], [0, 1, 2]):
        found = [boxes_in([30, 10, 20, 20], image=k, category=name)[0] for k, name in enumerate(names)]
        files = pngs(3) | {"a.json": document(found, 3, categories=categories)}
        parts = split(open_world(zipped(tmp_path / f"{names[1]}.zip", files)))
        assert [len(part) for part in vars(parts).values()] == [1, 1, 1]
    files = pairs(ONE, above="train/") | pairs(*[ONE] * 3, above="test/", first=4)
    world = open_world(zipped(tmp_path / "one.zip", files))
    assert [len(part) for part in vars(split(world)).values()] == [2, 1, 1], "one picture cannot train and validate"
    assert "drawn anew" in world.notes[-1]
    files = pngs(2) | {"same.png": pngs(1)["0.png"]} | {"a.json": document(boxes_in([30, 10, 20, 20]), 2)}
    with pytest.raises(Refused, match=r"three different pictures at least are needed"):
        open_world(zipped(tmp_path / "few.zip", files))


def test_class_folders_stay_class_folders_whatever_lies_beside_them(tmp_path):
    files = classes({"cats": 3, "dogs": 3}) | {
        "cats/0.json": b'{"shapes": [], "bbox": [1, 2]}',
        "a.json": document([{"image_id": 0, "category_id": 7}]),  # a class a picture, and no boxes
        "b.json": b'{"images": 1, "annotations',
        "Annotations/0.xml": xml(("cat", 1, 2, 3, 4)),
        "masks/0.txt": b"none",
    }
    world = open_world(folder(tmp_path, files))
    assert not isinstance(world, AnnotatedWorld)
    assert (world.classes, len(world)) == (("cats", "dogs"), 6)
    assert not hasattr(world, "things")
    world = open_world(folder(tmp_path / "more", classes({"cats": 3, "dogs": 3, "images": 2, "masks": 2})))
    assert world.classes == ("cats", "dogs", "images", "masks"), "two pairs, and six other pictures"


@pytest.mark.parametrize("turn", [1, 3, 6, 7, 8])
@pytest.mark.parametrize("as_shown", [True, False])
def test_boxes_and_masks_turn_with_a_camera_s_picture(tmp_path, turn, as_shown):
    """A light corner, drawn on the picture as it lies in the file, or as it is shown."""
    size = (60, 40)
    raw = Image.fromarray(np.repeat(patched((255, 35, 5, 55, 15), size=size)[..., None], 3, -1))
    upright = raw.transpose(UPRIGHT[turn]) if turn > 1 else raw
    drawn = upright if as_shown or turn < 5 else raw  # of half a turn nobody can tell: it was drawn as it is shown
    down, across = np.nonzero(np.asarray(drawn)[..., 0])
    left, top, right, bottom = (int(end) for end in (across.min(), down.min(), across.max() + 1, down.max() + 1))
    exif = Image.Exif()
    exif[0x0112] = turn
    outline = [[left, top, right, top, right, bottom, (left + right) / 2, bottom, left, bottom, left, top + 1]]
    found = boxes_in([left, top, right - left, bottom - top], segmentation=outline)
    images = [{"id": k, "file_name": f"{k}.png", "width": drawn.width, "height": drawn.height} for k in range(4)]
    files = {f"{k}.png": encoded(picture(k, drawn.size), "PNG") for k in range(1, 4)}
    files |= {"0.png": encoded(raw, "PNG", exif=exif), "a.json": document(found, images=images)}
    world = open_world(folder(tmp_path, files))
    shown, mask = world.read_full(0)
    np.testing.assert_array_equal(shown, np.asarray(upright))
    np.testing.assert_array_equal(mask, np.asarray(upright)[..., 0] > 0)
    (things,) = world.things([0], 40)
    down, across = np.nonzero(things.pictures[0, ..., 0] > 127)
    assert boxes_of(world, 0) == [("cat", across.min(), down.min(), across.max() + 1, down.max() + 1)]


ONE = patched((255, 20, 10, 40, 30), (255, 50, 0, 54, 4))


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_pairs_of_pictures_and_masks_have_one_class_and_the_boxes_of_its_pieces(tmp_path, write):
    files = pairs(ONE, ONE, above="eyes/training/") | pairs(ONE, ONE * 0, above="eyes/test/", first=5)
    world = open_world(write(tmp_path, files))
    assert (world.classes, world.knows, world.skipped) == (("foreground",), ("masks",), ())
    assert world.given.tolist() == [TEST, TEST, TRAIN, TRAIN]
    assert boxes_of(world, 0) == [("foreground", 0, 10, 20, 30), ("foreground", 30, 0, 34, 4)]
    assert boxes_of(world, 1) == []
    np.testing.assert_array_equal(world.read_full(2)[1], ONE > 0)
    assert len(split(world).validation) == 1


@pytest.mark.parametrize(
    ("how", "classes"),
    [
        ({}, ("foreground",)),
        ({"masked": "vessel_masks"}, ("vessel",)),
        ({"images": "Images", "masked": "Masks"}, ("foreground",)),
        ({"mode": "1"}, ("foreground",)),
        ({"mode": "RGB"}, ("foreground",)),
        ({"mode": "RGBA"}, ("foreground",)),
        ({"mode": "P"}, ("foreground",)),
        ({"format": "JPEG"}, ("foreground",)),
        ({"format": "GIF"}, ("foreground",)),
        ({"format": "TIFF", "mode": "I;16"}, ("foreground",)),
    ],
)
def test_masks_of_black_and_white_in_many_files(tmp_path, how, classes):
    """Names are not formats: all of them are called .png here."""
    world = open_world(folder(tmp_path, pairs(*[ONE] * 3, **how)))
    assert world.classes == classes
    np.testing.assert_array_equal(world.read_full(0)[1], ONE > 0)


def test_other_values_are_numbers_of_classes_and_255_is_none_of_them(tmp_path):
    mask = patched((1, 20, 10, 40, 30), (7, 40, 0, 50, 40), (255, 50, 0, 60, 40))
    files = pairs(mask, ONE * 0, mask, mode="P", images="images/train", masked="masks/train")
    files |= pairs(mask, mode="P", images="images/val", masked="masks/val", first=9)
    world = open_world(folder(tmp_path, files))
    assert world.classes == ("class 1", "class 7")
    assert world.given.tolist() == [TRAIN] * 3 + [VALIDATION]
    np.testing.assert_array_equal(world.read_full(0)[1], np.select([mask == 1, mask == 7], [1, 2], 0))
    assert boxes_of(world, 0) == [("class 1", 0, 10, 20, 30), ("class 7", 20, 0, 30, 40)]
    assert world.labels.tolist() == [0, 0, 0, 0], "equal in area, the first; and nothing"


def test_jpeg_is_read_as_black_and_white_whatever_it_makes_of_the_edges():
    values = np.asarray(Image.open(io.BytesIO(grey(ONE, format="JPEG"))))
    assert 10 < len(np.unique(values)) < 100
    np.testing.assert_array_equal(class_numbers(grey(ONE, format="JPEG")), ONE)


def test_soft_edges_are_cut_in_the_middle():
    size = (400, 300)
    soft = np.asarray(
        Image.fromarray(patched((255, 100, 100, 300, 200), size=size)).rotate(17, Image.Resampling.BICUBIC)
    )
    assert len(np.unique(soft)) > 100
    np.testing.assert_array_equal(class_numbers(grey(soft)), np.where(soft > 127, 255, 0))
    many = np.arange(120_000).reshape(300, 400) % 150
    np.testing.assert_array_equal(class_numbers(grey(many)), many, "150 classes are no soft edges")


def test_pieces_hang_together_by_corners_too():
    mask = (np.random.default_rng(0).random((60, 60)) < 0.2).astype(np.uint8) * 3
    expected = set()
    pieces = labelled(mask, connectivity=2)
    for k in range(1, pieces.max() + 1):
        down, across = np.nonzero(pieces == k)
        if min(np.ptp(down), np.ptp(across)) >= 2:
            expected.add((3, across.min(), down.min(), across.max() + 1, down.max() + 1))
    assert {(value, *box.tolist()) for value, box in components(mask, 10**6)} == expected
    assert len(components(mask, 5)) == 5 < len(expected)


def test_copies_of_a_picture_stay_in_one_part(tmp_path):
    files = pairs(*[ONE] * 12)
    files |= {f"images/{k}.png": files["images/0.png"] for k in range(6)}
    world = open_world(folder(tmp_path, files))
    assert len(set(world.groups.tolist())) == 7
    assert sorted(min(len(set(range(6)) & set(part.tolist())), 1) for part in vars(split(world)).values()) == [0, 0, 1]


def test_bad_pairs_are_left_out_and_said(tmp_path):
    files = pairs(*[ONE] * 7)
    files["masks/1.png"] = grey(ONE[:-1])
    files["masks/2.png"] = encoded(picture(3, SIZE), "PNG")
    files["masks/3.png"] = grey(ONE)[:-40]
    files["masks/alone.png"] = grey(ONE)
    files["images/alone too.jpg"] = jpeg(7)
    world = open_world(folder(tmp_path, files))
    assert reasons(world) == {
        "images/1.png": "its mask is for 80 × 39 pixels, and it has 80 × 40",
        "images/2.png": f"its mask cannot be used: {COLOURS}",
        "images/3.png": "its mask cannot be used: the file is broken or cut off",
        "masks/alone.png": "there is no mask, or no picture, of the same name",
        "images/alone too.jpg": "there is no mask, or no picture, of the same name",
    }
    assert world.names == ("images/0.png", "images/4.png", "images/5.png", "images/6.png")
    with pytest.raises(Refused, match=r"none of its annotations can be used"):
        open_world(folder(tmp_path / "empty", pairs(*[ONE * 0] * 3)))


def test_a_picture_a_mask_and_boxes_of_any_shape_are_cut_and_scaled_alike(tmp_path):
    """Light boxes on black pictures of many sizes, one of them larger than what is kept."""
    rng, files = np.random.default_rng(0), {}
    sizes = [(1700, 900), (1150, 800), (40, 90), *(tuple(rng.integers(40, 200, 2).tolist()) for _ in range(6))]
    for k, size in enumerate(sizes):
        left, top = (int(0.35 * side) for side in size)
        mask = patched((255, left, top, left + size[0] // 4, top + size[1] // 3), size=size)
        files |= {
            f"images/{k}.jpg": encoded(Image.fromarray(mask).convert("RGB"), quality=95),
            f"masks/{k}.png": grey(mask),
        }
    world = open_world(folder(tmp_path, files))
    for k in range(2):
        shown, mask = world.read_full(k)
        assert max(shown.shape) == 1024
        assert ((shown[..., 0] > 127) != mask).mean() < 0.01
    for size in (33, 64):
        things = joined(list(world.things(range(len(world)), size)))
        np.testing.assert_array_equal(things.pictures, world.pictures(range(len(world)), size))
        light = things.pictures[..., 0] > 127
        assert (light != things.masks).mean((1, 2)).max() < 0.03
        for k in range(len(world)):
            down, across = np.nonzero(light[k])
            (box,), _ = things.of(k)
            np.testing.assert_allclose(box, [across.min(), down.min(), across.max() + 1, down.max() + 1], atol=1.01)


def test_a_real_set_of_vessels(shared_data):
    world = open_world(str(shared_data / "stare_vessels.zip"))
    assert (world.classes, world.knows, world.skipped) == (("foreground",), ("masks",), ())
    assert [len(part) for part in vars(split(world)).values()] == [12, 3, 5]
    shown, mask = world.read_full(0)
    assert (shown.shape, mask.shape) == ((605, 700, 3), (605, 700))
    assert 0.03 < mask.mean() < 0.2


# ---- whatever a stranger writes ------------------------------------------------------------------------------------

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 90), st.integers(), st.floats(), st.text(max_size=6),
    st.sampled_from(["0.png", "1.png", 0, 7, [30, 10, 20, 20], [[30, 10, 50, 10, 30, 30]], "id", "cat", 2**80, -1e308]),
)  # fmt: skip
KEYS = ("id", "image_id", "category_id", "bbox", "segmentation", "name", "file_name", "size", "counts", "iscrowd")
ANY = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)
LISTS = st.lists(st.floats(-1e9, 1e9) | st.integers(-9, 99), min_size=3, max_size=9)
RUNS = st.fixed_dictionaries(
    {"size": st.sampled_from([[40, 80], [80, 40]]), "counts": st.text("0PQa?o", max_size=9) | ANY}
)
GOOD = json.loads(document([wrong(image_id=k) for k in range(3)]))


def lists(name):
    """What may stand under a name: good entries and spoiled ones, of which one value is anything; seldom anything."""
    keys = st.sampled_from(sorted(GOOD[name][0]))
    values = st.one_of(ANY, RUNS, LISTS, st.lists(LISTS | st.just([30, 10, 50, 10, 30, 30]), max_size=2))
    spoiled = st.builds(
        lambda entry, number, key, value: {**entry, "id": 100 + number, "bbox": [30, 10, 9, number], key: value},
        st.sampled_from(GOOD[name]), st.integers(1, 10**6), keys, values,
    )  # fmt: skip
    more = st.lists(st.one_of(spoiled, spoiled, spoiled, ANY), max_size=4)
    return st.integers(0, 9).flatmap(lambda chance: more.map(lambda entries: entries + GOOD[name]) if chance else ANY)


def judged(tmp_path_factory, files):
    """The world of such files, read all the way, or the sentence of why there is none."""
    path = tmp_path_factory.mktemp("any") / "a.zip"
    try:
        world = open_world(zipped(path, files))
    except Refused as refused:
        return sentence(str(refused))
    things = joined(list(world.things(range(len(world)), 16)))
    assert things.classes.max(initial=0) <= len(world.classes)
    assert (things.boxes >= 0).all()
    assert (things.boxes <= 16).all()
    assert all("\n" not in skipped.reason for skipped in world.skipped)
    assert set(world.labels.tolist()) <= set(range(len(world.classes)))
    return world


@settings(HARSH, max_examples=220)
@given(images=lists("images"), annotations=lists("annotations"), categories=lists("categories"))
@example(images=[], annotations=[], categories=[])
@example(GOOD["images"], [*GOOD["annotations"], wrong(segmentation=False)], GOOD["categories"])
def test_any_json_is_a_world_or_refused(tmp_path_factory, home, images, annotations, categories):
    document = {"images": images, "annotations": annotations, "categories": categories, "bbox": 0}
    found = judged(tmp_path_factory, pngs() | {"a.json": json.dumps(document).encode()})
    assert isinstance(found, AnnotatedWorld) or "annotations" in found or "three different pictures" in found


WORDS = (
    "<annotation> </annotation> <object> </object> <name>cat</name> <bndbox> </bndbox> <xmin>3</xmin> <ymin>1</ymin> "
    "<xmax>50</xmax> <ymax>30</ymax> <size> </size> <width>80</width> <height>-1</height> <xmin>1e999</xmin> <part/> "
    "&amp; &x; <!-- --> <![CDATA[ ]]> <!DOCTYPE\ta> <?xml\tversion='1.0'\tencoding='rot13'?> \0 \ufeff"
)
TAGS = st.sampled_from(sorted(set(re.findall(r"<(\w+)", WORDS))))
ENDS = st.sampled_from(["1", "31", "50", "30", "0", "-7", "90", "nan", "inf", "1e999", "", "x", "1_0", "٣"])
TREES = st.recursive(
    ENDS,
    lambda inner: st.lists(st.tuples(TAGS, inner), max_size=5).map(
        lambda nodes: "".join(f"<{tag}>{text}</{tag}>" for tag, text in nodes)
    ),
    max_leaves=12,
)
GARBAGE = st.lists(st.sampled_from(WORDS.split(" ")) | st.text(max_size=4), max_size=12).map("".join)


@st.composite
def xmls(draw):
    """A file with boxes of any numbers, in the midst of which there is anything; or nothing but that."""
    inner = draw(TREES | TREES | GARBAGE)
    text = xml(
        *draw(st.lists(st.tuples(st.sampled_from(["cat", "dog", " "]), ENDS, ENDS, ENDS, ENDS), max_size=3))
    ).decode()
    place = draw(st.sampled_from([None, *(found.start() for found in re.finditer("<", text))]))
    return inner if place is None else text[:place] + inner + text[place:]


@settings(HARSH, max_examples=220)
@given(text=xmls(), spoiled=st.sampled_from([1, 3]))
@example(text="<a>" * 200_000, spoiled=1)
def test_any_xml_is_a_world_or_refused(tmp_path_factory, home, text, spoiled):
    """Beside three good files, or alone."""
    n, data = 4 if spoiled == 1 else 3, text.encode("utf-8", "surrogatepass")
    found = judged(tmp_path_factory, kit(n) | {f"Annotations/{k}.xml": data for k in range(spoiled)})
    assert isinstance(found, AnnotatedWorld) or (spoiled == 3 and "annotations" in found)
