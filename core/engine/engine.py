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

from core.engine.book import Book
from core.engine.cluster import ADDRESS_VARIABLE, Cluster
from core.engine.hearing import hear, plan_progress
from core.engine.record import Record
from core.engine.shared import log_trouble, shared_token
from core.engine.worker import source_version, stop_flag
from core.runs.drive import finish_plan
from core.runs.settings import Refused
from core.runs.store import Store

BEAT = 0.05  # seconds at most between two rounds of the engine's thread
STUBBORN = 3.0  # seconds that a run may stay busy after Stop
SILENCE = 2.0  # seconds from the end of a task to the last moment at which its result may arrive


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
        self._book = Book(self.store)
        self.submit, self.view, self.stop = self._book.submit, self._book.view, self._book.stop
        self.runs, self.forget = self._book.runs, self._book.forget
        self._events: queue.Queue[dict] = queue.Queue()
        self._cluster: Cluster | None = None
        self._state, self._closing = "starting", threading.Event()
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

    def close(self) -> None:
        """End the workers; what is not finished is lost."""
        self._closing.set()
        self._book.wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(15)

    # ---- the engine's own thread ------------------------------------------------------------------------------------

    def _live(self) -> None:
        while not self._closing.is_set():
            try:
                self._round()
            except Exception:  # whatever it is, the engine goes on, and says so
                log_trouble()
                self._closing.wait(1.0)
            self._book.wake.wait(BEAT)
            self._book.wake.clear()
        if self._cluster:
            self._cluster.close()

    def _round(self) -> None:
        if self._cluster is None or not self._cluster.alive:
            self._connect()
        self._listen()
        with self._book.lock:
            inflight = [record for record in self._book.records.values() if record.future is not None]
            ready = [record for record in self._book.records.values() if record.status == "waiting"]
            plans = [record for record in self._book.records.values() if record.arms and record.status == "running"]
        for record in inflight:
            self._watch(record)
        for record in ready:
            self._look_at_donors(record)
        for record in plans:
            self._look_at_arms(record)
        self._admit()
        self._book.trim()

    def _connect(self) -> None:
        """Start or find the workers. What ran on lost ones is queued again, with its place kept."""
        if self._cluster:
            self._state = "starting"
            self._cluster.close()
            self._cluster = None
            with self._book.lock:
                for record in self._book.records.values():
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
            self._book.take_rows_back(record)

    def _listen(self) -> None:
        while True:
            try:
                message = self._events.get_nowait()
            except queue.Empty:
                return
            with self._book.lock:
                record = self._book.records.get(message["key"].partition(".")[0])
                if record and record.key == message["key"]:
                    hear(record, message, self._book.pass_on, self._book.take_rows_back)

    def _watch(self, record: Record) -> None:
        """Stop what was asked to stop, and notice a task that ended without a word."""
        assert self._cluster is not None
        flag, now = stop_flag(self.store.folder, record.key), time.monotonic()
        if record.status == "stopping" and not flag.exists():
            flag.touch()
        if record.status == "stopping" and now - record.stop_asked > STUBBORN:
            self._kill(record)
            with self._book.lock:
                record.set("stopped")
        if not record.active:
            flag.unlink(missing_ok=True)
            record.future = None
            return
        if record.future.done():
            record.silent_since = record.silent_since or now
            if now - record.silent_since > SILENCE:
                with self._book.lock:
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
        with self._book.lock:
            donors = [self._book.records[i] for i in record.donors]
            lost = next((d for d in donors if d.status in ("failed", "refused", "stopped")), None)
            if record.status != "waiting":
                return
            if lost:
                reason = lost.error or "its training was stopped."
                record.set("failed", error=f"The network that this run borrows from is not there: {reason}")
            elif all(donor.status == "done" for donor in donors):
                record.set("queued")

    def _look_at_arms(self, plan: Record) -> None:
        with self._book.lock:
            arms = [self._book.records[i] for i in plan.arms]
            lost = next((a for a in arms if a.status in ("failed", "refused", "stopped")), None)
            plan.progress = plan_progress(arms)
            if lost:
                for owner in list(plan.owners):
                    self.stop(plan.id, owner)
                plan.set(lost.status, error=lost.error)
                return
            for arm in arms:
                if arm.status == "done" and not any(row.get("run") == arm.id for row in plan.rows):
                    self._book.pass_on(arm, arm.rows)  # it was done before it was asked for
            if not all(arm.status == "done" for arm in arms):
                return
        try:
            run = finish_plan(plan.spec, self.store, round(time.monotonic() - plan.began, 2))
            status, changes = "done", {"rows": run.rows(), "summary": run.summary}
        except Refused as refused:
            status, changes = "refused", {"error": str(refused)}
        with self._book.lock:
            plan.set(status, **changes)

    def _admit(self) -> None:
        """Give free places to those whose turn it is; never more runs in Dask than there are places."""
        if self._cluster is None or not self._cluster.alive:
            return
        for lane in ("quick", "train"):
            with self._book.lock:
                busy = sum(r.future is not None for r in self._book.records.values() if r.lane == lane)
                waiting = bool(self._book.queue(lane))
            if not waiting:
                continue
            for _ in range(self._cluster.slots(lane) - busy):
                with self._book.lock:
                    record = next(iter(self._book.queue(lane)), None)
                    if record is None:
                        break
                    self._book.turns[record.browser] = time.monotonic()
                    record.set("starting", silent_since=0.0)
                    plain, key = record.spec.as_json(), record.key
                folder, version = str(self.store.folder), "" if self._cluster.local else source_version()
                record.future = self._cluster.submit(lane, key, plain, key, folder, self._token, version)
                if not self._cluster.local:
                    for message in self._cluster.told():
                        if message["key"] == key:
                            self._events.put(message)
