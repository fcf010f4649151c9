"""Learn without labels: train an encoder, take a part away while it learns, and see which details matter."""

import streamlit as st

from core.experiments import Spec
from core.experiments.collapse import collapse
from core.ui.code import code_view
from core.ui.figures import question
from core.ui.lesson import ask_card, histogram
from core.ui.results import measured
from pages.parts.encoders import ANSWERS, details_section, train_section, views
from pages.parts.longer import longer_section

st.title("Learn without labels")
left, right = st.columns([3, 4], vertical_alignment="center")
with left:
    views()
right.markdown(
    "Nobody says what is on these pictures. Each toy is here twice: rendered again in another room and light, and "
    "changed by chance; the network learns that both are the same thing. *BYOL* guesses from one view what a slow copy "
    "of itself makes of the other; no gradient flows into that copy: it is stopped. (Without the stop the targets are "
    "its own, and the slow copy is gone too.)"
)
asked = Spec.of(collapse)
if not ask_card(question(asked), asked.id, ANSWERS):
    st.stop()
if run := measured(
    asked, ["loss", "rank", "neighbours"], "collapse", parts=("train", "collapse", "neighbours"), columns=3
):
    st.markdown(
        "This loss can always be made small: by calling all pictures the same. What was learned is seen only by asking "
        "something else of the code, which is why *neighbours* and *directions in use* stand beside it."
    )
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(asked.id, run.summary.get("answer"), answers=ANSWERS)

st.header("Train one here")
train_section()

st.header("Longer")
longer_section()

st.header("Details matter")
details_section()

code_view(
    "core.methods.simclr:nt_xent", "core.methods.instance:info_nce", "core.methods.byol:regression",
    "core.methods.swav:sinkhorn", "core.methods.views:Views", "core.learning.fit:loop",
)  # fmt: skip
st.caption(
    "Sources: Chen et al. 2020, *SimCLR* (arXiv:2002.05709); He et al. 2019, *MoCo* (arXiv:1911.05722); Chen et al. "
    "2020, *MoCo v2* (arXiv:2003.04297); Wu et al. 2018 (arXiv:1805.01978); Grill et al. 2020, *BYOL* "
    "(arXiv:2006.07733); Caron et al. 2020, *SwAV* (arXiv:2006.09882); Chen and He 2020, *SimSiam* (arXiv:2011.10566); "
    "Kingma and Welling 2013 (arXiv:1312.6114); Vincent et al. 2008 (doi:10.1145/1390156.1390294)."
)
