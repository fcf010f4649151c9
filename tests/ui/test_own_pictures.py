"""Pictures of one's own in the wild, and labels that are handed on, without a browser."""

import io
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.look_through import look_through
from core.experiments.stations import STATIONS
from core.experiments.to_label import to_label
from core.runs.drive import drive
from core.runs.labels import Label, Labels, checked
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.ui.engine import engine
from core.worlds import open_world
from core.worlds.coco_written import Labelled, packed
from core.worlds.uploads import is_kept, store_upload
from pages.parts import hand_on, own_pictures
from tests.worlds.annotated_drawn import boxes_in, document, pairs, patched, pngs
from tests.worlds.drawn import classes, encoded, picture, zipped

pytestmark = pytest.mark.usefixtures("home")
PATCH = patched((1, 30, 10, 50, 30))
CAT = boxes_in([30, 10, 20, 20])[0]
OUTLINE = [[0.3, 0.3], [0.7, 0.3], [0.5, 0.8]]
FILES = {
    "folders": classes({"cats": 4, "dogs": 4}),
    "boxes": pngs(8) | {"a.json": document([CAT | {"image_id": k} for k in range(8)], 8)},
    "masks": pairs(*[PATCH] * 8),
    "three": pairs(*[PATCH] * 3),
}
FITS = {  # what each of them is good for
    "folders": set(),
    "boxes": {"faster_rcnn", "rcnn"},
    "masks": {"faster_rcnn", "rcnn", "fcn", "driu"},
    "three": set(),
}


def world_of(path, files):
    return open_world(store_upload(Path(zipped(path / "a.zip", files)), "a.zip"))


@pytest.mark.parametrize("name", FITS)
def test_what_a_system_cannot_learn_from_is_said_before(tmp_path, name):
    world = world_of(tmp_path, FILES[name])
    problems = {station: own_pictures.unfit(station, world) for station in own_pictures.ASKS}
    assert {station for station, problem in problems.items() if not problem} == FITS[name]
    assert all(problem.endswith(".") and "\n" not in problem for problem in problems.values() if problem)


def test_who_takes_pictures_of_ones_own_is_as_the_experiments_say(tmp_path):
    upload = store_upload(Path(zipped(tmp_path / "a.zip", FILES["masks"])), "a.zip")
    for name, station in STATIONS.items():
        if name in own_pictures.ASKS:
            assert Spec.of(station.run, data=upload, **station.how).settings.data == upload
            assert Spec.of(station.run, **station.how).settings.data in own_pictures.WORLDS
        elif name in own_pictures.REFUSED:
            with pytest.raises(Refused, match="only where depth is known"):
                Spec.of(station.run, data=upload, **station.how)


@pytest.fixture(scope="module")
def round_of_eight(tmp_path_factory):
    """A home in which the pictures of a round are there."""
    folder = tmp_path_factory.mktemp("round")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSFERLAB_HOME", str(folder))
        for _ in drive(Spec.of(to_label, pictures=8)):
            pass
        yield folder


@pytest.fixture
def labelled(round_of_eight, monkeypatch):
    """labelled(kind, values): the labels that ada has drawn, picture by picture."""
    monkeypatch.setenv("TRANSFERLAB_HOME", str(round_of_eight))
    monkeypatch.setattr(hand_on, "owner", lambda: "ada")
    from core.runs.store import Store

    numbers = [row["picture"] for row in Store().find(Spec.of(to_label, pictures=8).id).rows()]

    def draw(kind, values):
        Labels("toybox:b").forget()
        for number, value in zip(numbers, values, strict=False):
            Labels("toybox:b").add("ada", checked(kind, number, value, 2.0))
        Labels("toybox:b").add("bob", checked(kind, numbers[-1], values[0], 2.0))
        Labels("toybox:b").add("ada", Label(kind, 1, values[0]))  # of no picture of the round
        return hand_on.drawn("toybox:b", 8, kind), numbers

    return draw


def test_ones_own_labels_of_the_round_are_handed_on_with_the_class_of_their_picture(labelled):
    found, numbers = labelled("mask", [OUTLINE] * 5)
    world = open_world("toybox:b")
    assert [one.number for one in found] == numbers[:5], "neither another round's nor another student's"
    assert [one.cls for one in found] == [world.classes[world.labels[k]] for k in numbers[:5]]
    assert all((one.box, one.outline) == (None, OUTLINE) for one in found)
    found, _ = labelled("box", [[0.1, 0.2, 0.5, 0.6]] * 5)
    assert all((one.box, one.outline) == ([0.1, 0.2, 0.5, 0.6], None) for one in found)


def test_the_fewest_are_enough_for_the_system_that_they_are_meant_for(labelled):
    values = {"mask": OUTLINE, "box": [0.2, 0.2, 0.7, 0.8]}
    for kind, (station, *_) in hand_on.TAUGHT.items():
        found, _ = labelled(kind, [values[kind]] * hand_on.FEWEST)
        world = open_world(store_upload(hand_on._zip("toybox:b", found), "drawn"))
        assert not own_pictures.unfit(station, world)
        assert (len(world), world.skipped) == (hand_on.FEWEST, ())


def note_page():
    import streamlit as st

    from core.ui.upload import world_note

    world_note(st.query_params["data"])


def test_what_was_drawn_on_photos_is_forgotten_with_them(tmp_path):
    own = store_upload(Path(zipped(tmp_path / "a.zip", FILES["folders"])), "a.zip")
    for _ in drive(Spec.of(look_through, data=own)):
        pass
    shown = [Labelled(k, encoded(picture(k, (48, 48)), "WEBP"), "cats", outline=OUTLINE) for k in range(4)]
    child = store_upload(packed(shown, 48, "webp", made_of=own), "drawn")
    other = store_upload(packed(shown, 48, "webp"), "drawn")
    page = AppTest.from_function(note_page, default_timeout=60)
    page.query_params["data"] = own
    page.run()
    page.button(key="forget").click().run()
    engine.clear()
    assert [is_kept(address) for address in (own, child, other)] == [False, False, True]


def test_only_what_was_made_of_uploads_says_so():
    one = [Labelled(0, b"", "cats", outline=OUTLINE)]
    for data, said in (("toybox:b", b""), (f"upload:{'a' * 64}", b"made of upload:" + b"a" * 64)):
        with zipfile.ZipFile(io.BytesIO(hand_on._zip(data, one))) as archive:
            assert archive.comment == said
