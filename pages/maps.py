"""Maps of what was learned: the same pictures, as an autoencoder, a contrastive and a supervised encoder see them."""

import streamlit as st

from core.experiments.encoders import FIRST, map_of
from core.ui.code import code_view
from core.ui.lesson import ask_ab, histogram
from pages.parts.decoded import decoded_section
from pages.parts.maps import ABOUT, QUESTION, grey, same, tool

st.title("Maps of what was learned")
asked = map_of(FIRST[0])
st.markdown(
    "Four hundred pictures of four toys that no network was trained on. Two networks gave each a code; t-SNE laid the "
    "pictures out so that those with similar codes are near one another. One network learned to *draw each picture "
    "again* from its code; the other, that *two views of a toy* are the same thing, the second in another room and "
    "light (two views of one picture are known by their floor). Nobody told them which toys there are."
)
if figures := grey():
    if not ask_ab(QUESTION, asked.id, figures, ABOUT):
        st.stop()
    same()
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(asked.id, FIRST[0], answers=list(figures))

st.header("Compare them yourself")
tool()

st.header("What an autoencoder's code holds")
decoded_section()

code_view("core.lenses.embedding:tsne", "core.lenses.embedding:kept", "core.lenses.embedding:named_by_neighbours")
st.caption(
    "Sources: van der Maaten and Hinton 2008, *Visualizing Data using t-SNE* (JMLR 9); Poličar et al. 2019, openTSNE; "
    "McInnes et al. 2018, *UMAP* (arXiv:1802.03426); Wattenberg et al. 2016, *How to Use t-SNE Effectively* "
    "(doi:10.23915/distill.00002); Hubert and Arabie 1985, the adjusted Rand index; Kingma and Welling 2013, figure 4."
)
