"""Class folders and zips of them: what is read, in which order, and what is skipped by name."""

import os
import struct
import threading
import time
import unicodedata
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from core.runs.settings import Refused
from core.worlds import decode, fingerprint, open_world, prepare, reduced
from core.worlds.decode import MOST_PIXELS, decoded, opened, square
from core.worlds.photos import photograph
from core.worlds.splits import split
from core.worlds.tree import natural
from core.worlds.world import TEST, TRAIN, VALIDATION, Skipped
from tests.worlds.drawn import classes, encoded, folder, jpeg, picture, zipped

pytestmark = pytest.mark.usefixtures("home")
WRITERS = {"folder": lambda path, files: folder(path, files), "zip": lambda path, files: zipped(path / "a.zip", files)}
PAIR = {"cats": 4, "dogs": 3}


class Counted:
    """Stands for a slow function and counts how many threads are in it at once."""

    def __init__(self):
        self.now = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, image, _):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self.lock:
            self.now -= 1
        return image


def reasons(world):
    return {skipped.name: skipped.reason for skipped in world.skipped}


def close(found, expected, most=6.0):
    """Whether two uint8 pictures are equal but for what JPEG loses."""
    assert found.shape == expected.shape
    return np.abs(found.astype(float) - expected).mean() < most


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("above", ["", "my photos/", "a/b/"])
def test_class_folders(tmp_path, write, above):
    world = open_world(write(tmp_path, classes(PAIR, above)))
    assert world.classes == ("cats", "dogs")
    assert world.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert world.labels.dtype == np.int64
    assert (world.given, world.groups, world.skipped) == (None, None, ())
    assert close(world.pictures([5], 32)[0], np.asarray(picture(5, (40, 32)).crop((4, 0, 36, 32))))


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("held_out", ["val", "valid", "Validation", "test"])
def test_one_given_held_out_part_is_the_test(tmp_path, write, held_out):
    files = classes(PAIR, "set/Train/") | classes({"cats": 2, "dogs": 2}, f"set/{held_out}/", seed=1)
    world = open_world(write(tmp_path, files))
    parts = split(world)
    held = [k for k, name in enumerate(world.names) if held_out in name]
    assert world.classes == ("cats", "dogs")
    assert parts.test.tolist() == held
    assert len(parts.validation) >= 2


def test_three_given_parts_stay(tmp_path):
    files = classes(PAIR, "train/") | classes(PAIR, "val/", seed=1) | classes(PAIR, "test/", seed=2)
    world = open_world(folder(tmp_path, files))
    for name, part in zip(world.names, world.given, strict=True):
        assert part == {"train": TRAIN, "val": VALIDATION, "test": TEST}[name.split("/")[0]]


def test_a_test_folder_without_classes_is_skipped_and_training_is_divided(tmp_path):
    files = classes({"cats": 9, "dogs": 9}, "train/") | {"test/1.jpg": jpeg(90), "read me.txt": b"hello"}
    world = open_world(folder(tmp_path, files))
    assert world.classes == ("cats", "dogs")
    assert world.given is None
    assert reasons(world) == {
        "test/1.jpg": "it lies in no class folder",
        "read me.txt": "it lies outside the parts test and train",
    }


def test_classes_named_like_parts_are_classes(tmp_path):
    world = open_world(folder(tmp_path, classes({"train": 3, "car": 3})))
    assert world.classes == ("car", "train")


def test_deeper_folders_belong_to_their_class(tmp_path):
    world = open_world(folder(tmp_path, classes({"cats/2021": 2, "cats/2022": 1, "dogs": 2})))
    assert world.labels.tolist() == [0, 0, 0, 1, 1]


def test_classes_and_files_are_sorted_as_people_do(tmp_path):
    names = ["class 10", "class 9", "Äpfel", "birnen", "Zebra"]
    world = open_world(folder(tmp_path, classes(dict.fromkeys(names, 11))))
    assert world.classes == ("birnen", "class 9", "class 10", "Zebra", "Äpfel")
    assert [name.split("/")[1] for name in world.names[:11]] == [f"{k}.jpg" for k in range(11)]
    assert sorted(["a١", "a2", "a" + "9" * 5000], key=natural)[0] == "a2"
    assert sorted(["cat10", "cat2", "cat", "Cat2"], key=natural) == ["cat", "Cat2", "cat2", "cat10"]


def test_unicode_names_in_every_spelling_and_case(tmp_path):
    cafe = unicodedata.normalize("NFD", "café")
    files = classes({"猫": 2, cafe: 2, "Hund": 2, "hund": 2})
    files |= {"café/other.jpg": jpeg(77)}
    world = open_world(zipped(tmp_path / "z.zip", files))
    assert set(world.classes) == {"猫", "café", "Hund", "hund"}
    assert (world.labels == world.classes.index("café")).sum() == 3


def test_names_that_differ_in_case_only_stay_apart(tmp_path):
    files = classes({"Cats": 3, "cats": 4}) | {"cats/A.JPG": jpeg(70), "cats/a.jpg": jpeg(71)}
    world = open_world(zipped(tmp_path / "z.zip", files))
    assert (world.skipped, np.bincount(world.labels).tolist()) == ((), [3, 6])
    assert world.classes == ("Cats", "cats")
    assert {"cats/A.JPG", "cats/a.jpg"} < set(world.names)


def test_two_hundred_classes_of_very_different_size(tmp_path):
    counts = {f"species {k}": 2 + k % 3 for k in range(199)} | {"dog": 300}
    world = open_world(zipped(tmp_path / "z.zip", classes(counts)))
    assert (len(world.classes), len(world), world.skipped) == (200, sum(counts.values()), ())
    assert world.classes[:3] == ("dog", "species 0", "species 1")
    parts = split(world)
    for part in (parts.train, parts.test):
        assert set(world.labels[part]) == set(range(200)), "each class trains and is tested"
    assert (world.labels[parts.test] == 0).sum() == 75


def test_what_systems_leave_behind_is_ignored_silently(tmp_path):
    files = classes(PAIR, "pics/") | {
        "__MACOSX/pics/cats/._0.jpg": b"x",
        "pics/.DS_Store": b"x",
        "pics/cats/Thumbs.db": b"x",
        "pics/dogs/desktop.ini": b"x",
    }
    world = open_world(zipped(tmp_path / "z.zip", files))
    assert (len(world), world.skipped) == (7, ())


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_files_that_cannot_be_used_are_skipped_by_name(tmp_path, write):
    whole = jpeg(50, (200, 150))
    png = encoded(picture(51, (200, 150)), "PNG")
    bad = {
        "cats/notes.txt": (b"no picture", "not a picture"),
        "cats/empty.jpg": (b"", "empty"),
        "cats/cut.jpg": (whole[: len(whole) // 2], "broken or cut off"),
        "cats/cut.png": (png[: len(png) // 2], "broken or cut off"),
        "cats/phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        "cats/film.mp4": (b"\0\0\0\x18ftypisom" + b"\0" * 99, "not a picture"),
        "cats/line.png": (encoded(Image.new("RGB", (900, 5)), "PNG"), "900 × 5"),
        "cats/dot.gif": (encoded(Image.new("P", (1, 1)), "GIF"), "1 × 1"),
        "cats/vector.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        "top.jpg": (jpeg(52), "no class folder"),
    }
    world = open_world(write(tmp_path, classes(PAIR) | {name: data for name, (data, _) in bad.items()}))
    assert len(world) == 7
    assert set(reasons(world)) == set(bad)
    for name, (_, reason) in bad.items():
        assert reason in reasons(world)[name]


def png_header(width, height):
    """A PNG that says how large it is, and holds no pixels."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b"")]
    packed = [struct.pack(">I", len(x)) + kind + x + struct.pack(">I", zlib.crc32(kind + x)) for kind, x in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def test_huge_pictures_are_skipped_from_their_header_alone(tmp_path):
    huge = png_header(10_000, MOST_PIXELS // 10_000 + 1)
    files = classes(PAIR) | {"cats/huge.png": huge, "cats/bomb.png": png_header(30_000, 30_000)}
    world = open_world(folder(tmp_path, files))
    assert " megapixels; at most 50" in reasons(world)["cats/huge.png"]
    assert "more than 50 megapixels" in reasons(world)["cats/bomb.png"]


def odd_pictures():
    rgb = picture(9, (64, 64))
    grey = np.asarray(rgb.convert("L"))
    half = rgb.convert("RGBA")
    half.putalpha(Image.new("L", half.size, 0))
    palette = rgb.quantize(64)
    sixteen = Image.fromarray(grey.astype(np.uint16) * 257)
    frames = [picture(seed, (64, 64)).quantize(64) for seed in (9, 10, 11)]
    as_grey = np.repeat(grey[..., None], 3, axis=2)
    stretched = (grey.astype(np.float32) - grey.min()) * (255 / np.ptp(grey))
    white = np.full((64, 64, 3), 255)
    return {
        "cmyk.jpg": (encoded(rgb.convert("CMYK"), "JPEG", quality=95), np.asarray(rgb)),
        "palette.png": (encoded(palette, "PNG"), np.asarray(rgb)),
        "clear.png": (encoded(half, "PNG"), white),
        "clear palette.png": (encoded(Image.new("P", (64, 64)), "PNG", transparency=0), white),
        "grey.jpg": (encoded(rgb.convert("L"), "JPEG", quality=95), as_grey),
        "grey alpha.png": (encoded(rgb.convert("LA"), "PNG"), as_grey),
        "bilevel.png": (encoded(Image.new("1", (64, 64), 1), "PNG"), white),
        "16 bit.png": (encoded(sixteen, "PNG"), as_grey),
        "float.tif": (encoded(Image.fromarray(stretched / 7e6), "TIFF"), np.repeat(stretched[..., None], 3, axis=2)),
        "int.tif": (encoded(Image.fromarray(grey.astype(np.int32) * 257), "TIFF"), as_grey),
        "animated.gif": (encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), np.asarray(rgb)),
        "web.webp": (encoded(rgb, "WEBP", quality=95), np.asarray(rgb)),
        "extension.jpg": (encoded(rgb, "PNG"), np.asarray(rgb)),
        "no extension": (encoded(rgb, "BMP"), np.asarray(rgb)),
        "progressive.jpg": (encoded(rgb, "JPEG", quality=95, progressive=True), np.asarray(rgb)),
        "two pictures.jpg": (
            encoded(rgb, "MPO", save_all=True, append_images=[picture(3)], quality=95),
            np.asarray(rgb),
        ),
    }


@pytest.mark.parametrize("short", [reduced.SHORT, 9])  # 9: averaged strip by strip, as large pictures are
def test_odd_modes_and_formats_become_rgb(tmp_path, monkeypatch, short):
    monkeypatch.setattr(reduced, "SHORT", short)
    odd = odd_pictures()
    files = {f"odd/{name}": data for name, (data, _) in odd.items()} | classes({"plain": 2})
    world = open_world(folder(tmp_path, files))
    assert world.skipped == ()
    for name, (_, expected) in odd.items():
        found = world.pictures([world.names.index(f"odd/{name}")], 9)[0]
        assert found.dtype == np.uint8
        assert close(found, square(Image.fromarray(expected.astype(np.uint8)), 9), most=8), name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(tmp_path, orientation):
    upright = picture(4, (60, 40))
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # how a camera held so would store it
    stored = upright if undo is None else upright.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    files = classes({"other": 2}) | {
        f"turned/{format}": encoded(stored, format, exif=exif, **options)
        for format, options in (("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"quality": 95}))
    }
    files["turned/TIFF"] = encoded(stored, "TIFF", tiffinfo={0x0112: orientation})
    world = open_world(folder(tmp_path, files))
    for k in np.flatnonzero(world.labels == world.classes.index("turned")):
        assert close(world.show(int(k), 60), np.asarray(upright)), world.names[k]


def test_a_large_picture_that_its_reader_turns_keeps_its_shape(tmp_path):
    upright = picture(4, (1200, 900))
    stored = encoded(upright.transpose(Image.Transpose.ROTATE_90), "TIFF", tiffinfo={0x0112: 6})
    world = open_world(folder(tmp_path, classes({"a": 2}) | {"b/0.tif": stored, "b/1.jpg": jpeg(71)}))
    assert close(world.show(2, 300), np.asarray(upright.resize((300, 225), Image.Resampling.BICUBIC)), most=1)


@pytest.mark.parametrize(("pixels", "together"), [(640 * 480, 1), (2 * 640 * 480, 2), (64, 1)])
def test_no_more_pictures_are_decoded_at_once_than_memory_allows(monkeypatch, pixels, together):
    monkeypatch.setattr(decode, "MOST_BYTES_AT_ONCE", pixels * decode.BYTES["JPEG"])
    monkeypatch.setattr(decode, "cores", lambda: 4)
    monkeypatch.setattr(reduced, "decoded", counted := Counted())
    list(decode.in_order(lambda seed: reduced.reduced(jpeg(seed, (640, 480))), range(12)))
    assert counted.most == together
    assert decode._taken == 0


def test_read_gives_chunks_in_the_order_asked_for(tmp_path):
    world = open_world(folder(tmp_path, classes({"cats": 70, "dogs": 70})))
    order = np.random.default_rng(0).permutation(140)
    chunks = list(world.read(order, 24))
    assert len(chunks) > 1
    assert all(chunk.shape[1:] == (24, 24, 3) and chunk.dtype == np.uint8 for chunk in chunks)
    joined = np.concatenate(chunks)
    for k in (0, 63, 64, 139):
        np.testing.assert_array_equal(joined[k], world.pictures([order[k]], 24)[0])
    assert world.pictures([], 24).shape == (0, 24, 24, 3)


def test_labels_and_indices_do_not_depend_on_size_and_enlarging_works(tmp_path):
    world = open_world(folder(tmp_path, classes(PAIR) | {"cats/cut.jpg": jpeg(1)[:-300]}))
    assert len(world) == 7
    for size in (8, 48, 300):
        assert world.pictures(range(7), size).shape == (7, size, size, 3)
    assert world.show(0, 160).shape == (128, 160, 3)


@pytest.mark.parametrize("name", ["temple", "gravel"])
@pytest.mark.parametrize("size", [(1999, 2501), (3000, 3000), (700, 613)])  # drafted at 1/4, at 1/8, not at all
def test_reduced_decoding_stays_close_to_full_decoding(tmp_path, name, size):
    original = photograph(name).resize(size, Image.Resampling.BICUBIC)
    data = encoded(original, "JPEG", quality=92)
    assert 320 <= min(decoded(opened(data), reduced.SHORT).size) <= 480
    world = open_world(folder(tmp_path, {"a/0.jpg": data, "a/1.jpg": jpeg(71)} | classes({"b": 2})))
    full = Image.open(tmp_path / "a/0.jpg").convert("RGB")
    for wanted in (24, 48, 128, 224):
        error = np.abs(world.pictures([0], wanted)[0].astype(float) - square(full, wanted))
        assert error.mean() < 2  # of 255; a shift by half a pixel of the draft would give more
    shown = world.show(0, 320)
    assert abs(shown.shape[0] / shown.shape[1] - full.height / full.width) < 0.01
    assert close(shown, np.asarray(full.resize(shown.shape[1::-1], Image.Resampling.BICUBIC)), most=2.5)


def test_lossless_pictures_stay_exact(tmp_path):
    image = picture(1, (32, 32))
    files = {f"a/{k}.{format}": encoded(image, format) for k, format in enumerate(("PNG", "BMP", "GIF", "TIFF"))}
    world = open_world(folder(tmp_path, files | classes({"b": 2})))
    for k in (0, 1, 3):
        np.testing.assert_array_equal(world.pictures([k], 32)[0], np.asarray(image))


def test_copies_across_given_parts_leave_training(tmp_path):
    files = classes(PAIR, "train/") | classes(PAIR, "test/", seed=1)
    files["train/cats/again.jpg"] = files["test/cats/0.jpg"]
    files["train/cats/twice.jpg"] = files["train/cats/0.jpg"]
    world = open_world(zipped(tmp_path / "z.zip", files))
    assert world.skipped == (Skipped("train/cats/again.jpg", "the same picture is held out as test/cats/0.jpg"),)
    assert "train/cats/twice.jpg" in world.names


def test_copies_never_fall_into_two_parts(tmp_path):
    files = classes({"cats": 12, "dogs": 12})
    files |= {f"cats/copy {k}.jpg": files[f"cats/{k}.jpg"] for k in range(12)}
    world = open_world(folder(tmp_path, files))
    digests = [files[name] for name in world.names]
    for part in vars(split(world)).values():
        mine = {digests[k] for k in part}
        assert not mine & {digests[k] for k in range(len(world)) if k not in part}


def test_classes_of_one_picture_are_skipped_by_name(tmp_path):
    files = classes(PAIR | {"emu": 1, "gnu": 2}) | {"gnu/1.jpg": b"broken"}
    world = open_world(folder(tmp_path, files))
    assert world.classes == ("cats", "dogs")
    assert "only 1 usable picture" in reasons(world)["emu"]
    assert "only 1 usable picture" in reasons(world)["gnu"]


def test_a_class_that_is_only_tested_is_skipped_by_name(tmp_path):
    files = classes(PAIR, "train/") | classes(PAIR | {"emu": 3}, "test/", seed=1)
    world = open_world(folder(tmp_path, files))
    assert world.classes == ("cats", "dogs")
    assert reasons(world) == {"emu": "a class without pictures to train on"}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, r"no picture in it can be used; put"),
        ({"a.jpg": jpeg(1)}, r"no picture in it can be used \(the first file: a.jpg, it lies in no class folder\)"),
        (classes({"cats": 5}), r"only one class, cats\.$"),
        (
            classes({"cats": 5, "dogs": 1}),
            r"only cats is left \(dogs: a class with only 1 usable picture; 2 are needed\)\.$",
        ),
        ({"a/1.jpg": b"x", "b/1.txt": b"y"}, r"the first file: a/1.jpg, not a picture"),
    ],
)
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_unusable_folders_are_refused_in_one_sentence(tmp_path, write, files, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        open_world(write(tmp_path, files) if files else folder(tmp_path / "empty", {"x/.keep": b""}))
    assert str(refused.value).startswith("data=")
    assert "\n" not in str(refused.value)


def test_links_inside_a_folder_are_skipped_by_name(tmp_path):
    address = folder(tmp_path / "world", classes(PAIR))
    secret = tmp_path / "secret"
    folder(secret, {"0.jpg": jpeg(5)})
    (tmp_path / "world" / "cats" / "link.jpg").symlink_to(secret / "0.jpg")
    (tmp_path / "world" / "elsewhere").symlink_to(secret)
    world = open_world(address)
    assert len(world) == 7
    assert set(reasons(world)) == {"cats/link.jpg", "elsewhere"}


def test_the_fingerprint_follows_the_files(tmp_path):
    address = folder(tmp_path / "f", classes(PAIR))
    before = fingerprint(address)
    assert before == fingerprint(address) == open_world(address).fingerprint
    (tmp_path / "f" / "cats" / "0.jpg").write_bytes(jpeg(99))
    assert fingerprint(address) != before


def test_the_fingerprint_of_a_zip_is_that_of_its_content_not_of_its_place(tmp_path):
    one, same = zipped(tmp_path / "a.zip", classes(PAIR)), zipped(tmp_path / "elsewhere" / "b.zip", classes(PAIR))
    other = zipped(tmp_path / "c.zip", classes(PAIR, seed=1))
    assert fingerprint(one) == fingerprint(same) == open_world(one).fingerprint != fingerprint(other)


def test_pictures_are_decoded_once_with_progress(tmp_path, monkeypatch):
    address = zipped(tmp_path / "a.zip", classes({"cats": 20, "dogs": 20}))
    steps = list(prepare(address))
    assert steps[-1] == (40, 40)
    assert len(steps) > 3
    monkeypatch.setattr(reduced, "reduced", None)  # nothing is decoded again
    assert list(prepare(address)) == []
    assert len(open_world(address)) == 40


def test_stopped_preparation_leaves_nothing_behind(tmp_path, home):
    steps = prepare(folder(tmp_path / "f", classes({"cats": 30, "dogs": 30})))
    next(steps)
    steps.close()
    assert list((home / "cache" / "pictures").iterdir()) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(tmp_path, home, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reduced.os, "rename", full)
    with pytest.raises(Refused, match=r"TRANSFERLAB_HOME=.*No space left on device"):
        open_world(folder(tmp_path / "f", classes(PAIR)))
    assert list((home / "cache" / "pictures").iterdir()) == []


def test_a_damaged_cache_is_made_again(tmp_path, home):
    address = folder(tmp_path / "f", classes(PAIR))
    before = open_world(address).pictures(range(7), 16)
    for file in (home / "cache" / "pictures").glob("*/pixels.bin"):
        file.write_bytes(b"")
    np.testing.assert_array_equal(open_world(address).pictures(range(7), 16), before)


def test_an_open_world_outlives_its_cache(tmp_path, home):
    world = open_world(folder(tmp_path / "f", classes(PAIR)))
    reduced.forget(world.fingerprint)
    assert world.pictures(range(7), 16).shape == (7, 16, 16, 3)


def test_the_cache_forgets_what_was_used_longest_ago(tmp_path, home):
    worlds = [open_world(folder(tmp_path / str(seed), classes(PAIR, seed=seed))) for seed in range(3)]
    folders = [reduced.folder_of(world.fingerprint) for world in worlds]
    for age, path in enumerate(folders):
        os.utime(path, (10**9 - age, 10**9 - age))
    reduced.trim(keep=folders[2], cap_bytes=(folders[0] / "pixels.bin").stat().st_size + 1)
    assert [path.exists() for path in folders] == [True, False, True]


def test_real_pictures_with_a_given_split(tmp_path, shared_data):
    with zipfile.ZipFile(shared_data / "cifar10_small.zip") as whole:
        names = [name for name in whole.namelist() if name.endswith(("0.png", "0.jpg"))][::10]
        address = zipped(tmp_path / "some.zip", {name: whole.read(name) for name in names})
    world = open_world(address)
    parts = split(world)
    assert (len(world), len(world.classes), world.skipped) == (len(names), 10, ())
    for part in vars(parts).values():
        assert set(world.labels[part]) == set(range(10))
    assert all("test" in world.names[k] for k in parts.test)
    assert world.pictures(parts.train[:10], 48).shape == (10, 48, 48, 3)
