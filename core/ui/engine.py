"""The one engine of this server, shared by all its pages and browsers."""

from __future__ import annotations

import atexit
import contextlib

import streamlit as st

from core.engine import Engine
from core.experiments import Spec
from core.experiments.ready import PARTS, ready
from core.runs.settings import Refused

WARM = "core.experiments.warm"


@st.cache_resource(show_spinner=False, on_release=lambda engine: engine.close())
def engine() -> Engine:
    """Returns at once; workers warm up behind the page, and get the pictures of the first page ready."""
    engine = Engine(warm=WARM)
    atexit.register(engine.close)
    with contextlib.suppress(Refused):  # on a full disk the first run will say so
        for part in range(1, PARTS + 1):  # browsers take turns with the house, part by part
            engine.submit(Spec.of(ready, part=part), "the house")
    return engine
