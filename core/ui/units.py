"""The channels of a stage as a grid of tiles. By mouse, touch, and keyboard: arrows move from channel to channel."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.ui.inline import inline
from core.ui.theme import static

_units = st.components.v2.component(
    "transferlab_units", html='<div class="units"></div>', css=static("units.css"), js=static("units.js")
)


def unit_grid(mosaic: Path, picture: Path, shown: int, first: int, across: int, picked: int, *, key: str) -> int:
    """The mosaic of `shown` channels from `first`, `across` in a row, beside the picture that they answer to; returns
    the channel that is chosen, at first `picked`.
    """
    data = {
        "mosaic": inline(mosaic.read_bytes()),
        "picture": inline(picture.read_bytes()),
        "shown": shown,
        "first": first,
        "across": across,
        "picked": picked,
    }
    result = _units(data=data, key=key, default={"picked": picked}, on_picked_change=lambda: None)
    chosen = getattr(result, "picked", None)
    return int(chosen) if chosen is not None and first <= chosen < first + shown else picked
