"""The figures and claims of a run on its page, from the record of its lesson."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED, Verdict
from core.lessons import lesson_of
from core.lessons.lesson import Drawn, Result
from core.runs.arms import classes_of
from core.runs.settings import as_json
from core.runs.spec import Row, Spec
from core.runs.store import Run, Store
from core.ui.lesson import own_guess
from core.ui.live import arm_results
from core.ui.theme import dark

BARE = {"displayModeBar": False}  # which would lie over the curves
ICONS = {HOLDS: ":material/check_circle:", NOT_HERE: ":material/cancel:", NOT_SETTLED: ":material/help:"}


def question(spec: Spec) -> str:
    """What the lesson asks of a run, before it is there."""
    return f"**{lesson_of(spec.about.name).question(as_json(spec.settings))}**"


def result_of(run: Run, asked: str = "") -> Result:
    """A finished run as its lesson wants it, with what this browser guessed: of it, or of the run that was `asked`."""
    return _result(run.id, run.provenance["date"], own_guess(asked or run.id))


@functools.lru_cache(maxsize=32)
def _result(run_id: str, date: str, guess: Any) -> Result:
    """One for all reruns, and for all browsers that guessed the same: a finished run never changes."""
    run = Store().open(run_id)
    read = functools.partial(_rows, run_id, date)
    return Result(run.id, run.record, read, classes_of(run), guess, run.spec().metrics)


@functools.lru_cache(maxsize=8)
def _rows(run_id: str, date: str) -> tuple[Row, ...]:
    """Read once, whatever was guessed."""
    return tuple(Store().open(run_id).rows())


@functools.lru_cache(maxsize=128)
def drawn(result: Result, name: str, on_dark: bool) -> Drawn | None:
    """A figure of a run, drawn once."""
    return lesson_of(result.name).figures_of(result)[name](result, on_dark)


def chart_key(run_id: str, name: str) -> str:
    """The key under which the page shows a figure of a run, and by which it is taken home."""
    return f"{name}_{run_id}"


def chart(result: Result, name: str, **options: Any) -> Any:
    """One figure of a run, and what is chosen in it; nothing where the run has no such figure."""
    figure = drawn(result, name, dark())
    return shown(figure, chart_key(result.id, name), **options) if figure else None


def shown(figure: Drawn, key: str, **options: Any) -> Any:
    """A figure on the page, and what is chosen in it."""
    return st.plotly_chart(figure.figure, key=key, theme=None, config=BARE, alt=figure.words, **options)


def charts(result: Result, names: Sequence[str], widths: Sequence[int] | None = None) -> None:
    """Figures beside one another, each under its title; columns of these widths."""
    for column, name in zip(st.columns(widths or len(names)), names, strict=True):
        with column:
            if figure := drawn(result, name, dark()):
                st.markdown(f"**{figure.title}**")
                shown(figure, chart_key(result.id, name))


def growing(
    spec: Spec, names: Sequence[str], widths: Sequence[int] | None = None, parts: tuple[str, ...] = ("test",)
) -> Callable[[Sequence[Row]], None]:
    """For `live_runs`: draws what the finished arms of a plan tell so far. `parts`: of their rows, those it needs."""

    def draw(rows: Sequence[Row]) -> None:
        finished = tuple(dict.fromkeys(row["run"] for row in rows))
        for column, name in zip(st.columns(widths or len(names)), names, strict=True):
            if figure := so_far(spec, name, finished, parts, dark()):
                with column:
                    st.markdown(f"**{figure.title}**")
                    shown(figure, f"growing_{name}_{spec.id}")

    return draw


@functools.lru_cache(maxsize=64)
def so_far(spec: Spec, name: str, finished: tuple[str, ...], parts: tuple[str, ...], on_dark: bool) -> Drawn | None:
    """A figure of the arms that are `finished`: drawn once, however many look."""
    rows = [row for row in arm_results([spec], parts) if row["run"] in finished]
    assert spec.about.summarise is not None
    record = {"spec": spec.as_json(), "summary": spec.about.summarise(spec.settings, rows)}
    result = Result(spec.id, record, lambda: rows)
    return lesson_of(result.name).figures_of(result)[name](result, on_dark)


def show_verdict(claim: str, judged: Verdict, reason: str = "") -> None:
    """The claim, *holds here / weaker here / not here / not settled*, the numbers, and why it may be so."""
    box = {HOLDS: st.success, NOT_HERE: st.error, NOT_SETTLED: st.info}.get(judged.word, st.warning)
    text = f"{claim} **{judged.word.capitalize()}**: {judged.numbers}."
    box(f"{text} {reason}".strip(), icon=ICONS.get(judged.word, ":material/trending_down:"))


def show_claims(result: Result, columns: int = 1) -> None:
    """The claims that a run tests, with their verdicts; in columns, filled from left to right."""
    places = st.columns(columns) if columns > 1 else [st.container()]
    for k, claim in enumerate(lesson_of(result.name).claims(result)):
        with places[k % columns]:
            show_verdict(claim.words, claim.verdict, claim.reason)
