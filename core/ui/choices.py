"""What to train on and what to start from, as controls that live in the page's address."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.experiments.finetune import network_for, stage_letters
from core.experiments.network import network as look_at
from core.experiments.sources import RUN, network_of
from core.experiments.train import STATES
from core.models.catalog import NAMED, NETWORKS, TIMM, described, network_info
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.ui.camera import class_cards
from core.ui.own_weights import weights_note, weights_upload
from core.ui.quick import quick
from core.ui.sets import WORDS, set_choice, set_named
from core.ui.stages import stage_control
from core.ui.upload import photos_upload, world_note

SOURCES = {"toybox": "Other toys", "imagenet": "ImageNet", "none": "Nothing"}
WORLDS = {"toybox:b": "Toys", "photos": "Photographs", "digits": "Digits"}
UNNAMED = "resnet18"  # the network that own weights are tried in first
FETCHED = " (its weights are fetched once)"
UPLOAD = "upload"  # the choice that asks for photos; the address then names the upload itself
WEIGHTS = "weights"  # the choice that asks for a file of weights
WAYS = {"zip": "A zip", "pictures": "Pictures", "camera": "Camera"}
PHONES = re.compile("Mobi|Android|iPhone|iPad")


def named_run(name: str) -> dict[str, str]:
    """The run that the address gives under `name`, as one more option: its words; none where it gives no run."""
    named = st.query_params.get(name, "")
    return {named: f"Run {named[4:10]}"} if re.fullmatch(RUN, named) else {}


def lender_choice() -> dict[str, str]:
    """The setting `source` of those who borrow from other toys, where the address offers a run too; else none."""
    if not (run := named_run("source")):
        return {}
    chosen = remembered("Borrow from", {"toybox": SOURCES["toybox"], **run}, name="source")
    if chosen in run:
        st.caption("It may have seen these pictures before, without their labels.")
    return {"source": chosen}


def source_choice() -> str | None:
    """Where the weights come from; None until own ones are here. A run, or own weights, of the address are offered."""
    options, named = SOURCES | named_run("source"), st.query_params.get("source", "")
    if re.fullmatch("weights:[0-9a-f]{64}", named):
        options[named] = "Your weights"
    options[WEIGHTS] = "Other weights …" if named.startswith("weights:") else "Your weights …"
    chosen = remembered("Borrow from", options, name="source")
    if chosen == WEIGHTS:
        if address := weights_upload():
            choose(source=address)
            st.rerun()
        return None
    return chosen


def world_choice(
    below: DeltaGenerator | None = None, worlds: Mapping[str, str] = WORLDS, label: str = "To learn"
) -> str | None:
    """What is to be learned: one of the embedded `worlds`, own photos, or a set of torchvision; None until it is here.

    They are asked for, and described, in `below`, or else right here.
    """
    sets = set_named(st.query_params.get("data", ""))
    chosen = own_or(worlds, _all_of_own_photos, label=label, more={sets: WORDS}, below=below)
    with below or contextlib.nullcontext():
        if chosen and chosen.startswith("upload:"):
            world_note(chosen)
        return set_choice(sets) if chosen == sets else chosen


def own_or(
    worlds: Mapping[str, str],
    bring: Callable[[], str | None],
    *,
    label: str = "Pictures",
    own: str = "photos",
    more: Mapping[str, str] | None = None,
    below: DeltaGenerator | None = None,
) -> str | None:
    """One of `worlds`, an upload, named `own` for people, or one of `more`; None until it is here. `bring` asks for the
    upload, in `below`, or else right here, and gives its address, which the page's address then holds.
    """
    options, named = dict(worlds), st.query_params.get("data", "")
    if is_own := re.fullmatch("upload:[0-9a-f]{64}", named):
        options[named] = f"Your {own}"
    options[UPLOAD] = f"{'Other' if is_own else 'Your'} {own} …"
    chosen = remembered(label, {**options, **(more or {})}, name="data")
    if chosen != UPLOAD:
        return chosen
    with below or contextlib.nullcontext():
        if address := bring():
            choose(data=address)
            st.query_params.pop("bring", None)
            st.rerun()
    return None


def _all_of_own_photos() -> str | None:
    """Own photos, of which a run then takes all: few people have forty pictures a class."""
    if address := own_photos():
        st.session_state["labels_per_class"] = 0
    return address


def own_photos() -> str | None:
    """The ways to bring photos, on a phone first those without a zip. The address of their world, once, when ready."""
    phone = PHONES.search(st.context.headers.get("User-Agent", ""))
    ways = {way: WAYS[way] for way in ("pictures", "camera", "zip")} if phone else WAYS
    way = remembered("How do you bring them?", ways, name="bring")
    return photos_upload() if way == "zip" else class_cards(camera=way == "camera")


def remembered(label: str, options: dict[str, str], *, name: str, many: bool = False) -> str:
    """One of a few named options, or of `many` in a list; its key lives in the page's address, under `name`. The first
    one is the default.

    Streamlit's own binding writes the shown words into the address, where we want `run:<id>` and `upload:<hash>`.
    """
    first, key = next(iter(options)), f"choice_{name}"
    named = st.query_params.get(name, first)
    if key not in st.session_state or st.session_state[key] not in options:
        st.session_state[key] = named if named in options else first
    common: dict[str, Any] = {"format_func": lambda key: options[key], "key": key}
    if many:
        chosen = str(st.selectbox(label, list(options), **common))
    else:
        chosen = str(st.segmented_control(label, list(options), required=True, wrap=True, **common))
    if chosen == first:
        st.query_params.pop(name, None)
    elif named != chosen:
        st.query_params[name] = chosen
    return chosen


TYPED = "One of the list, or type the name of any network of timm that is a row of stages, say convnext_atto."


def network_choice(source: str | None) -> str:
    """The network to train, where the source leaves a choice: any from nothing, for ImageNet those with its weights.

    A name of timm's may be typed. Own weights are tried in it: no further, if they do not fit, or are not here yet.
    """
    if source is None:
        st.stop()
    is_own = source.startswith("weights:")
    free = source == "none" or (is_own and network_of(source) is None)
    fitting = [name for name, info in NETWORKS.items() if free or source in info.weights]
    if not fitting:
        return "auto"  # a run, the toys, or the header of a file, decide
    own = UNNAMED if is_own else network_for(source, "auto")
    named, state = st.query_params.get("network", own), st.session_state
    if state.get("choice_network") is None:
        state["choice_network"] = named
    if state["choice_network"] in NETWORKS and state["choice_network"] not in fitting:
        state["choice_network"] = own
    words = {name: NETWORKS[name].title + (FETCHED if source in NETWORKS[name].fetchers else "") for name in fitting}
    common: dict[str, Any] = {"key": "choice_network", "accept_new_options": True, "help": TYPED}
    typed = st.selectbox("Network", fitting, format_func=lambda name: words.get(name, name), **common)
    chosen = _known_network(str(typed or own))
    if is_own and not weights_note(source, chosen):
        st.stop()
    if chosen == own and not is_own:
        st.query_params.pop("network", None)
    elif named != chosen:
        st.query_params["network"] = chosen
    return chosen


def _known_network(typed: str) -> str:
    """The network of that name; the quick worker looks at one of timm's first. One sentence, and no further, if not."""
    name = typed.strip()
    if name not in NETWORKS and not name.startswith(TIMM):
        name = TIMM + name.lower()
    if name not in NETWORKS and not re.fullmatch(NAMED, name):
        raise Refused("network", typed, "choose one of the list, or type a name of timm's, say convnext_atto.")
    if not described(name) and not quick(Spec.of(look_at, network=name)):
        st.stop()
    return name


def stages_choice(source: str, network: str = "auto") -> str:
    """Each stage frozen, fine-tuned or new, as letters; five frozen for toys, all for ImageNet, none for nothing."""
    network = network_for(source, network)
    info = network_info(network)
    opening = stage_letters({"toybox": "5", "none": "0"}.get(source, "all"), network)
    letters = st.query_params.get("stages", opening)
    if len(letters) != len(info.stages) or set(letters) - set(STATES):
        letters = opening
    states = stage_control(
        info.stages,
        [STATES[letter] for letter in letters],
        key=f"stages_{network}_{source}",
        locked=(info.stages[-1],),
        role="random" if source == "none" else "transfer",
        strides=info.strides,
    )
    letter_of = {state: letter for letter, state in STATES.items()}
    chosen = "".join(letter_of[state] for state in states)
    if chosen == opening:
        st.query_params.pop("stages", None)
    elif chosen != letters:
        st.query_params["stages"] = chosen
    return chosen


def choose(**values: Any) -> None:
    """Make these choices for the student, before their widgets are drawn; stages not named open as usual.

    A setting drawn by `controls` owns its part of the address, so its value, of the widget's own type, is set; choices
    that are `remembered` follow the address.
    """
    st.query_params.pop("stages", None)
    typed = {name: ",".join(map(str, v)) if isinstance(v, tuple) else v for name, v in values.items()}
    for name, value in typed.items():
        if name in st.session_state:
            st.session_state[name] = value
        else:
            st.query_params[name] = value
    for key in [str(key) for key in st.session_state]:
        if key.startswith("stages_") or (key.startswith("choice_") and key.removeprefix("choice_") in values):
            del st.session_state[key]
