"""A plan on the command line: its arms side by side on the workers, as in the app."""

from __future__ import annotations

import time

from core.engine.engine import Engine
from core.engine.view import ACTIVE
from core.runs.drive import Driven
from core.runs.spec import Progress, Spec
from core.runs.store import Store

EVERY = 0.1  # seconds between two looks
OWNER = "the command line"


class Lost(Exception):
    """A run that did not come to its end; the message is one sentence for the user, `refused` whether it is theirs."""

    def __init__(self, message: str, refused: bool = False):
        super().__init__(message)
        self.refused = refused


def together(plan: Spec, store: Store) -> Driven:
    """As `drive`, but of a plan, and showing progress only; `Lost` if one of its arms fails or is refused.

    Closed early it stops every arm; those that are finished are kept, and found again the next time.
    """
    engine = Engine(store)
    try:
        engine.submit(plan, OWNER)
        while (view := engine.view(plan.id)) and view.status in ACTIVE:
            if engine.state.startswith("down"):
                raise Lost(engine.state.partition(": ")[2])
            yield view.progress or Progress(0, len(view.arms), "runs")
            time.sleep(EVERY)
        if view is None or view.status != "done":
            why = view.error if view and view.error else f"Run {plan.id} was stopped."
            raise Lost(why, refused=bool(view and view.status == "refused"))
        return store.open(plan)
    finally:
        engine.close()
