"""The toybox: the embedded world, its factors and labels, and what a network can cheat with."""

import streamlit as st

from core.experiments import Spec
from core.experiments.shortcuts import shortcuts
from core.ui.badge import badge
from core.ui.code import code_view
from core.ui.figures import charts, question, result_of, show_claims
from core.ui.lesson import ask_number
from core.ui.live import live_runs
from core.ui.takehome import downloads
from pages.parts.toybox import clips, pairs, sheet, studio

st.title("The toybox: a world in which every label is known")
st.markdown(
    "These pictures are rendered here, from solids, paint, a lamp and a camera. Nine factors decide each of them, and "
    "each can be changed without the others."
)
studio()

st.header("Two pictures that share exactly …")
st.markdown("*Same object, new room*, or the same room with something else in it: what is not shared is drawn anew.")
pairs()

st.header("Moving pictures")
clips()

st.header("The toys")
sheet()

st.header("What the surroundings give away")
st.markdown(
    "Take the toy out of each picture and leave only its shadow. A network of eight stages learns from 200 such "
    "pictures of each of 16 toys, and names those in others."
)
cheats = Spec.of(shortcuts)
if ask_number(question(cheats), cheats.id):
    for run in live_runs([cheats], button="Run the 27 arms", key="shortcuts"):
        badge(run, cheats.settings.seeds)
        charts(result_of(run), ["cues"])
        show_claims(result_of(run))
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)

code_view(
    "core.worlds.toybox.natural:dog",
    "core.worlds.toybox.scenes:scenes",
    "core.worlds.toybox.labels:curvature",
    "core.worlds.toybox.pairs:followed",
    "core.experiments.shortcuts:found_again",
)
