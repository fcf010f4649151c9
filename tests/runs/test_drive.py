import errno
import json
import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from core.runs import store as store_module
from core.runs.artifacts import Tensors
from core.runs.drive import drive, outcome, use_threads
from core.runs.follow import follow
from core.runs.metrics import Metric
from core.runs.settings import Refused
from core.runs.spec import Progress, Spec
from core.runs.store import Store
from tests.runs import toys
from tests.runs.toys import count, counts


def finish(spec, store=None):
    """Drive to the end; (items, run)."""
    items, driven = [], drive(spec, store)
    while True:
        try:
            items.append(next(driven))
        except StopIteration as end:
            return items, end.value


def rows_of(items):
    return [{k: v for k, v in item.items() if k != "seconds"} for item in items if not isinstance(item, Progress)]


def test_rows_artifacts_summary_and_origin_are_kept(home):
    items, run = finish(Spec.of(count, to=2))
    assert rows_of(items) == [
        {"split": "train", "step": 0, "value": 0.0},
        {"split": "train", "step": 1, "value": 1.0},
    ]
    assert run.rows() == [item for item in items if not isinstance(item, Progress)]
    assert all(row["seconds"] >= 0 for row in run.rows())
    assert run.summary["last"] == 1.0
    assert run.summary["seconds"] >= 0
    assert {"date", "code", "processor", "packages", "threads"} <= set(run.provenance)
    net = run.artifact("net")
    assert isinstance(net, Tensors)
    np.testing.assert_array_equal(net.arrays["w"], [0, 1, 2])
    assert net.arrays["n"].shape == (), "a single number stays one"
    np.testing.assert_array_equal(run.artifact("net", step=1).arrays["w"], [0, 0, 0])
    assert run.artifact("note") == {"words": ["naïve", "×"]}
    assert [file.name for file in run.artifact("seen")] == ["0000.webp", "0001.webp"]
    assert set(json.loads(json.dumps(outcome(run)))) == {"run_id", "settings", "summary", "provenance"}
    with pytest.raises(Refused, match="it holds no hat"):
        run.artifact("hat")


def test_a_finished_run_is_found_and_not_run_again(home):
    before = len(toys.closed)
    first, _ = finish(Spec.of(count, to=4))
    second, _ = finish(Spec.of(count, to=4))
    assert len(toys.closed) == before + 1
    assert [row for row in first if not isinstance(row, Progress)] == second


def test_closing_early_closes_the_experiment_and_leaves_nothing(home):
    before = len(toys.closed)
    driven = drive(Spec.of(count, to=50))
    next(driven)
    driven.close()
    assert len(toys.closed) == before + 1
    assert list(Store().folder.iterdir()) == []


@pytest.mark.parametrize(("mood", "error"), [("broken", ZeroDivisionError), ("refusing", Refused)])
def test_a_run_that_fails_leaves_nothing(home, mood, error):
    with pytest.raises(error):
        finish(Spec.of(count, mood=mood))
    assert list(Store().folder.iterdir()) == []


def test_donors_are_driven_first_and_once(home):
    donor = Spec.of(count, to=6)
    items, run = finish(Spec.of(count, to=1, donor=donor))
    assert run.rows()[-1]["value"] == 5.0
    assert Store().find(donor.id)
    assert len(rows_of(items)) == 2  # the donor's rows are its own


def test_a_plan_gathers_its_arms_and_summarises_them(home):
    items, run = finish(Spec.of(counts, arms=3))
    assert run.summary["total"] == 0 + (0 + 1) + (0 + 1 + 2)
    assert {row["run"] for row in run.rows()} == set(run.provenance["arms"])
    assert len(rows_of(items)) == 6
    assert [item for item in items if isinstance(item, Progress)][-1] == Progress(3, 3, "runs")


def test_the_cap_evicts_what_was_used_longest_ago(home):
    store = Store(cap_gigabytes=1e-5)  # ten kilobytes
    for to in (600, 601):
        finish(Spec.of(count, to=to), store)
    assert [run.spec().settings.to for run in store.runs()] == [601]


def test_an_id_from_an_address_bar_cannot_leave_the_store(home):
    for name in ("../../etc", "..", "", "0" * 15, "A" * 16):
        assert Store().find(name) is None
    with pytest.raises(Refused, match="no finished run"):
        Store().open("run:../../x")


def test_a_half_written_run_is_not_a_run(home):
    _, run = finish(Spec.of(count))
    (run.folder / "run.json").write_text('{"spec": ')
    assert Store().find(run.id) is None
    assert Store().runs() == []


def test_an_unwritable_home_is_one_sentence(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("TRANSFERLAB_HOME", str(file / "below"))
    with pytest.raises(Refused, match=r"TRANSFERLAB_HOME=.*set TRANSFERLAB_HOME to another folder"):
        finish(Spec.of(count))


def test_a_full_disk_is_one_sentence_and_leaves_no_draft(home, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store_module.artifacts, "write", full)
    with pytest.raises(Refused, match="No space left on device"):
        finish(Spec.of(count))
    assert list((home / "runs").iterdir()) == []


def test_a_run_has_its_threads_and_no_more():
    """Also in the libraries that were here before it."""

    before = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    assert before, "numpy brings a pool of threads"
    try:
        use_threads(1)
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
        assert np.ones((300, 300)).dot(np.ones((300, 300))).sum() == 300.0**3
    finally:
        use_threads(max(before.values()))


def test_a_terminal_is_told_the_metric_that_a_run_declares(monkeypatch, capsys):
    times = iter(range(0, 1000, 3))
    monkeypatch.setattr("core.runs.follow.time.monotonic", lambda: next(times))

    def driven():
        yield {"split": "validation", "step": 1, "iou": 0.25}
        yield Progress(1, 4, "steps")
        yield {"split": "train", "step": 2, "iou": 0.9}
        yield Progress(2, 4, "steps")
        return "the run"

    metric = Metric("iou", "Overlap", share=True)
    assert follow(driven(), "masks", metric) == "the run"
    told = capsys.readouterr().err
    assert "masks: 1 of 4 steps, overlap 25.0%" in told
    assert "masks: 2 of 4 steps, overlap 25.0%" in told, "of its own split"
