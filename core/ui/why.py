"""The parts of the page "Why transfer?": errors against labels, and the three targets, growing or finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.experiments import definitions as three
from core.experiments import label_budget as budgets
from core.figures.budgets import LOOKS, budget_claims, budgets_figure, gap_figure, overtaken_words
from core.figures.definitions import TARGETS, WAYS, definitions_claims, definitions_figure
from core.runs.guesses import Guess
from core.runs.spec import Row, Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.live import arm_results
from core.ui.takehome import downloads
from core.ui.theme import dark
from core.ui.verdict import show_verdict

PARTS = ("test", "empirical")
QUIET = {"displayModeBar": False}


def growing(spec: Spec) -> Callable[[list[Row]], None]:
    """Draws the finished arms of a sweep that is under way."""

    def draw(_: list[Row]) -> None:
        errors(budgets.summarise(spec.settings, arm_results([spec], PARTS)), key=f"_growing_{spec.id}")

    return draw


def errors(found: Mapping[str, Any], *, key: str, guess: Guess | None = None) -> None:
    """Left what scratch does on the pictures that it learned from and on others, right all ways on others."""
    left, right = st.columns([2, 3])
    figure = budgets_figure(found, dark=dark(), guess=guess)
    with left:
        if scratch := found["curves"].get("scratch"):
            st.markdown("**From scratch: risk and empirical risk**")
            gap = gap_figure(scratch, way="scratch", dark=dark())
            words = errors_in_words(found, ("scratch",), PARTS_IN_WORDS)
            st.plotly_chart(gap, key=f"gap{key}", theme=None, config=QUIET, alt=words)
    with right:
        st.markdown("**The risk, by how one learns**")
        words = errors_in_words(found, tuple(LOOKS), {"risk": ""})
        st.plotly_chart(figure, key=f"errors{key}", theme=None, config=QUIET, alt=words)


def finished(run: Run, guess: Guess | None, *, key: str = "") -> None:
    """The figures of a sweep, and the slide's claims; `key` tells it from another on the page."""
    found = run.summary
    badge(run, run.spec().settings.seeds)
    errors(found, key=key, guess=guess)
    if words := overtaken_words(found["overtakes"]):
        st.markdown(words)
    for claim, told, reason in budget_claims(found):
        show_verdict(claim, told, reason)


def recorded(shown: Spec, guess: Guess | None) -> None:
    """All five ways and three seeds, as they ship with the project."""
    whole = Spec.of(budgets.label_budget)
    if shown.id == whole.id:
        st.info("It is the sweep that you chose: see the other tab.", icon=":material/tab:")
    elif run := Store().find(whole.id):
        finished(run, guess, key="_whole")
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run, "_whole")


def growing_targets(spec: Spec) -> Callable[[list[Row]], None]:
    def draw(rows: list[Row]) -> None:
        targets(three.summarise(spec.settings, rows), key=f"targets_growing_{spec.id}")

    return draw


def targets(found: Mapping[str, Any], *, key: str) -> None:
    figure = definitions_figure(found, dark=dark())
    st.plotly_chart(figure, key=key, theme=None, config=QUIET, alt=targets_in_words(found))
    st.caption("Dotted: chance. *As it is*: without any label of the new pictures.")


def finished_targets(run: Run) -> None:
    """The figure of the three targets, and whether borrowing helps at each."""
    badge(run, run.spec().settings.seeds)
    targets(run.summary, key="targets")
    for claim, told, reason in definitions_claims(run.summary):
        show_verdict(claim, told, reason)


def most_gained(found: Mapping[str, Any]) -> str:
    """Where borrowing added most, in the words of the cards."""
    return TARGETS[max(found["gains"], key=lambda target: found["gains"][target]["mean"])][1].capitalize()


PARTS_IN_WORDS = {"risk": " on other pictures", "empirical": " on those it learned from"}


def errors_in_words(found: Mapping[str, Any], ways: tuple[str, ...], parts: Mapping[str, str]) -> str:
    """The curves as a sentence, for those who do not see them."""
    told = []
    for way in (way for way in ways if way in found["curves"]):
        for part, where in parts.items():
            points = {n: point[part] for n, point in found["curves"][way].items() if part in point}
            values = ", ".join(f"{point['mean']:.0%} at {n}" for n, point in points.items())
            told.append(f"{LOOKS[way][0]}{where} {values}")
    return "Wrong at labels a class: " + "; ".join(told)


def targets_in_words(found: Mapping[str, Any]) -> str:
    told = [
        f"{words}: " + ", ".join(f"{WAYS[way][0]} {point['mean']:.0%}" for way, point in points.items())
        for target, (_, words) in TARGETS.items()
        if (points := found["targets"].get(target))
    ]
    return "Test pictures named correctly. " + "; ".join(told)
