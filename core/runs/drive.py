"""`drive(spec)`: run an experiment to its end, writing rows and artifacts to the store as they come.

The command line calls it in its own process, and so does a worker of the engine: there is one way to run.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from core.runs.artifacts import Artifact
from core.runs.provenance import provenance
from core.runs.spec import Progress, Row, Spec, find
from core.runs.store import Run, Store

Driven = Generator[Row | Progress, None, Run]
Kept = Callable[[Artifact, Path], None]  # is told of an artifact, and where it lies while the run goes on


def drive(spec: Spec, store: Store | None = None, kept: Kept | None = None) -> Driven:
    """Yield the run's rows (with `seconds` since its start) and progress; return the finished `Run`. `kept` is told of
    its artifacts as they are written; those of donors and of a plan's arms are theirs.

    A run that is finished already yields its rows again. Closing the generator early stops the experiment, restores
    what it borrowed and leaves nothing on disk. Donors that are missing are driven first, showing progress only.
    """
    store = store or Store()
    if run := store.find(spec.id):
        yield from run.rows()
        return run
    for donor in spec.donors():
        yield from (item for item in drive(donor, store) if isinstance(item, Progress))
    run = yield from _drive_arms(spec, store) if spec.about.is_plan else _drive_one(spec, store, kept)
    store.trim(keep=run.id)
    return run


def _drive_one(spec: Spec, store: Store, kept: Kept | None) -> Driven:
    use_threads(spec.threads)
    draft, start = store.draft(spec), time.perf_counter()
    generator = find(spec.experiment)(spec.settings)
    try:
        while True:
            try:
                item = next(generator)
            except StopIteration as end:
                seconds = round(time.perf_counter() - start, 2)
                return draft.commit({**(end.value or {}), "seconds": seconds}, provenance(spec.threads))
            if isinstance(item, Artifact):
                path = draft.add_artifact(item)
                if kept:
                    kept(item, path)
                continue
            if not isinstance(item, Progress):
                item = {**item, "seconds": round(time.perf_counter() - start, 3)}
                draft.add_row(item)
            yield item
    finally:
        generator.close()
        draft.discard()


def _drive_arms(spec: Spec, store: Store) -> Driven:
    start, arms = time.perf_counter(), spec.arms()
    for k, arm in enumerate(arms):
        for item in drive(arm, store):
            if isinstance(item, Progress):
                yield item.within(k, len(arms))
            else:
                yield {**item, "run": arm.id}
        yield Progress(k + 1, len(arms), "runs")
    return finish_plan(spec, store, round(time.perf_counter() - start, 2))


def finish_plan(spec: Spec, store: Store, seconds: float) -> Run:
    """Summarise the finished arms of a plan and keep the result as a run of its own."""
    runs = [store.open(arm) for arm in spec.arms()]
    rows = [{**row, "run": run.id} for run in runs for row in run.rows()]
    assert spec.about.summarise is not None
    summary = spec.about.summarise(spec.settings, rows)
    measured = [run.provenance for run in runs]
    origin = {**measured[-1], "date": max(p["date"] for p in measured), "arms": [run.id for run in runs]}
    draft = store.draft(spec)
    try:
        for row in rows:
            draft.add_row(row)
        return draft.commit({**summary, "seconds": seconds}, origin)
    finally:
        draft.discard()


def outcome(run: Run) -> dict[str, Any]:
    """The run as the one JSON object that `--json` prints."""
    settings = run.record["spec"]["settings"]
    return {"run_id": run.id, "settings": settings, "summary": run.summary, "provenance": run.provenance}


def use_threads(threads: int) -> None:
    """Fix the number of threads of the maths libraries: the same settings then give the same rows, bit for bit."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # for a library that is imported later
    threadpool_limits(threads)  # those that are here: numpy's and scikit-learn's
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
