"""One question, one widget, nothing preselected, or Skip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st


def commit_number(question: str, *, key: str, save: Callable[[Any], None], low=0, high=100, step=5, unit="%") -> None:
    """A number line on which nothing is chosen yet; `save` gets the number, or None for Skip."""
    with st.container(key=f"question_{key}", border=True):
        st.markdown(question)
        options = [None, *range(low, high + 1, step)]
        words = {None: "slide to guess"}
        chosen = st.select_slider(
            "Your guess",
            options,
            None,
            format_func=lambda value: words.get(value, f"{value} {unit}"),
            key=key,
            label_visibility="collapsed",
        )
        _lock(chosen, key, save)


def commit_card(question: str, cards: Sequence[str], *, key: str, save: Callable[[Any], None]) -> None:
    """One of a few answers, side by side; a click commits."""
    with st.container(key=f"question_{key}", border=True):
        st.markdown(question)
        columns = st.columns(len(cards))
        for k, (column, card) in enumerate(zip(columns, cards, strict=True)):
            column.button(card, key=f"{key}_{k}", on_click=save, args=[card], width="stretch")
        st.button("Skip", key=f"{key}_skip", type="tertiary", on_click=save, args=[None])


def _lock(chosen: Any, key: str, save: Callable[[Any], None]) -> None:
    lock, skip, _ = st.columns([2, 1, 4])
    lock.button(
        "Lock in my guess", key=f"{key}_lock", type="primary", disabled=chosen is None, on_click=save, args=[chosen]
    )
    skip.button("Skip", key=f"{key}_skip", type="tertiary", on_click=save, args=[None])
