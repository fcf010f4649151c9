"""What a finished training found: confusions whose cells open their pictures, the worst mistakes, a try-it box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.experiments.pictures import MOST, pictures
from core.experiments.predict import predict
from core.lessons.finetune import confusion as confusion_of
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.figures import chart_key, charts, growing, result_of, show_claims, shown
from core.ui.live import live_runs
from core.ui.quick import quick
from core.ui.said import refusal, verbatim
from core.ui.takehome import downloads as downloads  # the last tab of a page's results
from core.ui.theme import dark
from core.ui.upload import one_picture

SHOWN, ACROSS = 12, 6


def revealed(run: Run, figures: Sequence[str], columns: int = 2) -> None:
    """Where it comes from, its figures, what it says of the claims, and a way to take it home."""
    badge(run)
    charts(result_of(run), figures)
    show_claims(result_of(run), columns)
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)


def measured(
    spec: Spec, figures: Sequence[str], key: str, *, parts: tuple[str, ...] = (), button: str = "Measure it here",
    columns: int = 2,
) -> Run | None:  # fmt: skip
    """A button that runs `spec`, and what it found; of a plan the figures grow, from the rows of `parts`."""
    live = growing(spec, figures, parts=parts) if parts else None
    for run in live_runs([spec], button=button, key=key, growing=live):
        revealed(run, figures, columns)
        return run
    return None


def first_arm(run: Run) -> Run:
    """The training that the results below are of: the transfer arm of the first seed."""
    return Store().open(run.provenance["arms"][0]) if "arms" in run.provenance else run


def data_of(run: Run) -> str:
    return run.record["spec"]["settings"]["data"]


@st.fragment
def confusion(run: Run) -> None:
    """A confusion matrix; choosing a cell shows its pictures."""
    arm, result = first_arm(run), result_of(run)
    figure = confusion_of(result, dark(), most=len(result.classes))
    if figure is None:
        return
    chosen = shown(figure, chart_key(run.id, "confusion"), on_select="rerun", selection_mode="points")
    rows, classes = [row for row in result_of(arm).rows if row["split"] == "picture"], result.classes
    points = chosen["selection"]["points"] if chosen else []
    if not points:
        st.caption("Choose a cell to see its pictures.")
        return
    truth, guess = classes.index(points[0]["y"]), classes.index(points[0]["x"])
    cell = [row for row in rows if row["label"] == truth and row["predicted"] == guess]
    names = f"*{verbatim(classes[truth])}* that the network calls *{verbatim(classes[guess])}*"
    st.markdown(f"**{len(cell)}** pictures of {names}")
    gallery(cell, classes, data_of(run))


@st.fragment
def most_wrong(run: Run) -> None:
    """The mistakes that the network was surest of."""
    arm = first_arm(run)
    wrong = [row for row in result_of(arm).rows if row["split"] == "picture" and row["label"] != row["predicted"]]
    wrong.sort(key=lambda row: -row["confidence"])
    if not wrong:
        st.success("No test picture was mistaken.")
        return
    gallery(wrong, arm.summary["classes"], data_of(run))


def gallery(rows: Sequence[Mapping[str, Any]], classes: Sequence[str], data: str) -> None:
    """Up to a dozen test pictures with what they are, what they were taken for, and how surely."""
    rows = rows[: min(SHOWN, MOST)]
    if not rows:
        return
    try:
        run = quick(Spec.of(pictures, data=data, which=",".join(str(row["picture"]) for row in rows)))
    except Refused as refused:
        refusal(refused)
        return
    if run is None:
        return
    columns = st.columns(ACROSS)
    for k, (row, file) in enumerate(zip(rows, run.artifact("pictures"), strict=True)):
        truth, guess = classes[row["label"]], classes[row["predicted"]]
        same, alt = truth == guess, truth if truth == guess else f"{truth}, taken for {guess}"
        verdict = verbatim(truth) if same else f"{verbatim(truth)}, taken for **{verbatim(guess)}**"
        with columns[k % ACROSS]:
            st.image(Path(file).read_bytes(), width="stretch", alt=f"A test picture of {alt}")
            st.caption(f"{verdict} ({row['confidence']:.0%} sure)")


@st.fragment
def try_it(run: Run) -> None:
    """Ask the trained network about a picture of one's own."""
    address = one_picture(key=f"try_{run.id}")
    if address is None:
        return
    try:
        answer = quick(Spec.of(predict, network=f"run:{first_arm(run).id}", picture=address))
    except Refused as refused:
        refusal(refused)
        return
    if answer is None:
        return
    left, right = st.columns([1, 3])
    seen, said = Path(answer.artifact("seen")[0]).read_bytes(), "What the network sees"
    left.image(seen, caption=said, width="stretch", alt=said)
    with right:
        for row in answer.rows()[:5]:
            st.progress(row["probability"], text=f"{verbatim(row['class'])}: {row['probability']:.0%}")
        st.caption("It can only answer with one of its classes, also when none of them fits.")
