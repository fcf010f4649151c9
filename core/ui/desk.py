"""The desk on which labels are drawn, in the browser: a class, a box, an outline, by mouse, finger or keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from core.figures.style import ground
from core.ui.inline import inlined
from core.ui.theme import dark, static

_labelling = st.components.v2.component(
    "transferlab_labelling",
    html='<div class="labelling" role="group" aria-label="A picture to label" tabindex="0"></div>',
    css=static("labelling.css"),
    js=static("labelling.js"),
)


def desk(data: dict[str, Any], key: str, kept: Callable[[], None]) -> None:
    """Pictures to label one after the other (`static/labelling.js` says with what data); `kept` is called, a callback,
    when `st.session_state[key].labels` has changed.
    """
    _labelling(data={**data, "onPrimary": ground(dark())}, key=key, on_labels_change=kept)


def outline_desk(
    picture: Path, aspect: float, words: dict[str, str], about: str, key: str, kept: Callable[[], None]
) -> None:
    """One picture, `aspect` times as wide as high, and an outline to draw in it, which may be sent again and again.

    `words`: of the button that sends it (`next`) and what is said when it was sent (`taken`); `about` the picture.
    """
    data = {
        "round": key, "kind": "mask", "free": True, "numbers": [0], "done": [], "classes": [], "aspect": aspect,
        "pictures": inlined((picture,)), "words": words, "invitation": about,
    }  # fmt: skip
    desk(data, key, kept)
