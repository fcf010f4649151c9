"""Look inside a network: what has each of its units learned to see, and what each of its stages?"""

import streamlit as st

from core.experiments import Spec
from core.experiments.hierarchy import hierarchy
from core.ui.choices import remembered
from core.ui.code import code_view
from core.ui.figures import question
from core.ui.lesson import ask_stage, histogram
from pages.parts.inside import ASKED, browser, hierarchy_section, riddle, selectivity_section
from pages.parts.similarity import generic_specific_section
from pages.parts.zeiler import correspondence_section, evolution_section, invariance_section, which_stages_matter

STAGES, STRIDES = ("conv1", "conv2", "conv3", "conv4", "conv5"), (4, 8, 8, 8, 16)
SECTIONS = {
    "one": ("Is a later unit about one thing?", hierarchy_section),
    "cares": ("What do its units care about?", selectivity_section),
    "alike": ("Which are alike in all networks?", generic_specific_section),
    "matters": ("Which matter?", which_stages_matter),
    "settles": ("Which settle first?", evolution_section),
    "forgives": ("What do they forgive?", invariance_section),
    "parts": ("Is an eye an eye?", correspondence_section),
}

st.title("Look inside a network")
left, right = st.columns([2, 5], vertical_alignment="center")
with left:
    riddle()
right.markdown(
    "A network learned to name 16 toys. It was shown pictures that it never trained on, and these nine patches excite "
    "*one* of its units most. A patch is all that this unit can see of a picture."
)
asked = Spec.of(hierarchy)
if not ask_stage(question(asked), asked.id, STAGES, strides=STRIDES):
    st.stop()

st.header("The units, one by one")
st.markdown(f"The nine above are of **{ASKED['stage']}**, channel {ASKED['channel']}. Show the network any picture:")
browser()
with st.expander("What the class guessed", icon=":material/groups:"):
    histogram(asked.id, ASKED["stage"], answers=STAGES)

st.header("From stage to stage")
section = remembered("Ask", {name: words for name, (words, _) in SECTIONS.items()}, name="ask")
SECTIONS[section][1]()

code_view(
    "core.lenses.top:top", "core.lenses.backward:backward", "core.lenses.maximise:fourier",
    "core.experiments.selectivity:with_other", "core.lenses.similarity:cka",
)  # fmt: skip
st.caption(
    "Sources: Zeiler and Fergus 2013, *Visualizing and Understanding Convolutional Networks* (arXiv:1311.2901); "
    "Springenberg et al. 2014 (arXiv:1412.6806); Yosinski et al. 2015 (arXiv:1506.06579); Olah et al. 2017 "
    "(distill.pub/2017/feature-visualization); Goodfellow et al., *Deep Learning*, figure 1.2."
)
