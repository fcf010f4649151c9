"""What a code keeps: each known factor of a scene, read from what was learned with and without labels."""

import streamlit as st

from core.experiments import Spec
from core.experiments.factors import ASKED, kept_factors
from core.ui.code import code_view
from core.ui.figures import question
from core.ui.lesson import ask_card, histogram
from core.ui.results import measured
from pages.parts.kept import scenes

st.title("What a code keeps")
left, right = st.columns([3, 4], vertical_alignment="center")
with left:
    scenes()
right.markdown(
    "Of every toy here all is known: which it is, its room, light, colour, where it stands and how it is turned. A "
    "network gives each picture a code. What can a *linear probe* read from it, on pictures that nobody trained on?"
)
asked = Spec.of(kept_factors)
if not ask_card(question(asked), asked.id, ASKED):
    st.stop()
if run := measured(asked, ["kept"], "kept", parts=("factor",), button="Train them all here"):
    st.caption(
        "Yellow: read nearly always; violet: no better than by guessing. No code is best for everything: which views "
        "were to be the same decides what is thrown away, and the task whether that was good. The trainings are short."
    )
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(asked.id, run.summary.get("forgotten"), answers=ASKED)

code_view("core.experiments.factors:factors", "core.learning.probe:linear_probe", "core.learning.augment:jitter")
st.caption(
    "Sources: Tian et al. 2020, *What makes for good views?* (arXiv:2005.10243); Xiao et al. 2020, *What should not be "
    "contrastive* (arXiv:2008.05659); Alain and Bengio 2016, probes (arXiv:1610.01644)."
)
