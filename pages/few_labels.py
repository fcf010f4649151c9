"""How few labels? An encoder that learned without any, and a share of them: frozen, fine-tuned, or from scratch."""

import streamlit as st

from core.experiments import Spec
from core.experiments.few_labels import ANSWERS, few_labels
from core.figures.papers import paper
from core.lessons.few_labels import overtaken, overtaken_words
from core.ui.badge import paper_badge
from core.ui.code import code_view
from core.ui.figures import charts, question, result_of
from core.ui.lesson import ask_number, histogram
from core.ui.results import measured
from core.ui.shell import toy_strip
from pages.parts.few_labels import LIMITS, one_share

st.title("How few labels?")
left, right = st.columns([3, 4], vertical_alignment="center")
with left:
    toy_strip(("dog", "teapot", "flower", "rocket"))
right.markdown(
    "An encoder looked at 32 toys for some minutes, and nobody said what they are. Now somebody names a few of the "
    "pictures: **1 %** of 16 toys are four pictures of each. The encoder stays as it is and one layer is learned on "
    "top (**frozen**), or all of it learns on (**fine-tuned**), or the same network starts from nothing (**scratch**)."
)
asked = Spec.of(few_labels)
if not ask_number(question(asked), asked.id, values=ANSWERS, unit="%"):
    st.stop()

st.header("One share of the labels, here")
one_share()

st.header("From 1 % to all of them")
if run := measured(asked, ["shares", "encoders"], "few", parts=("test",)):
    st.markdown(overtaken_words(run.summary))
    st.caption(LIMITS)
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(asked.id, overtaken(run.summary), answers=ANSWERS)
    st.header("What others measured")
    paper_badge("CPC v2's table of label efficiency; a tutorial's STL-10", key="few_labels")
    charts(result_of(run), ["printed", "stl10"])
    st.caption("; ".join(held["source"] for held in paper("few_labels").values()) + ".")

code_view(
    "core.experiments.label_efficiency:taught", "core.methods.averaged:Averaged", "core.learning.propagation:graph",
    "core.learning.propagation:spread_labels", "core.experiments.few_labels:crossed",
)  # fmt: skip
st.caption(
    "Sources: Hénaff et al. 2020, *CPC v2* (arXiv:1905.09272); Zhou et al. 2004, *Learning with local and global "
    "consistency* (NIPS 16); Oliver et al. 2018, on what semi-supervised methods may use (arXiv:1804.09170); Polyak "
    "and Juditsky 1992 (doi:10.1137/0330046); Chen et al. 2020, *SimCLR* (arXiv:2002.05709)."
)
