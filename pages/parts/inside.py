"""The page "Look inside": the sheets of a unit, as they ship with the project or were made here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.experiments.lens_units import lens_units
from core.runs.spec import Row, Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import remembered

ASKED = {"stage": "conv3", "channel": 0}
RULES = {"deconvnet": "a deconvnet", "guided": "guided backprop", "gradient": "the gradient"}
SHEET, STRIP, SMALL = 330, 10, 100  # px; units in the strip


def riddle() -> None:
    """Nine patches of a unit that is not named."""
    if run := Store().find(Spec.of(lens_units, stage=ASKED["stage"]).id):
        picture = run.artifact("patches")[ASKED["channel"]]
        st.image(Path(picture).read_bytes(), width=SHEET, alt="Nine patches of pictures, three by three")


def browser(stages: Sequence[str]) -> None:
    """A stage, a unit of it; its patches, and what of them comes back."""
    left, right = st.columns([3, 4], vertical_alignment="bottom")
    with left:
        stage = remembered("Stage", {stage: stage for stage in stages}, name="stage")
    run = Store().find(Spec.of(lens_units, stage=stage).id)
    if run is None:
        st.info("The units of this stage are not recorded.", icon=":material/info:")
        return
    rows = run.rows()
    with right:
        unit = st.slider("Unit", 0, len(rows) - 1, key="unit", help="Arrow keys move from unit to unit.")
    badge(run)
    sheets(run, rows[unit])
    st.caption(f"The first {min(STRIP, len(rows))} units of {stage}:")
    strip = [Path(file).read_bytes() for file in run.artifact("patches")[:STRIP]]
    st.image(strip, width=SMALL, alt=[f"Patches of unit {k} of {stage}" for k in range(len(strip))])


def sheets(run: Run, row: Row) -> None:
    """Both sheets of a unit, and of which class its patches are."""
    known = f"{row['of_nine']} of the nine are of the class *{row['class']}*" if row["of_nine"] > 1 else "All differ"
    rule = RULES[run.summary["rule"]]
    both = {"patches": f"What excites it most. {known}.", "back": f"What of it comes back, by {rule}; grey is nothing."}
    for column, (name, words) in zip(st.columns(2), both.items(), strict=True):
        picture = Path(run.artifact(name)[row["channel"]]).read_bytes()
        column.image(picture, width=SHEET, caption=words, alt=f"Unit {row['channel']}, nine tiles: {words}")
