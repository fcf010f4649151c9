"""Uploads on a page, without a browser: what is said, and what is deleted with them."""

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.look_through import look_through
from core.runs.drive import drive
from core.runs.spec import Spec
from core.runs.store import Store
from core.ui.engine import engine
from core.worlds.uploads import forget, is_kept, store_upload
from tests.worlds.drawn import classes, zipped

pytestmark = pytest.mark.usefixtures("home", "_engine_of_its_own")


@pytest.fixture
def _engine_of_its_own():
    yield
    engine.clear()


def stored(path, counts, seed=0):
    with open(zipped(path, classes(counts, seed=seed)), "rb") as file:
        return store_upload(file, "a.zip")


def looked(address):
    spec = Spec.of(look_through, data=address)
    for _ in drive(spec):
        pass
    return spec.id


def note_page():
    import streamlit as st

    from core.ui.upload import world_note

    st.session_state.ready = world_note(st.query_params["data"])


def test_many_classes_are_named_in_part_and_that_is_seen(tmp_path):
    address = stored(tmp_path / "a.zip", {f"species {k}": 2 for k in range(40)})
    looked(address)
    page = AppTest.from_function(note_page, default_timeout=30)
    page.query_params["data"] = address
    page.run()
    assert not page.exception
    assert page.session_state.ready
    assert "80 pictures** of 40 classes: species 0, species 1," in page.markdown[0].value
    assert page.markdown[0].value.endswith("species 11, …")


def test_what_was_taken_for_what_is_said_on_the_page(tmp_path):
    files = classes({"cats": 4, "dogs": 4}, "seg_train/") | classes({"cats": 2, "dogs": 2}, "seg_val/", seed=1)
    files["seg_train/dogs/also.jpg"] = files["seg_train/cats/1.jpg"]
    with open(zipped(tmp_path / "a.zip", files), "rb") as file:
        looked(address := store_upload(file, "a.zip"))
    page = AppTest.from_function(note_page, default_timeout=30)
    page.query_params["data"] = address
    page.run()
    assert not page.exception
    assert [note.value for note in page.text] == [
        "Folders taken as parts: seg_train (training), seg_val (validation). Those inside them were taken as classes.",
        "The same picture lies in two classes, so it is used in neither: "
        "seg_train/cats/1.jpg = seg_train/dogs/also.jpg.",
        "Without a test part, the validation pictures are the test.",
    ]


def forget_page():
    import streamlit as st

    from core.ui.upload import forget_photos

    st.session_state.gone = forget_photos(st.session_state.addresses)


def test_what_is_forgotten_goes_with_its_runs_and_others_stay(tmp_path):
    mine, other = (stored(tmp_path / f"{seed}.zip", {"cats": 3, "dogs": 3}, seed) for seed in (1, 2))
    left = stored(tmp_path / "3.zip", {"cats": 3, "dogs": 3}, 3)
    runs = {address: looked(address) for address in (mine, other, left)}
    forget([left])  # as if its run had ended a moment after it was forgotten
    page = AppTest.from_function(forget_page, default_timeout=30)
    page.session_state.addresses = [mine]
    page.run()
    assert not page.exception
    assert page.session_state.gone == 2
    assert {run.id for run in Store().runs()} == {runs[other]}
    assert (is_kept(mine), is_kept(other)) == (False, True)
