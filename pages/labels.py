"""Labels: what does a label cost, and what does it buy? The student labels against the clock, and teaches a network."""

from statistics import median

import streamlit as st

from core.experiments import Spec
from core.experiments.labelled import Labelled, labelled
from core.experiments.to_label import ToLabel
from core.figures.labels import KINDS, seconds_figure, times
from core.ui.choices import remembered
from core.ui.code import code_view
from core.ui.controls import controls
from core.ui.figures import BARE, show_verdict
from core.ui.lesson import ask_number, break_it, histogram, own_guess
from core.ui.live import live_runs
from core.ui.theme import dark
from pages.parts.hand_on import hand_on
from pages.parts.labelling import (
    gallery,
    label_rounds,
    labels_text,
    others_seconds,
    own_seconds,
    pictures_choice,
    quality,
)  # fmt: skip

QUESTION, SECONDS = "labels-seconds-an-outline", (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90)
ASKED = "**How many seconds will one outline take you, drawn closely around a toy?**"
FEWEST = 4  # labels that teach anything
LABELS = {"pictures": "Pictures a round", "source": "Features borrowed from", "seed": "Which labels are mixed up"}
SPOILED = {"0": "As you drew them", "0.5": "Half of them mixed up", "1": "All of them mixed up"}

st.title("Labels: what does a label cost?")
st.markdown("A network learns from labels, and somebody gives them. Here it is you: a class, a box, an outline.")
left, right = st.columns(2, vertical_alignment="bottom")
with left:
    data = pictures_choice()
with right:
    pictures = controls(ToLabel, ["pictures"], LABELS)["pictures"]
if data is None:
    st.stop()
if not ask_number(ASKED, QUESTION, values=SECONDS, unit="s"):
    st.stop()
label_rounds(data, pictures)

seconds = own_seconds(data)
if not seconds:
    st.stop()
st.header("Seconds a label")
took = {kind: list(each.values()) for kind, each in seconds.items()}
own = guess if isinstance(guess := own_guess(QUESTION), int | float) else None
figure = seconds_figure(took, others_seconds(data), dark=dark(), guess=own)
st.plotly_chart(figure, theme=None, key="seconds", config=BARE)
if factor := times(seconds.get("class", {}), seconds.get("mask", {})):
    show_verdict(
        "An outline costs several times what a class costs.",
        factor,
        "On the same pictures. What the papers (❝) give is of photographs, in which objects hide one another.",
    )
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(QUESTION, median(took["mask"]), "s", answers=SECONDS)

st.header("Let your labels teach a network")
st.markdown(
    "Its stages are borrowed and frozen: it learned from other things. One small layer on top learns from what you "
    "drew, and is asked about pictures that nobody labelled."
)
kinds = [kind for kind in KINDS if len(seconds.get(kind, ())) >= FEWEST]
with st.expander("More", icon=":material/tune:"):
    opening = "toybox" if data.startswith("toybox") else "imagenet"
    chosen = controls(Labelled, ["source", "seed"], LABELS, source=opening)
    chosen["spoiled"] = float(remembered("The labels it is given", SPOILED, name="spoiled"))
if not kinds:
    st.info(f"Label {FEWEST} pictures of a round first.", icon=":material/draw:")
    st.stop()
specs = [Spec.of(labelled, data=data, kind=kind, labels=labels_text(data, kind), **chosen) for kind in kinds]
runs = live_runs(specs, button="Teach it", key="labelled")
for run, kind, column in zip(runs, kinds, st.columns(len(runs) or 1), strict=False):
    with column, st.container(border=True):
        quality(run, kind, took[kind])
if runs:
    for tab, run in zip(st.tabs([KINDS[kind] for kind in kinds]), runs, strict=True):
        with tab:
            gallery(run)
    break_it("Half of your labels, mixed up among their pictures.", spoiled="0.5")
hand_on(data, pictures)

code_view(
    "core.methods.heads:MapHead",
    "core.methods.heads:teach",
    "core.methods.heads:sides",
    "core.learning.overlap:box_iou",
)
st.caption(
    "Sources: an outline takes 54 to 79 s in the studies that Bearman et al. 2016 cite (arXiv:1506.02106); a box takes "
    "35 s from corner to corner, 7 s by its four extreme points: Papadopoulos et al. 2017 (arXiv:1708.02750). "
    "Hypercolumns: Hariharan et al. 2015 (arXiv:1411.5752)."
)
