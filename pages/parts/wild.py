"""The page "In the wild": its stations, the picture story of each, the live pair of arms, and the papers' numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.experiments.stations import BORROWED, STATIONS, Visit, wild
from core.figures.papers import paper
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge, paper_badge
from core.ui.choices import remembered
from core.ui.controls import controls
from core.ui.figures import charts, growing, result_of, show_claims
from core.ui.lesson import histogram
from core.ui.live import live_runs
from core.ui.takehome import downloads
from pages.parts.mark import mark_it
from pages.parts.own_pictures import pictures_choice

SOURCES = {"imagenet": "ImageNet", "toybox": "Other toys"}
FROZEN = ("auto", *map(str, range(9)))
LABELS = {"frozen": "Frozen stages", "seed": "Seed"}
LIVE_SEED = 3  # another one than the recorded ones
CODE = {
    "rcnn": ("core.methods.rcnn:Rcnn", "core.methods.proposals:proposals", "core.learning.detection:average_precision"),
    "cob": ("core.methods.cob:OrientedBoundaries", "core.methods.sides:SideOutputs", "core.learning.boundaries:ods"),
    "osvos": ("core.methods.osvos:OneShot", "core.methods.osvos:snapped", "core.methods.sides:SideOutputs"),
    "faster_rcnn": (
        "core.methods.faster_rcnn:FasterRcnn",
        "core.learning.detection:average_precision",
        "core.learning.detection:hits_of",
    ),
    "fcn": ("core.methods.fcn:FullyConvolutional", "core.learning.overlap:mean_iou", "core.experiments.wild:encoder"),
    "driu": ("core.methods.driu:Vessels", "core.methods.sides:SideOutputs", "core.methods.sides:balanced"),
}
SHOWN = 4  # scenes with their answers


def chosen() -> Spec:
    """The station, as it is recorded: all arms, three seeds."""
    titles = {name: info.title for name, info in STATIONS.items()}
    return Spec.of(wild, station=remembered("System", titles, name="station", many=True))


def live_pair(spec: Spec) -> Spec | None:
    """One seed of both arms, borrowing and on pictures as are chosen; None until these can be used."""
    station = spec.settings.station
    if (data := pictures_choice(station, spec.settings.data)) is None:
        return None
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        source = remembered("Borrow from", SOURCES, name="source")
    with right, st.expander("More", icon=":material/tune:"):
        own = controls(Visit, list(LABELS), LABELS, {"frozen": FROZEN}, seed=LIVE_SEED)
    return Spec.of(wild, station=station, data=data, source=source, controls=False, seeds=1, **own)


def story(spec: Spec) -> None:
    """What the system is asked for, and how an answer of it comes about, from a run that is there."""
    info = STATIONS[spec.settings.station]
    st.markdown(f"**{info.asks}** {info.works}")
    run = Store().find(spec.arms()[0].id)
    if run is None or "story" not in kept(run):
        return
    words, files = run.artifact("story_words"), run.artifact("story")
    for column, said, file in zip(st.columns(len(words)), words, files, strict=True):
        column.image(Path(file).read_bytes(), width="stretch", alt=said)
        column.caption(said)


def kept(run: Run) -> set[str]:
    return {file.name.partition(".")[0] for file in (run.folder / "artifacts").glob("*")}


def with_it(spec: Spec) -> str:
    """What is reached with what was borrowed, where it is known: the question is of the other arm."""
    run = Store().find(spec.id)
    point: dict[str, Any] | None = run.summary["arms"].get(BORROWED) if run else None
    return (
        f"With ImageNet's weights: {STATIONS[spec.settings.station].measures} **{point['mean']:.0%}**." if point else ""
    )


def station_section(spec: Spec) -> None:
    """What was recorded of all arms; both arms here, live; and what the paper has."""
    beside = "controls" if STATIONS[spec.settings.station].controls else "curves"
    live = growing(spec, ["arms"])
    for run in live_runs([spec], button="Train all arms", key=f"wild_{spec.settings.station}", growing=live):
        found(spec, run, ["arms", beside])
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(asked(spec), run.summary.get("answer"))
    mark_it(spec.settings.station)
    st.header("Here, now")
    pair = live_pair(spec)
    for run in live_runs([pair], button="Train both", key=f"pair_{spec.settings.station}") if pair else ():
        found(pair, run, ["arms", "curves"])
    in_the_paper(spec.settings.station)


def found(spec: Spec, run: Run, figures: list[str]) -> None:
    """Its figures, claims and answers."""
    badge(run, spec.settings.seeds)
    result = result_of(run, asked(spec))
    charts(result, figures)
    show_claims(result, columns=2)
    answers(spec)
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)


def asked(spec: Spec) -> str:
    """The question is the same whatever is chosen beside the station."""
    return f"wild_{spec.settings.station}"


def answers(spec: Spec) -> None:
    """Held-out pictures as both arms of the first seed answer them; nothing where only the figure was kept."""
    pair = {arm.id: words for arm, words in zip(spec.arms(), ("Borrowed", "From scratch"), strict=False)}
    runs = {words: run for run_id, words in pair.items() if (run := Store().find(run_id)) and run.steps("answers")}
    for column, (words, run) in zip(st.columns(2), runs.items(), strict=False):
        files = run.artifact("answers", max(run.steps("answers")))[:SHOWN]
        column.markdown(f"**{words}**: the truth, and right of it the answer")
        column.image([Path(file).read_bytes() for file in files], width="stretch", alt=[words] * len(files))


def in_the_paper(station: str) -> None:
    """As it is printed, where it was looked up; another base, other pictures, other sizes."""
    printed = paper("wild").get(station)
    if printed is None:
        return
    st.header("In the paper")
    paper_badge(printed["source"], key=f"wild_{station}")
    st.markdown("\n".join(f"- {what}: {value}" for what, value in printed["numbers"].items()))


def sources(spec: Spec) -> None:
    st.caption(f"Source: {STATIONS[spec.settings.station].paper}.")
