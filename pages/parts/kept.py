"""The page "What a code keeps": the scenes that it is about."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.experiments.pictures import pictures
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.ui.quick import quick
from core.ui.said import refusal

WHICH, WIDTH = "12810,13220,13777,14305,14801,15410", 104  # test pictures of the toybox; px


@st.fragment
def scenes() -> None:
    """A few of them."""
    try:
        run = quick(Spec.of(pictures, data="toybox", which=WHICH))
    except Refused as refused:
        refusal(refused)
        return
    if run:
        shown = [Path(file).read_bytes() for file in run.artifact("pictures")]
        st.image(shown, width=WIDTH, alt=[f"A toy in a room: {row['class']}" for row in run.rows()])
