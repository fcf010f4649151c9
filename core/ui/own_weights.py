"""Bring your own weights: a file of tensors, kept by content as photos are, looked at by a worker, never run."""

from __future__ import annotations

import streamlit as st

from core.experiments.own_weights import own_weights
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.ui.quick import quick
from core.ui.said import refusal
from core.ui.upload import forget_photos
from core.worlds.uploads import MOST_BYTES, store_weights, sweep

RECIPE = (
    "A `.safetensors` file, say a network taken home from here, or a state dict saved by `torch.save`, named as in "
    f"torchvision or timm; at most {MOST_BYTES / 1e9:g} GB. It stays on this server, unlisted, until 24 hours unused."
)


def weights_upload() -> str | None:
    """A file box for weights; their address, or None with one sentence of why not."""
    file = st.file_uploader("Your weights", type=["safetensors", "pth", "pt", "bin"], key="weights", help=RECIPE)
    st.caption(RECIPE)
    if file is None:
        return None
    try:
        forget_photos(sweep())
        return store_weights(file, file.name)
    except Refused as refused:
        refusal(refused)
        return None


def weights_note(address: str, network: str) -> bool:
    """Whether the weights fit the network: how many of its stages they fill, or the layers that do not fit."""
    run = quick(Spec.of(own_weights, weights=address, network=network))
    if run:
        filled, stages = run.summary["stages"], len(run.rows())
        part = f" (of its part `{run.summary['prefix']}`)" if run.summary["prefix"] else ""
        st.caption(f"Your weights{part} fill {filled} of its {stages} stages; the others start anew.")
    if st.button(
        "Forget my weights", key="forget_weights", icon=":material/delete:", help="And the runs made of them."
    ):
        forget_photos([address])
        st.query_params.pop("source", None)
        st.session_state.pop("choice_source", None)
        st.rerun()
    return run is not None
