"""Names of files and folders: read as their makers wrote them, shown without tricks, and never two made one."""

import os
import sys
import unicodedata
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.runs.settings import Refused
from core.worlds import open_world
from core.worlds.names import UNSEEN, cleaned, code_page, paths_of
from core.worlds.sources import open_source
from core.worlds.uploads import store_upload
from tests.worlds.drawn import classes, folder, jpeg
from tests.worlds.hostile import UTF8, Entry, zipped_by_hand

MANY = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WRITTEN = [
    ("gbk", ["猫", "狗"]),
    ("gbk", ["苹果", "香蕉", "橙子"]),
    ("gbk", ["汽车", "飞机", "轮船"]),
    ("cp932", ["猫", "犬"]),
    ("cp932", ["能力", "表示", "ソース"]),  # the second byte of 能, 表 and ソ is a backslash
    ("cp932", ["りんご", "バナナ"]),
    ("big5", ["貓", "狗"]),
    ("cp866", ["кошки", "собаки"]),
    ("cp866", ["яблоки", "груши"]),
    ("cp1251", ["кошки", "собаки"]),
    ("cp1252", ["Äpfel", "Birnen"]),
    ("cp1252", ["éléphants", "chats"]),
    ("cp437", ["Äpfel", "Birnen"]),
    ("cp437", ["Rotkehlchen", "Blaumeise", "Grünfink"]),
    ("cp850", ["São Paulo", "Rio"]),
]


@pytest.mark.parametrize(("page", "names"), WRITTEN, ids=[f"{page}-{names[0]}" for page, names in WRITTEN])
def test_a_zip_of_another_machine_is_read_in_its_code_page(tmp_path, page, names):
    entries = [
        Entry(f"{name}/{k}.jpg".encode(page), jpeg(9 * j + k), flags=0)
        for j, name in enumerate(names)
        for k in range(2)
    ]
    path = tmp_path / "theirs.zip"
    path.write_bytes(zipped_by_hand(entries))
    world = open_world(str(path))
    assert set(world.classes) == set(names)
    assert any(note.startswith("Its names were read as cp") or page in note for note in world.notes)


def test_names_that_say_what_they_are_are_believed(tmp_path):
    local = "çàt".encode("cp850")
    field = b"\x01" + zlib.crc32(local).to_bytes(4, "little") + "猫 çàt".encode()
    extra = b"\x75\x70" + len(field).to_bytes(2, "little") + field
    entries = [
        Entry("ночь/0".encode(), b"", flags=UTF8),
        Entry("день/0".encode(), b"", flags=0),  # UTF-8 that does not say so
        Entry(local, b"", flags=0, extra=extra),
        Entry(b"plain/0", b"", flags=0),
    ]
    path = tmp_path / "z.zip"
    path.write_bytes(zipped_by_hand(entries))
    source = open_source(path, "z.zip")
    assert [str(entry) for entry in source.entries] == ["ночь/0", "день/0", "猫 çàt", "plain/0"]
    assert source.notes == []


@pytest.mark.parametrize(
    "name", ["می\u200cخواهم", "👩\u200d🌾", "क्\u200dष", "tea\u00a0pot", "全\u3000角", "\u200frtl", "𠀀", "#1 50% off"]
)
def test_joiners_and_odd_spaces_are_part_of_a_name(name):
    assert cleaned(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", "a%0Ab"),
        ("x\u202egpj", "x%E2%80%AEgpj"),
        ("\udcff", "%FF"),
        ("\x1b[31m", "%1B[31m"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_what_a_name_would_hide_is_written_out(name, shown):
    assert cleaned(name) == shown


def test_names_that_look_alike_when_cleaned_stay_apart():
    names = ["a\x07/1.jpg", "a%07/1.jpg", "cafe\u0301/1.jpg", "café/1.jpg", "b/e\u0301.jpg", "b/é.jpg"]
    assert paths_of(names) == [
        ("a%07 (2)", "1.jpg"),
        ("a%07", "1.jpg"),
        ("café", "1.jpg"),
        ("café", "1.jpg"),
        ("b", "é (2).jpg"),
        ("b", "é.jpg"),
    ]


def test_picture_folders_that_no_reader_can_tell_apart_are_two_classes(tmp_path):
    if sys.platform != "linux":
        pytest.skip("other systems know no such names")
    files = classes({"owl\x07": 2, "owl%07": 2})
    assert set(open_world(folder(tmp_path / "photos", files)).classes) == {"owl%07", "owl%07 (2)"}


RAW = st.lists(st.binary(min_size=0, max_size=12), min_size=1, max_size=8, unique=True)


@MANY
@given(RAW, st.sampled_from([0, UTF8]))
@example([b"", b"cats/1.jpg"], 0)
@example([b"\xff\xfe", b"\xff"], UTF8)
@example([b"a\\", b"a/", b"a"], 0)
def test_no_two_entries_of_a_zip_become_one(home, tmp_path, names, flags):
    """Any bytes: each entry is listed, or skipped by name, or the zip is refused; and what is listed can be shown."""
    path = tmp_path / "any.zip"
    path.write_bytes(zipped_by_hand([Entry(name, b"x%d" % k, flags=flags) for k, name in enumerate(names)]))
    try:
        source = open_source(path, "any.zip")
    except Refused:
        return
    paths = [entry.path for entry in source.entries]
    assert len(set(paths)) == len(paths)
    assert not any(UNSEEN.search(str(entry)) for entry in source.entries)
    contents = {source.read(entry) for entry in source.entries}
    assert len(contents) == len(paths)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
@MANY
@given(
    st.lists(
        st.binary(min_size=1, max_size=8).filter(
            lambda name: not set(name) & set(b"/\0") and name not in (b".", b"..")
        ),
        min_size=1,
        max_size=6,
        unique=True,
    )
)
@example([b"\xff", b"%FF"])
@example(["e\u0301".encode(), "é".encode()])
def test_no_two_files_of_a_folder_become_one(tmp_path_factory, names):
    top = os.fsencode(tmp_path_factory.mktemp("any"))
    for name in names:
        with open(os.path.join(top, name), "wb") as file:
            file.write(name)
    source = open_source(Path(os.fsdecode(top)), "any")
    paths = [entry.path for entry in source.entries]
    assert (
        len(set(paths))
        == len(paths)
        == sum(not name.startswith(b".") and name.lower() not in (b"thumbs.db",) for name in names)
    )
    assert {source.read(entry) for entry in source.entries} <= set(names)
    assert not any(UNSEEN.search(str(entry)) for entry in source.entries)


@MANY
@given(
    st.lists(
        st.text(st.characters(exclude_characters="/"), min_size=1, max_size=10), min_size=1, max_size=8, unique=True
    )
)
@example(["a\x07", "a%07", "a%07 (2)"])
def test_different_names_stay_different_and_plain_ones_stay_as_they_are(names):
    files = [name for name in names if name != "."]
    paths = paths_of(files)
    assert len(set(paths)) == len(files)
    composed = [unicodedata.normalize("NFC", name) for name in files]
    for name, (shown,) in zip(composed, paths, strict=True):
        if (
            not UNSEEN.search(name)
            and composed.count(name) == 1
            and not any(UNSEEN.search(other) for other in composed)
        ):
            assert shown == name


def test_a_code_page_that_fits_nothing_is_still_a_name(home):
    data = zipped_by_hand(
        [
            Entry(bytes([128 + k, 255 - k]) + b"/%d.jpg" % n, jpeg(k * 9 + n), flags=0)
            for k in range(3)
            for n in range(2)
        ]
    )
    assert len(open_world(store_upload(data, "odd.zip")).classes) == 3


def test_of_code_pages_that_read_alike_the_standard_of_zips_is_named():
    assert code_page([b"V\x94gel/1.jpg"]) == "cp437"
