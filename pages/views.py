"""Which views? Pairs of pictures that share exactly what one chooses, and what a code learns from them."""

import streamlit as st

from core.experiments import Spec
from core.experiments.infomin_cells import GROWING, infomin_cells
from core.ui.code import code_view
from core.ui.figures import question
from core.ui.lesson import Card, ask_card
from pages.parts.views import WORDS, cells, mine, pairs, photographs, whole

st.title("Which views?")
st.markdown(
    "A contrastive encoder sees pairs of pictures and is told which two belong together. It can learn only from what "
    "both have in common. Here a pair shares exactly what you choose; all else is drawn anew for each of the two."
)
shared = pairs()

asked = Spec.of(infomin_cells)
if not ask_card(question(asked), asked.id, [Card(name, WORDS[name]) for name in GROWING]):
    st.stop()

one, everything, together = st.tabs(["Train on your pairs", "All pairs", "The class makes the figure"])
with one:
    mine(shared)
with everything:
    whole(asked)
with together:
    cells(asked)

st.header("Photographs")
st.markdown(
    "Of a photograph nobody can draw the light anew and leave the rest. What both views share is chosen by the window "
    "that each shows, and by how far its colours are changed."
)
photographs()

code_view(
    "core.worlds.toybox.shared:shared_pair", "core.methods.infomin:chosen_info_nce", "core.methods.infomin:ChosenViews",
    "core.experiments.infomin:probed",
)  # fmt: skip
st.caption(
    "Sources: Tian, Sun, Poole, Krishnan, Schmid and Isola 2020, *What makes for good views for contrastive learning?* "
    "(arXiv:2005.10243), figure 1; van den Oord, Li and Vinyals 2018, InfoNCE (arXiv:1807.03748); Poole et al. 2019, "
    "bounds of mutual information (arXiv:1905.06922); Khosla et al. 2020, pairs made by labels (arXiv:2004.11362)."
)
