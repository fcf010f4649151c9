"""The engine: who asked for what, whose turn it is, and what every run has said so far.

Pages call `submit`, `view` and `stop`, which only look at and change memory. One thread of the engine does everything
else: it hears the workers, admits runs, finishes plans, and starts a lost cluster again.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
import time

from core.engine.cluster import ADDRESS_VARIABLE, Cluster
from core.engine.hearing import hear, plan_progress
from core.engine.record import Record
from core.engine.shared import log_trouble, shared_token
from core.engine.turns import in_turn
from core.engine.view import View
from core.engine.worker import source_version, stop_flag
from core.runs.drive import finish_plan
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store

BEAT = 0.05  # seconds at most between two rounds of the engine's thread
STUBBORN = 3.0  # seconds that a run may stay busy after Stop
SILENCE = 2.0  # seconds from the end of a task to the last moment at which its result may arrive
REMEMBERED = 300  # finished runs kept in memory


class Engine:
    """Runs specs for owners. Equal specs are one run; a finished run is never run again.

    `address` (or TRANSFERLAB_SCHEDULER) names a Dask scheduler; without one a cluster of `workers` training workers and
    a quick one is started on this machine. Two workers fill a two-core laptop: each run has one thread. `warm` names a
    module whose `warm()` every local worker calls before its first run.
    """

    def __init__(
        self,
        store: Store | None = None,
        address: str | None = None,
        workers: int | None = None,
        warm: str | None = None,
    ):
        self.store = store or Store()
        self._address = address or os.environ.get(ADDRESS_VARIABLE) or None
        self._workers, self._warm = workers or max(1, min(2, os.cpu_count() or 1)), warm
        self._lock = threading.RLock()
        self._records: dict[str, Record] = {}
        self._stored: dict[str, View] = {}
        self._turns: dict[str, float] = {}  # owner → when it was last served
        self._events: queue.Queue[dict] = queue.Queue()
        self._cluster: Cluster | None = None
        self._state, self._closing = "starting", threading.Event()
        self._wake = threading.Event()
        self._token = shared_token(self.store.folder)
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)
        self._thread.start()

    # ---- called from pages ------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """starting, ready, or "down: " and one sentence."""
        return self._state

    @property
    def cluster_pid(self) -> int | None:
        """The process of the cluster that this engine started, if it did."""
        return self._cluster.pid if self._cluster else None

    def submit(self, spec: Spec, owner: str) -> str:
        """Ask for a run in the name of `owner`; returns its id at once."""
        with self._lock:
            self._ask(spec, owner)
        self._wake.set()
        return spec.id

    def view(self, run_id: str) -> View | None:
        """The run as it is now, also one that was finished in an earlier life of the app; None if there is none."""
        with self._lock:
            record = self._records.get(run_id)
            if record:
                arms = tuple((arm, self._records[arm].status) for arm in record.arms if arm in self._records)
                return record.snapshot(self._place(record), arms)
        if run_id not in self._stored and (run := self.store.find(run_id)):
            while len(self._stored) >= REMEMBERED:
                self._stored.pop(next(iter(self._stored)))
            self._stored[run_id] = View(run_id, run.spec(), "done", tuple(run.rows()), summary=run.summary)
        return self._stored.get(run_id)

    def stop(self, run_id: str, owner: str) -> None:
        """Withdraw `owner`; a run stops when nobody wants it any more."""
        with self._lock:
            record = self._records.get(run_id)
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
        self._wake.set()

    def runs(self, owner: str | None = None) -> list[View]:
        """The runs asked for in this life of the app, or those of one owner."""
        with self._lock:
            ids = [i for i, record in self._records.items() if owner is None or owner in record.owners]
        return [view for view in map(self.view, ids) if view]

    def forget(self, run_ids: list[str]) -> None:
        """Stop and drop runs for all their owners, with what is remembered of them."""
        with self._lock:
            for run_id in run_ids:
                self._stored.pop(run_id, None)
                record = self._records.get(run_id)
                for owner in list(record.owners) if record else ():
                    self.stop(run_id, owner)
                if record and not record.active:
                    del self._records[run_id]

    def close(self) -> None:
        """End the workers; what is not finished is lost."""
        self._closing.set()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(15)

    # ---- bookkeeping, under the lock --------------------------------------------------------------------------------

    def _ask(self, spec: Spec, owner: str) -> Record:
        record = self._records.get(spec.id)
        if record is None or record.status in ("stopped", "failed", "refused"):
            record = self._renew(spec, record)
        if owner not in record.owners:
            record.owners[owner] = None
            record.revision += 1
        if record.active:
            for part in (*spec.donors(), *spec.arms()):
                self._ask(part, f"{owner}|{spec.id}")
        for arm in record.arms:
            self._records[arm].plans.add(spec.id)
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
        self._records.pop(spec.id, None)
        self._records[spec.id] = record
        return record

    def _queue(self, lane: str) -> list[Record]:
        return in_turn(self._records.values(), lane, self._turns)

    def _place(self, record: Record) -> int:
        if record.status != "queued":
            return 0
        return 1 + next((k for k, other in enumerate(self._queue(record.lane)) if other is record), 0)

    # ---- the engine's own thread ------------------------------------------------------------------------------------

    def _live(self) -> None:
        while not self._closing.is_set():
            try:
                self._round()
            except Exception:  # whatever it is, the engine goes on, and says so
                log_trouble()
                self._closing.wait(1.0)
            self._wake.wait(BEAT)
            self._wake.clear()
        if self._cluster:
            self._cluster.close()

    def _round(self) -> None:
        if self._cluster is None or not self._cluster.alive:
            self._connect()
        self._listen()
        with self._lock:
            inflight = [record for record in self._records.values() if record.future is not None]
            ready = [record for record in self._records.values() if record.status == "waiting"]
            plans = [record for record in self._records.values() if record.arms and record.status == "running"]
        for record in inflight:
            self._watch(record)
        for record in ready:
            self._look_at_donors(record)
        for record in plans:
            self._look_at_arms(record)
        self._admit()
        self._trim()

    def _connect(self) -> None:
        """Start or find the workers. What ran on lost ones is queued again, with its place kept."""
        if self._cluster:
            self._state = "starting"
            self._cluster.close()
            self._cluster = None
            with self._lock:
                for record in self._records.values():
                    if record.future is not None:
                        self._again(record)
        try:
            self._cluster = Cluster(self._address, self._workers, self._warm, self._events.put)
            self._state = "ready"
        except (ConnectionError, OSError) as error:
            self._state = f"down: {str(error)[:1].upper()}{str(error)[1:]}; trying again."
            self._closing.wait(2.0)

    def _again(self, record: Record) -> None:
        """Queue a run whose worker was lost with its whole cluster."""
        record.future = None
        if record.status == "stopping":
            record.set("stopped")
        else:
            record.set("queued", attempt=record.attempt + 1, restarts=record.restarts + 1, nonce="", began=0.0)
            self._take_rows_back(record)

    def _listen(self) -> None:
        while True:
            try:
                message = self._events.get_nowait()
            except queue.Empty:
                return
            with self._lock:
                record = self._records.get(message["key"].partition(".")[0])
                if record and record.key == message["key"]:
                    hear(record, message, self._pass_on, self._take_rows_back)

    def _pass_on(self, record: Record, rows: list[dict]) -> None:
        """Show the rows of an arm in its plans too."""
        for plan in (self._records[i] for i in record.plans if i in self._records):
            if plan.active:
                plan.rows.extend({**row, "run": record.id} for row in rows)
                plan.revision += 1

    def _take_rows_back(self, record: Record) -> None:
        """A run starts again: what it said before is void."""
        record.rows = []
        for plan in (self._records[i] for i in record.plans if i in self._records):
            plan.rows = [row for row in plan.rows if row.get("run") != record.id]
            plan.revision += 1

    def _watch(self, record: Record) -> None:
        """Stop what was asked to stop, and notice a task that ended without a word."""
        assert self._cluster is not None
        flag, now = stop_flag(self.store.folder, record.key), time.monotonic()
        if record.status == "stopping" and not flag.exists():
            flag.touch()
        if record.status == "stopping" and now - record.stop_asked > STUBBORN:
            self._kill(record)
            with self._lock:
                record.set("stopped")
        if not record.active:
            flag.unlink(missing_ok=True)
            record.future = None
            return
        if record.future.done():
            record.silent_since = record.silent_since or now
            if now - record.silent_since > SILENCE:
                with self._lock:
                    text = "Its worker was lost again and again, so this run was given up; try smaller settings."
                    record.set("failed", error=text)
                    record.future = None

    def _kill(self, record: Record) -> None:
        assert self._cluster is not None
        self._cluster.cancel(record.future)
        if self._cluster.local and record.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(record.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _look_at_donors(self, record: Record) -> None:
        with self._lock:
            donors = [self._records[i] for i in record.donors]
            lost = next((d for d in donors if d.status in ("failed", "refused", "stopped")), None)
            if record.status != "waiting":
                return
            if lost:
                reason = lost.error or "its training was stopped."
                record.set("failed", error=f"The network that this run borrows from is not there: {reason}")
            elif all(donor.status == "done" for donor in donors):
                record.set("queued")

    def _look_at_arms(self, plan: Record) -> None:
        with self._lock:
            arms = [self._records[i] for i in plan.arms]
            lost = next((a for a in arms if a.status in ("failed", "refused", "stopped")), None)
            plan.progress = plan_progress(arms)
            if lost:
                for owner in list(plan.owners):
                    self.stop(plan.id, owner)
                plan.set(lost.status, error=lost.error)
                return
            for arm in arms:
                if arm.status == "done" and not any(row.get("run") == arm.id for row in plan.rows):
                    self._pass_on(arm, arm.rows)  # it was done before it was asked for
            if not all(arm.status == "done" for arm in arms):
                return
        try:
            run = finish_plan(plan.spec, self.store, round(time.monotonic() - plan.began, 2))
            status, changes = "done", {"rows": run.rows(), "summary": run.summary}
        except Refused as refused:
            status, changes = "refused", {"error": str(refused)}
        with self._lock:
            plan.set(status, **changes)

    def _admit(self) -> None:
        """Give free places to those whose turn it is; never more runs in Dask than there are places."""
        if self._cluster is None or not self._cluster.alive:
            return
        for lane in ("quick", "train"):
            with self._lock:
                busy = sum(r.future is not None for r in self._records.values() if r.lane == lane)
                waiting = bool(self._queue(lane))
            if not waiting:
                continue
            for _ in range(self._cluster.slots(lane) - busy):
                with self._lock:
                    record = next(iter(self._queue(lane)), None)
                    if record is None:
                        break
                    self._turns[record.browser] = time.monotonic()
                    record.set("starting", silent_since=0.0)
                    plain, key = record.spec.as_json(), record.key
                folder, version = str(self.store.folder), "" if self._cluster.local else source_version()
                record.future = self._cluster.submit(lane, key, plain, key, folder, self._token, version)
                if not self._cluster.local:
                    for message in self._cluster.told():
                        if message["key"] == key:
                            self._events.put(message)

    def _trim(self) -> None:
        with self._lock:
            ended = [r.id for r in self._records.values() if not r.active and r.future is None]
            for run_id in ended[: max(0, len(ended) - REMEMBERED)]:
                if not any(run_id in (*r.arms, *r.donors) for r in self._records.values() if r.active):
                    del self._records[run_id]
