"""What a message of a worker means for the record of its run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from core.engine.record import Record
from core.runs.spec import Progress


def apply_message(record: Record, message: dict) -> None:
    """Apply a message once. Old starts, repeats, and words after the end are ignored."""
    if not record.active:
        return
    content, kind = json.loads(message["content"]), message["kind"]
    if kind == "started":
        if message["nonce"] == record.nonce:
            return
        if record.nonce:  # the worker was lost, and Dask runs the task again from its seed
            record.rows, record.restarts, record.start = [], record.restarts + 1, record.start + 1
        record.nonce, record.number = message["nonce"], message["number"]
        record.pid, record.worker = content["pid"], content["worker"]
        record.began = record.phase_began = time.monotonic()
        record.pictures, record.progress, record.silent_since = {}, None, 0.0
        record.set("running" if record.status == "starting" else record.status)
        return
    if message["nonce"] != record.nonce or message["number"] <= record.number:
        return
    record.number = message["number"]
    if kind == "items":
        record.rows.extend(content["rows"])
        record.pictures |= {name: tuple(place) for name, place in content["pictures"].items()}
        if content["progress"]:
            before, record.progress = record.progress, Progress(*content["progress"])
            if before is None or (before.what, before.start) != (record.progress.what, record.progress.start):
                record.phase_began = time.monotonic()
        record.revision += 1
    elif kind == "result":
        record.set(content["status"], summary=content.get("summary", {}), error=content.get("error", ""))


def plan_progress(arms: Iterable[Record | None]) -> Progress:
    """Runs done (None stands for one that left the registry), with the shares of those under way."""
    done, total = 0.0, 0
    for arm in arms:
        total += 1
        if arm is None:
            done += 1
        elif arm.progress:
            done += arm.progress.share
    return Progress(round(done, 3), total, "runs")
