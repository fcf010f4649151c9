"""The engine over real worker processes."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from core.engine import ACTIVE, Engine
from core.engine.record import Record
from core.engine.worker import SHOW, stop_flag
from core.runs.drive import drive
from core.runs.spec import Progress, Spec
from core.runs.store import Store
from tests.engine.conftest import untimed, wait
from tests.engine.toys import (
    all_growing,
    badly_summarised,
    broken,
    by_picture,
    full_disk,
    growing,
    quick,
    refusing,
    several,
    slow,
    stubborn,
    thoughtful,
)
from tests.methods.objectives import learn


def test_rows_come_live_and_the_finished_run_is_kept(engine, seed):
    spec = Spec.of(slow, rows=40, pause=0.05, seed=seed)
    engine.submit(spec, "ada")
    view = wait(engine, spec.id, "running")
    seen = set()
    while view.status == "running":
        seen.add(len(view.rows))
        time.sleep(0.05)
        view = engine.view(spec.id)
    assert len([n for n in seen if 0 < n < 40]) >= 3, "the curve grows while the run is under way"
    assert view.status == "done"
    assert list(view.rows) == engine.store.find(spec.id).rows()
    assert view.summary["last"] == view.rows[-1]["value"]


def test_pictures_are_told_of_while_the_run_goes_on(engine, seed):
    spec = Spec.of(growing, rows=12, pause=0.15, seed=seed)
    engine.submit(spec, "ada")
    steps, names, end = set(), set(), time.monotonic() + 60
    while (view := engine.view(spec.id)).status != "done" and time.monotonic() < end:
        names |= set(view.pictures)
        for step, folder in view.pictures.values():
            with contextlib.suppress(FileNotFoundError):  # the run ended between the view and the look
                steps.add(step)
                seen = np.asarray(Image.open(Path(folder) / "0001.webp"))
                assert abs(seen.mean() - 10 * (step + 1)) < 2, "whole, and of this step"
        time.sleep(0.02)
    assert view.status == "done"
    assert names == {"seen"}, "what is not declared is told to nobody"
    assert len(steps) >= 3, "they come one by one"
    assert engine.store.find(spec.id).steps("seen") == list(range(12)), "and all are kept"


def test_of_many_pictures_a_second_ten_are_told(engine, seed):
    spec = Spec.of(growing, rows=150, pause=0.01, seed=seed)
    engine.submit(spec, "ada")
    wait(engine, spec.id, "done")
    run = engine.store.find(spec.id)
    messages = [message for message in engine._cluster.messages() if message["key"].startswith(spec.id)]
    told = [found for message in messages if (found := json.loads(message["content"]).get("pictures"))]
    assert 3 <= len(told) <= 1 + run.summary["seconds"] / SHOW
    assert len(run.steps("seen")) == 150


def test_a_plan_has_the_pictures_of_its_arms(engine, seed):
    plan = Spec.of(all_growing, rows=2, seed=seed)
    assert [about.name for about in plan.streams] == ["seen"]
    assert not Spec.of(several).streams


def test_workers_keep_their_memory_from_step_to_step(engine, seed):
    """Dask's workers hand it back to the kernel after every step, and train at half the speed."""
    spec = Spec.of(slow, seed=seed)
    engine.submit(spec, "ada")
    wait(engine, spec.id, "done")
    for worker in map(psutil.Process, engine._cluster._client.run(os.getpid).values()):
        assert worker.environ().get("MALLOC_TRIM_THRESHOLD_") == os.environ.get("MALLOC_TRIM_THRESHOLD_")


def test_a_worker_that_loses_its_scheduler_writes_no_traceback(engine, seed):
    """As it did in the terminal of the app and of the command line, whenever the scheduler happened to end first."""
    engine.submit(Spec.of(quick, seed=seed), "ada")
    wait(engine, Spec.of(quick, seed=seed).id, "done")
    levels = engine._cluster._client.run(lambda: logging.getLogger("distributed.worker").getEffectiveLevel())
    assert set(levels.values()) == {logging.CRITICAL}


def test_thirty_equal_requests_train_once(engine, seed, tmp_path):
    trace = tmp_path / "trace"
    spec = Spec.of(slow, rows=10, pause=0.05, seed=seed, trace=str(trace))
    threads = [threading.Thread(target=engine.submit, args=(spec, f"student {k}")) for k in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engine.view(spec.id).owners == 30
    wait(engine, spec.id, "done")
    engine.submit(spec, "latecomer")
    assert engine.view(spec.id).status == "done"
    assert len(trace.read_text().splitlines()) == 1


def test_rows_of_single_pictures_are_in_the_store_and_not_sent_around(engine, seed):
    spec = Spec.of(by_picture, rows=100, seed=seed)
    engine.submit(spec, "student")
    live = wait(engine, spec.id, "done").rows
    stored = engine.store.find(spec.id).rows()
    assert len(stored) == 101
    assert list(live) == stored[:1]
    assert engine._registry.finished(spec.id).rows == tuple(live), "the same as after a restart of the app"


def test_browsers_take_turns_and_see_their_place(engine, seed):
    busy = [Spec.of(slow, rows=100, pause=0.02, seed=seed * 10 + k) for k in range(2)]
    many = [Spec.of(slow, rows=2, pause=0.3, seed=seed * 10 + 2 + k) for k in range(4)]
    one = Spec.of(slow, rows=2, seed=seed * 10 + 8)
    for spec in busy:
        engine.submit(spec, "teacher")
    for spec in busy:
        wait(engine, spec.id, "running", "done")
    for spec in many:
        engine.submit(spec, "greedy")
    engine.submit(one, "modest")
    places = [engine.view(spec.id).place for spec in (*many, one)]
    assert sorted(places) == [1, 2, 3, 4, 5]
    assert places[4] <= 2, "the second browser comes right after the first run of the first"
    for spec in (*busy, *many, one):
        wait(engine, spec.id, "done")


def test_a_worker_trains_whatever_objective_with_the_rows_of_this_process(engine, tmp_path):
    spec = Spec.of(learn, method="tasks", pictures=16, steps=3)
    engine.submit(spec, "ada")
    timed = {"seconds", "images_per_second"}
    theirs = [
        {name: value for name, value in row.items() if name not in timed}
        for row in wait(engine, spec.id, "done", patience=120).rows
    ]
    mine = [
        {name: value for name, value in row.items() if name not in timed}
        for row in drive(spec, Store(tmp_path))
        if not isinstance(row, Progress)
    ]
    assert theirs == mine
    assert {"train", "validation"} == {row["split"] for row in mine}


def test_a_shared_run_stops_with_its_last_owner_only_and_can_run_again(engine, seed):
    spec = Spec.of(slow, rows=500, pause=0.02, seed=seed)
    for owner in ("ada", "bob"):
        engine.submit(spec, owner)
    wait(engine, spec.id, "running")
    engine.stop(spec.id, "eve")  # no owner
    engine.stop(spec.id, "ada")
    engine.stop(spec.id, "ada")
    time.sleep(0.3)
    assert engine.view(spec.id).status == "running"
    engine.stop(spec.id, "bob")
    view = wait(engine, spec.id, "stopped")
    assert 0 < len(view.rows) < 500, "the points so far stay"
    assert engine.store.find(spec.id) is None
    engine.submit(spec, "ada")
    wait(engine, spec.id, "running")
    engine.stop(spec.id, "ada")
    wait(engine, spec.id, "stopped")


def test_a_run_that_does_not_stop_loses_its_worker_and_the_next_one_runs(engine, seed, tmp_path):
    trace = tmp_path / "pid"
    spec = Spec.of(stubborn, seed=seed, trace=str(trace))
    engine.submit(spec, "ada")
    while not trace.exists() or not trace.read_text():
        time.sleep(0.02)
    engine.stop(spec.id, "ada")
    wait(engine, spec.id, "stopped", patience=6)
    pid, end = int(trace.read_text()), time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)
    after = Spec.of(slow, rows=2, seed=seed)
    engine.submit(after, "ada")
    wait(engine, after.id, "done")


def test_a_killed_worker_gives_the_same_rows_in_the_end_and_says_so(engine, seed, tmp_path):
    trace = tmp_path / "trace"
    spec = Spec.of(slow, rows=60, pause=0.05, seed=seed, trace=str(trace))
    engine.submit(spec, "ada")
    while len(engine.view(spec.id).rows) < 10:
        time.sleep(0.02)
    os.kill(int(trace.read_text().split()[1]), signal.SIGKILL)
    view = wait(engine, spec.id, "done")
    undisturbed = list(drive(spec, Store(tmp_path / "other")))
    assert untimed(view.rows) == untimed([row for row in undisturbed if isinstance(row, dict)])
    assert view.restarts == 1


def test_a_refused_run_says_why_and_a_broken_one_tells_no_details(engine, seed):
    for experiment, status in ((refusing, "refused"), (broken, "failed")):
        spec = Spec.of(experiment, seed=seed)
        engine.submit(spec, "ada")
        view = wait(engine, spec.id, "refused", "failed")
        assert view.status == status
        assert "\n" not in view.error
        assert "Traceback" not in view.error
    assert "our mistake" in view.error
    assert spec.id in view.error
    log = next((engine.store.folder.parent / "logs").glob(f"{spec.id}.*"))
    assert "Traceback" in log.read_text()


def test_a_donor_is_trained_first_and_its_failure_is_told(engine, seed):
    donor = Spec.of(slow, rows=3, seed=seed)
    spec = Spec.of(slow, rows=1, donor=donor)
    engine.submit(spec, "ada")
    assert engine.view(spec.id).status in ("waiting", "queued")
    wait(engine, spec.id, "done")
    assert engine.view(donor.id).status == "done"
    orphan = Spec.of(slow, rows=1, donor=Spec.of(refusing, seed=seed))
    engine.submit(orphan, "ada")
    assert "a longer one" in wait(engine, orphan.id, "failed").error


def test_a_plan_shows_its_arms_rows_and_is_summarised(engine, seed):
    spec = Spec.of(several, arms=3, pause=0.1 + seed / 1e6)
    engine.submit(spec, "ada")
    seen = set()
    while (view := engine.view(spec.id)).status in ACTIVE:
        seen.add(len(view.rows))
        time.sleep(0.05)
    assert view.status == "done"
    assert any(0 < n < 12 for n in seen)
    assert view.summary["rows"] == 12
    assert {row["run"] for row in view.rows} == {arm.id for arm in spec.arms()}
    again = Spec.of(several, arms=2, pause=0.1 + seed / 1e6)  # arms that are there already are found
    engine.submit(again, "bob")
    assert wait(engine, again.id, "done").summary["rows"] == 8


def test_a_stopped_plan_leaves_arms_that_others_want(engine, seed):
    spec = Spec.of(several, arms=3, pause=1 + seed / 1e6)
    engine.submit(spec, "ada")
    kept = spec.arms()[0]
    engine.submit(kept, "bob")
    wait(engine, kept.id, "running")
    engine.stop(spec.id, "ada")
    wait(engine, spec.id, "stopped")
    assert wait(engine, spec.arms()[1].id, "stopped", patience=4)
    assert engine.view(kept.id).status == "running"
    engine.stop(kept.id, "bob")
    wait(engine, kept.id, "stopped")


def test_one_refused_arm_ends_the_plan_with_its_sentence(engine, seed):
    spec = Spec.of(several, arms=1, pause=seed / 1e6, bad=True)
    engine.submit(spec, "ada")
    assert "a longer one" in wait(engine, spec.id, "refused").error


def test_a_summary_that_fails_ends_its_plan_and_nobody_elses(engine, seed):
    spec, after = Spec.of(badly_summarised, pause=seed), Spec.of(slow, rows=1, seed=seed)
    engine.submit(spec, "ada")
    assert "our mistake" in wait(engine, spec.id, "failed").error
    engine.submit(after, "bob")
    wait(engine, after.id, "done")


def test_run_again_right_after_stop_is_not_lost(engine, seed):
    spec = Spec.of(slow, rows=30, pause=0.05, seed=seed)
    engine.submit(spec, "ada")
    wait(engine, spec.id, "running")
    engine.stop(spec.id, "ada")
    engine.submit(spec, "ada")
    assert len(wait(engine, spec.id, "done").rows) == 30


def test_a_plan_that_waits_shows_its_place(engine, seed):
    busy = [Spec.of(slow, rows=1000, pause=0.02, seed=seed * 10 + k) for k in range(2)]
    for spec in busy:
        engine.submit(spec, "ada")
    for spec in busy:
        wait(engine, spec.id, "running")
    plan = Spec.of(several, arms=2, pause=seed / 1e6)
    engine.submit(plan, "bob")
    view = engine.view(plan.id)
    assert (view.status, view.place) == ("queued", 1)
    for spec in busy:
        engine.stop(spec.id, "ada")
    wait(engine, plan.id, "done")


def test_a_flag_left_by_a_killed_app_stops_nobody(engine, seed):
    spec = Spec.of(slow, rows=5, seed=seed)
    stop_flag(engine.store.folder, f"{spec.id}.0").touch()
    engine.submit(spec, "ada")
    wait(engine, spec.id, "done")


def test_a_full_disk_is_not_called_our_mistake(engine, seed):
    spec = Spec.of(full_disk, seed=seed)
    engine.submit(spec, "ada")
    assert "free some space" in wait(engine, spec.id, "refused").error


def test_rows_are_shown_while_the_run_thinks(engine, seed):
    spec = Spec.of(thoughtful, pause=4.0, seed=seed)
    engine.submit(spec, "ada")
    view = wait(engine, spec.id, "running")
    while view.status == "running" and len(view.rows) < 2:
        time.sleep(0.02)
        view = engine.view(spec.id)
    assert (view.status, len(view.rows)) == ("running", 2)
    wait(engine, spec.id, "done")


def test_a_quick_run_that_only_a_plan_asks_for_takes_its_turn_among_the_trainings(seed):
    record = Record(Spec.of(quick, seed=seed), owners={"ada|plan": None})
    assert record.lane == "train"
    record.owners["bob"] = None
    assert record.lane == "quick", "somebody waits for it"
    record.held, record.future = "train", object()
    assert record.lane == "train", "it stays where it runs"


def test_quick_runs_do_not_wait_behind_trainings(engine, seed):
    busy = [Spec.of(slow, rows=1000, pause=0.02, seed=seed * 10 + k) for k in range(2)]
    for spec in busy:
        engine.submit(spec, "ada")
    for spec in busy:
        wait(engine, spec.id, "running")
    spec = Spec.of(quick, seed=seed)
    engine.submit(spec, "bob")
    wait(engine, spec.id, "done", patience=5)
    for spec in busy:
        assert engine.view(spec.id).status == "running"
        engine.stop(spec.id, "ada")
        wait(engine, spec.id, "stopped")


def test_looking_and_asking_never_keep_a_page_waiting(engine, seed):
    busy = [Spec.of(slow, rows=1000, pause=0.001, seed=seed * 10 + k) for k in range(2)]
    taken = []
    for spec in busy:
        start = time.perf_counter()
        engine.submit(spec, "ada")
        taken.append(time.perf_counter() - start)
    for _ in range(200):
        start = time.perf_counter()
        engine.view(busy[0].id)
        taken.append(time.perf_counter() - start)
        time.sleep(0.002)
    for spec in busy:
        engine.stop(spec.id, "ada")
        wait(engine, spec.id, "stopped", "done")
    assert sorted(taken)[int(0.9 * len(taken))] < 0.02


def test_a_lost_cluster_is_started_again_with_its_queue_and_a_new_engine_finds_the_run(home, seed):
    engine = Engine(workers=1)
    try:
        first, second = (Spec.of(slow, rows=40, pause=0.05, seed=seed * 10 + k) for k in range(2))
        for spec in (first, second):
            engine.submit(spec, "ada")
        wait(engine, first.id, "running")
        os.kill(engine.cluster_pid, signal.SIGKILL)
        for spec in (first, second):
            wait(engine, spec.id, "done", patience=60)
        assert engine.view(first.id).restarts == 1
    finally:
        engine.close()
    plan = Spec.of(several, arms=2)
    finish(plan)
    later = Engine(workers=1)
    try:
        later.submit(plan, "ada")
        assert later.view(plan.id).status == "done"
        assert len(later.view(plan.id).arms) == 2
        assert later.view(first.id).status == "done"
        assert len(later.view(first.id).rows) == 40
    finally:
        later.close()


def finish(spec):
    """Drive a run in this process."""
    for _ in drive(spec):
        pass


CHILD = """
import sys, time
from core.engine import ACTIVE, Engine
from core.runs.spec import Progress, Spec
from tests.engine.toys import slow
engine = Engine(workers=1)
spec = Spec.of(slow, rows=1000, pause=0.05)
engine.submit(spec, "ada")
while not engine.view(spec.id).rows: time.sleep(0.02)
print("running", flush=True)
time.sleep(60)
"""


def test_an_engine_is_ready_when_a_worker_is(home, seed):
    engine = Engine(store=Store(home / "runs"), workers=1)
    try:
        spec = Spec.of(slow, seed=seed)
        engine.submit(spec, "ada")
        states = set()
        while engine.view(spec.id).status in ACTIVE:
            states.add((engine.state, engine.view(spec.id).status))
            time.sleep(0.02)
        assert ("starting", "queued") in states
        assert not {state for state in states if state[0] == "starting" and state[1] == "running"}
        assert engine.state == "ready"
    finally:
        engine.close()


def test_a_killed_app_leaves_no_processes_behind(home):
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline().strip() == "running"
    family = psutil.Process(child.pid).children(recursive=True)
    assert family
    child.kill()
    child.wait()
    _, alive = psutil.wait_procs(family, timeout=15)
    assert not alive


def dask(*arguments, home, cwd=None):
    environment = {**os.environ, "TRANSFERLAB_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])}
    environment["DASK_DISTRIBUTED__WORKER__DAEMON"] = "false"
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments], env=environment, cwd=cwd, stderr=subprocess.DEVNULL
    )


@pytest.mark.parametrize("same", [True, False])
def test_a_cluster_elsewhere_works_if_it_sees_the_same_folder(home, tmp_path, seed, same):
    file = tmp_path / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    processes = [dask("scheduler", *options, home=home)]
    try:
        while not file.exists():
            time.sleep(0.05)
        theirs = home if same else tmp_path / "elsewhere"
        options = ("--nthreads", "1", "--no-dashboard", "--scheduler-file", str(file))
        processes.append(dask("worker", *options, "--local-directory", str(tmp_path), home=theirs, cwd=tmp_path))
        engine = Engine(address=json.loads(file.read_text())["address"])
        try:
            spec = Spec.of(slow, rows=3, seed=seed)
            engine.submit(spec, "ada")
            view = wait(engine, spec.id, "done", "refused", "failed")
            assert view.status == ("done" if same else "refused"), view.error
            assert same or "does not see the folder" in view.error
        finally:
            engine.close()
    finally:
        for process in processes:
            process.terminate()
            process.wait(20)
