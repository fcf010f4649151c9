"""The page "Why transfer?": a finished sweep, and the one that ships with the project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.experiments.label_budget import label_budget
from core.lessons.why import most_gained, overtaken_words
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.commit import Card
from core.ui.figures import charts, result_of, show_claims
from core.ui.lesson import histogram
from core.ui.takehome import downloads

FIGURES: dict[str, Any] = {"names": ["gap", "errors"], "widths": [2, 3], "parts": ("test", "empirical")}


def finished(run: Run, asked: str = "") -> None:
    """The figures of a sweep, and the slide's claims; `asked`: of which run the question was."""
    result = result_of(run, asked)
    badge(run, run.spec().settings.seeds)
    charts(result, FIGURES["names"], FIGURES["widths"])
    if words := overtaken_words(result.summary["overtakes"]):
        st.markdown(words)
    show_claims(result)


def recorded(shown: Spec) -> None:
    """All five ways and three seeds, as they ship with the project."""
    whole = Spec.of(label_budget)
    if shown.id == whole.id:
        st.info("It is the sweep that you chose: see the other tab.", icon=":material/tab:")
    elif run := Store().find(whole.id):
        finished(run, shown.id)
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)


def three_targets(run: Run, cards: Sequence[Card]) -> None:
    """Inductive transfer, domain adaptation, and neither, beside one another."""
    result = result_of(run)
    badge(run, run.spec().settings.seeds)
    charts(result, ["targets"])
    st.caption("Dotted: chance. *As it is*: without any label of the new pictures.")
    show_claims(result)
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(run.id, most_gained(result.summary), answers=cards)
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)
