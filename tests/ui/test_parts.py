"""The parts that every page is made of, each on a page of its own (`AppTest` runs it without a browser)."""

import dataclasses
import json
import time
from typing import Annotated

import pytest
from streamlit.testing.v1 import AppTest

from core.engine import View
from core.experiments.finetune import finetune
from core.experiments.look_through import look_through
from core.runs.settings import Help, OneOf, Range, settings_of
from core.runs.spec import Progress, Spec
from core.ui.controls import decades
from core.ui.live import FIRST, LATER, SOON, _every, _looked, _series, progress_words, watching


@dataclasses.dataclass(frozen=True)
class Toy:
    rate: Annotated[float, Range(1e-3, 1, log=True), Help("speed")] = 0.03
    steps: Annotated[int, Range(1, 9), Help("how many")] = 4
    kind: Annotated[str, OneOf(("a", "b")), Help("which")] = "b"
    fast: Annotated[bool, Help("hurry")] = False
    ways: Annotated[tuple[str, ...], OneOf(("x", "y", "z")), Help("some")] = ("x",)
    depths: Annotated[tuple[int, ...], Range(0, 9), Help("where")] = ()


def controls_page():
    import streamlit as st

    from core.ui.controls import controls
    from tests.ui.test_parts import Toy

    st.session_state.found = controls(
        Toy, ["rate", "steps", "kind", "fast", "ways", "depths"], {"rate": "Rate"}, steps=5, ways="x,z"
    )


def test_a_declared_setting_becomes_the_right_widget_with_its_default():
    page = AppTest.from_function(controls_page, default_timeout=60).run()
    assert not page.exception
    assert page.session_state.found == {
        "rate": 0.03,
        "steps": 5,
        "kind": "b",
        "fast": False,
        "ways": "x,z",
        "depths": "",
    }
    assert page.select_slider[0].label == "Rate"
    assert (page.number_input[0].min, page.number_input[0].max) == (1, 9)
    page.number_input[0].set_value(7).run()
    page.toggle[0].set_value(True).run()
    assert page.session_state.found == {
        "rate": 0.03,
        "steps": 7,
        "kind": "b",
        "fast": True,
        "ways": "x,z",
        "depths": "",
    }


def test_a_link_sets_the_widgets():
    page = AppTest.from_function(controls_page, default_timeout=60)
    page.query_params["steps"] = "3"
    page.query_params["rate"] = "0.5"
    page.run()
    assert page.session_state.found["steps"] == 3
    assert page.session_state.found["rate"] == 0.5


@pytest.mark.parametrize("value", ["99", "x", ""])
def test_a_broken_link_opens_the_default(value):
    page = AppTest.from_function(controls_page, default_timeout=60)
    page.query_params["steps"] = value
    page.run()
    assert not page.exception
    assert 1 <= page.session_state.found["steps"] <= 9


def test_a_logarithmic_slider_offers_round_values_and_the_default():
    (rate,) = (setting for setting in settings_of(Toy) if setting.name == "rate")
    assert decades(rate.allowed, rate.default) == [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0]


def question_page():
    import streamlit as st

    from core.ui.commit import commit_card, commit_number

    saved = st.session_state.setdefault("saved", [])
    commit_number("How many?", key="n", save=saved.append)
    commit_card("Which?", ["this", "that"], key="c", save=saved.append)


def test_nothing_is_preselected_and_a_guess_is_locked_in():
    page = AppTest.from_function(question_page, default_timeout=60).run()
    assert page.select_slider(key="n").value is None
    assert page.button(key="n_lock").disabled
    page.select_slider(key="n").set_value(45).run()
    page.button(key="n_lock").click().run()
    assert page.session_state.saved == [45]


def test_a_click_on_a_card_commits_and_one_may_skip():
    page = AppTest.from_function(question_page, default_timeout=60).run()
    page.button(key="c_1").click().run()
    page.button(key="c_skip").click().run()
    page.button(key="n_skip").click().run()
    assert page.session_state.saved == ["that", None, None]


def lesson_page():
    import streamlit as st

    from core.ui.lesson import ask_number, histogram, own_guess

    st.session_state.open = ask_number("How many?", "0123456789abcdef")
    if st.session_state.open:
        st.session_state.own = own_guess("0123456789abcdef")
        histogram("0123456789abcdef", 61.0)


def test_a_guess_opens_the_page_and_stands_in_the_histogram(home):
    page = AppTest.from_function(lesson_page, default_timeout=60).run()
    assert not page.session_state.open
    page.select_slider(key="guess_0123456789abcdef").set_value(45).run()
    page.button(key="guess_0123456789abcdef_lock").click().run()
    assert page.session_state.open
    assert page.session_state.own == 45
    assert not page.exception


def error_boundary_page():
    import streamlit as st

    from core.runs.settings import Refused
    from core.ui.shell import error_boundary

    with error_boundary():
        if st.query_params.get("how") == "refused":
            raise Refused("data", "cats.zip", "it holds one class; give two or more.")
        raise ZeroDivisionError("secret path /etc")


@pytest.mark.parametrize(("how", "said"), [("refused", "one class"), ("broken", "our mistake")])
def test_no_traceback_reaches_a_student(how, said):
    page = AppTest.from_function(error_boundary_page, default_timeout=60)
    page.query_params["how"] = how
    page.run()
    assert not page.exception
    assert said in page.error[0].value
    assert "/etc" not in page.error[0].value


def upload_page():
    from core.ui.upload import world_note

    world_note("upload:" + 64 * "0")


def test_photos_that_are_gone_are_one_sentence(home):
    page = AppTest.from_function(upload_page, default_timeout=60).run()
    assert not page.exception
    assert "cannot be used" in page.error[0].value


def view(**changes):
    return View(**{"id": "0", "spec": Spec.of(finetune, data="digits"), "status": "running", **changes})


def masks_page():
    from core.lessons.lesson import by_arm
    from core.runs.spec import Spec
    from core.ui.curve import Series, curve
    from tests.methods.objectives import learn

    (overlap, loss, _), rows = Spec.of(learn).metrics, [{"step": k, "iou": k / 10, "loss": 3.0 - k} for k in range(3)]
    for metric in (overlap, loss):
        found = by_arm(rows, metric.name, metric.of)
        series = [Series(name, [(k, *values) for k, values in each.items()], name) for name, each in found.items()]
        curve(series, metric, key=metric.name)


def test_a_run_without_an_accuracy_has_a_live_curve_of_its_own_metric():
    page = AppTest.from_function(masks_page, default_timeout=60).run()
    assert not page.exception
    overlap, loss = (json.loads(chart.proto.spec) for chart in page.get("echarts_chart"))
    assert overlap["yAxis"]["name"] == "Overlap of held-out masks (%)"
    assert (overlap["yAxis"]["min"], overlap["yAxis"]["max"]) == (0, 100)
    assert overlap["series"][0]["data"] == [[0, 0], [1, 10], [2, 20]]
    assert loss["yAxis"]["name"] == "Loss"
    assert "max" not in loss["yAxis"]
    assert loss["series"][0]["data"] == [[0, 3], [1, 2], [2, 1]]


def point(arm, seed, step, accuracy, split="validation"):
    return {"arm": arm, "seed": seed, "step": step, "accuracy": accuracy, "split": split}


def test_a_live_curve_is_the_mean_of_its_seeds_in_the_order_of_steps():
    rows = (point("frozen", 1, 20, 0.6), point("frozen", 0, 10, 0.2), point("frozen", 1, 10, 0.4))
    metric = Spec.of(finetune, data="digits").live
    assert (metric.name, metric.split) == ("accuracy", "validation"), "a plan is measured as its arms are"
    (series,) = _series([view(rows=(*rows, point("frozen", 0, 10, 0.9, "train")))], metric)
    assert series.name == "frozen"
    assert series.points == [(10, pytest.approx(0.3)), (20, 0.6)]


def test_a_page_looks_soon_before_the_first_point_and_calmly_at_long_or_crowded_runs(monkeypatch):
    rows = (point("frozen", 0, 0, 0.1),)
    assert _every([None]) is None
    assert _every([view(status="done", rows=rows)]) is None
    assert _every([view()]) == FIRST
    assert _every([view(status="queued", place=1)]) == FIRST
    assert _every([view(status="queued", place=12)]) == SOON
    assert _every([view(status="queued", place=1), view(status="waiting")]) == SOON, "its donor takes a while"
    assert _every([view(rows=rows, seconds=2)]) == SOON
    assert _every([view(rows=rows, seconds=60)]) == LATER
    assert _every([view(spec=Spec.of(look_through, data="digits"))]) == SOON, "no curve is waited for"
    for k in range(30):
        monkeypatch.setitem(_looked, f"student {k}", time.monotonic())
    assert _every([view(rows=rows, seconds=2)]) == LATER
    assert _every([view()]) == SOON, "thirty browsers, seven times a second, would leave nothing for the training"
    monkeypatch.setitem(_looked, "student 0", time.monotonic() - 60)
    assert watching() == 29


def test_progress_is_said_in_words():
    assert progress_words(view(progress=Progress(30, 200, "steps"))) == "30 of 200 steps"
    assert progress_words(view(progress=Progress(1234, 2640, "MB fetched"))) == "1234 of 2640 MB fetched"
    arms = (("a", "done"), ("b", "running"), ("c", "queued"))
    assert progress_words(view(progress=Progress(1.2, 3, "runs"), arms=arms)) == "Training · 1 of 3 finished"
