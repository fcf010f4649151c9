"""Label pictures against the clock, in the browser: a class, a box, an outline. Labels are kept as they are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.experiments.to_label import to_label
from core.figures.labels import KINDS as TITLES
from core.figures.labels import exact_words, quality_figure
from core.runs.labels import KINDS, Label, Labels, as_text, checked
from core.runs.settings import Refused
from core.runs.spec import Row, Spec
from core.runs.store import Run
from core.ui.badge import badge
from core.ui.choices import own_or, own_photos
from core.ui.desk import desk
from core.ui.figures import BARE, result_of, show_claims
from core.ui.inline import inlined
from core.ui.owner import owner
from core.ui.quick import quick
from core.ui.theme import dark
from core.ui.upload import world_note

ROUNDS = {"class": "1 · Class", "box": "2 · Box", "mask": "3 · Outline"}
INSTRUCTIONS = {
    "class": "Say what it is.",
    "box": "Draw a box around it that touches it on all four sides.",
    "mask": "Draw its outline, as closely as you can.",
}
SIZE, DRAWING = 384, 150  # pixels a side of a picture to label, and of one that was
ALTS = {"answers": "Answer", "labels": "Label"}
DRAWN, EXACT = ", in orange", ", in orange; in blue the exact one, and how far both overlap"


def pictures_choice() -> str | None:
    """Toys, or the student's own pictures; None until there are some."""
    chosen = own_or({"toybox:b": "Toys"}, own_photos)
    if chosen and chosen.startswith("upload:"):
        return chosen if world_note(chosen) else None
    return chosen


@st.fragment
def label_rounds(data: str, pictures: int) -> None:
    """The three rounds, one after the other; whatever is labelled is kept at once."""
    if not (run := quick(Spec.of(to_label, data=data, pictures=pictures, size=SIZE))):
        st.button("Try again", key="try_again", icon=":material/refresh:")  # the click itself runs this part anew
        return
    numbers = [row["picture"] for row in run.rows()]
    kind = _round(data, numbers)
    key = f"labelling_{kind}_{pictures}"
    desk(
        {
            "round": f"{owner()} {data} {kind} {pictures}",
            "kind": kind,
            "numbers": numbers,
            "done": _done(data, kind, numbers),
            "pictures": inlined(tuple(run.artifact("pictures"))),
            "classes": run.summary["classes"] if kind == "class" else [],
            "invitation": INSTRUCTIONS[kind],
        },
        key=key,
        kept=lambda: _keep(data, kind, st.session_state[key].labels, numbers),
    )
    if problem := st.session_state.pop("labels_problem", None):
        st.error(problem, icon=":material/block:")


def _round(data: str, numbers: list[int]) -> str:
    """The kind of label whose turn it is; the student may choose another."""
    done = [kind for kind in KINDS if len(_done(data, kind, numbers)) == len(numbers)]
    known = st.session_state.setdefault("rounds_done", {}).setdefault((data, len(numbers)), set())
    news = set(done) - known
    if "round" not in st.session_state or st.session_state["round"] in news:
        st.session_state["round"] = next((kind for kind in KINDS if kind not in done), KINDS[-1])
    known |= news
    if news:
        st.rerun()  # the whole page: there is something new to see
    words = {kind: f"{ROUNDS[kind]} ✓" if kind in done else ROUNDS[kind] for kind in KINDS}
    return str(
        st.segmented_control("Round", KINDS, format_func=words.__getitem__, key="round", required=True, wrap=True)
    )


def _done(data: str, kind: str, numbers: list[int]) -> list[int]:
    return [label.picture for label in Labels(data).of(owner(), kind) if label.picture in numbers]


def _keep(data: str, kind: str, sent: Any, numbers: list[int]) -> None:
    """Keep what is new of what the browser sent; why not, if it cannot be kept, is said in the next run of the page."""
    store = Labels(data)
    known = {label.picture: label for label in store.of(owner(), kind)}
    try:
        if not isinstance(sent, list) or len(sent) > len(numbers):
            raise Refused("labels", type(sent).__name__, f"at most {len(numbers)} labels, one a picture.")
        for entry in sent:
            label = _label(entry, kind)
            if label.picture not in numbers:
                raise Refused("picture", label.picture, "it is none of this round.")
            if known.get(label.picture) != label:
                store.add(owner(), label)
    except Refused as refused:
        st.session_state["labels_problem"] = str(refused)


def _label(entry: Any, kind: str) -> Label:
    if not isinstance(entry, dict) or entry.get("kind") != kind:
        raise Refused("labels", "this label", f"it is none of the kind {kind}.")
    return checked(kind, entry.get("picture"), entry.get("value"), entry.get("seconds"))


def own_labels(data: str) -> dict[str, list[Label]]:
    """kind → the labels of this browser, of the kinds that there are any of."""
    found = {kind: Labels(data).of(owner(), kind) for kind in KINDS}
    return {kind: labels for kind, labels in found.items() if labels}


def own_seconds(data: str) -> dict[str, dict[int, float]]:
    """kind → picture → the seconds that this browser's label took, in the order in which they were given."""
    return {kind: {one.picture: one.seconds for one in labels} for kind, labels in own_labels(data).items()}


def others_seconds(data: str) -> dict[str, list[float]]:
    """kind → the median seconds a label of everybody else on this server."""
    store = Labels(data)
    return {kind: [took for who, took in store.typical(kind).items() if who != owner()] for kind in KINDS}


def labels_text(data: str, kind: str) -> str:
    """The labels of this browser as a run's settings hold them."""
    return as_text(Labels(data).of(owner(), kind))


def quality(run: Run, kind: str, spent: Sequence[float]) -> None:
    """How good the answers are, against the seconds `spent` on each label; not known of one's own pictures."""
    result = result_of(run)
    st.markdown(f"### {TITLES[kind]}")
    badge(run)
    if "arms" not in result.summary:
        st.caption("Nobody knows the exact labels of your own pictures: look at its answers below.")
        return
    tests = [row for row in result.rows if row["split"] == "test"]
    figure = quality_figure(kind, tests, spent, plain=result.summary["plain"], dark=dark())
    st.plotly_chart(figure, theme=None, key=f"quality_{kind}", config=BARE)
    show_claims(result)
    st.caption(exact_words(result.summary["own"], *result.summary["exact_adds"].values()))


def gallery(run: Run) -> None:
    """The labels that the network learned from, and what it answers on pictures that it never saw."""
    rows, kind = run.rows(), run.summary["kind"]
    key = "" if kind == "class" else EXACT if "arms" in run.summary else DRAWN
    for split, name, words in (
        ("shown", "answers", "What it says of pictures that it never saw"),
        ("label", "labels", "What it learned from"),
    ):
        st.markdown(f"**{words}**{key}")
        said = [_said(row, kind) for row in rows if row["split"] == split]
        with st.container(key=f"many_{name}_{run.id}"):
            files = [str(file) for file in run.artifact(name)]
            alts = [f"{ALTS[name]} {k}: {text.strip() or 'no exact label'}" for k, text in enumerate(said, 1)]
            st.image(files, caption=said, width=DRAWING, alt=alts)


def _said(row: Row, kind: str) -> str:
    if kind == "class":
        return f"{row['answer']} {'' if 'score' not in row else '✓' if row['score'] else '✗'}".strip()
    return f"{row['score']:.0%}" if "score" in row else " "
