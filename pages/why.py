"""Why transfer? Test error against labels: from nothing, with two remedies, and with borrowed stages."""

import streamlit as st

from core.experiments import Spec
from core.experiments.definitions import definitions
from core.experiments.label_budget import LabelBudget, label_budget
from core.figures.definitions import TARGETS
from core.lessons.why import overtaken
from core.ui.choices import lender_choice, remembered, world_choice
from core.ui.code import code_view
from core.ui.commit import Card
from core.ui.controls import controls
from core.ui.figures import growing, question
from core.ui.lesson import ask_card, ask_number, break_it, histogram
from core.ui.live import live_runs
from core.ui.shell import toy_strip
from core.ui.stages import stage_drawing
from core.ui.takehome import downloads
from pages.parts.why import FIGURES, finished, recorded, three_targets

NAMES = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
ANSWERS = (1, 2, 5, 10, 20, 50, 100, 200, 400, "never")
LABELS = {
    "budgets": "Labelled pictures a class",
    "seeds": "Seeds",
    "arms": "Ways to learn",
    "steps": "Steps, the same for all",
    "size": "Pixels a side",
    "seed": "First seed",
}
OPENING = {"budgets": "15,40,200,400", "arms": "scratch,frozen,tuned", "seeds": 1}
NEW_LABELS = {"room": "Which room", "light": "Where light comes from", "camera": "Where the camera stands"}
STYLES = {"lines": "Drawn", "night": "At night", "camera": "A poor camera", "flat": "Flat colours"}

st.title("Why transfer?")
left, right = st.columns([5, 4], vertical_alignment="center")
with left:
    stage_drawing(NAMES, ["frozen"] * 5 + ["fine-tuned"] * 2 + ["new"], key="why", strides=(4, 8, 8, 8, 16, 0, 0, 0))
with right:
    toy_strip(("dog", "teapot", "flower", "rocket"))
st.markdown(
    "A network is to name toys, from a few labelled pictures of each. It starts from nothing (**scratch**), or from "
    "stages that learned to name *other* toys: kept as they are (**frozen**, ❄), or learning on (**fine-tuned**)."
)

left, middle, right = st.columns([4, 3, 2])
below = st.container()
with left:
    data = world_choice(below=below)
with middle:
    chosen = controls(LabelBudget, ["budgets"], LABELS, **OPENING)
with right:
    chosen |= controls(LabelBudget, ["seeds"], LABELS, **OPENING) | lender_choice()
with st.expander("More", icon=":material/tune:"):
    chosen |= controls(LabelBudget, ["arms", "steps", "size", "seed"], LABELS, **OPENING)
if data is None:
    st.stop()
spec = Spec.of(label_budget, data=data, **chosen)

if not ask_number(question(spec), spec.id, values=ANSWERS, unit="labels"):
    st.stop()
here, kept = st.tabs(["Measure it here", "Recorded: five ways, three seeds"])
with kept:
    recorded(spec)
with here:
    for run in live_runs([spec], button="Run the sweep", key="why", growing=growing(spec, **FIGURES)):
        finished(run)
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(spec.id, overtaken(run.summary["overtakes"]), "labels", answers=ANSWERS)
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)
        if data != "digits":
            break_it("Let it learn digits, with stages that know toys.", data="digits", budgets="1,5,15,40,100")

st.header("Three kinds of new task")
st.markdown(
    "One network learned to name 16 toys. **Inductive transfer**: it sees the same pictures, and is asked something "
    "else. **Domain adaptation**: other pictures, the same question. AnB, and fine-tuning from ImageNet, change both, "
    "and fit neither definition."
)
left, right = st.columns(2)
with left:
    task = remembered("New labels", NEW_LABELS, name="task")
with right:
    style = remembered("New pictures", STYLES, name="style")
three = Spec.of(definitions, task=task, style=style)
cards = [Card(words.capitalize(), name) for name, words in TARGETS.values()]
if ask_card(question(three), three.id, cards):
    for run in live_runs([three], button="Measure it", key="targets", growing=growing(three, ["targets"])):
        three_targets(run, cards)
code_view(
    "core.experiments.label_budget:arms_of", "core.experiments.label_budget:crossing", "core.experiments.train:judged",
    "core.experiments.definitions:targets",
)  # fmt: skip
st.caption(
    "Empirical risk: the mean error on the pictures learned from; the risk is estimated on pictures never seen. "
    "Sources: Vapnik 1999, *An overview of statistical learning theory*; Pan and Yang 2010, *A survey on transfer "
    "learning*."
)
