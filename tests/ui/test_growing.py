"""Pictures that grow, on a page; the engine is pretended."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.engine import View
from core.experiments.ssl import ssl
from core.runs.artifacts import Artifact, write
from core.runs.spec import Spec
from core.ui import growing as room
from core.ui.live import MOVING, SOON, _every
from tests.engine.toys import all_growing, growing, slow


def page(folder, status, plan):
    from types import SimpleNamespace

    from core.engine import View
    from core.runs.spec import Spec
    from core.ui import growing as room
    from tests.engine.toys import all_growing, growing

    def view(run_id):
        return View(run_id, Spec.of(growing), status, pictures={"seen": (3, folder)} if run_id == "arm" else {})

    room.engine = lambda: SimpleNamespace(view=view)
    whole = View("plan", Spec.of(all_growing), "running", arms=(("arm", status), ("other", "queued")))
    room.growing_pictures([whole if plan else view("arm"), None])


def shown(folder, status="running", plan=False):
    app = AppTest.from_function(page, args=(str(folder), status, plan), default_timeout=60).run()
    assert not app.exception
    return [element.proto for block in app.main.children.values() for element in _leaves(block)]


def _leaves(block):
    children = getattr(block, "children", None)
    return [leaf for child in children.values() for leaf in _leaves(child)] if children else [block]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "engine", room.engine)  # a page below replaces it
    return write(tmp_path, Artifact("seen", np.full((2, 8, 8, 3), 90, np.uint8), 3))


@pytest.mark.parametrize("plan", [False, True])
def test_the_newest_pictures_of_a_run_and_of_the_arms_of_a_plan(folder, plan):
    title, pictures = shown(folder, plan=plan)
    assert title.body == "**What it sees at step 3**"
    assert [image.alt for image in pictures.imgs] == ["What it sees at step 3: 1", "What it sees at step 3: 2"]


def test_of_an_ended_run_or_one_whose_pictures_went_meanwhile_nothing_is_shown(folder):
    assert shown(folder, "stopped") == []
    assert shown(folder / "gone") == []


def test_a_page_looks_often_where_pictures_move():
    assert _every([View("run", Spec.of(growing), "running")]) == MOVING
    assert _every([View("run", Spec.of(all_growing), "running")]) == MOVING
    assert _every([View("run", Spec.of(slow), "running")]) == SOON
    curved = View("run", Spec.of(ssl), "running", ({"split": "neighbours", "step": 0, "accuracy": 0.1},))
    assert _every([curved]) == SOON, "its pictures come with the points of its curve"
    assert _every([View("run", Spec.of(growing), "done")]) is None
