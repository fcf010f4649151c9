"""The registry of runs: who asked for what, whose turn it is, what every run has said. It knows of no worker.

Its methods only look at and change memory (and look into the store), so a page may call them; `lock` guards all
records. A run that is finished leaves it: from then on it is read from the store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from core.engine.record import Record
from core.engine.turns import in_turn
from core.engine.view import View, watched
from core.runs.spec import Progress, Row, Spec
from core.runs.store import Store

REMEMBERED = 60  # finished runs whose rows are kept in memory, for those who look at them
FINISHED = -1  # the start of a run that left
UNDER_WAY = ("starting", "running", "stopping")


class Registry:
    """Records by run id. Equal specs are one record; a finished run is never run again."""

    def __init__(self, store: Store):
        self.store = store
        self.lock = threading.RLock()
        self.wake = threading.Event()  # set when there may be something to do
        self.records: dict[str, Record] = {}
        self.turns: dict[str, float] = {}  # owner → when it was last served
        self._finished: dict[str, View] = {}

    def submit(self, spec: Spec, owner: str) -> str:
        """Ask for a run in the name of `owner`; returns its id at once."""
        with self.lock:
            self._ask(spec, owner)
        self.wake.set()
        return spec.id

    def view(self, run_id: str) -> View | None:
        """The run as it is now, also one that was finished in an earlier life of the app; None if there is none."""
        with self.lock:
            if record := self.records.get(run_id):
                return self._snapshot(record)
        return self.finished(run_id)

    def finished(self, run_id: str) -> View | None:
        """A finished run as the store has it."""
        run = self.store.find(run_id)
        if run is None:
            self._finished.pop(run_id, None)
            return None
        if run_id not in self._finished:
            seconds = float(run.summary.get("seconds", 0.0))
            arms = tuple((arm, "done") for arm in run.provenance.get("arms", ()))
            rows = tuple(row for row in run.rows() if watched(row))
            view = View(run_id, run.spec(), "done", rows, seconds=seconds, summary=run.summary, arms=arms)
            with self.lock:
                self.remember(view)
            return view
        return self._finished.get(run_id)

    def remember(self, view: View) -> None:
        """Keep the rows of a finished run at hand."""
        self._finished[view.id] = view
        while len(self._finished) > REMEMBERED:
            self._finished.pop(next(iter(self._finished)))

    def stop(self, run_id: str, owner: str) -> None:
        """Withdraw `owner`; a run stops when nobody wants it any more."""
        with self.lock:
            record = self.records.get(run_id)
            if not record or not record.active or owner not in record.owners:
                return
            del record.owners[owner]
            for part in (*record.donors, *record.arms):
                self.stop(part, f"{owner}|{run_id}")
            if record.owners:
                record.revision += 1
            elif record.future is None:
                record.set("stopped")
            elif record.status != "stopping":
                record.set("stopping", stop_asked=time.monotonic())
        self.wake.set()

    def runs(self, owner: str | None = None) -> list[View]:
        """The unfinished runs of this life of the app, or those of one owner."""
        with self.lock:
            wanted = [record for record in self.records.values() if owner is None or owner in record.owners]
            return [self._snapshot(record) for record in wanted]

    def forget(self, run_ids: list[str]) -> None:
        """Stop runs for all their owners and drop what is remembered of them."""
        with self.lock:
            for run_id in run_ids:
                self._finished.pop(run_id, None)
                record = self.records.get(run_id)
                for owner in list(record.owners) if record else ():
                    self.stop(run_id, owner)

    def status(self, run_id: str) -> str:
        """The status of a donor or an arm; "gone" if it is neither asked for nor finished."""
        record = self.records.get(run_id)
        if record:
            return record.status
        return "done" if self.store.find(run_id) else "gone"

    def queue(self, lane: str) -> list[Record]:
        """Who comes when."""
        return in_turn(self.records.values(), lane, self.turns)

    def settle(self, record: Record) -> None:
        """A run has ended. A finished one leaves; one that was asked for again while it stopped runs again."""
        if record.status == "done":
            self.remember(self._snapshot(record))
            self.records.pop(record.id, None)
        elif record.status == "stopped" and record.owners:
            self._begin(record.spec, record)

    def gather(self, plan: Record) -> None:
        """Show in a plan what its arms have said since the last look; an arm that started again is shown anew."""
        for arm_id in plan.arms:
            arm, (seen_start, seen) = self.records.get(arm_id), plan.gathered.get(arm_id, (None, 0))
            if arm is None and seen_start == FINISHED:
                continue
            start, rows = (arm.start, arm.rows) if arm else (FINISHED, self._rows_of(arm_id))
            if start == seen_start and len(rows) == seen:
                continue
            if start != seen_start:
                plan.rows, seen = [row for row in plan.rows if row["run"] != arm_id], 0
            plan.rows += [{**row, "run": arm_id} for row in rows[seen:]]
            plan.gathered[arm_id] = (start, len(rows))
            plan.revision += 1

    def _rows_of(self, run_id: str) -> Sequence[Row]:
        found = self.finished(run_id)
        return found.rows if found else ()

    def trim(self) -> None:
        """Forget the oldest runs that ended without a result."""
        with self.lock:
            ended = [r.id for r in self.records.values() if not r.active and r.future is None]
            wanted = {part for r in self.records.values() if r.active for part in (*r.arms, *r.donors)}
            for run_id in ended[: max(0, len(ended) - REMEMBERED)]:
                if run_id not in wanted:
                    del self.records[run_id]

    def _ask(self, spec: Spec, owner: str) -> None:
        record = self.records.get(spec.id)
        if record is None and self.store.find(spec.id):
            return
        if record is None or (not record.active and record.status != "done"):
            record = self._begin(spec, record)
        if owner not in record.owners:
            record.owners[owner] = None
            record.revision += 1
        for part in (*spec.donors(), *spec.arms()):
            self._ask(part, f"{owner}|{spec.id}")

    def _begin(self, spec: Spec, old: Record | None) -> Record:
        """A fresh record, of the next attempt; whoever asked while the old one stopped is an owner of it."""
        record = Record(spec, attempt=old.attempt + 1 if old else 0)
        if old:
            record.revision, record.owners = old.revision + 1, dict(old.owners)
        if record.arms:
            record.set("running")
        elif record.donors:
            record.set("waiting")
        self.records.pop(spec.id, None)
        self.records[spec.id] = record
        return record

    def _snapshot(self, record: Record) -> View:
        """A plan of which nothing runs yet shows what its first arm waits for; a waiting run, how its donor gets on."""
        arms = tuple((arm, self.status(arm)) for arm in record.arms)
        status, place, progress = record.status, self._place(record), record.progress
        waiting = [self.records[arm] for arm, word in arms if word in ("queued", "waiting") and arm in self.records]
        if status == "running" and waiting and not any(word in (*UNDER_WAY, "done") for _, word in arms):
            first = min(waiting, key=lambda arm: self._place(arm) or 10**6)
            status, place, progress = first.status, self._place(first), self._donors_progress(first)
        elif status == "waiting":
            progress = self._donors_progress(record)
        return record.snapshot(status, place, progress, arms)

    def _donors_progress(self, record: Record) -> Progress | None:
        return next((self.records[i].progress for i in record.donors if i in self.records), None)

    def _place(self, record: Record) -> int:
        if record.status != "queued":
            return 0
        return 1 + next((k for k, other in enumerate(self.queue(record.lane)) if other is record), 0)
