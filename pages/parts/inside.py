"""The page "Look inside": nine patches of a unit, and the unit browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.experiments.hierarchy import Hierarchy, hierarchy
from core.experiments.lens_maps import ACROSS, MOST, lens_maps
from core.experiments.lens_units import lens_units
from core.experiments.looked_at import Weights
from core.experiments.selectivity import selectivity
from core.models.catalog import network_info
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.choices import remembered
from core.ui.controls import controls
from core.ui.lesson import break_it
from core.ui.picture import CAMERA, OWN, PHOTOGRAPH, picture_choice
from core.ui.quick import quick
from core.ui.results import measured
from core.ui.said import refusal, verbatim
from core.ui.stages import stage_pick
from core.ui.units import unit_grid
from core.ui.watch import live_camera
from pages.parts.unit import unit_sheet

ASKED = {"stage": "conv3", "channel": 0}
SHEET = 330  # px
LIVE = "live"
WAYS = {
    "toybox": "Toys",
    PHOTOGRAPH: "Photographs",
    "digits": "Digits",
    OWN: "Your picture",
    CAMERA: "Snapshot",
    LIVE: "Live camera",
}
FIRST = {"toybox": "dog", PHOTOGRAPH: "coffee", "digits": "3"}
DATA = {"toybox": "Toys", "digits": "Digits", "photos": "Photographs"}
LABELS = {"pictures": "Pictures, at most", "channels": "Units of each stage"}
NETWORKS = {"toybox": "It named 16 toys", "imagenet": "ImageNet", "none": "Untrained"}


def riddle() -> None:
    """Nine patches of a unit that is not named."""
    if run := Store().find(Spec.of(lens_units, stage=ASKED["stage"]).id):
        picture = run.artifact("patches")[ASKED["channel"]]
        st.image(Path(picture).read_bytes(), width=SHEET, alt="Nine patches of pictures, three by three")


@st.fragment
def browser() -> None:
    """A network, a picture that it is shown, a stage, and a unit of it."""
    left, right = st.columns(2)
    with left:
        source = _source()
    with right:
        way, picture = picture_choice(WAYS, FIRST)
    try:
        settings = Weights(source=source).canonical()
        stage = _stage(settings.network)
        key = f"first_{settings.network}_{stage}"
        first = st.session_state.get(key, 0)
        if way == LIVE:
            live_camera(settings, stage)
        elif picture and (maps := quick(Spec.of(lens_maps, source=source, picture=picture, first=first))):
            channels(maps, source, stage, key)
    except Refused as refused:
        refusal(refused)


def channels(maps: Run, source: str, stage: str, key: str) -> None:
    """The channels of a stage, and the sheet of the one that is chosen; `key` remembers which come first."""
    row = next(row for row in maps.rows() if row["stage"] == stage)
    _answer(maps, row)
    channel = unit_grid(
        maps.artifact(f"maps_{stage}")[0], maps.artifact("picture")[0], row["shown"], row["first"], ACROSS,
        row["strongest"], key=f"units_{source}_{stage}",
    )  # fmt: skip
    if row["channels"] > MOST:
        blocks = list(range(0, row["channels"], MOST))
        words = {first: f"{first} to {min(first + MOST, row['channels']) - 1}" for first in blocks}
        st.selectbox(f"Channels, of {row['channels']}", blocks, format_func=words.get, key=key)
    classes = maps.summary["classes"]
    is_class = stage == maps.rows()[-1]["stage"] and len(classes) > channel
    unit_sheet(source, stage, channel, classes[channel] if is_class else "")


def _source() -> str:
    """Whose units; a run of the address comes first."""
    named = st.query_params.get("source", "")
    own = {named: f"Run {named[4:10]}"} if named.startswith("run:") else {}
    return remembered("Whose units", {**NETWORKS, **own}, name="source")


def _stage(network: str) -> str:
    """The stage that is open, which the address names too."""
    names, strides = network_info(network).stages, network_info(network).strides
    asked = st.query_params.get("stage", ASKED["stage"])
    picked = asked if asked in names else names[min(2, len(names) - 1)]
    chosen = stage_pick(
        names, key=f"stage_{network}", question="Open a stage", strides=strides, picked=picked, word="open"
    )
    if chosen and chosen != asked:
        st.query_params["stage"] = chosen
    return chosen or picked


def _answer(maps: Run, row: dict[str, Any]) -> None:
    """What the whole network says of the picture, and how the tiles are to be read."""
    said = ", ".join(f"{verbatim(one['class'])} {one['probability']:.0%}" for one in maps.summary["likeliest"][:3])
    says = f"It says: **{said}**. " if said else ""
    tone = "grey is nothing, white much, black the opposite" if row["signed"] else "black is nothing, white much"
    st.markdown(f"{says}What each channel of **{row['stage']}** answers to the picture; {tone}.")


def hierarchy_section() -> None:
    """How many of a unit's nine patches are of one class, stage by stage, trained and untrained."""
    left, right = st.columns([5, 3], vertical_alignment="bottom")
    with left:
        data = remembered("Pictures", DATA, name="data")
    with right, st.expander("More", icon=":material/tune:"):
        chosen = controls(Hierarchy, list(LABELS), LABELS)
    run = measured(Spec.of(hierarchy, data=data, **chosen), ["units"], "hierarchy", parts=("unit",))
    if run and data == "toybox":
        break_it("Look at digits with the units that learned toys.", data="digits")


def selectivity_section() -> None:
    """How much each factor of a scene decides of the answers, stage by stage."""
    st.markdown(
        "One factor of a scene is drawn anew, the toy or its paint, its pose, the room; the other eight stay. How much "
        "does a unit's answer change? The network never saw these scenes."
    )
    weights = remembered("Whose units", {"toybox": "It named 16 toys", "none": "Untrained"}, name="cares_source")
    measured(Spec.of(selectivity, source=weights), ["factors"], "selectivity")
