"""What to train on and what to start from, as controls that live in the page's address."""

from __future__ import annotations

import re

import streamlit as st

from core.experiments.finetune import network_for, stage_letters
from core.experiments.train import STATES
from core.models.catalog import NETWORKS
from core.runs.settings import Refused
from core.ui.stages import stage_control
from core.ui.upload import photos_upload, world_note

SOURCES = {"toybox": "Other toys", "imagenet": "ImageNet", "none": "Nothing"}
WORLDS = {"toybox:b": "Toys", "photos": "Photographs", "digits": "Digits"}
UPLOAD = "upload"  # the choice that opens the file box; the address then names the upload itself


def source_choice() -> str:
    """Where the weights come from. A finished run named in the address is offered too."""
    options = dict(SOURCES)
    named = st.query_params.get("source", "") or st.session_state.get("source") or ""
    if re.fullmatch(r"run:[0-9a-f]{16}(@\d+)?", named):
        options[named] = f"Run {named[4:10]}"
    chosen = st.segmented_control(
        "Borrow from",
        list(options),
        default="toybox",
        required=True,
        format_func=options.get,
        key="source",
        bind="query-params",
        wrap=True,
    )
    return chosen or "toybox"


def world_choice() -> str | None:
    """What is to be learned: an embedded world, or the student's own photos; None until there are photos."""
    options = dict(WORLDS)
    named = st.query_params.get("data", "") or st.session_state.get("data") or ""
    stored = st.session_state.get("photos_stored", (None, ""))[1]
    for address in (named, stored):
        if re.fullmatch("upload:[0-9a-f]{64}", address):
            options[address] = "Your photos"
    if "Your photos" not in options.values():
        options[UPLOAD] = "Your photos …"
    chosen = st.segmented_control(
        "To learn", list(options), default="toybox:b", required=True, format_func=options.get, key="data",
        bind="query-params", wrap=True,
    )  # fmt: skip
    if chosen == UPLOAD:
        address = photos_upload()
        if address:
            st.session_state["adopt_data"] = address
            st.rerun()
        return None
    if str(chosen).startswith("upload:"):
        world_note(str(chosen))
    return chosen or "toybox:b"


def adopt() -> None:
    """Call before the controls: a fresh upload becomes the chosen world."""
    if address := st.session_state.pop("adopt_data", None):
        st.session_state["data"] = address


def stages_choice(source: str, network: str = "auto") -> str:
    """Each stage frozen, fine-tuned or new, as letters; five frozen for toys, all for ImageNet, none for nothing."""
    network = network_for(source, network)
    info = NETWORKS[network]
    opening = stage_letters({"toybox": "5", "none": "0"}.get(source, "all"), network)
    letters = st.query_params.get("stages", opening)
    if len(letters) != len(info.stages) or set(letters) - set(STATES):
        letters = opening
    states = stage_control(
        info.stages, [STATES[letter] for letter in letters], key=f"stages_{network}_{source}", locked=(info.stages[-1],)
    )
    chosen = "".join(state[0] for state in states)
    if chosen == opening:
        st.query_params.pop("stages", None)
    elif chosen != letters:
        st.query_params["stages"] = chosen
    return chosen


def refusal(problem: Refused) -> None:
    """One clear sentence, and the page stays."""
    st.error(str(problem), icon=":material/block:")
