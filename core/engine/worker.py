"""A run inside a worker: `drive` it, tell what happens a few times a second, and end when asked to."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import functools
import hashlib
import json
import os
import threading
import time
import traceback
import uuid
from pathlib import Path
from typing import Any

from core.engine.shared import TOKEN
from core.engine.view import watched
from core.runs.artifacts import Artifact
from core.runs.drive import drive
from core.runs.home import VARIABLE, home, unwritable
from core.runs.settings import Refused
from core.runs.spec import Progress, Row, Spec
from core.runs.store import Run, Store

TOPIC = "transferlab"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
TELL, LOOK = 0.2, 0.1  # seconds between two messages, and between two looks for a stop
SHOW = 0.1  # seconds at least between two messages of pictures
EAGER = 6  # so many messages leave at once: somebody waits for the first points
ROOT = Path(__file__).parents[2]


def stop_flag(folder: Path, key: str) -> Path:
    """A file that asks a run to stop. The folder of runs is shared by app and workers, so no message is needed."""
    return folder / f".stop-{key}"


@functools.cache
def source_version() -> str:
    """A hash of the house's sources: app and workers must run the same."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "core").rglob("*.py")):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class Messenger:
    """Sends a run's events through Dask, a few times a second, also while the run is busy between two rows.

    A message is numbered, and carries the nonce of this start of the run.
    """

    def __init__(self, key: str):
        from distributed import get_worker

        self._worker, self._key = get_worker(), key
        self._nonce, self._number = uuid.uuid4().hex[:8], 0
        self._rows: list[Row] = []
        self._progress: Progress | None = None
        self._pictures: dict[str, tuple[int | None, str]] = {}
        self._shown = 0.0  # when pictures were last told of
        self._lock, self._closed = threading.RLock(), threading.Event()
        self.send("started", pid=os.getpid(), worker=self._worker.address)
        threading.Thread(target=self._tell, daemon=True).start()

    def send(self, kind: str, **content: Any) -> None:
        with self._lock:
            self._number += 1
            message = {"key": self._key, "nonce": self._nonce, "number": self._number, "kind": kind}
            self._worker.log_event(TOPIC, {**message, "content": json.dumps(content)})

    def add(self, item: Row | Progress) -> None:
        if isinstance(item, dict) and not watched(item):
            return
        with self._lock:
            urgent = self._number <= EAGER and not isinstance(item, Progress)
            if isinstance(item, Progress):
                self._progress = item
            else:
                self._rows.append(item)
        if urgent:
            self.flush()

    def show(self, artifact: Artifact, folder: Path) -> None:
        """Tell where the newest pictures of a name lie: at once, but at most ten times a second."""
        with self._lock:
            self._pictures[artifact.name] = (artifact.step, str(folder))
            if time.monotonic() - self._shown >= SHOW:
                self.flush()

    def flush(self) -> None:
        with self._lock:
            pictures = self._pictures if time.monotonic() - self._shown >= SHOW else {}
            if self._rows or self._progress or pictures:
                progress = self._progress and dataclasses.astuple(self._progress)
                self.send("items", rows=self._rows, progress=progress, pictures=pictures)
            self._rows, self._progress = [], None
            if pictures:
                self._pictures, self._shown = {}, time.monotonic()

    def close(self, status: str, **content: Any) -> None:
        """Say how the run ended; nothing is said after that."""
        self._closed.set()
        self.flush()
        self.send("result", status=status, **content)

    def _tell(self) -> None:
        while not self._closed.wait(TELL):
            self.flush()


def run_task(plain: dict[str, Any], key: str, folder: str, token: str, version: str) -> str:
    """Run the spec `plain` to its end and return its final status; rows and result travel as events."""
    messenger = Messenger(key)
    try:
        same_house(token, version)
        status, result = _drive(Spec.from_json(plain), Store(Path(folder)), messenger, stop_flag(Path(folder), key))
    except Refused as refused:
        status, result = "refused", {"error": str(refused)}
    except Exception as error:
        _log(key)
        status, result = _ended_by(error, key, Path(folder))
    messenger.close(status, **result)
    return status


def _drive(spec: Spec, store: Store, messenger: Messenger, flag: Path) -> tuple[str, dict[str, Any]]:
    growing, looked = {stream.name for stream in spec.about.streams}, 0.0

    def show(artifact: Artifact, folder: Path) -> None:
        if artifact.name in growing:
            messenger.show(artifact, folder)

    driven = drive(spec, store, show)
    while True:
        try:
            messenger.add(next(driven))
        except StopIteration as end:
            run: Run = end.value
            return "done", {"summary": run.summary}
        if time.monotonic() - looked >= LOOK:
            looked = time.monotonic()
            if flag.exists():
                driven.close()
                return "stopped", {}


def same_house(token: str, version: str) -> None:
    """`Refused` unless this worker sees the app's folder and runs its sources (version "": they are the same)."""
    try:
        seen = (home() / TOKEN).read_text(encoding="utf-8")
    except OSError:
        seen = ""
    if seen != token:
        raise Refused(VARIABLE, home(), "this worker does not see the folder of the app; give both the same one.")
    if version and version != source_version():
        raise Refused("source", source_version(), "this worker runs other sources than the app; update it.")


def _ended_by(error: Exception, key: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """A full disk is nobody's mistake; everything else is ours, and the student gets no details of it."""
    if isinstance(error, OSError) and error.errno in FULL:
        return "refused", {"error": str(unwritable(folder, error))}
    text = f"This is our mistake, not yours: run {key.partition('.')[0]} failed ({type(error).__name__}: {error})."
    return "failed", {"error": " ".join(text.split())[:500]}


def _log(key: str) -> None:
    with contextlib.suppress(OSError, Refused):  # on a full disk there is no log, but there is a word for the student
        folder = home() / "logs"
        folder.mkdir(exist_ok=True)
        (folder / f"{key}.txt").write_text(traceback.format_exc(), encoding="utf-8")
