"""A network drawn as its stages, left to right: height = resolution, ❄ frozen, ✎ fine-tuned, ✚ new.

Where it can be changed: tap a block to change it, tap a gap to freeze everything left of it. Where one stage is asked
for: tap a block to point at it. By keyboard: arrows move along the blocks, Enter taps.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.figures.style import hue, on
from core.ui.theme import dark, static

TALL, LOW = 150, 84  # px: the first stage sees the finest picture

_stages = st.components.v2.component(
    "transferlab_stages",
    html='<div class="network"><div class="stages"></div></div>',
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
    strides: Sequence[int] = (),
) -> list[str]:
    """The stages as buttons; returns the state of each: "frozen", "fine-tuned" or "new". `locked` ones stay.

    strides: how many pixels of the picture are one of each stage's map (0: a vector); they decide the heights. Without
    them each stage is drawn coarser than the one before.
    """
    held = (st.session_state.get(key) or {}).get("states")  # what was changed last; `states` may be of the look before
    now = list(held) if held and len(held) == len(names) else list(states)
    data = {**_drawn(names, role, strides), "mode": "change", "states": now, "locked": list(locked)}
    data["spoken"] = "Stages of the network"
    result = _stages(data=data, key=key, default={"states": list(states)}, on_states_change=lambda: None)
    chosen = getattr(result, "states", None)
    return list(chosen) if chosen and len(chosen) == len(names) else list(states)


def stage_drawing(
    names: Sequence[str],
    states: Sequence[str],
    *,
    key: str,
    role: str = "transfer",
    strides: Sequence[int] = (),
) -> None:
    """The same drawing, to look at only; it is spoken as one sentence."""
    data = {**_drawn(names, role, strides), "mode": "show", "states": list(states)}
    data["spoken"] = in_words(names, states)
    _stages(data=data, key=key)


def stage_pick(
    names: Sequence[str],
    *,
    key: str,
    question: str,
    role: str = "self",
    strides: Sequence[int] = (),
    picked: str = "",
    word: str = "my guess",
) -> str | None:
    """The same drawing without states, to point at one stage; None until one was tapped, or is `picked` from the start.
    `word` stands on it.
    """
    data = {**_drawn(names, role, strides), "mode": "pick", "states": ["plain"] * len(names)}
    data |= {"spoken": question, "picked": picked, "word": word}
    result = _stages(data=data, key=key, default={"picked": picked or None}, on_picked_change=lambda: None)
    chosen = getattr(result, "picked", None)
    return chosen if chosen in names else None


def in_words(names: Sequence[str], states: Sequence[str]) -> str:
    """The whole drawing as a sentence: "8 stages: conv1 to conv5 frozen; fc6, fc7 fine-tuned; fc8 new." """
    parts = []
    for state, group in itertools.groupby(zip(names, states, strict=True), key=lambda pair: pair[1]):
        alike = [name for name, _ in group]
        parts.append(f"{f'{alike[0]} to {alike[-1]}' if len(alike) > 2 else ', '.join(alike)} {state}")
    return f"{len(names)} stage{'s' if len(names) != 1 else ''}: {'; '.join(parts)}."


def heights(stages: int, strides: Sequence[int] = ()) -> list[int]:
    """How tall each block is drawn, in px: by the logarithm of its stride, a vector as low as the coarsest map."""
    if strides:
        maps = [math.log2(stride) for stride in strides if stride]
        finest, span = min(maps, default=0.0), max(maps, default=0.0) - min(maps, default=0.0)
        steps = [(math.log2(stride) - finest) / (span or 1) if stride else 1 for stride in strides]
    else:
        steps = [k / max(1, stages - 1) for k in range(stages)]
    return [round(TALL - (TALL - LOW) * step) for step in steps]


def _drawn(names: Sequence[str], role: str, strides: Sequence[int]) -> dict[str, Any]:
    return {
        "names": list(names),
        "heights": heights(len(names), strides),
        "origin": hue(role, dark()),
        "onOrigin": on(hue(role, dark())),
    }
