"""Look inside a network: what has each of its units learned to see?"""

import streamlit as st

from core.experiments import Spec
from core.experiments.hierarchy import Hierarchy, hierarchy
from core.experiments.selectivity import selectivity
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.code import code_view
from core.ui.controls import controls
from core.ui.figures import charts, growing, question, result_of, show_claims
from core.ui.lesson import ask_stage, break_it, histogram
from core.ui.live import live_runs
from core.ui.takehome import downloads
from pages.parts.inside import ASKED, browser, riddle

DATA = {"toybox": "Toys", "digits": "Digits", "photos": "Photographs"}
LABELS = {"pictures": "Pictures, at most", "channels": "Units of each stage"}
STAGES, STRIDES = ("conv1", "conv2", "conv3", "conv4", "conv5"), (4, 8, 8, 8, 16)

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

st.header("Is a later unit about one thing?")
left, right = st.columns([5, 3], vertical_alignment="bottom")
with left:
    data = remembered("Pictures", DATA, name="data")
with right, st.expander("More", icon=":material/tune:"):
    chosen = controls(Hierarchy, list(LABELS), LABELS)
spec = Spec.of(hierarchy, data=data, **chosen)
live = growing(spec, ["units"], parts=("unit",))
for run in live_runs([spec], button="Measure it here", key="hierarchy", growing=live):
    badge(run)
    charts(result_of(run), ["units"])
    show_claims(result_of(run), columns=2)
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)
    if data == "toybox":
        break_it("Look at digits with the units that learned toys.", data="digits")
st.header("What do the units of a stage care about?")
st.markdown(
    "Draw one factor of a scene anew, the toy or its paint, its pose, the room, and leave the other eight: how much "
    "does a unit's answer change?"
)
cares = Spec.of(selectivity)
for run in live_runs([cares], button="Measure", key="selectivity"):
    badge(run)
    charts(result_of(run), ["factors"])
    show_claims(result_of(run), columns=2)

code_view("core.lenses.top:top", "core.lenses.backward:backward", "core.lenses.receptive:spans")
st.caption(
    "Sources: Zeiler and Fergus 2013, *Visualizing and Understanding Convolutional Networks* (arXiv:1311.2901); "
    "Springenberg et al. 2014 (arXiv:1412.6806); Goodfellow et al., *Deep Learning*, figure 1.2."
)
