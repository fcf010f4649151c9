"""Where does it look? Heat maps, beside causes that are known."""

import streamlit as st

from core.experiments import Spec
from core.experiments.attribution_league import CAUSES, League, attribution_league
from core.ui.code import code_view
from core.ui.controls import controls
from core.ui.figures import question
from core.ui.lesson import ask_ab, break_it, histogram
from core.ui.results import measured
from pages.parts.attribution import SCHEMATIC, asked, maps, pictures, revealed, tool

LABELS = {"pictures": "Test pictures of each kind", "seed": "Seed"}

st.title("Where does it look?")
looks = asked()
spec = Spec.of(attribution_league)
left, right = st.columns([3, 4], vertical_alignment="center")
right.markdown(
    "Two networks learned to tell the same 16 classes. One saw toys. The other one never did: from its pictures the "
    "toys were taken, and *only their shadows* were left. Both are right about this scene."
)
if looks:
    with left:
        pictures(looks)
    if not ask_ab(question(spec), spec.id, maps(looks), SCHEMATIC):
        st.stop()
    revealed(looks)
    st.markdown(
        "The cause was planted: nothing else in its pictures can tell the classes apart. So a heat map, which looks "
        "like an explanation anyway, can be right or wrong here. This scene was chosen; below are all."
    )
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(spec.id, "shadow", answers=["shadow", "toy"])

st.header("Look at a picture of your own")
tool()
break_it("Give it random weights. Is there still a map?", source="none")

st.header("Which methods find the cause?")
st.markdown(
    "For every test picture that is named correctly: does the map peak on the pixels that tell the class? And does it "
    "on random weights, which know nothing?"
)
with st.expander("More", icon=":material/tune:"):
    chosen = controls(League, list(LABELS), LABELS)
spec = Spec.of(attribution_league, **chosen)
measured(spec, list(CAUSES), "league", parts=("score",))
code_view("core.lenses.gradcam:gradcam", "core.lenses.occlusion:occlusion", "core.lenses.lrp:relevance")
st.caption(
    "Sources: Selvaraju et al. 2016, *Grad-CAM* (arXiv:1610.02391); Zeiler and Fergus 2013 (arXiv:1311.2901), figure "
    "7; Bach et al. 2015, relevance (doi:10.1371/journal.pone.0130140); Sundararajan et al. 2017 (arXiv:1703.01365); "
    "Zhang et al. 2016, the pointing game (arXiv:1608.00507); Adebayo et al. 2018, *Sanity Checks* (arXiv:1810.03292)."
)
