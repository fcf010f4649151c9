"""Where a figure comes from, in one outlined pill: measured here, recorded, a paper, or still running."""

from __future__ import annotations

import streamlit as st

from core.runs.store import Run


def badge(run: Run, seeds: int = 1, *, place: str = "") -> None:
    """● Measured here · 14 s · 3 seeds, or ◷ Recorded · date · machine. `place`: of a run that is shown twice."""
    if run.recorded:
        recorded_badge(run.provenance["date"], run.provenance["processor"], seeds, key=place + run.id)
    else:
        measured_badge(run.summary.get("seconds", 0), seeds, key=place + run.id)


def measured_badge(seconds: float, seeds: int = 1, *, key: str) -> None:
    """● Measured here · 14 s · 3 seeds."""
    _pill(f"● Measured here · {seconds:.0f} s{_often(seeds)}", key)


def recorded_badge(date: str, machine: str, seeds: int = 1, *, key: str) -> None:
    """◷ Recorded · 2026-05-01 · machine · 3 seeds; `date` may be a whole time stamp."""
    _pill(f"◷ Recorded · {date[:10]} · {machine}{_often(seeds)}", key)


def paper_badge(table: str, key: str) -> None:
    """❝ Paper · Table 3."""
    _pill(f"❝ Paper · {table}", key)


def running_badge(done: int, total: int, key: str, what: str = "seeds") -> None:
    """◌ Running · 2 of 3 seeds."""
    _pill(f"◌ Running · {done} of {total} {what}", key)


def _often(seeds: int) -> str:
    return f" · {seeds} seeds" if seeds > 1 else ""


def _pill(text: str, key: str) -> None:
    with st.container(key=f"badge_{key}"):
        st.markdown(text)
