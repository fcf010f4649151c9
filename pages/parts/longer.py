"""The page "Learn without labels": trainings of five minutes and more, recorded, on toys and on photographs."""

from __future__ import annotations

import math

import streamlit as st

from core.experiments.encoders import LONGER_STEPS, PHOTOGRAPHS, longer
from core.figures.representations import arms_figure, ranking_figure
from core.figures.verdict import Verdict, verdict
from core.lessons.lesson import Drawn, curves
from core.runs.spec import Row
from core.runs.store import Run, Store
from core.ui.choices import remembered
from core.ui.figures import result_of, show_verdict, shown
from core.ui.theme import dark
from pages.parts.encoders import finished, read_from

WORLDS = {"toys": ("32 toys", "toybox"), "photographs": ("Photographs", PHOTOGRAPHS)}  # in addresses: (title, data)
AHEAD = "Given longer, BYOL gets ahead of the autoencoder."
REASON = "Points of the linear probe; one seed: the interval is of the test pictures alone."


def longer_section() -> None:
    """Their curves, how well their codes are read, and one of them to be used."""
    name = remembered("Pictures", {name: title for name, (title, _) in WORLDS.items()}, name="longer")
    data = WORLDS[name][1]
    runs = {title: run for title, spec in longer(data).items() if (run := Store().find(spec.id))}
    if not runs:
        st.info("These trainings are not recorded: run `transferlab record`.", icon=":material/info:")
        return
    seen = next(iter(runs.values())).summary["images"]
    st.markdown(f"**{LONGER_STEPS[data]:,}** steps, **{seen:,}** pictures seen by each. Which code is the best now?")
    if data == PHOTOGRAPHS:
        st.caption("10,000 photographs of CIFAR-10. They do not ship with this app; what was learned from them does.")
    points = {title: read_from(run)["linear_probe"] for title, run in runs.items()}
    for column, drawn in zip(st.columns(2), (learning(runs), ranking(points)), strict=True):
        with column:
            st.markdown(f"**{drawn.title}**")
            shown(drawn, f"{drawn.title}_{name}")
    if {"BYOL", "Autoencoder"} <= points.keys():
        show_verdict(AHEAD, above(points["BYOL"], points["Autoencoder"]), REASON)
    chosen = remembered("Use one", {title: title for title in runs}, name="long")
    finished(runs[chosen])


def learning(runs: dict[str, Run]) -> Drawn:
    """Nearest neighbours, as each learned."""
    rows = [row for run in runs.values() for row in result_of(run).rows if row["split"] == "neighbours"]
    lines, title = curves(rows, "accuracy"), "Right by nearest neighbours, as they learned"
    said = ", ".join(f"{arm} {points[-1][1]:.0%}" for arm, points in lines.items())
    return Drawn(title, arms_figure(lines, {}, y="(%)", share=True, dark=dark()), f"{title}; at the end: {said}")


def ranking(points: dict[str, Row]) -> Drawn:
    """The linear probe on test pictures, the best first."""
    best = dict(sorted(points.items(), key=lambda item: -item[1]["mean"]))
    title, said = (
        "Linear probe, test pictures",
        ", ".join(f"{name} {point['mean']:.0%}" for name, point in best.items()),
    )
    return Drawn(title, ranking_figure(best, x="Test pictures right (%)", dark=dark()), f"{title}: {said}")


def above(more: Row, less: Row) -> Verdict:
    """By how much the one is read better than the other. Their intervals are taken as of different pictures: of the
    same ones it would be narrower.
    """
    gap, half = more["mean"] - less["mean"], math.hypot(more["mean"] - more["low"], less["high"] - less["mean"])
    return Verdict(**{**vars(verdict(gap, gap - half, gap + half)), "of": "test pictures"})
