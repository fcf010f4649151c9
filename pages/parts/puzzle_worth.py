"""The page "Ten puzzles": what the codes are worth, what a leak does, which stage is best, and the papers' tables."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.experiments.pretext_leak import LEAKY, pretext_leak
from core.experiments.pretext_ranking import ANSWERS, pretext_ranking
from core.experiments.pretext_stages import NETWORKS, pretext_stages
from core.figures.papers import paper
from core.figures.style import in_points
from core.methods.puzzles import LEAKS, TASKS
from core.runs.spec import Spec
from core.ui.badge import paper_badge
from core.ui.choices import remembered
from core.ui.figures import charts, question, result_of
from core.ui.lesson import ask_card, histogram
from core.ui.results import measured

EQUAL = (
    "All learned for as many steps, of as many pictures or clips; what a task makes of them differs: rotation looks at "
    "each in four ways, frame order at six frames of a clip. Those of video learned from clips, and are read on still "
    "pictures."
)


def worth_section() -> None:
    """Asked, then read by linear probes: of the classes, and of what else a scene holds."""
    st.header("What are they worth for something else?")
    spec = Spec.of(pretext_ranking)
    if not ask_card(question(spec), spec.id, ANSWERS):
        return
    if run := measured(spec, ["ranking"], "ranking", parts=("factor", "solved")):
        st.markdown(helped(run.summary["gained"]))
        charts(result_of(run), ["targets"])
        st.caption(EQUAL)
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(spec.id, run.summary.get("answer"), answers=ANSWERS)
    leak_section()
    stages_section()
    papers_section()


def helped(gained: Mapping[str, Mapping[str, float]]) -> str:
    """Which codes tell more classes than random weights, and which did not help."""
    settled = [f"{title} {in_points(gap['mean'], 1)}" for title, gap in gained.items() if gap["low"] > 0]
    others = [title for title, gap in gained.items() if gap["low"] <= 0]
    better = f"Better than random weights, in points: **{', '.join(settled)}**. " if settled else ""
    worse = "It did not help here, or not by so much that these seeds show it: " if others else ""
    return better + (f"{worse}{', '.join(others)}." if others else "")


def leak_section() -> None:
    """One thing that makes a puzzle easy, and its code poor."""
    st.header("Give the answer away")
    left, right = st.columns(2)
    with left:
        task = remembered("Of which puzzle", {name: TASKS[name].title for name in LEAKY}, name="leaky")
    with right:
        leak = remembered("By what", {name: LEAKS[name] for name in TASKS[task].leaks}, name="leak")
    measured(Spec.of(pretext_leak, task=task, leak=leak), ["leak"], "leak", parts=("solved", "test"))


def stages_section() -> None:
    """A probe at the end of each stage."""
    st.header("Which stage is best?")
    network = remembered("Of a network that is", NETWORKS, name="plain")
    measured(Spec.of(pretext_stages, network=network), ["stages"], "stages", parts=("test",))
    said = "; ".join(
        f"{name} {' '.join(f'{share:.0%}' for share in shares)}" for name, shares in paper("pretext")["stages"].items()
    )
    st.caption(f"OpenSelfSup's zoo, ResNet-50 on ImageNet, after each of five stages: {said}.")


def papers_section() -> None:
    """As they are printed, with the asterisk."""
    st.header("What the papers report")
    paper_badge("Tables 3 and 4 of CPC, and PIRL", key="pretext")
    tables = paper("pretext")
    named = {f"Top-1, {name}": of for name, of in tables["table3"].items()}
    named |= {"Top-5, ResNet-V2": tables["table4"], "Top-1, ResNet-50 (PIRL)": tables["pirl"]}
    for column, (name, of) in zip(st.columns(len(named)), named.items(), strict=True):
        rows = [f"| {what} | {100 * share:.1f} |" for what, share in of.items()]
        column.markdown(f"**{name}**")
        column.markdown("\n".join(["| | % |", "| --- | --- |", *rows]))
    st.caption(f"Linear probes on ImageNet. {tables['asterisk']} Compare within one column only.")


def sources() -> None:
    """The paper of each task."""
    st.caption("Sources: " + "; ".join(f"{info.title}: {info.paper}" for info in TASKS.values()) + ".")
