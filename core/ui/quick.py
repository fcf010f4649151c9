"""Short work for a page (a few pictures, one prediction), done by the quick worker, never behind trainings."""

from __future__ import annotations

import time

import streamlit as st

from core.engine import ACTIVE
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.engine import engine
from core.ui.owner import owner
from core.ui.said import refusal, verbatim

PATIENCE, LOOK = 60.0, 0.05  # seconds: a class of thirty that looks at once is served in less
COLD = 90.0  # seconds that a new machine may take to start its workers


def quick(spec: Spec) -> Run | None:
    """The finished run, or None after one sentence that says why not. Call it inside a fragment: it waits."""
    if run := Store().find(spec.id):
        return run
    try:
        engine().submit(spec, owner())
    except Refused as refused:
        refusal(refused)
        return None
    began = time.monotonic()
    with st.spinner("One moment: the engine may be warming up …"):  # shown after half a second
        while time.monotonic() - began < (COLD if engine().state == "starting" else PATIENCE):
            view = engine().view(spec.id)
            if view and view.status == "done":
                return Store().find(spec.id)
            if view and view.status not in ACTIVE:
                st.error(verbatim(view.error) or "This was stopped; try again.", icon=":material/error:")
                return None
            time.sleep(LOOK)
    st.info("The engine is busy or still warming up.", icon=":material/hourglass:")
    st.button("Look again", key=f"again_{spec.id}", icon=":material/refresh:")  # a click runs the page, which asks anew
    return None
