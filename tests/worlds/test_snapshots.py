"""Pictures handed over by a browser: a world like any other upload, or one sentence, whatever was sent."""

import base64
import io
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.runs.settings import Refused
from core.worlds import open_world
from core.worlds.snapshots import FEWEST, LONGEST_NAME, MOST_BYTES, MOST_CLASSES, MOST_PICTURES, folder_name, packed
from core.worlds.sources import open_source
from core.worlds.uploads import LIMITS, store_upload
from tests.worlds.drawn import jpeg

pytestmark = pytest.mark.usefixtures("home")
HARSH = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sent(data):
    return base64.b64encode(data).decode()


DRAWN = [sent(jpeg(k)) for k in range(20)]


def handed(**classes):
    """What the browser sends: so many pictures of each named class, all different."""
    pictures = iter(DRAWN)
    return [{"name": name, "pictures": [next(pictures) for _ in range(count)]} for name, count in classes.items()]


def test_snapshots_become_a_world_of_their_classes():
    world = open_world(store_upload(packed(handed(cat=10, dog=7)), "a"))
    assert world.classes == ("cat", "dog")
    assert [int((world.labels == label).sum()) for label in (0, 1)] == [10, 7]
    assert world.skipped == ()
    assert world.pictures([0], 24).shape == (1, 24, 24, 3)


def test_equal_pictures_have_an_equal_address():
    assert packed(handed(cat=3, dog=3)) == packed(handed(cat=3, dog=3)) != packed(handed(cat=3, dogs=3))


def test_a_class_without_pictures_is_left_out():
    with zipfile.ZipFile(io.BytesIO(packed(handed(cat=3, empty=0, dog=4)))) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"cat", "dog"}


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("cat", "cat"),
        ("", "class 3"),
        ("   ", "class 3"),
        ("..", "class 3"),
        ("../../etc", "etc"),
        ("a/b\\c", "a b c"),
        ("C:cat", "C cat"),
        (".hidden", "hidden"),
        ("__MACOSX", "class 3"),
        ("cat\0\n\tdog", "catdog"),
        ("\ud800cat", "cat"),
        ("e\u0301", "é"),
        ("🐈", "🐈"),
        ("猫 и кот", "猫 и кот"),
        ("x" * 200, "x" * LONGEST_NAME),
    ],
)
def test_a_name_becomes_a_safe_folder(name, folder):
    assert folder_name(name, 2) == folder


@HARSH
@given(st.text(max_size=250))
@example(". " * 30)
@example("\u202e" * 300)
def test_any_name_comes_out_of_the_zip_as_it_was_made_safe(tmp_path, name):
    safe = folder_name(name, 0)
    assert 0 < len(safe) <= LONGEST_NAME
    file = tmp_path / "a.zip"
    file.write_bytes(packed([{"name": name, "pictures": DRAWN[:3]}, {"name": "another one", "pictures": DRAWN[3:6]}]))
    source = open_source(file, "a", LIMITS)
    assert {entry.path[0] for entry in source.entries} == {safe, "another one"}
    assert not source.skipped
    source.close()


BAD = {
    "nothing": None,
    "no list": {"cat": []},
    "a word": "pictures",
    "a class that is a list": [["cat", []]],
    "no name": [{"pictures": []}, {"pictures": []}],
    "a name that is a number": [{"name": 3, "pictures": DRAWN[:3]}, *handed(dog=3)],
    "pictures that are a word": [{"name": "cat", "pictures": "abc"}, *handed(dog=3)],
    "a picture that is a number": [{"name": "cat", "pictures": [1, 2, 3]}, *handed(dog=3)],
    "no classes": [],
    "one class": handed(cat=5),
    "one class with pictures": handed(cat=5, dog=0),
    "too few pictures": handed(cat=FEWEST - 1, dog=5),
    "too many pictures": [{"name": "cat", "pictures": DRAWN[:1] * (MOST_PICTURES + 1)}, *handed(dog=5)],
    "too many classes": [{"name": str(k), "pictures": DRAWN[:3]} for k in range(MOST_CLASSES + 1)],
    "equal names": [*handed(cat=3), *handed(cat=4)],
    "names equal but for capitals": handed(Cat=3, cAT=4),
    "names equal once they are safe": [*handed(cat=3), {"name": "/cat.", "pictures": DRAWN[:3]}],
    "a chosen name equal to a given one": [{"name": "", "pictures": DRAWN[:3]}, {"name": "class 1", "pictures": DRAWN}],
    "broken base64": [{"name": "cat", "pictures": ["@@@@", "x", "="]}, *handed(dog=3)],
    "letters beyond base64": [{"name": "cat", "pictures": ["é" * 8] * 3}, *handed(dog=3)],
    "a huge picture": [{"name": "cat", "pictures": ["A" * 2 * MOST_BYTES] * 3}, *handed(dog=3)],
}


@pytest.mark.parametrize("payload", BAD.values(), ids=BAD)
def test_what_cannot_be_used_is_refused_in_one_sentence(payload):
    with pytest.raises(Refused) as refused:
        packed(payload)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_pictures_that_are_none_are_refused_by_the_world_not_by_a_traceback():
    words = [{"name": name, "pictures": [sent(b"no picture %d" % k) for k in range(3)]} for name in ("cat", "dog")]
    with pytest.raises(Refused, match="no picture in it can be used"):
        open_world(store_upload(packed(words), "a"))


picture = st.one_of(st.sampled_from(DRAWN), st.binary(max_size=60).map(sent), st.text(max_size=30), st.none())
cls = st.fixed_dictionaries(
    {}, optional={"name": st.text(max_size=60) | st.integers(), "pictures": st.lists(picture, max_size=8)}
)
whatever = st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3))


@HARSH
@given(st.lists(cls | whatever, max_size=4) | whatever)
@example(handed(cat=4, dog=5))
def test_whatever_is_handed_over_is_a_world_or_one_sentence(payload):
    try:
        seen = len(open_world(store_upload(packed(payload), "a")).classes)
    except Refused as refused:
        seen = str(refused)
    assert "\n" not in seen if isinstance(seen, str) else seen >= 2


def test_the_largest_album_fits_into_one_message_of_the_server():
    from streamlit import config

    one = len(sent(b"x" * MOST_BYTES)) + len('"",') + LONGEST_NAME
    assert MOST_CLASSES * MOST_PICTURES * one < 0.98 * 1e6 * config.get_option("server.maxWidgetStateSize")
