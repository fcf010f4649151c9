"""The claim of the lecture, with a verdict computed from the rows."""

from __future__ import annotations

import streamlit as st

from core.figures.chapters import Found, chapter_of
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED, Verdict
from core.runs.store import Run

ICONS = {HOLDS: ":material/check_circle:", NOT_HERE: ":material/cancel:", NOT_SETTLED: ":material/help:"}


def show_verdict(claim: str, found: Verdict, reason: str = "") -> None:
    """The claim, *holds here / weaker here / not here / not settled*, the numbers, and why it may be so."""
    box = {HOLDS: st.success, NOT_HERE: st.error, NOT_SETTLED: st.info}.get(found.word, st.warning)
    text = f"{claim} **{found.word.capitalize()}**: {found.numbers}."
    box(f"{text} {reason}".strip(), icon=ICONS.get(found.word, ":material/trending_down:"))


def show_claim(run: Run, reason: str = "") -> None:
    """The claim that a finished run tests, in the words of its report, with the verdict; nothing if there is none."""
    found = Found(run.id, run.record, ())
    if claim := chapter_of(found).claim(found):
        show_verdict(*claim, reason)
