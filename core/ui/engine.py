"""The one engine of this server, shared by all its pages and browsers."""

from __future__ import annotations

import streamlit as st

from core.engine import Engine

WARM = "core.experiments.warm"


@st.cache_resource(show_spinner=False, on_release=lambda engine: engine.close())
def engine() -> Engine:
    """Returns at once; workers warm up behind the page."""
    return Engine(warm=WARM)
