"""What students bring: hostile zips are refused in one sentence, the others are kept by content and forgotten."""

import gzip
import io
import os
import stat
import struct
import tarfile
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.runs.settings import Refused
from core.worlds import fingerprint, open_world, prepare, uploads
from core.worlds.sources import Limits, open_source
from core.worlds.uploads import forget, is_kept, is_prepared, read_picture, store_picture, store_upload, sweep
from tests.worlds.drawn import classes, encoded, jpeg, picture, zipped

pytestmark = [
    pytest.mark.usefixtures("home"),
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning"),  # Pillow's, of broken pictures
]
PAIR = classes({"cats": 3, "dogs": 3})


def archive(files, packing=zipfile.ZIP_DEFLATED, change=None):
    """The bytes of a zip; `change(info)` may spoil the description of each entry."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as made:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = packing
            if change:
                change(info)
            made.writestr(info, data)
    return file.getvalue()


def named(name):
    """A zip with one more entry of exactly this name, which `zipfile` itself would tidy."""
    stand_in = "x" * len(name.encode())
    return archive(PAIR | {stand_in: b"data"}).replace(stand_in.encode(), name.encode())


def link(info):
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def encrypted():
    data = bytearray(archive(PAIR))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + offset] |= 1
    return bytes(data)


def overlapping():
    """The table of contents says that the second file lies where the first one does."""
    data = bytearray(archive(PAIR, zipfile.ZIP_STORED))
    second = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 1)
    data[second + 42 : second + 46] = bytes(4)
    return bytes(data)


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        about = tarfile.TarInfo("cats/0.jpg")
        about.size = 4
        tar.addfile(about, io.BytesIO(b"cats"))
    return file.getvalue()


def last_part():
    """The end of a zip in three parts: its files lie in the others."""
    whole = archive(PAIR)
    table, end = whole.find(b"PK\x01\x02"), whole.rfind(b"PK\x05\x06")
    return whole[table:end] + b"PK\x05\x06" + struct.pack("<HH", 2, 0) + whole[end + 8 :]


HOSTILE = {
    "upwards": (named("../../evil.jpg"), r"the entry '../../evil.jpg' leads out of its folder\.$"),
    "upwards inside": (named("cats/../../evil.jpg"), "leads out of its folder"),
    "absolute": (named("/etc/evil.jpg"), "leads out of its folder"),
    "drive": (named("C:/evil.jpg"), "leads out of its folder"),
    "backslash": (named("cats\\..\\evil.jpg"), "leads out of its folder"),
    "link": (archive(PAIR, change=link), r"is a link; put the picture itself in\.$"),
    "password": (encrypted(), r"it asks for a password; make it again without one\.$"),
    "bomb": (archive(PAIR | {"cats/bomb.jpg": bytes(30_000_000)}), r"packed more than 100-fold"),
    "many small bombs": (archive(PAIR | {f"cats/{k}.jpg": bytes(5_000_000) for k in range(9)}), "more than 100-fold"),
    "one file under two names": (overlapping(), "its files lie over one another"),
    "folders without end": (archive(PAIR | {"a/" * 9000 + "1.jpg": jpeg(1)}), "lies in more than 100 folders"),
    "a picture": (jpeg(1), r"it is one picture, not a zip; make a zip of its pictures\.$"),
    "text": (b"cats and dogs", "it is not a zip; put the pictures into one folder a class"),
    "a rar": (b"Rar!\x1a\x07\x00" + bytes(99), "it is a rar archive, not a zip"),
    "a 7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "it is a 7z archive, not a zip"),
    "a gzip": (gzip.compress(b"cats"), "it is a gzip archive, not a zip"),
    "a tar": (tarred(), "it is a tar archive, not a zip"),
    "a web page": (b"\n<!DOCTYPE html><html>404", "it is a web page, not a zip"),
    "empty file": (b"", r"it is empty; make the zip again\.$"),
    "cut off": (archive(PAIR)[:-60], "it is a zip that was cut off on the way"),
    "cut in the middle": (archive(PAIR)[:900], "it is a zip that was cut off on the way"),
    "first of several parts": (b"PK\x07\x08" + archive(PAIR)[:900], "it is one part of a zip that was split"),
    "last of several parts": (last_part(), "it is one part of a zip that was split"),
}


@pytest.mark.parametrize(("data", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_zips_are_refused_before_anything_in_them_is_read(data, sentence, home, monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(Refused, match=sentence) as refused:
        store_upload(data, "holiday.zip")
    assert str(refused.value).startswith("data=holiday.zip cannot be used: ")
    assert "\n" not in str(refused.value)
    assert list((home / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(entries=5), r"it holds 6 files; at most 5 can be used\.$"),
        (Limits(total=1000), r"at most 1e-06 GB can be used\.$"),
        (Limits(contents=300), r"it holds more than 100000 files\.$"),
    ],
)
def test_a_zip_of_too_much_is_refused(tmp_path, limits, sentence):
    address = zipped(tmp_path / "much.zip", PAIR)
    with pytest.raises(Refused, match=sentence):
        open_source(Path(address), address, limits)


def test_a_folder_of_too_many_files_is_refused(tmp_path):
    from tests.worlds.drawn import folder

    with pytest.raises(Refused, match=r"more than 5 files\.$"):
        open_source(Path(folder(tmp_path, PAIR)), "here", Limits(entries=5))


def test_a_table_of_contents_that_would_not_fit_into_memory_is_not_parsed(tmp_path, monkeypatch):
    path = tmp_path / "table.zip"
    path.write_bytes(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 0xF0000000, 0, 0))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(Refused, match="more than 100000 files"):
        open_source(path, "here")


def spoiled(data, name):
    """The zip with the content of one entry destroyed."""
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        start = made.getinfo(name).header_offset + 30 + len(name)
    return data[:start] + b"\xff" * 40 + data[start + 40 :]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (spoiled(archive(PAIR), "cats/1.jpg"), "damaged inside the zip"),
        (spoiled(archive(PAIR, zipfile.ZIP_STORED), "cats/1.jpg"), "damaged inside the zip (its checksum is wrong)"),
    ],
)
def test_a_damaged_entry_is_skipped_by_name(data, reason):
    world = open_world(store_upload(data, "a.zip"))
    assert len(world) == 5
    assert [(s.name, s.reason) for s in world.skipped] == [("cats/1.jpg", reason)]


def test_a_method_of_packing_that_may_take_all_memory_is_not_tried():
    files = io.BytesIO(archive(PAIR))
    with zipfile.ZipFile(files, "a", zipfile.ZIP_LZMA) as made:
        made.writestr("cats/odd.jpg", jpeg(50))
    world = open_world(store_upload(files.getvalue(), "a.zip"))
    assert [(s.name, s.reason) for s in world.skipped] == [("cats/odd.jpg", "packed by a method that is not read here")]


def test_a_header_that_lies_about_the_size_unpacks_no_more_than_it_says():
    """Ten bytes, it says, where 200 million zeros are packed."""
    bomb = archive(PAIR | {"cats/bomb.jpg": bytes(200_000_000)}, zipfile.ZIP_DEFLATED)
    data = bomb.replace(struct.pack("<I", 200_000_000), struct.pack("<I", 10))
    tracemalloc.start()
    try:
        world = open_world(store_upload(data, "a.zip"))
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert len(world) == 6
    assert [(s.name, s.reason) for s in world.skipped] == [
        ("cats/bomb.jpg", "damaged inside the zip (its checksum is wrong)")
    ]


def test_a_zip_inside_a_zip_stays_closed():
    world = open_world(
        store_upload(archive(PAIR | {"cats/more.zip": archive(PAIR), "cats/more.jpg": archive(PAIR)}), "a.zip")
    )
    assert len(world) == 6
    assert {s.name for s in world.skipped} == {"cats/more.zip", "cats/more.jpg"}
    assert all("not a picture" in s.reason for s in world.skipped)


def test_folders_written_with_backslashes_are_folders():
    data = archive(PAIR)
    for cls in (b"cats", b"dogs"):
        data = data.replace(cls + b"/", cls + b"\\")
    world = open_world(store_upload(data, "windows.zip"))
    assert (world.classes, len(world)) == (("cats", "dogs"), 6)
    assert world.names[0] == "cats/0.jpg"


def test_names_written_twice_are_used_once_and_said():
    data = archive(PAIR | {"cats/x.jpg": jpeg(60)}).replace(b"cats/x.jpg", b"cats/0.jpg")
    world = open_world(store_upload(data, "a.zip"))
    assert len(world) == 6
    assert [s.name for s in world.skipped] == ["cats/0.jpg"]


def test_a_large_entry_is_skipped_unread(tmp_path):
    from core.worlds.folders import open_prepared

    files = PAIR | {"cats/large.jpg": os.urandom(60_000)}
    path = Path(zipped(tmp_path / "a.zip", files))
    world = open_prepared(path, str(path), "here", "key", Limits(file=50_000))
    assert [s.name for s in world.skipped] == ["cats/large.jpg"]
    assert "larger than" in world.skipped[0].reason


def test_the_same_bytes_have_the_same_address_however_they_come(tmp_path):
    data = archive(PAIR)
    (tmp_path / "a.zip").write_bytes(data)
    with open(tmp_path / "a.zip", "rb") as stream:
        stream.read(10)
        addresses = {store_upload(source, "a.zip") for source in (data, tmp_path / "a.zip", stream)}
    assert len(addresses) == 1
    address = addresses.pop()
    assert address.startswith("upload:")
    assert store_upload(archive(PAIR | {"cats/9.jpg": jpeg(9)}), "a.zip") != address


def test_an_upload_is_a_world(home):
    address = store_upload(archive(PAIR), "a.zip")
    assert list(prepare(address))[-1] == (6, 6)
    world = open_world(address)
    assert (world.address, world.name, world.classes) == (address, "your photos", ("cats", "dogs"))
    assert world.fingerprint == fingerprint(address)
    assert address[7:] in world.fingerprint
    assert sorted(path.name for path in home.iterdir()) == ["cache", "uploads"]


def test_too_large_an_upload_is_refused_and_not_kept(home):
    with pytest.raises(Refused, match="larger than"):
        store_upload(archive(PAIR), "a.zip", most_bytes=1000)
    assert list((home / "uploads").iterdir()) == []


def test_a_forgotten_upload_leaves_no_byte_behind(home):
    address, other = store_upload(archive(PAIR), "a.zip"), store_picture(jpeg(1))
    open_world(address)
    forget([address, other, other])
    assert [path for path in home.rglob("*") if path.is_file()] == []
    for ask in (open_world, fingerprint, lambda gone: list(prepare(gone))):
        with pytest.raises(Refused, match=r"these pictures were deleted; upload them again\.$"):
            ask(address)
    with pytest.raises(Refused, match="deleted"):
        read_picture(other, 32)


def test_what_is_forgotten_while_it_is_looked_through_leaves_no_byte_behind(home):
    address = store_upload(archive(classes({"cats": 20, "dogs": 20})), "a.zip")
    steps = prepare(address)
    while next(steps)[0] < 40:
        pass
    assert list((home / "cache" / "pictures").iterdir())
    forget([address])  # all are decoded, and the copies not in their place yet
    assert list((home / "cache" / "pictures").iterdir()) == [], "a process that is killed now leaves nothing either"
    with pytest.raises(Refused, match="deleted"):
        next(steps)
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_it_is_known_whether_an_upload_is_kept_and_prepared():
    address = store_upload(archive(PAIR), "a.zip")
    assert (is_kept(address), is_prepared(address)) == (True, False)
    open_world(address)
    assert is_prepared(address)
    forget([address])
    assert not is_kept(address)
    with pytest.raises(Refused, match="deleted"):
        is_prepared(address)


def test_the_sweep_deletes_what_was_not_used_for_a_day(home):
    used, unused = store_upload(archive(PAIR), "a.zip"), store_picture(jpeg(1))
    gone = store_upload(archive(PAIR | {"cats/9.jpg": jpeg(9)}), "b.zip")
    open_world(gone)
    old = time.time() - 25 * 3600
    for file in (home / "uploads").iterdir():
        os.utime(file, (old, old))
    (home / "uploads" / ".draft-1").write_bytes(b"")
    os.utime(home / "uploads" / ".draft-1", (old, old))
    open_world(used)  # counts as use
    assert set(sweep()) == {unused, gone}
    assert [file.name for file in (home / "uploads").iterdir()] == [f"{used[7:]}.zip"]
    assert len(list((home / "cache" / "pictures").iterdir())) == 1
    assert sweep() == []


@pytest.mark.parametrize("address", ["upload:", "upload:../../etc/passwd", "upload:" + "A" * 64, "upload:" + "0" * 63])
def test_an_address_cannot_name_another_file(address):
    for ask in (open_world, fingerprint, lambda wrong: forget([wrong])):
        with pytest.raises(Refused, match="64 hexadecimal digits"):
            ask(address)


def test_single_pictures_are_seen_as_those_of_a_world():
    data = jpeg(7, (1200, 900))
    seen = read_picture(store_picture(data), 64)
    files = archive(PAIR | {"cats/seven.jpg": data})
    world = open_world(store_upload(files, "a.zip"))
    np.testing.assert_array_equal(seen, world.pictures([world.names.index("cats/seven.jpg")], 64)[0])


def test_single_pictures_of_any_kind_become_rgb():
    for format in ("PNG", "GIF", "WEBP", "BMP", "TIFF"):
        seen = read_picture(store_picture(encoded(picture(3, (50, 40)), format)), 40)
        assert (seen.shape, seen.dtype) == ((40, 40, 3), np.uint8)


@pytest.mark.parametrize("data", [b"", b"text", jpeg(1)[:300], archive(PAIR), encoded(Image.new("1", (2, 2)), "PNG")])
def test_what_is_no_picture_is_refused(data, home):
    with pytest.raises(Refused, match=r"picture=cat.jpg cannot be used: .*\.$"):
        store_picture(data, "cat.jpg")
    assert not list(home.rglob("*.picture"))


def test_an_unwritable_home_is_one_sentence(home, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Refused, match=r"TRANSFERLAB_HOME.*No space left on device"):
        store_upload(archive(PAIR), "a.zip")
    with pytest.raises(Refused, match=r"TRANSFERLAB_HOME.*No space left on device"):
        store_picture(jpeg(1))


GOOD = archive(PAIR | {"cats/p.png": encoded(picture(9), "PNG"), "dogs/g.gif": encoded(picture(8), "GIF")})
HARSH = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def asked(function):
    """What a function returns, or the one sentence of its refusal."""
    try:
        return function()
    except Refused as refused:
        return str(refused)


@HARSH
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6))
def test_a_spoiled_zip_is_loaded_or_refused_in_one_sentence(tmp_path, changes):
    data = bytearray(GOOD)
    for at, piece in changes:
        data[at : at + len(piece)] = piece
    world = asked(lambda: open_world(store_upload(bytes(data), "a.zip")))
    if isinstance(world, str):
        assert "\n" not in world
    else:
        assert world.pictures(range(len(world)), 16).shape == (len(world), 16, 16, 3)
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


@HARSH
@given(
    st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"]),
    st.lists(st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=6)), min_size=1, max_size=5),
    st.integers(10, 3000),
)
def test_a_spoiled_picture_is_read_or_refused_in_one_sentence(format, changes, length):
    data = bytearray(encoded(picture(5), format))[:length]
    for at, piece in changes:
        data[at : at + len(piece)] = piece
    seen = asked(lambda: read_picture(store_picture(bytes(data), "a"), 16))
    assert "\n" not in seen if isinstance(seen, str) else seen.shape == (16, 16, 3)


def test_limits_of_uploads_are_stricter_than_of_files():
    assert uploads.LIMITS.total < Limits().total
