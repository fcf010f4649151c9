"""Light or dark, and the house's type sizes."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

STATIC = Path(__file__).parent / "static"


def dark() -> bool:
    """Whether this browser shows the dark theme."""
    return st.context.theme.type == "dark"


def static(name: str) -> str:
    """A style sheet or script of the house."""
    return (STATIC / name).read_text(encoding="utf-8")


def style() -> None:
    """Once a page: type that grows with the window, so that a projector's back row can read it."""
    st.html(f"<style>{static('house.css')}</style>")
