"""The page "Where does it look?": the two maps that are asked about, and the tool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.experiments.attribution_league import CAUSES, donor_of, riddle
from core.experiments.lens_attribution import METHODS, lens_attribution
from core.figures import attribution as figures
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import named_run, remembered
from core.ui.inline import inline
from core.ui.picture import OWN, PHOTOGRAPH, picture_choice
from core.ui.quick import quick
from core.ui.said import refusal, verbatim
from core.ui.theme import dark

WAYS = {
    CAUSES["toy"]: "Toys",
    CAUSES["shadow"]: "Only their shadows",
    PHOTOGRAPH: "Photographs",
    OWN: "Your picture",
}
FIRST = {CAUSES["toy"]: "car", CAUSES["shadow"]: "car", PHOTOGRAPH: "coffee"}
NETWORKS = {
    "fitting": "The one for it",
    "toybox": "Learned toys",
    "shadow": "Learned shadows",
    "imagenet": "Learned ImageNet",
    "none": "Random weights",
}
FITTING = {CAUSES["toy"]: "toybox", CAUSES["shadow"]: "shadow"}  # else ImageNet's
BIG, SMALL = 300, 170  # px
SCHEMATIC = ("A heat map over a picture of a toy, with one bright place", "Another heat map over the same picture")


def asked() -> dict[str, Run]:
    """The two looks that are asked about, by what the network learned; empty where they are not recorded."""
    runs = {cause: Store().find(spec.id) for cause, spec in riddle().items()}
    return {cause: run for cause, run in runs.items() if run} if all(runs.values()) else {}


def maps(runs: dict[str, Run]) -> dict[str, go.Figure]:
    """Both heat maps over the whole picture, so that what is beneath gives nothing away."""
    beneath = Path(runs["toy"].artifact("picture")[0]).read_bytes()
    address = inline(beneath)
    return {name: figures.over_figure(address, runs[name].artifact("heat"), dark=dark()) for name in ("shadow", "toy")}


def pictures(runs: dict[str, Run]) -> None:
    """What each of the two is shown."""
    words = {"toy": "What the one learned from …", "shadow": "… and the other: the same picture without the toy."}
    for column, (name, text) in zip(st.columns(2), words.items(), strict=True):
        column.image(Path(runs[name].artifact("picture")[0]).read_bytes(), width=SMALL, caption=text, alt=text)


def revealed(runs: dict[str, Run]) -> None:
    """Whose map is whose, over what each was shown."""
    badge(runs["shadow"])
    words = {"toy": "It learned toys", "shadow": "It learned only shadows"}
    for column, (name, text) in zip(st.columns(2), words.items(), strict=True):
        answer = runs[name].summary
        said = f"{text}: *{answer['answer']}*, {answer['probability']:.0%}."
        column.image(Path(runs[name].artifact("map")[0]).read_bytes(), width=BIG, caption=said, alt=f"Heat map. {text}")


def chosen_network(way: str) -> dict[str, Any]:
    """Whose weights look, as settings."""
    source = remembered("Network", NETWORKS | named_run("source"), name="source")
    source = FITTING.get(way, "imagenet") if source == "fitting" else source
    return {"source": "none", "donor": donor_of("shadow")} if source == "shadow" else {"source": source}


def chosen_method() -> dict[str, Any]:
    """The method, in front the two, as settings."""
    front = {method: figures.METHODS[method] for method in METHODS[:2]}
    others = {method: figures.METHODS[method] for method in METHODS[2:]}
    method = remembered("Method", front, name="method")
    with st.expander("More", icon=":material/tune:"):
        other = st.selectbox(
            "Another method", others, None, format_func=others.get, key="other", placeholder="None", bind="query-params"
        )
        side = st.number_input("Side of the square that hides (pixels; 0: a sixth of the picture)", 0, 112, key="side")
    chosen = other or method
    return {"method": chosen} | ({"side": side} if chosen.startswith("occlusion") else {})


@st.fragment
def tool() -> None:
    """A picture, a network, a method: where it looks, and for which class."""
    way, address = picture_choice(WAYS, FIRST)
    left, right = st.columns(2)
    with left:
        weights = chosen_network(way)
    with right:
        method = chosen_method()
    if address is None:
        return
    try:
        run = quick(Spec.of(lens_attribution, picture=address, **weights, **method))
        if run is None:
            return
        likeliest = {row["number"]: f"{row['class']} {row['probability']:.0%}" for row in run.rows()}
        for_ = st.segmented_control(
            "Where does it look for …", likeliest, default=next(iter(likeliest)), format_func=likeliest.get,
            key=f"target_{run.id}", required=True, wrap=True,
        )  # fmt: skip
        if for_ != next(iter(likeliest)):
            run = quick(Spec.of(lens_attribution, picture=address, target=for_, **weights, **method))
    except Refused as refused:
        refusal(refused)
        return
    if run:
        told(run)


def told(run: Run) -> None:
    """The picture, the map over it, and how far it can be trusted."""
    found = run.summary
    if found["unsure"]:
        st.info(
            f"The network is not sure: *{verbatim(found['answer'])}* has {found['probability']:.1%}. A map of where it "
            "looks for this would explain an answer that it does not give.",
            icon=":material/help:",
        )
    elif found["blank"]:
        st.info("By this method nothing in the picture speaks for this class.", icon=":material/help:")
    words = {"picture": "What it is shown", "map": f"Yellow: most for *{found['answer']}*. The ring: the very most"}
    if "others" in found:
        words["answers"] = "What it says where a square hides it: " + ", ".join(
            f"{name} ({colour})" for name, _, colour in found["others"]
        )
        words["feature"] = "By how much its strongest feature map falls"
    for column, (name, text) in zip(st.columns(4), words.items(), strict=False):
        picture = Path(run.artifact(name)[0]).read_bytes()
        column.image(picture, width="stretch", caption=verbatim(text) if name == "answers" else text, alt=text)
    st.caption(f"{found['took']:.2g} s. The largest value is yellow in every map: compare places, not strengths.")
