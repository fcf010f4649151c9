"""The front door: which pages there are, in the order of the lecture."""

import streamlit as st

from core.ui.shell import ICON, error_boundary, shell

st.set_page_config(page_title="Transfer Lab", page_icon=ICON, layout="wide")

home = st.Page("pages/home.py", title="Transfer Lab", icon=":material/experiment:", default=True)
why = st.Page("pages/why.py", title="Why transfer?", icon=":material/help:")
labels = st.Page("pages/labels.py", title="Labels", icon=":material/draw:")
finetune = st.Page("pages/finetune.py", title="Fine-tune", icon=":material/tune:")
table = st.Page("pages/two_by_two.py", title="Which stages?", icon=":material/grid_view:")

inside = st.Page("pages/inside.py", title="Look inside", icon=":material/visibility:")
attribution = st.Page("pages/attribution.py", title="Where does it look?", icon=":material/center_focus_strong:")
transfer = st.Page("pages/transfer.py", title="How transferable?", icon=":material/content_cut:")
encoders = st.Page("pages/encoders.py", title="Learn without labels", icon=":material/hub:")
maps = st.Page("pages/maps.py", title="Maps", icon=":material/scatter_plot:")
kept = st.Page("pages/kept.py", title="What a code keeps", icon=":material/inventory_2:")
views = st.Page("pages/views.py", title="Which views?", icon=":material/join_inner:")
predict = st.Page("pages/predict.py", title="Predict what comes next", icon=":material/skip_next:")
few_labels = st.Page("pages/few_labels.py", title="How few labels?", icon=":material/label:")
puzzles = st.Page("pages/puzzles.py", title="Ten puzzles", icon=":material/extension:")
wild = st.Page("pages/wild.py", title="In the wild", icon=":material/forest:")
toybox = st.Page("pages/toybox.py", title="Toybox", icon=":material/toys:")
styleguide = st.Page("pages/styleguide.py", title="The parts of a page", visibility="hidden")  # for authors

chapters = {
    "": [home, toybox, styleguide],
    "Transfer": [why, labels, finetune, table, transfer],
    "Look inside": [inside, attribution],
    "Representations": [encoders, maps, kept, views, predict, few_labels],
    "Puzzles": [puzzles],
    "In the wild": [wild],
}
page = st.navigation(chapters, position="top")
shell()
with error_boundary():
    page.run()
