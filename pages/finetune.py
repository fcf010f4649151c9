"""Fine-tune: how much of a borrowed network should stay as it is, and how fast should the rest change?"""

import streamlit as st

from core.experiments import Spec
from core.experiments.body_rate import body_rate
from core.experiments.finetune import Finetune, finetune
from core.lessons.finetune import SPEEDS
from core.ui.badge import badge
from core.ui.choices import network_choice, source_choice, stages_choice, world_choice
from core.ui.code import code_view
from core.ui.controls import controls
from core.ui.figures import charts, question, result_of, show_claims
from core.ui.lesson import ask_card, ask_number, break_it, histogram
from core.ui.live import live_runs
from core.ui.results import confusion, downloads, first_arm, most_wrong, try_it

LABELS = {
    "labels_per_class": "Pictures a class (0: all)",
    "epochs": "Epochs",
    "head_rate": "Rate of the head",
    "body_rate": "Rate of the body (× the head's)",
    "augment": "Random change of each picture",
    "size": "Pixels a side (0: the network's own)",
    "seeds": "Seeds",
    "seed": "First seed",
    "optimiser": "Optimiser",
    "schedule": "Schedule",
}
MORE = [name for name in LABELS if name != "labels_per_class"]

st.title("Fine-tune: how much of a borrowed network should stay as it is?")
st.markdown(
    "A network trained on many pictures is cut in stages. Each stage is kept (❄), trained on (✎), or renewed (✚)."
)

left, middle, right = st.columns([3, 3, 2])
own_photos = st.container()
with left:
    source = source_choice()
with middle:
    data = world_choice(below=own_photos)
with right:
    chosen = controls(Finetune, ["labels_per_class"], LABELS, labels_per_class=40)
with left:
    network = network_choice(source)
stages = stages_choice(source, network)
with st.expander("More", icon=":material/tune:"):
    for column, names in zip(st.columns(3), (MORE[:3], MORE[3:6], MORE[6:]), strict=True):
        with column:
            chosen |= controls(Finetune, names, LABELS, epochs=8)
if data is None:
    st.stop()
spec = Spec.of(finetune, data=data, source=source, network=network, stages=stages, **chosen)

if not ask_number(question(spec), spec.id):
    st.stop()

for run in live_runs([spec], button="Train both", key="finetune"):
    result = result_of(run)
    badge(run, result.summary["seeds"])
    charts(result, ["accuracy", "curves"])
    show_claims(result)
    lead = {"source": f"run:{first_arm(run).id}"}
    st.page_link("pages/inside.py", label="Look inside this network", icon=":material/visibility:", query_params=lead)
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(spec.id, 100 * result.summary["test_accuracy"])
    tabs = st.tabs(["What is taken for what", "Surest mistakes", "Try it", "Take it home"])
    for tab, show in zip(tabs, (confusion, most_wrong, try_it, downloads), strict=True):
        with tab:
            show(run)
    if (data, stages) != ("digits", "fffffffn"):
        break_it("Learn digits with every borrowed stage frozen.", data="digits", stages="fffffffn", source="toybox")

st.header("A small learning rate, they say")
rates = Spec.of(body_rate, data=data) if source == "toybox" else Spec.of(body_rate)
if ask_card(question(rates), rates.id, list(SPEEDS)):
    for run in live_runs([rates], button="Run the five rates", key="rates"):
        badge(run, rates.settings.seeds)
        charts(result_of(run), ["rates"])
        show_claims(result_of(run))
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)

code_view(
    "core.learning.fit:loop", "core.learning.supervised:Supervised",
    "core.models.states:freeze", "core.experiments.finetune:arms",
)  # fmt: skip
st.caption("Sources: Yosinski et al. 2014 (arXiv:1411.1792); the slides' recipe is that of Stanford's CS231n.")
