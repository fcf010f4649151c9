"""Every part that pages are made of, each under the lines that make it. Not in the menu; every number is invented."""

import streamlit as st

from core.figures.accuracy import curves_figure
from core.figures.guesses import guesses_figure, tally_figure
from core.figures.sketch import SHAPES, overlay, sketch
from core.figures.verdict import verdict
from core.ui.badge import measured_badge, paper_badge, recorded_badge, running_badge
from core.ui.commit import Card
from core.ui.figures import show_verdict
from core.ui.lesson import ask_ab, ask_card, ask_curve, ask_number, ask_stage, break_it, histogram, own_guess
from core.ui.stages import stage_drawing
from core.ui.theme import dark

LABELS = [1, 2, 5, 10, 20, 50, 100, 200, 400, "never"]
STAGES = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]
STRIDES = [4, 8, 8, 8, 16, 0, 0, 0]
INVENTED = {"transfer": [(n, 0.4 - 0.03 * n, 0.4, 0.4) for n in range(1, 8)]}

st.title("The parts of a page")
st.warning("Every number and every question on this page is an invented example. Nothing here was measured.")
turn = st.number_input("Ask everything again: turn", 0, 99, 0, width=300)


def name(part: str) -> str:
    """The name under which the guesses at an example are kept, apart from those of real questions."""
    return f"styleguide-{part}-{turn}"


st.header("Five kinds of question")
with st.echo():
    line = {"values": LABELS, "unit": "labels"}
    if ask_number("**Example: at how many labels a class does one overtake the other?**", name("number"), **line):
        histogram(name("number"), 187, "labels", answers=LABELS)
with st.echo():
    cards = ["Colour", "Shape", Card("Place", "Where in the picture it stands")]
    if ask_card("**Example: which factor vanishes?**", name("card"), cards):
        histogram(name("card"), "Shape", answers=cards)
with st.echo():
    two = {"the falling one": sketch(SHAPES["falls"], dark=dark()), "the other": sketch(SHAPES["rises"], dark=dark())}
    about = ("A line from the upper left to the lower right", "A line from the lower left to the upper right")
    if ask_ab("**Example: two pictures; which one falls?**", name("ab"), two, about):
        histogram(name("ab"), "the falling one", answers=two)
with st.echo():
    if ask_stage("**Example: which stage drew these?**", name("stage"), STAGES, strides=STRIDES):
        histogram(name("stage"), "conv3", answers=STAGES)
with st.echo():
    axes = {"x": "stages borrowed", "y": "accuracy"}
    if ask_curve("**Example: which shape will it have?**", name("curve"), SHAPES, **axes):
        histogram(name("curve"), "a hump", answers=SHAPES)

st.header("What a class guessed")
with st.echo():
    invented = [1, 20, 50, 100, 100, 200, 200, 200, 400, "never", "never"]
    figure = guesses_figure(invented, marks=LABELS, measured=187, own=100, unit="labels", dark=dark())
    st.plotly_chart(figure, theme=None, key="example_line", alt="Invented guesses on a number line")
with st.echo():
    invented = ["flat"] * 2 + ["rises"] * 9 + ["a hump"] * 5
    figure = tally_figure(invented, options=list(SHAPES), measured="a hump", own="rises", dark=dark())
    st.plotly_chart(figure, theme=None, key="example_tally", alt="Invented guesses in words")

st.header("The claim and its verdict")
with st.echo():
    show_verdict("Example: it is better.", verdict(0.21, 0.16, 0.26, expected=0.05), "The reason stands here.")
    show_verdict("Example: it falls by a tenth.", verdict(-0.02, -0.03, -0.01, expected=-0.1))
    show_verdict("Example: it is better, seen once.", verdict(0.2, float("-inf"), float("inf")))
    show_verdict("Example: it is better.", verdict(-0.03, -0.07, 0.01))

st.header("Where a figure comes from")
with st.echo():
    running_badge(2, 3, key="running")
    measured_badge(14, seeds=3, key="measured")
    recorded_badge("2026-05-01", "a machine", seeds=5, key="recorded")
    paper_badge("Table 3", key="paper")

st.header("A network, to look at")
with st.echo():
    stage_drawing(STAGES, ["frozen"] * 5 + ["fine-tuned"] * 2 + ["new"], strides=STRIDES, key="example_network")

st.header("A guessed shape on a result")
with st.echo():
    guess = str(own_guess(name("curve")) or "a hump")
    result = overlay(curves_figure(INVENTED, dark=dark()), SHAPES[guess], x=(1, 7), y=(0.4, 0.7), dark=dark())
    st.plotly_chart(result, theme=None, key="example_overlay", alt="An invented result with a guessed shape on it")

st.header("One switch that breaks it")
with st.echo():
    break_it("Example: a condition under which the claim fails.", example="broken")
