"""Predict what comes next: the patch below, the next step; and how much of what could be told a network finds."""

import streamlit as st

from core.experiments.cpc_details import played
from core.ui.code import code_view
from pages.parts.predict import bound_section, details_section, pictures_section
from pages.parts.puzzles import may_ask, play_section, rival_run

st.title("Predict what comes next")
st.markdown(
    "Half of each picture is hidden. One of four patches lies in the orange frame; of the others one is from elsewhere "
    "in the hidden half, and two are from other pictures. A network that nobody told what is on the pictures learned "
    "to choose: *contrastive predictive coding*. It sees each patch by itself, sums up those above, and guesses the "
    "code of the one below."
)
if run := rival_run(played()):
    play_section(run, may_ask(run))

st.header("How much is told of what comes next?")
bound_section()

st.header("On pictures, and on clips")
pictures_section()

st.header("Details matter")
details_section()

code_view(
    "core.methods.cpc:CPC", "core.methods.cpc:no_negatives", "core.methods.cpc:bound", "core.models.heads:causal",
    "core.methods.cpc_sequence:SequenceCPC", "core.methods.cpc_sequence:best_scores",
)  # fmt: skip
st.caption(
    "Sources: van den Oord et al. 2018, *CPC* (arXiv:1807.03748); Hénaff et al. 2020, *CPC v2* (arXiv:1905.09272); "
    "Poole et al. 2019, bounds of mutual information (arXiv:1905.06922); van den Oord et al. 2016, masked convolutions "
    "(arXiv:1606.05328)."
)
