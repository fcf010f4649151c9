"""Ten puzzles: solve what the network solves, and see whose features are best for something else."""

import streamlit as st

from core.experiments.puzzle_runs import puzzler
from core.ui.code import code_view
from pages.parts.puzzle_class import class_section, follow, showing, switch
from pages.parts.puzzle_worth import sources, worth_section
from pages.parts.puzzles import chosen, may_ask, play_section, rival_run

stage = st.container()  # what a class is shown fills the top of the page
if not showing():
    st.title("Ten puzzles: beat the network")
    st.markdown(
        "Nobody labels these pictures. A program makes a puzzle of each, so the right answer is known and costs "
        "nothing; a network learns to solve them. Play the same puzzles, of pictures that it never saw."
    )
task, how = chosen()
run = rival_run(puzzler(task, **how))
if run and showing():
    with stage:
        class_section(run)
elif run:
    asks = may_ask(run)
    follow(run)
    play_section(run, asks)
    if asks:
        worth_section()
if run:
    switch(run)

code_view(
    "core.methods.puzzle:Puzzle", "core.methods.rotation:Turns", "core.methods.relative_position:RelativePosition",
    "core.methods.jigsaw:Jigsaw", "core.methods.exemplar:Exemplar", "core.methods.counting:Counting",
    "core.methods.context_encoder:ContextEncoder", "core.methods.split_brain:SplitBrain",
    "core.methods.tracking:Tracking", "core.methods.frame_order:FrameOrder", "core.methods.video_colour:VideoColour",
)  # fmt: skip
sources()
