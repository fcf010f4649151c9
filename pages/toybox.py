"""The toybox: the embedded world, its factors and labels, and what a network can cheat with."""

import streamlit as st

from core.experiments import Spec
from core.experiments.shortcuts import shortcuts
from core.figures.cues import cues_figure
from core.ui.badge import badge
from core.ui.code import code_view
from core.ui.lesson import ask_number, own_guess
from core.ui.live import live_runs
from core.ui.takehome import downloads
from core.ui.theme import dark
from core.ui.toybox import clips, pairs, sheet, studio
from core.ui.verdict import show_claim

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
if ask_number("**Of the test pictures, how many toys will it name from their shadows alone?**", cheats.id):
    for run in live_runs([cheats], button="Run the 27 arms", key="shortcuts"):
        found, guess = run.summary, own_guess(cheats.id)
        badge(run, cheats.settings.seeds)
        mine = guess / 100 if isinstance(guess, int) else None
        st.plotly_chart(cues_figure(found["table"], dark=dark(), guess=mine), theme=None, key="cues")
        show_claim(
            run,
            "The empty room shows it: floors lie below walls. *Which picture* needs no network: a histogram of the "
            "colours of one crop finds the other crop of the same picture among 400. So views that share the room "
            "teach an encoder the room; *same object, new room* takes this way out.",
        )
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)

code_view(
    "core.worlds.toybox.natural:dog",
    "core.worlds.toybox.scenes:scenes",
    "core.worlds.toybox.labels:curvature",
    "core.worlds.toybox.pairs:followed",
    "core.experiments.shortcuts:found_again",
)
