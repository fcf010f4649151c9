"""The take-home part on a page of its own, for runs of every kind that ship with the project and for small own ones."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments import experiment, stations
from core.lessons import LESSONS, lesson_of
from core.runs.arms import arms_of
from core.runs.drive import drive
from core.runs.spec import Spec
from core.runs.store import RECORDED, Store
from core.ui.takehome import network_file, scripted
from tests.lessons.conftest import result_of

TINY = {"data": "digits", "size": 16, "labels_per_class": 2, "epochs": 1}
ALWAYS = ["Report (HTML)", "Rows (CSV)", "Settings and origin (JSON)"]


def page():
    import streamlit as st

    from core.runs.store import Store
    from core.ui.takehome import downloads

    downloads(Store().open(st.query_params["run"]))


def opened(run_id, **more):
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["run"] = run_id
    for name, value in more.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def labels(app):
    return [button.label for button in app.get("download_button")]


def done(name, **settings):
    spec = Spec.of(experiment(name), **settings)
    for _ in drive(spec, Store()):
        pass
    return Store().open(spec)


@pytest.mark.parametrize(
    "run_id", sorted(folder.name for folder in RECORDED.iterdir() if (folder / "run.json").exists())
)
def test_a_recorded_run_is_taken_home(home, run_id):
    app = opened(run_id)
    run = Store().open(run_id)
    assert [label for label in labels(app) if label in ALWAYS] == ALWAYS
    assert ("The network (safetensors)" in labels(app)) == (network_file(run) is not None)
    single = run.record["spec"]["experiment"].endswith(":train")
    buttons = ["A script that repeats it"] * bool(arms_of(run)) + ["Borrow from this network"] * single
    assert [button.label for button in app.button] == buttons
    name = run.spec().about.name
    drawn = lesson_of(name).draw(result_of(run), False)
    assert labels(app).count("HTML") == len(drawn)
    known = name in LESSONS or bool(run.spec().metrics)
    assert bool(drawn) == known, "sheets of units are pictures, not figures"


def test_of_a_plan_every_training_of_the_first_seed_has_its_script(home):
    run = done("finetune", **TINY, source="none", frozen="2", body_rate=0.5, seeds=2)
    app = opened(run.id)
    assert app.selectbox[0].options == ["random, frozen", "from scratch, body_rate=1.0, stages=tttttttn"]
    assert app.selectbox[0].value == run.provenance["arms"][0]


def test_of_a_station_every_arm_of_the_first_seed_has_its_script(home):
    """As it lies on the disk: the arms need not have been trained here."""
    plan = Spec.of(experiment("wild"), station="fcn", seeds=2)
    arms = list(stations.arms_of(plan.settings))
    for arm, _, spec in arms:
        laid(spec, [{"split": "test", "arm": arm if arm == stations.SCRATCH else stations.BORROWED}])
    run = laid(plan, [], arms=[spec.id for *_, spec in arms])
    assert scripted(run) == dict(
        zip((spec.id for *_, spec in arms[:3]), ("borrowed", "from scratch", "borrowed, skips=32s"), strict=True)
    )


def laid(spec, rows, **origin):
    folder = Store().folder / spec.id
    (folder / "artifacts").mkdir(parents=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    record = {"spec": spec.as_json(), "summary": {}, "provenance": origin}
    (folder / "run.json").write_text(json.dumps(record))
    return Store().open(spec)


def test_the_link_holds_the_choices_and_says_how_long_own_photos_are_there(home):
    run = done("train", **TINY)
    app = opened(run.id, seed="3")
    assert app.code[0].value.endswith(f"run={run.id}&seed=3")
    assert not [caption for caption in app.caption if "photos" in caption.value]
    app = opened(run.id, data="upload:" + "0" * 64)
    assert [caption for caption in app.caption if "while your photos are here" in caption.value]
