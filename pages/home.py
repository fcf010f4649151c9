"""Home: one experiment, one click, two growing curves; then the student's own photos, and the chapters."""

import streamlit as st

from core.experiments import Spec
from core.experiments.finetune import finetune
from core.figures.verdict import verdict
from core.ui.badge import badge
from core.ui.figures import chart, result_of, show_verdict
from core.ui.lesson import ask_card, own_guess
from core.ui.live import live_runs, start
from core.ui.shell import toy_strip
from core.ui.stages import stage_drawing

STAGES = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")
STRIDES = (4, 8, 8, 8, 16, 0, 0, 0)
CHAPTERS = (  # in the order of the lecture
    ("Why transfer?", "why", 10, "At how many labels does learning from nothing overtake borrowing?"),
    ("Labels", "labels", 10, "How many seconds does a label cost, and what does it teach?"),
    ("Fine-tune", "finetune", 10, "How much of a borrowed network should stay as it is?"),
    ("Which stages?", "two_by_two", 10, "Little data, and a donor that learned something else: read which stage?"),
    ("Look inside", "inside", 10, "Nine patches that excite one unit most: which stage is it in?"),
    ("Where does it look?", "attribution", 10, "A toy is told from its shadow alone: where is the heat map bright?"),
    ("How transferable?", "transfer", 15, "Copy more and more stages, frozen: does accuracy fall, rise, or both?"),
    ("Learn without labels", "encoders", 15, "Take a part away while it trains: will the loss rise or fall?"),
    ("Maps", "maps", 10, "Two grey maps of the same pictures: which is the autoencoder's?"),
    ("What a code keeps", "kept", 5, "Shown the same toy in another room: what is forgotten?"),
    ("Which views?", "views", 10, "What should the two pictures of a pair have in common?"),
    ("Predict what comes next", "predict", 10, "Which of four patches lies below, and how much of it can be told?"),
    ("How few labels?", "few_labels", 10, "At which share of the labels does scratch catch up?"),
    ("Ten puzzles", "puzzles", 15, "Who solves more of them, you or the network?"),
    ("In the wild", "wild", 15, "Six systems without what ImageNet taught: how much is left of each?"),
    ("Toybox", "toybox", 10, "Can a network name a toy from its shadow?"),
)
BORROW, NOTHING = "Borrow five stages", "Start from nothing"

st.title("Transfer learning, live: every figure is an experiment that runs here")

toys, network = st.columns([4, 5], vertical_alignment="center")
with toys:
    toy_strip(("dog", "teapot", "flower", "rocket"))
with network:
    stage_drawing(STAGES, ["frozen"] * 5 + ["fine-tuned"] * 2 + ["new"], key="home_network", strides=STRIDES)
st.markdown(
    "A small network learned to name *other* toys. Keep its first five stages as they are (❄), teach it these ones."
)

spec = Spec.of(finetune, data="toybox:b", source="toybox", frozen="5", labels_per_class=40, epochs=8)
question = "**40 pictures of each toy. Which network names more of the test pictures?**"
if ask_card(question, spec.id, [BORROW, NOTHING], then=lambda: start([spec])):
    done = live_runs([spec], button="Run it", key="home")
    for run in done:
        summary = run.summary
        badge(run)
        left, right = st.columns([2, 5], vertical_alignment="center")
        for word, value in (("borrowed", summary["test_accuracy"]), ("from nothing", summary["control_accuracy"])):
            with left.container(key=f"result_{word.replace(' ', '_')}"):
                st.markdown(f"{value:.0%}")
                st.caption(f"of the test pictures named correctly, {word}")
        with right:
            chart(result_of(run), "curves")
        show_verdict(
            "Borrowed stages help when labels are few.",
            verdict(summary["difference"], summary["difference_low"], summary["difference_high"], expected=0.05),
            f"You chose: *{own_guess(spec.id) or 'skip'}*. One seed: the Fine-tune page repeats it over several.",
        )

st.header("Your photos")
left, right = st.columns([3, 1], vertical_alignment="center")
left.markdown(
    "Two things, ten pictures of each: a zip, files or your camera. A network that knows ImageNet learns them."
)
if right.button("Use your photos", icon=":material/add_photo_alternate:", width="stretch", key="own_photos"):
    st.switch_page("pages/finetune.py", query_params={"data": "upload", "source": "imagenet"})

st.header("Chapters")
for name, page, minutes, question in CHAPTERS:
    with st.container(border=True):
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.markdown(f"**{name}** · {minutes} minutes · *{question}*")
        right.page_link(f"pages/{page}.py", label="Open", icon=":material/arrow_forward:", width="stretch")
