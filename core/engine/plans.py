"""Runs that wait for others: a run for its donors, a plan for its arms. Called from the engine's own thread."""

from __future__ import annotations

import threading
import time

from core.engine.messages import plan_progress
from core.engine.record import Record
from core.engine.registry import Registry
from core.engine.shared import log_trouble
from core.engine.view import watched
from core.runs.drive import finish_plan
from core.runs.settings import Refused

LOST = ("failed", "refused", "stopped", "gone")


def look_at_donors(registry: Registry, record: Record) -> None:
    """A waiting run is queued once its donors are done, and fails with them."""
    with registry.lock:
        statuses = {donor: registry.status(donor) for donor in record.donors}
        lost = next((donor for donor, status in statuses.items() if status in LOST), None)
        if record.status != "waiting":
            return
        if lost:
            reason = registry.records[lost].error if lost in registry.records else ""
            text = f"The network that this run borrows from is not there: {reason or 'its training was stopped.'}"
            record.set("failed", error=text)
        elif all(status == "done" for status in statuses.values()):
            record.set("queued")


def look_at_arms(registry: Registry, plan: Record) -> None:
    """Show what the arms of a plan say; once all are done summarise it, and give it up with any of them."""
    with registry.lock:
        if plan.finishing:
            return
        registry.gather(plan)
        arms = [registry.records.get(arm) for arm in plan.arms]
        lost = next((arm for arm in arms if arm and arm.status in LOST and not arm.owners), None)
        lost = lost or next((arm for arm in arms if arm and arm.status in ("failed", "refused")), None)
        plan.progress = plan_progress(arms)
        if lost:
            for owner in list(plan.owners):
                registry.stop(plan.id, owner)
            plan.set(lost.status, error=lost.error)
        elif not any(arm for arm in arms):
            plan.finishing = True
            threading.Thread(target=_finish, args=[registry, plan], daemon=True).start()


def _finish(registry: Registry, plan: Record) -> None:
    """Summarise a plan, in a thread of its own: rows are read from disk."""
    try:
        run = finish_plan(plan.spec, registry.store, round(time.monotonic() - plan.began, 2))
        status, changes = "done", {"rows": list(filter(watched, run.rows())), "summary": run.summary}
    except Refused as refused:
        status, changes = "refused", {"error": str(refused)}
    except Exception as error:
        log_trouble()
        text = f"This is our mistake, not yours: the summary of run {plan.id} failed ({type(error).__name__})."
        status, changes = "failed", {"error": text}
    with registry.lock:
        plan.set(status, **changes)
        if registry.records.get(plan.id) is plan:
            registry.settle(plan)
