"""The book of runs: who asked for what, whose turn it is, what every run has said. It knows of no worker.

Its methods only look at and change memory, so a page may call them; `lock` guards every record.
"""

from __future__ import annotations

import threading
import time

from core.engine.record import Record
from core.engine.turns import in_turn
from core.engine.view import View
from core.runs.spec import Spec
from core.runs.store import Store

REMEMBERED = 300  # finished runs kept in memory


class Book:
    """Records by run id. Equal specs are one record; a finished run is never run again."""

    def __init__(self, store: Store):
        self.store = store
        self.lock = threading.RLock()
        self.wake = threading.Event()  # set when there may be something to do
        self.records: dict[str, Record] = {}
        self.turns: dict[str, float] = {}  # owner → when it was last served
        self._stored: dict[str, View] = {}

    def submit(self, spec: Spec, owner: str) -> str:
        """Ask for a run in the name of `owner`; returns its id at once."""
        with self.lock:
            self._ask(spec, owner)
        self.wake.set()
        return spec.id

    def view(self, run_id: str) -> View | None:
        """The run as it is now, also one that was finished in an earlier life of the app; None if there is none."""
        with self.lock:
            record = self.records.get(run_id)
            if record:
                arms = tuple((arm, self.records[arm].status) for arm in record.arms if arm in self.records)
                return record.snapshot(self._place(record), arms)
        if run_id not in self._stored and (run := self.store.find(run_id)):
            found = View(run_id, run.spec(), "done", tuple(run.rows()), summary=run.summary)
            with self.lock:
                while len(self._stored) >= REMEMBERED:
                    self._stored.pop(next(iter(self._stored)))
                self._stored[run_id] = found
        return self._stored.get(run_id)

    def stop(self, run_id: str, owner: str) -> None:
        """Withdraw `owner`; a run stops when nobody wants it any more."""
        with self.lock:
            record = self.records.get(run_id)
            if not record or not record.active or record.owners.pop(owner, 0) == 0:
                return
            for part in (*record.donors, *record.arms):
                self.stop(part, f"{owner}|{run_id}")
            if record.owners:
                record.revision += 1
            elif record.future is None:
                record.set("stopped")
            else:
                record.set("stopping", stop_asked=time.monotonic())
        self.wake.set()

    def runs(self, owner: str | None = None) -> list[View]:
        """The runs asked for in this life of the app, or those of one owner."""
        with self.lock:
            ids = [i for i, record in self.records.items() if owner is None or owner in record.owners]
        return [view for view in map(self.view, ids) if view]

    def forget(self, run_ids: list[str]) -> None:
        """Stop and drop runs for all their owners, with what is remembered of them."""
        with self.lock:
            for run_id in run_ids:
                self._stored.pop(run_id, None)
                record = self.records.get(run_id)
                for owner in list(record.owners) if record else ():
                    self.stop(run_id, owner)
                if record and not record.active:
                    del self.records[run_id]

    def _ask(self, spec: Spec, owner: str) -> Record:
        record = self.records.get(spec.id)
        lost = record is not None and record.status == "done" and not self.store.find(spec.id)  # evicted since
        if record is None or lost or record.status in ("stopped", "failed", "refused"):
            record = self._renew(spec, record)
        if owner not in record.owners:
            record.owners[owner] = None
            record.revision += 1
        if record.active:
            for part in (*spec.donors(), *spec.arms()):
                self._ask(part, f"{owner}|{spec.id}")
        for arm in record.arms:
            self.records[arm].plans.add(spec.id)
        return record

    def _renew(self, spec: Spec, old: Record | None) -> Record:
        """A record for a run that is to be run; done at once if the store has it."""
        record = Record(spec, attempt=old.attempt + 1 if old else 0)
        record.revision = old.revision + 1 if old else 0
        if run := self.store.find(spec.id):
            record.rows, record.summary = run.rows(), run.summary
            record.set("done")
        elif record.arms:
            record.set("running")
        elif record.donors:
            record.set("waiting")
        self.records.pop(spec.id, None)
        self.records[spec.id] = record
        return record

    def queue(self, lane: str) -> list[Record]:
        return in_turn(self.records.values(), lane, self.turns)

    def _place(self, record: Record) -> int:
        if record.status != "queued":
            return 0
        return 1 + next((k for k, other in enumerate(self.queue(record.lane)) if other is record), 0)

    def pass_on(self, record: Record, rows: list[dict]) -> None:
        """Show the rows of an arm in its plans too."""
        for plan in (self.records[i] for i in record.plans if i in self.records):
            if plan.active:
                plan.rows.extend({**row, "run": record.id} for row in rows)
                plan.revision += 1

    def take_rows_back(self, record: Record) -> None:
        """A run starts again: what it said before is void."""
        record.rows = []
        for plan in (self.records[i] for i in record.plans if i in self.records):
            plan.rows = [row for row in plan.rows if row.get("run") != record.id]
            plan.revision += 1

    def trim(self) -> None:
        with self.lock:
            ended = [r.id for r in self.records.values() if not r.active and r.future is None]
            for run_id in ended[: max(0, len(ended) - REMEMBERED)]:
                if not any(run_id in (*r.arms, *r.donors) for r in self.records.values() if r.active):
                    del self.records[run_id]
