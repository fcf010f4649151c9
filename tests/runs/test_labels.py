import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs import labels as module
from core.runs.labels import KINDS, MOST_POINTS, MOST_SECONDS, Label, Labels, area, as_text, checked, from_text
from core.runs.settings import Refused

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=24,
)


@given(st.sampled_from([*KINDS, "colour", 3]), ANYTHING, ANYTHING, ANYTHING)
def test_whatever_a_browser_sends_is_a_label_or_one_sentence(kind, picture, value, seconds):
    said, label = "", None
    try:
        label = checked(kind, picture, value, seconds)
    except Refused as refused:
        said = str(refused)
    assert "\n" not in said
    assert len(said) < 400
    if label is None:
        return
    assert 0 <= label.seconds <= MOST_SECONDS
    assert checked(label.kind, label.picture, label.value, label.seconds) == label


@pytest.mark.parametrize(
    ("kind", "picture", "value", "seconds"),
    [
        ("box", 3, [0, 0, math.nan, 1], 1),
        ("box", 3, [0.5, 0.5, 0.5001, 0.5001], 1),
        ("box", 3, [2, 2, 3, 3], 1),
        ("box", 3, [0, 0, 1], 1),
        ("mask", 3, [[0.1, 0.1], [0.2, 0.2]], 1),
        ("mask", 3, [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]], 1),
        ("mask", 3, [[0.5, 0.5]] * 10**6, 1),
        ("mask", 3, [[0.1, 0.1], [0.9, "x"], [0.9, 0.9]], 1),
        ("class", 3, "dog", 1),
        ("class", 3, 1.5, 1),
        ("class", -1, 0, 1),
        ("class", 10**400, 0, 1),
        ("class", 3, 0, math.inf),
        ("class", 3, 0, -1),
        ("class", 3, 0, None),
        ("colour", 3, 0, 1),
    ],
)
def test_a_hostile_label_is_refused(kind, picture, value, seconds):
    with pytest.raises(Refused):
        checked(kind, picture, value, seconds)


def test_a_label_has_one_form():
    assert checked("box", 1, [1.7, 0.8, -3, 0.2], 2).value == [0.0, 0.2, 1.0, 0.8]
    assert checked("class", 1.0, 2.0, 1).value == 2
    circle = [[0.5 + 0.3 * math.cos(k / 500), 0.5 + 0.3 * math.sin(k / 500)] for k in range(3141)]
    outline = checked("mask", 1, circle, 2).value
    assert len(outline) <= MOST_POINTS
    assert area(outline) == pytest.approx(math.pi * 0.09, rel=0.01)
    assert checked("class", 1, 0, 1e6).seconds == MOST_SECONDS


def test_the_area_of_a_polygon_is_that_of_the_shoelace():
    assert area(SQUARE) == pytest.approx(0.64)
    assert area(SQUARE[::-1]) == pytest.approx(0.64)
    assert area([[0, 0], [1, 0], [0, 1]]) == pytest.approx(0.5)


def test_labels_are_kept_by_owner_and_kind_and_a_redrawn_one_takes_the_place_of_the_old(home):
    store = Labels("toybox:b")
    store.add("ada", Label("box", 5, [0, 0, 1, 1], 4.0))
    store.add("ada", Label("box", 2, [0, 0, 0.5, 1], 2.0))
    store.add("ada", Label("box", 5, [0, 0, 1, 0.5], 3.0))
    store.add("ada", Label("class", 5, 1, 1.0))
    store.add("bob", Label("box", 5, [0, 0, 1, 1], 9.0))
    assert [label.picture for label in store.of("ada", "box")] == [5, 2]
    assert store.of("ada", "box")[0].value == [0, 0, 1, 0.5]
    assert store.typical("box") == {"ada": 2.5, "bob": 9.0}
    assert Labels("toybox:a").of("ada", "box") == []


def test_the_same_label_is_kept_once(home):
    store, label = Labels("toybox:b"), Label("class", 1, 0, 1.0)
    for _ in range(3):
        store.add("ada", label)
    (file,) = (home / "labels").iterdir()
    assert len(file.read_text().splitlines()) == 1


def test_labels_stay_bounded(home, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 2000)
    monkeypatch.setattr(module, "MOST_LABELS", 3)
    store = Labels("toybox:b")
    for k in range(60):
        store.add(f"owner {k}", Label("mask", k, SQUARE, 1.0))
    assert sum(file.stat().st_size for file in (home / "labels").iterdir()) < 3 * 2000
    assert store.of("owner 59", "mask"), "the newest are kept"
    for k in range(3):
        store.add("ada", Label("class", k, 0, 1.0))
    with pytest.raises(Refused, match="at most 3"):
        store.add("ada", Label("class", 3, 0, 1.0))


def test_names_stay_in_the_folder_and_forgetting_leaves_nothing(home):
    store = Labels("../../upload:x")
    store.add("ada", Label("class", 1, 0, 1.0))
    assert [file.name for file in (home / "labels").iterdir()] == ["______upload_x.jsonl"]
    store.forget()
    store.forget()
    assert list((home / "labels").iterdir()) == []


def test_labels_that_cannot_be_kept_are_one_sentence(home, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be written"):
        Labels("toybox:b", tmp_path / "file").add("ada", Label("class", 1, 0, 1.0))


@pytest.mark.parametrize(
    ("kind", "values"), [("class", [3, 1]), ("box", [[0, 0, 0.5, 1]] * 2), ("mask", [SQUARE, SQUARE[:3]])]
)
def test_labels_survive_the_text_of_a_run_without_their_seconds(kind, values):
    labels = [checked(kind, 10 - k, value, 5) for k, value in enumerate(values)]
    again = from_text(kind, as_text(labels))
    assert [(label.picture, label.value) for label in again] == [(label.picture, label.value) for label in labels]
    assert as_text(again) == as_text(labels)


@pytest.mark.parametrize("text", ["{", "[1]", '[["a",0]]', "[[1,NaN]]", "[" * 100_000, "[[1,0]]" * 2, "null", "[[1]]"])
def test_a_text_that_holds_no_labels_is_refused(text):
    with pytest.raises(Refused):
        from_text("class", text)
