"""The page "Maps of what was learned": what comes back from an autoencoder's code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.experiments.decoded import KINDS, decoded
from core.experiments.encoders import ENCODERS, FOUR, PLANE, encoder
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.live import live_runs
from core.ui.quick import quick
from core.ui.results import data_of
from core.ui.said import refusal

WORDS = dict(zip(KINDS, ("What comes back", "Along one number", "All of two numbers"), strict=True))
ABOUT = {
    "reconstructions": "Above: test pictures. Below: what the decoder makes of their codes. Blurred is what the code "
    "does not hold; the loss counts pixels, and most of them are of the room.",
    "traversals": "Each row goes along one direction of the code, those in which codes vary most first; the middle is "
    "a test picture's own code. A direction seldom means one thing.",
    "manifold": "A variational autoencoder with a code of two numbers: one goes across, the other down. This is all "
    "that it can say.",
}
WIDTH, WIDE = 84, 620  # px


def decoded_section() -> None:
    """Reconstructions, traversals, or the plane of a code of two numbers."""
    kind = remembered("Show", WORDS, name="decoded")
    named = st.query_params.get("source", "")
    own: dict[str, Any] = {"donor": encoder(**(PLANE if kind == "manifold" else ENCODERS["Autoencoder"]))}
    if (data := _decodes(named)) and st.toggle(f"Of run {named[4:10]}", key="own_code"):
        own = {"source": named, "data": data} | ({} if data == "toybox" else {"classes": ()})
    elif not Store().has(own["donor"].id) and not live_runs([own["donor"]], button="Train it here", key="coded"):
        return
    show(kind, own)


def _decodes(source: str) -> str:
    """The pictures of a run that the address names, if it is an autoencoder; else nothing."""
    run = Store().find(source.removeprefix("run:").partition("@")[0])
    heads = ((run and run.recipe("network")) or {}).get("heads", {})
    return data_of(run) if run and "decoder" in heads else ""


@st.fragment
def show(kind: str, own: dict[str, Any]) -> None:
    picture = st.slider("From which picture", 0, 49, 7, key="from") if kind == "traversals" else 0
    try:
        run = quick(Spec.of(decoded, kind=kind, picture=4 * picture, **{"classes": FOUR, **own}))
    except Refused as refused:
        refusal(refused)
        return
    if run is None:
        return
    badge(run)
    shown, words = [Path(file).read_bytes() for file in run.artifact("pictures")], ABOUT[kind]
    st.image(shown, width=WIDTH if kind == "reconstructions" else WIDE, alt=[WORDS[kind]] * len(shown))
    lost = run.summary["error"] / run.summary["of_mean"]
    st.caption(
        f"{words} {run.summary['code']} numbers; {1 - lost:.0%} of the pixels' variance comes back (of pictures that "
        "nothing was trained on)."
    )
