"""How transferable? Copy n stages of a network, freeze them, train the rest anew: what is lost, and what is gained?"""

import streamlit as st

from core.experiments import Spec
from core.experiments.anb import Anb, anb
from core.figures.sketch import SHAPES
from core.ui.badge import badge
from core.ui.choices import named_run, remembered, world_choice
from core.ui.code import code_view
from core.ui.controls import controls
from core.ui.figures import growing, question, result_of, show_claims
from core.ui.lesson import ask_curve, break_it, histogram, own_guess
from core.ui.live import live_runs, start
from core.ui.stages import stage_drawing
from core.ui.takehome import downloads
from pages.parts.sweep import cells, opened, recorded, search, sweep

SPLITS = {
    "random": "Other classes",
    "natural": "Man-made, for natural toys",
    "task": "Where light comes from",
    "untrained": "Nothing",
}
LABELS = {
    "labels_per_class": "Pictures of B a class (0: all)",
    "frozen_at": "Depths, frozen",
    "tuned_at": "Depths, fine-tuned",
    "seeds": "Seeds (0: of the preset)",
    "seed": "First seed",
    "steps": "Steps (0: of the preset)",
    "network": "Network",
    "task": "The other task",
    "optimiser": "Optimiser",
}
PRESETS = {"express": "Express", "standard": "Standard: twice as long"}  # paper-like: on the command line
MORE = list(LABELS)[1:]
DEPTHS = {"frozen_at": "1,5,7", "tuned_at": "5"}  # of LabNet, at first
NAMES = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")

st.title("How transferable are the stages of a network?")
left, right = st.columns([6, 4], vertical_alignment="center")
with left:
    stage_drawing(NAMES, ["frozen"] * 3 + ["new"] * 5, key="anb_network", strides=(4, 8, 8, 8, 16, 0, 0, 0))
right.markdown(
    "**AnB**: the first *n* stages are copied from a network that learned A, and frozen; the rest learns B anew. "
    "**BnB**: copied from one that learned B itself. With a **+** the copies learn on."
)

left, middle, right = st.columns([4, 3, 2])
below = st.container()
with left:
    learned = remembered("A learned", SPLITS | named_run("split"), name="split")
    given = learned.startswith("run:")
    chosen = {"source": learned} if given else {"split": learned}
with middle:
    data = world_choice(below=below) if given or learned in ("random", "untrained") else "toybox"
with right:
    chosen |= controls(
        Anb, ["labels_per_class"], LABELS, {"labels_per_class": (0, 15, 40, 60, 200, 400)}, labels_per_class=40
    )
with st.expander("More", icon=":material/tune:"):
    chosen["preset"] = remembered("How long", PRESETS, name="preset")
    for column, names in zip(st.columns(3), (MORE[:2], MORE[2:5], MORE[5:]), strict=True):
        with column:
            chosen |= controls(Anb, names, LABELS, seeds=2, **({} if given else DEPTHS))
if data is None:
    st.stop()
spec = Spec.of(anb, data=data.replace("toybox:b", "toybox"), **chosen)

labels = chosen["labels_per_class"]
axes = {"x": "copied stages n", "y": "accuracy on B"}
if not ask_curve(question(spec), spec.id, SHAPES, then=lambda: start([spec] if own_guess(spec.id) else []), **axes):
    st.stop()
mine = own_guess(spec.id)
whole, one = st.tabs(["The whole sweep", "The class makes the figure"])
with one:
    cells(spec)
with whole:
    runs = live_runs([spec], button="Run the sweep", key="anb", growing=growing(spec, ["curves"]))
    if not runs:
        if mine:
            st.markdown(f"**Your guess: {mine}.** The figure comes when its networks are trained.")
        recorded(60 if 0 < labels <= 60 else 400)
for run in runs:
    badge(run, spec.settings.seeds)
    sweep(run)
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(spec.id, None, answers=SHAPES)
    show_claims(result_of(run))
    search()
    opened(run)
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)
    if 0 < labels < 400:
        break_it("Give B ten times as many labels: 400 a class.", labels_per_class=400)
code_view("core.experiments.anb:arms_of", "core.models.states:freeze", "core.experiments.anb:summarise")
st.caption("Sources: Yosinski, Clune, Bengio and Lipson 2014 (arXiv:1411.1792), with the numbers of its authors' logs.")
