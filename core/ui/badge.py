"""Where a figure comes from, in one outlined pill: measured now, recorded, or a paper."""

from __future__ import annotations

import streamlit as st

from core.runs.store import Run


def badge(run: Run, seeds: int = 1) -> None:
    """● Measured now · 14 s · 3 seeds, or ◷ Recorded · date · machine."""
    seconds, origin = run.summary.get("seconds", 0), run.provenance
    often = f" · {seeds} seeds" if seeds > 1 else ""
    if run.recorded:
        _pill(f"◷ Recorded · {origin['date'][:10]} · {origin['processor']}{often}", run.id)
    else:
        _pill(f"● Measured here · {seconds:.0f} s{often}", run.id)


def paper_badge(table: str, key: str) -> None:
    """❝ Paper · Table 3."""
    _pill(f"❝ Paper · {table}", key)


def _pill(text: str, key: str) -> None:
    with st.container(key=f"badge_{key}"):
        st.markdown(text)
