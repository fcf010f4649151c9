"""The connection to the workers: a cluster of our own as a child process, or one named by TRANSFERLAB_SCHEDULER."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.engine.keys import Keys, new_keys
from core.engine.preload import WARM_VARIABLE
from core.engine.record import Record
from core.engine.worker import TOPIC, run_task

PATIENCE = 60.0  # seconds for the scheduler to answer
# Read when distributed is imported. The engine says what ends a run; a worker whose scheduler goes first would write a
# traceback into the terminal.
QUIET = {"DASK_LOGGING__DISTRIBUTED": "critical"}
SLOTS_EVERY = 1.0  # seconds between two looks at the workers


class Cluster:
    """Workers to run on. All methods are called from the engine's own thread, never from a page."""

    def __init__(
        self, address: str | None, keys: Keys | None, workers: int, warm: str | None, listener: Callable[[dict], None]
    ):
        from distributed import Client

        self._process: subprocess.Popen | None = None
        self.local = address is None
        if address is None:
            keys = new_keys()
            address = self._start(keys, workers, warm)
        try:
            security = keys.security() if keys else None
            self._client = Client(address, security=security, set_as_default=False, timeout=PATIENCE)
        except OSError as error:
            self._end_process()
            known = ", or does not know our keys" if keys else ""
            raise ConnectionError(f"the training cluster at {address} does not answer{known}") from error
        self._client.subscribe_topic(TOPIC, lambda event: listener(event[1]))
        self._looked = 0.0
        self._workers: dict[str, dict] = {}

    def _start(self, keys: Keys, workers: int, warm: str | None) -> str:
        """Start workers in a process group of their own, so that Ctrl+C reaches only the app, which then ends them."""
        file = Path(tempfile.mkdtemp(prefix="transferlab-")) / "scheduler.json"
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        environment = {**os.environ, "PYTHONPATH": path, WARM_VARIABLE: warm or "", **QUIET}
        command = [sys.executable, "-m", "core.engine.local", str(file), str(workers), "1"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(dataclasses.asdict(keys)).encode() + b"\n")
        self._process.stdin.flush()
        end = time.monotonic() + PATIENCE
        while not file.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                self._end_process()
                raise ConnectionError("the training engine of this machine did not start")
            time.sleep(0.02)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        shutil.rmtree(file.parent, ignore_errors=True)
        return address

    @property
    def alive(self) -> bool:
        return self._client.status == "running" and (self._process is None or self._process.poll() is None)

    @property
    def pid(self) -> int | None:
        """The process of a local cluster."""
        return self._process.pid if self._process else None

    def slots(self, lane: str) -> int:
        """Runs that fit into a lane at once: "train" or "quick". Workers without lanes take both."""
        if time.monotonic() - self._looked > SLOTS_EVERY:
            self._looked = time.monotonic()
            self._workers = self._client.scheduler_info(n_workers=-1)["workers"]
        lanes = [(worker.get("resources") or {}, worker["nthreads"]) for worker in self._workers.values()]
        return sum(threads for resources, threads in lanes if not resources or lane in resources)

    def submit(self, lane: str, key: str, *arguments: Any) -> Any:
        """Start `run_task`; the future tells only that a run ended without a word."""
        self._looked = 0.0
        lanes = any(worker.get("resources") for worker in self._workers.values())
        resources = {lane: 1} if lanes else None
        return self._client.submit(run_task, *arguments, key=key, pure=False, resources=resources)

    def messages(self) -> list[dict]:
        """What was said before this app listened: on a shared cluster another app may run the very same task."""
        return [event[1] for event in self._client.get_events(TOPIC) or ()]

    def kill(self, record: Record) -> None:
        """End a run that does not listen, with its worker; Dask starts another worker in its place."""
        self._client.cancel([record.future], force=True)
        if self.local and record.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(record.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        elif record.worker:
            restart = self._client.restart_workers
            arguments = {"workers": [record.worker], "timeout": 30, "raise_for_error": False}
            threading.Thread(target=restart, kwargs=arguments, daemon=True).start()

    @staticmethod
    def last_words(future: Any) -> str:
        """Why a task ended without a result, in one sentence."""
        if future.status != "error":
            return "This run was lost with its worker; run it again."
        error = future.exception(timeout=2)
        if type(error).__name__ == "KilledWorker":
            return "Its worker was lost again and again, so this run was given up; try smaller settings."
        return f"This is our mistake, not yours: a worker could not start the run ({type(error).__name__})."

    def close(self) -> None:
        with contextlib.suppress(Exception):  # the other side may be gone already, in any way
            self._client.close(timeout=2)
        self._end_process()

    def _end_process(self) -> None:
        if self._process is None:
            return
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if hasattr(os, "killpg"):  # who is still busy, importing perhaps, does not hear that all is over
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
