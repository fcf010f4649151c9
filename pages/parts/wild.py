"""The page "In the wild": its stations, the picture story of each, the live pair of arms, and the papers' numbers."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.experiments.stations import STATIONS, Visit, wild
from core.figures.papers import paper
from core.lessons.wild import printed
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge, paper_badge
from core.ui.choices import remembered
from core.ui.controls import controls
from core.ui.figures import charts, result_of, show_claims
from core.ui.lesson import histogram
from core.ui.live import live_runs
from core.ui.takehome import downloads

SOURCES = {"imagenet": "ImageNet", "toybox": "Other toys"}
LABELS = {"frozen": "Frozen stages", "controls": "The other arms too", "seeds": "Seeds", "seed": "First seed"}
CODE = {
    "faster_rcnn": (
        "core.methods.faster_rcnn:FasterRcnn",
        "core.learning.detection:average_precision",
        "core.learning.detection:hits_of",
    ),
    "fcn": ("core.methods.fcn:FullyConvolutional", "core.learning.overlap:mean_iou", "core.experiments.wild:encoder"),
}
ACROSS = 2


def chosen() -> Spec:
    """The station, and what its one arm borrows."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        station = remembered("System", {name: info.title for name, info in STATIONS.items()}, name="station")
    with right, st.expander("More", icon=":material/tune:"):
        source = remembered("Borrow from", SOURCES, name="source")
        own = controls(Visit, list(LABELS), LABELS)
    return Spec.of(wild, station=station, source=source, **own)


def story(spec: Spec) -> None:
    """What the system is asked for."""
    info = STATIONS[spec.settings.station]
    st.markdown(f"**{info.title}**: {info.asks}")


def station_section(spec: Spec) -> None:
    """Both arms live, then what they found, what the last of each says, and what the paper has."""
    for run in live_runs([spec], button="Train both", key=f"wild_{spec.settings.station}"):
        badge(run, spec.settings.seeds)
        charts(result_of(run), ["arms", "curves"])
        show_claims(result_of(run), columns=2)
        answers(run)
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(f"wild_{spec.settings.station}", run.summary.get("answer"))
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)
    in_the_paper(spec.settings.station)


def answers(run: Run) -> None:
    """Held-out scenes as the first arm and the last of a seed answer them."""
    arms = [Store().open(arm) for arm in run.provenance["arms"][:ACROSS]]
    for column, arm in zip(st.columns(ACROSS), arms, strict=False):
        steps = arm.steps("answers")
        files = arm.artifact("answers", max(steps)) if steps else []
        said = f"{arm.rows()[0]['arm']}: the picture, the truth, the answer"
        column.markdown(f"**{said}**")
        column.image([Path(file).read_bytes() for file in files[:4]], width="stretch", alt=[said] * len(files[:4]))


def in_the_paper(station: str) -> None:
    paper_badge(paper("wild")[station]["source"], key=f"wild_{station}")
    st.markdown("\n".join(f"- {line}" for line in printed(station)))


def sources(spec: Spec) -> None:
    st.caption(f"Source: {STATIONS[spec.settings.station].paper}.")
