"""The engine: who asked for what, whose turn it is, and what every run has said so far.

Pages call `submit`, `view` and `stop`, which only look at and change memory. One thread of the engine does everything
else: it hears the workers, admits runs, finishes plans, and starts a lost cluster again.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time

from core.engine.cluster import Cluster
from core.engine.keys import SCHEDULER, keys_for
from core.engine.messages import apply_message
from core.engine.plans import look_at_arms, look_at_donors
from core.engine.record import Record
from core.engine.registry import Registry
from core.engine.shared import log, log_trouble, shared_token
from core.engine.worker import source_version, stop_flag
from core.runs.store import Store

BEAT = 0.05  # seconds at most between two rounds of the engine's thread
STUBBORN = 3.0  # seconds that a run may stay busy after Stop
MOST_RESTARTS = 3  # of the whole cluster under one run
FAREWELL = 1.5  # seconds that runs have to end by themselves when the app ends
SILENCE = 2.0  # seconds from the end of a task to the last moment at which its result may arrive


class Engine:
    """Runs specs for owners. Equal specs are one run; a finished run is never run again.

    `address` (or TRANSFERLAB_SCHEDULER) names a Dask scheduler; it is `Refused` if others could run code there. Without
    one a cluster of `workers` training workers and a quick one is started on this machine. Two workers fill a two-core
    laptop: each run has one thread. `warm` names a module whose `warm()` every local worker calls before its first run.
    """

    def __init__(
        self,
        store: Store | None = None,
        address: str | None = None,
        workers: int | None = None,
        warm: str | None = None,
    ):
        self.store = store or Store()
        self._address = address or os.environ.get(SCHEDULER) or None
        self._keys = keys_for(self._address) if self._address else None
        self._workers, self._warm = workers or max(1, min(2, os.cpu_count() or 1)), warm
        self._registry = Registry(self.store)
        self.submit, self.view, self.stop = self._registry.submit, self._registry.view, self._registry.stop
        self.runs, self.forget = self._registry.runs, self._registry.forget
        self._events: queue.Queue[dict] = queue.Queue()
        self._cluster: Cluster | None = None
        self._state, self._closing = "starting", threading.Event()
        self._token = shared_token(self.store.folder)
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)
        self._thread.start()

    # ---- called from pages ------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """starting until the first worker is warm, then ready; or "down: " and one sentence."""
        return self._state

    @property
    def cluster_pid(self) -> int | None:
        """The process of the cluster that this engine started, if it did."""
        return self._cluster.pid if self._cluster else None

    def close(self) -> None:
        """End the workers. What is not finished is lost, and noted as stopped in the engine's log."""
        self._closing.set()
        self._registry.wake.set()
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
            self._registry.wake.wait(BEAT)
            self._registry.wake.clear()
        running = self._say_goodbye()
        if self._cluster:
            self._cluster.close()
            for record in running if self._cluster.local else ():  # of those that had to be killed
                self.store.drop_drafts(record.id)

    def _say_goodbye(self) -> list[Record]:
        """Stop every run, and give those that run, which it returns, the time to end by themselves."""
        with self._registry.lock:
            unfinished = [record for record in self._registry.records.values() if record.active]
            running = [record for record in unfinished if record.future is not None]
            for record in unfinished:
                log(f"run {record.id} ({record.spec.experiment}) was stopped: the app ended")
                record.set("stopped")
        for record in running:
            with contextlib.suppress(OSError):
                stop_flag(self.store.folder, record.key).touch()
        end = time.monotonic() + FAREWELL
        while time.monotonic() < end and not all(record.future.done() for record in running):
            time.sleep(BEAT)
        for record in running:
            self._let_go(record)
        return running

    def _round(self) -> None:
        if self._cluster is None or not self._cluster.alive:
            self._connect()
        self._listen()
        with self._registry.lock:
            records = list(self._registry.records.values())
        for record in records:
            try:
                self._look_at(record)
            except Exception:  # one run's trouble is not that of the others
                log_trouble()
                with self._registry.lock:
                    record.set("failed", error=f"This is our mistake, not yours: run {record.id} was lost.")
                    record.future = None
        self._admit()
        self._registry.trim()

    def _look_at(self, record: Record) -> None:
        if record.future is not None:
            self._watch(record)
        elif record.status == "waiting":
            look_at_donors(self._registry, record)
        elif record.arms and record.status == "running":
            look_at_arms(self._registry, record)

    def _connect(self) -> None:
        """Start or find the workers. What ran on lost ones is queued again, with its place kept."""
        if self._cluster:
            self._state = "starting"
            self._cluster.close()
            self._cluster = None
            with self._registry.lock:
                for record in list(self._registry.records.values()):
                    if record.future is not None:
                        self._again(record)
        try:
            self._cluster = Cluster(self._address, self._keys, self._workers, self._warm, self._events.put)
            self._state = "starting"
        except (ConnectionError, OSError) as error:
            self._state = f"down: {str(error)[:1].upper()}{str(error)[1:]}; trying again."
            self._closing.wait(2.0)

    def _again(self, record: Record) -> None:
        """Queue a run whose worker was lost with its whole cluster, unless this happens again and again."""
        record.future, record.pid, record.rows, record.start = None, 0, [], record.start + 1
        if record.status == "stopping":
            record.set("stopped")
            self._registry.settle(record)
        elif record.restarts >= MOST_RESTARTS:
            record.set("failed", error="Its workers were lost again and again, so this run was given up.")
        else:
            record.set("queued", attempt=record.attempt + 1, restarts=record.restarts + 1, nonce="", began=0.0)

    def _listen(self) -> None:
        while True:
            try:
                message = self._events.get_nowait()
            except queue.Empty:
                return
            with self._registry.lock:
                record = self._registry.records.get(message["key"].partition(".")[0])
                if record and record.key == message["key"]:
                    apply_message(record, message)
                    if not record.active:
                        self._let_go(record)
                        self._registry.settle(record)

    def _let_go(self, record: Record) -> None:
        """The run has ended: its task may be forgotten, and nobody need be told to stop."""
        record.future = None
        with contextlib.suppress(OSError):
            stop_flag(self.store.folder, record.key).unlink(missing_ok=True)

    def _watch(self, record: Record) -> None:
        """Stop what was asked to stop, and notice a task that ended without a word."""
        assert self._cluster is not None
        now = time.monotonic()
        if record.status == "stopping":
            with contextlib.suppress(OSError):  # a folder that cannot be written: the worker is killed below
                stop_flag(self.store.folder, record.key).touch()
            if now - record.stop_asked > STUBBORN:
                self._cluster.kill(record)
                with self._registry.lock:
                    record.set("stopped")
                    self._let_go(record)
                    self._registry.settle(record)
        elif record.future.done():
            record.silent_since = record.silent_since or now
            if now - record.silent_since > SILENCE:
                words = self._cluster.last_words(record.future)
                with self._registry.lock:
                    record.set("failed", error=words)
                    self._let_go(record)

    def _admit(self) -> None:
        """Give free places to those whose turn it is; never more runs in Dask than there are places."""
        if self._cluster is None or not self._cluster.alive:
            return
        if self._state == "starting" and self._cluster.slots("train"):
            self._state = "ready"
        for lane in ("quick", "train"):
            with self._registry.lock:
                busy = sum(r.future is not None for r in self._registry.records.values() if r.lane == lane)
                waiting = bool(self._registry.queue(lane))
            for _ in range(self._cluster.slots(lane) - busy if waiting else 0):
                with self._registry.lock:
                    record = next(iter(self._registry.queue(lane)), None)
                    if record is None:
                        break
                    self._hand_over(record)

    def _hand_over(self, record: Record) -> None:
        assert self._cluster is not None
        self._registry.turns[record.browser] = time.monotonic()
        self._let_go(record)  # a flag left by an app that was killed must not stop this one
        record.set("starting", silent_since=0.0)
        folder, version = str(self.store.folder), "" if self._cluster.local else source_version()
        arguments = (record.spec.as_json(), record.key, folder, self._token, version)
        record.held = record.lane
        record.future = self._cluster.submit(record.held, record.key, *arguments)
        if not self._cluster.local:
            for message in self._cluster.messages():
                if message["key"] == record.key:
                    self._events.put(message)
