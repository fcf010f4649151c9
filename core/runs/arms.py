"""The arms of a plan, as far as they are kept on this machine: of a recorded figure only its rows are."""

from __future__ import annotations

from core.runs.store import Run, Store


def arms_of(run: Run) -> list[Run]:
    """The kept arms of a plan, in its order; a single run is its own arm."""
    if "arms" not in run.provenance:
        return [run]
    store = Store()
    return [arm for arm in map(store.find, run.provenance["arms"]) if arm]


def classes_of(run: Run) -> list[str]:
    """The names of the classes, empty where the arm that says them is not kept."""
    return next((arm.summary["classes"] for arm in arms_of(run) if "classes" in arm.summary), [])
