"""The labels that were drawn on the Labels page, handed on: as files of COCO, and to the systems of "In the wild"."""

from __future__ import annotations

import streamlit as st

from core.experiments.to_label import to_label
from core.runs.labels import Labels
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.ui.owner import owner
from core.ui.said import refusal
from core.worlds import open_world
from core.worlds.coco_written import Labelled, packed
from core.worlds.uploads import store_upload
from pages.parts.labelling import SIZE

FEWEST = 8  # labels of which some teach, and others, on which nothing was learned, test
TAUGHT = {  # kind of label → who learns from it
    "box": ("faster_rcnn", "A detector (Faster R-CNN)", "boxes"),
    "mask": ("fcn", "A network that names each pixel (FCN)", "outlines"),
}
# measured with exact labels of toys, of which half or more taught, seed 3 (docs/wild.md)
EXPECTED = (
    "What to expect, measured on 100 other toys: with 8 outlines an FCN reaches an overlap (IoU) of 0.31, with 16 of "
    "0.47, with 32 of 0.66; with 16 boxes a detector an mAP of 0.81. Those labels were exact."
)
FORM = {"box": "box", "mask": "outline"}


def hand_on(data: str, pictures: int) -> None:
    """Of each kind that is drawn, enough of it: to save, and to train a system with."""
    st.header("Let them teach larger systems")
    st.markdown("What stands in a picture, and where: boxes and outlines are also what detectors and FCNs learn from.")
    st.caption(EXPECTED)
    for column, kind in zip(st.columns(len(TAUGHT)), TAUGHT, strict=True):
        with column, st.container(border=True):
            _one_kind(data, pictures, kind)


def _one_kind(data: str, pictures: int, kind: str) -> None:
    station, title, words = TAUGHT[kind]
    labelled = drawn(data, pictures, kind)
    st.markdown(f"**{title}**")
    if len(labelled) < FEWEST:
        st.caption(f"Draw {FEWEST} {words} in a round: {len(labelled)} are there. Some of them are kept for the test.")
        return
    if st.button(f"Train it on your {len(labelled)} {words}", key=f"hand_{kind}", icon=":material/arrow_forward:"):
        train(data, labelled, station)
    st.download_button(
        f"Your {words}, as COCO has them",
        lambda: _zip(data, labelled),
        f"transferlab-{words}.zip",
        "application/zip",
        key=f"coco_{kind}",
        icon=":material/download:",
        on_click="ignore",
        help="The pictures and one JSON file, which any program for such files reads.",
    )


def drawn(data: str, pictures: int, kind: str) -> list[Labelled]:
    """The pictures of the round that have such a label of this browser; their class is the one that the world knows."""
    if (run := Store().find(Spec.of(to_label, data=data, pictures=pictures, size=SIZE).id)) is None:
        return []
    world, labels = open_world(data), {label.picture: label.value for label in Labels(data).of(owner(), kind)}
    files = {row["picture"]: file for row, file in zip(run.rows(), run.artifact("pictures"), strict=True)}
    return [
        Labelled(number, file.read_bytes(), world.classes[world.labels[number]], **{FORM[kind]: labels[number]})
        for number, file in files.items()
        if number in labels
    ]


def train(data: str, labelled: list[Labelled], station: str) -> None:
    """Keep them as an upload, and go to the system with it."""
    try:
        address = store_upload(_zip(data, labelled), "your labels")
    except Refused as refused:
        refusal(refused)
        return
    st.switch_page("pages/wild.py", query_params={"station": station, "data": address})


def _zip(data: str, labelled: list[Labelled]) -> bytes:
    return packed(labelled, SIZE, "webp", made_of=data if data.startswith("upload:") else "")
