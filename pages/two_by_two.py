"""Which stages? The slide's table: little or much data, a donor that learned something similar or different."""

import streamlit as st

from core.experiments import Spec
from core.experiments.two_by_two import TwoByTwo, two_by_two
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.code import code_view
from core.ui.controls import controls
from core.ui.figures import charts, growing, question, result_of, show_claims
from core.ui.lesson import ask_stage, break_it, histogram
from core.ui.live import live_runs
from core.ui.takehome import downloads

DIFFERENT = {"light": "Where light comes from", "room": "The room", "camera": "The camera's height"}
BUDGETS = {"little": (1, 5, 15, 40), "much": (40, 100, 200, 400)}
LABELS = {
    "little": "Very little data: pictures a class",
    "much": "Quite a lot: pictures a class",
    "seeds": "Seeds",
    "seed": "First seed",
    "steps": "Steps of fine-tuning",
    "size": "Pixels a side",
}
MORE = list(LABELS)[2:]
STAGES = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7")

st.title("Which stages? The 2×2 table")
left, right = st.columns([6, 5], vertical_alignment="center")
left.markdown(
    "| labels | similar donor | different donor |\n|:--|:-:|:-:|\n"
    "| **very little** data | read which stage? | read which stage? |\n"
    "| **quite a lot** of data | fine-tune how many? | fine-tune how many? |"
)
right.markdown(
    "A network is borrowed to name 16 toys. The *similar* donor learned to name 16 others; the *different* one saw "
    "the same pictures, and learned something else of them."
)

left, middle, right = st.columns([5, 3, 3])
with left:
    task = remembered("The different donor learned", DIFFERENT, name="task")
with middle:
    chosen = controls(TwoByTwo, ["little"], LABELS, BUDGETS)
with right:
    chosen |= controls(TwoByTwo, ["much"], LABELS, BUDGETS)
with st.expander("More", icon=":material/tune:"):
    for column, name in zip(st.columns(len(MORE)), MORE, strict=True):
        with column:
            chosen |= controls(TwoByTwo, [name], LABELS)
spec = Spec.of(two_by_two, task=task, **chosen)

if not ask_stage(question(spec), spec.id, STAGES, strides=(4, 8, 8, 8, 16, 0, 0)):
    st.stop()

live = growing(spec, ["readout", "tuned"], parts=("validation", "test"))
for run in live_runs([spec], button="Measure it here", key="two_by_two", growing=live):
    result = result_of(run)
    badge(run, spec.settings.seeds)
    charts(result, ["readout", "tuned"])
    st.caption(
        "Per cent of the test pictures named correctly, means over seeds; a network that knows nothing names 6. "
        "Outlined: the depth that validation pictures chose. Dotted: your guess. Under a bracket: what the slide "
        "names; its *few* is one to three of seven stages here."
    )
    with st.expander("What the class guessed", icon=":material/groups:"):
        best = result.summary["tables"]["readout"]["different"]["best"]
        histogram(spec.id, STAGES[best - 1], answers=STAGES)
    show_claims(result, columns=2)
    st.header("The best stage to read, against the number of labels")
    charts(result, ["depth_similar", "depth_different"])
    st.caption("Small marks: stages within a point of the best one on the validation pictures.")
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)
    if chosen["little"] > 1:
        break_it("A single picture a class to read out with, for one seed.", little=1, seeds=1)
code_view(
    "core.experiments.two_by_two:arms_of", "core.experiments.two_by_two:advised", "core.learning.probe:linear_probe"
)
st.caption(
    "Sources: Stanford's CS231n, notes on *Transfer Learning*. The verdicts are of small networks, toys and a few "
    "hundred steps: what they say of your task, only your validation pictures can tell."
)
