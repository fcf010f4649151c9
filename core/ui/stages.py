"""A network drawn as its stages, left to right: height = resolution, ❄ frozen, ✎ fine-tuned, ✚ new.

Where it can be changed: tap a block to change it, tap a gap to freeze everything left of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.figures.style import ground, hue
from core.ui.theme import dark, static

TALL, LOW = 150, 84  # px: the first stage sees the finest picture

_stages = st.components.v2.component(
    "transferlab_stages",
    html='<div class="stages" role="group" aria-label="Stages of the network"></div>',
    css=static("stages.css"),
    js=static("stages.js"),
)


def stage_control(
    names: Sequence[str],
    states: Sequence[str],
    *,
    key: str,
    locked: Sequence[str] = (),
    role: str = "transfer",
    pyramid: bool = True,
) -> list[str]:
    """The stages as buttons; returns the state of each: "frozen", "fine-tuned" or "new". `locked` ones stay.

    pyramid: each stage sees a coarser picture than the one before.
    """
    result = _mount(names, states, key, locked, role, editable=True, low=LOW if pyramid else TALL)
    chosen = getattr(result, "states", None)
    return list(chosen) if chosen and len(chosen) == len(names) else list(states)


def stage_drawing(names: Sequence[str], states: Sequence[str], *, key: str, role: str = "transfer") -> None:
    """The same drawing, to look at only."""
    _mount(names, states, key, (), role, editable=False)


def _mount(names, states, key, locked, role, *, editable: bool, low: int = LOW):
    falls = (TALL - low) / max(1, len(names) - 1)
    data = {
        "names": list(names),
        "states": list(states),
        "heights": [round(TALL - falls * k) for k in range(len(names))],
        "locked": list(locked),
        "origin": hue(role, dark()),
        "onOrigin": ground(dark()),
        "editable": editable,
    }
    return _stages(data=data, key=key, default={"states": list(states)}, on_states_change=lambda: None)
