"""The 2×2 page's own parts: the two heat maps, growing or finished, and the best stage against the labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.experiments.two_by_two import TwoByTwo, summarise
from core.figures.two_by_two import TITLES, depth_figure, heat_figure
from core.runs.spec import Row, Spec
from core.ui.lesson import own_guess
from core.ui.live import arm_results
from core.ui.theme import dark

DONORS = {"similar": "A similar donor", "different": "A different donor"}


def growing(spec: Spec) -> Callable[[list[Row]], None]:
    """Draws the finished cells of a table that is under way."""

    def draw(_: list[Row]) -> None:
        rows = arm_results([spec], ("validation", "test"))
        heat_maps(summarise(spec.settings, rows), spec.settings, key=f"growing_{spec.id}")

    return draw


def heat_maps(found: Mapping[str, Any], settings: TwoByTwo, *, key: str, guess: str | None = None) -> None:
    """One a kind of advice, side by side."""
    labels = {"readout": settings.little, "tuned": settings.much}
    for column, (advice, title) in zip(st.columns(2), TITLES.items(), strict=True):
        table = found["tables"].get(advice, {})
        figure = heat_figure(table, found["stages"], advice=advice, dark=dark(), guess=guess)
        with column:
            st.markdown(f"**{title}** ({labels[advice]} a class)")
            if not table:
                st.caption("Its first cell is still to come.")
                continue
            st.plotly_chart(figure, key=f"{key}_{advice}", theme=None, config=QUIET, alt=in_words(table, title))


def table(found: Mapping[str, Any], spec: Spec) -> None:
    """The finished table, with this browser's guess."""
    guess = own_guess(spec.id)
    heat_maps(found, spec.settings, key="table", guess=str(guess) if guess else None)
    st.caption(
        "Per cent of the test pictures named correctly, means over seeds; a network that knows nothing names 6. "
        "Outlined: the depth that validation pictures chose. Dotted: your guess. Under a bracket: what the slide "
        "names; its *few* is one to three of seven stages here."
    )


def by_labels(found: Mapping[str, Any]) -> None:
    """The best stage to read against the number of labels, a figure a donor."""
    top = max(
        (p["mean"] for donor in found["by_labels"].values() for c in donor.values() for p in c["depths"].values()),
        default=1.0,
    )
    for column, (which, words) in zip(st.columns(2), DONORS.items(), strict=True):
        columns = found["by_labels"].get(which, {})
        figure = depth_figure(columns, found["stages"], dark=dark(), top=min(1.0, top + 0.08))
        best = ", ".join(
            f"{found['stages'][told['best'] - 1]} at {n} a class" for n, told in columns.items() if "best" in told
        )
        with column:
            st.markdown(f"**{words}**")
            st.plotly_chart(figure, key=f"depth_{which}", theme=None, config=QUIET, alt=f"Best stage to read: {best}")


QUIET = {"displayModeBar": False}


def in_words(table: Mapping[str, Any], title: str) -> str:
    """A heat map as a sentence, for those who do not see it."""
    parts = []
    for which, column in table.items():
        cells = ", ".join(f"{point['mean']:.0%} at {depth}" for depth, point in column["depths"].items())
        parts.append(f"{which} donor, by depth: {cells}; chosen {column.get('best', 'not yet')}")
    return f"{title}. {'. '.join(parts)}"
