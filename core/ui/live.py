"""A run as it happens: its button, its place in the queue, its growing curves, Stop. Then the finished run."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from statistics import mean

import streamlit as st

from core.engine import ACTIVE, View
from core.lessons.lesson import by_arm
from core.runs.metrics import Metric
from core.runs.settings import Refused
from core.runs.spec import Row, Spec
from core.runs.store import Run, Store
from core.ui.curve import Series, curve, legend
from core.ui.engine import engine
from core.ui.growing import growing_pictures, only_pictures
from core.ui.owner import owner
from core.ui.said import refusal, verbatim

# Seconds between two looks at a run: before its first point, at pictures, at a short run, at one that takes its time.
FIRST, MOVING, SOON, LATER = 0.15, 0.25, 0.5, 1.0
NEXT = 2  # places in the queue that are gone in a moment
SMALL = 230  # px: the height of one of several curves
LONG, CLASS = 20.0, 8  # seconds after which a run takes its time, and browsers that are many
RECENT = 3.0  # seconds
_looked: dict[str, float] = {}  # owner → when, of all browsers of this server
STATES = {
    "waiting": "Waiting for the network that it borrows from",
    "queued": "Waiting for a free place",
    "starting": "Starting",
    "running": "Training",
    "stopping": "Stopping",
}


def start(specs: list[Spec]) -> None:
    """Hand the runs to the engine; what it refuses is said in one sentence."""
    for spec in specs:
        try:
            engine().submit(spec, owner())
        except Refused as refused:
            refusal(refused)


def live_runs(
    specs: list[Spec],
    *,
    button: str = "Run",
    key: str = "run",
    growing: Callable[[list[Row]], None] | None = None,
    also: Callable[[list[View]], None] | None = None,
    stays: bool = False,
) -> list[Run]:
    """Button, progress and live curves of runs on one pair of axes; the finished runs, once all of them are.

    Drawn are the live metrics that the runs declare, a mean over seeds, one colour an arm. Of a sweep it is rather its
    arms that count: `growing` draws the results, the rows of `arm_results`, as they come. `also` draws what else there
    is to see of those that are under way. The curves that `stays` are drawn also when all are finished.
    """
    views = [engine().view(spec.id) for spec in specs]
    every = _every(views)

    @st.fragment(run_every=every, key=f"live_{key}")
    def panel() -> None:
        _looked[owner()] = time.monotonic()
        now = [engine().view(spec.id) for spec in specs]
        if _every(now) != every:
            st.rerun()  # only a full run sets or ends the fragment's timer
        _controls(specs, now, button, key)
        seen = [view for view in now if view and view.points]
        if growing:
            if any(view and view.status != "done" for view in now) and (rows := arm_results(specs)):
                growing(rows)
        elif seen and (stays or any(view.status != "done" for view in seen)):
            _curves(seen, key)
        if also:
            also([view for view in now if view and view.status in ACTIVE])
        growing_pictures(now)

    panel()
    done = [Store().find(spec.id) for spec in specs]
    return [run for run in done if run] if all(done) else []


def arm_results(specs: list[Spec], parts: tuple[str, ...] = ("test",)) -> list[Row]:
    """The test rows of all arms that are finished by now, whoever asked for them, each with the id of its `run`.

    `parts` may name others: with ("validation", "test") what is chosen on validation can be drawn as it grows.
    """
    store = Store()
    finished = (arm.id for spec in specs for arm in spec.arms() if store.has(arm.id))
    return [row for run_id in finished for row in _rows_of(run_id, parts)]


@functools.lru_cache(maxsize=4096)
def _rows_of(run_id: str, parts: tuple[str, ...]) -> tuple[Row, ...]:
    """Of a finished run, which never changes."""
    run = Store().open(run_id)
    return tuple({**row, "run": run_id} for row in run.rows() if row.get("split") in parts)


def _every(views: list[View | None]) -> float | None:
    """Seconds to the next look: soon while somebody waits for the first point, None when nothing is under way."""
    active = [view for view in views if view and view.status in ACTIVE]
    if not active:
        return None
    crowded = watching() > CLASS
    curved = [view for view in active if view.spec.live]
    if curved and not any(view.points or view.place > NEXT or view.status == "waiting" for view in active):
        return SOON if crowded else FIRST
    if only_pictures(active) and not crowded:
        return MOVING
    return LATER if crowded or min(view.seconds for view in active) > LONG else SOON


def watching() -> int:
    """How many browsers have looked at a live run within the last seconds."""
    now = time.monotonic()
    for one in [one for one, last in list(_looked.items()) if now - last > RECENT]:
        _looked.pop(one, None)
    return len(_looked)


def _controls(specs: list[Spec], views: list[View | None], button: str, key: str) -> None:
    active = [view for view in views if view and view.status in ACTIVE]
    finished = all(view and view.status == "done" and Store().find(view.id) for view in views)
    left, right = st.columns([1, 3], vertical_alignment="center")
    if active:
        stopping = all(view.status == "stopping" for view in active)
        left.button("Stop", key=f"stop_{key}", icon=":material/stop:", on_click=_stop, args=[active], disabled=stopping)
    else:
        left.button(
            "Done" if finished else button,
            key=f"start_{key}",
            type="primary",
            icon=":material/check:" if finished else ":material/play_arrow:",
            on_click=start,
            args=[specs],
            disabled=finished,
        )
    with right:
        for view in views:
            if view and view.status != "done":
                status_line(view)


def _stop(views: list[View]) -> None:
    for view in views:
        engine().stop(view.id, owner())


def status_line(view: View, doing: str = STATES["running"]) -> None:
    """One line on how a run is getting on, and its bar; `doing` it is before it says how far it is."""
    if view.status in ("failed", "refused"):
        st.error(verbatim(view.error), icon=":material/error:")
        return
    if view.status == "stopped":
        st.info("Stopped. The points so far stay until you run it again.", icon=":material/pause_circle:")
        return
    text = {**STATES, "running": doing}.get(view.status, view.status)
    if view.status == "queued" and engine().state == "starting":
        text = "Warming up (on a new machine the first time takes half a minute)"
    elif view.place:
        text += f": number {view.place} in the queue"
    if view.progress and view.status == "running":
        text = progress_words(view)
    if view.seconds_left is not None and view.status == "running":
        minutes, left = view.seconds_left / 60, max(1, round(view.seconds_left))
        text += f" · about {f'{minutes:.0f} min' if minutes > 2 else f'{left} s'} left"
    if view.restarts:
        text += " · started again, because its worker was lost"
    if view.owners > 1:
        text += f" · shared by {view.owners}"
    st.progress(view.share, text=text)


def progress_words(view: View) -> str:
    """What is being done: of a plan, how many of its runs are finished."""
    if view.arms:
        done = sum(status == "done" for _, status in view.arms)
        return f"Training · {done} of {len(view.arms)} finished" if len(view.arms) > 1 else "Training"
    assert view.progress is not None
    return f"{round(view.progress.done, 1):g} of {view.progress.total:g} {view.progress.what}"


def _curves(views: list[View], key: str) -> None:
    """A pair of axes for each metric that is drawn live, the first one first."""
    first, *others = [metric for metric in views[0].spec.metrics if metric.live]
    if not others:
        curve(_series(views, first), first, key=f"curve_{key}")
        return
    if len(drawn := _series(views, first)) > 1:
        legend(drawn)
    for column, metric in zip(st.columns(1 + len(others)), (first, *others), strict=True):
        with column:
            st.markdown(f"**{metric.title}**")
            curve(_series(views, metric), metric, key=f"curve_{key}_{metric.name}", height=SMALL, named=False)


def _series(views: list[View], metric: Metric) -> list[Series]:
    """One growing curve an arm: at each step the mean over the seeds that reached it."""
    rows = [row for view in views for row in (view.points if metric == view.spec.live else metric.rows(view.rows))]
    return [
        Series(arm, [(step, mean(values)) for step, values in steps.items()], role=arm)
        for arm, steps in by_arm(rows, metric.name, metric.of).items()
    ]
