"""The page "Look inside": what Zeiler and Fergus measured, a section a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.experiments.correspondence import PARTS, SHOWN, Correspondence, correspondence
from core.experiments.evolution import evolution
from core.experiments.invariance import invariance
from core.experiments.stage_ablation import SINGLE, stage_ablation
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.choices import remembered
from core.ui.figures import question
from core.ui.lesson import ask_stage, histogram
from core.ui.results import measured

STRIDES = (4, 8, 8, 8, 16, 0, 0)
SHEET, HIDDEN = 330, 110  # px


def which_stages_matter() -> None:
    """Asked first; then the network without each stage, trained without it or passed by."""
    st.header("Which stages matter?")
    asked = Spec.of(stage_ablation)
    st.markdown(
        "A stage is taken out of the network, and what is left is trained from scratch, with the same pictures and "
        "steps. Where the stage made its maps smaller, max-pools still do."
    )
    if not ask_stage(question(asked), asked.id, SINGLE, strides=STRIDES):
        return
    if run := measured(asked, ["errors"], "ablation", parts=("test",), button="Train them all here"):
        st.caption(
            "Without conv1 the next stage sees pixels, each the largest of 16: much of what is lost is resolution. The "
            "paper's networks tell 1,000 classes of ImageNet, these 16 toys."
        )
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(asked.id, run.summary["worst"], answers=SINGLE)


def invariance_section() -> None:
    """Features that move, and the probability of the class."""
    st.header("What does a network forgive?")
    st.markdown(
        "The same test pictures are shifted down by a share of their side, enlarged up to 1.8 times, and turned. How "
        "far do the features of the first stage move, and how far those of the last? At 1 it might be another picture."
    )
    measured(Spec.of(invariance), ["distances", "truth"], "invariance")


def correspondence_section() -> None:
    """The same part, hidden in many pictures."""
    st.header("Does it know that an eye is an eye?")
    toy = remembered("Toy", {toy: toy.capitalize() for toy in PARTS}, name="toy")
    st.markdown(
        f"The same part is hidden in many pictures of a {toy}. If the network knows which part it is, its features "
        "change alike in all of them: fewer change the other way than where places are hidden at random."
    )
    if run := measured(Spec.of(correspondence, toy=toy), ["parts"], "correspondence", columns=3):
        if toy == Correspondence.toy:
            st.caption("The network learned birds, among 15 other toys. It never learned dogs.")
        names = run.summary["parts"]
        rows = range(0, len(names) * SHOWN, SHOWN)
        pictures = [Path(file).read_bytes() for file in run.artifact("hidden")]
        for name, first in zip(names, rows, strict=True):
            st.caption(f"Hidden: {name}")
            those = pictures[first : first + SHOWN]
            st.image(those, width=HIDDEN, alt=[f"A {toy}, hidden: {name}" for _ in those])


def evolution_section() -> None:
    """How like the finished stage each is, step by step, and what then excites one of its units."""
    st.header("Which stages settle first?")
    st.markdown(
        "The network was kept at eleven steps of its training. Each stage is compared with what it became, on pictures "
        "that it never trained on."
    )
    spec = Spec.of(evolution)
    measured(spec, ["likeness"], "evolution", parts=("stage",), button="Train them here")
    if first := Store().find(spec.arms()[0].id):
        scrubber(first)


def scrubber(run: Run) -> None:
    """The nine patches that excite a unit most, at the step that is chosen."""
    steps: Sequence[int] = run.summary["steps"]
    left, right = st.columns([3, 4], vertical_alignment="bottom")
    sheets = [run.artifact("patches", step) for step in steps]
    stages = run.summary["stages"][: len(sheets[0])]
    with left:
        stage = remembered("Stage", {stage: stage for stage in stages}, name="evolved_stage")
    with right:
        step = st.select_slider("Steps of training", steps, value=steps[-1], key="evolved_step")
    picture = Path(sheets[steps.index(step)][stages.index(stage)]).read_bytes()
    words = f"What excites unit {run.spec().settings.channel} of {stage} most, after {step} steps."
    st.image(picture, width=SHEET, caption=words, alt=f"Nine patches. {words}")
