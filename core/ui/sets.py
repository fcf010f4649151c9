"""torchvision's sets on a page: which one, what it is, and a button that fetches it once."""

from __future__ import annotations

import streamlit as st

from core.experiments.look_through import look_through
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.ui.live import live_runs
from core.ui.said import refusal
from core.worlds.sets import ADDRESSES, set_at, size
from core.worlds.splits import MOST_TEST
from core.worlds.torchvision_sets import is_fetched

WORDS = "More sets …"


def set_named(named: str) -> str:
    """The set that a page's address names, or the first of the table."""
    return named if named in ADDRESSES else ADDRESSES[0]


def set_choice(address: str) -> str | None:
    """A box of all sets, which shows `address`; gives it back when its pictures are here, until then None."""
    st.session_state["choice_set"] = address
    info = set_at(address)
    try:
        lines = {one: set_at(one).line(is_fetched(one)) for one in ADDRESSES}
        st.selectbox("Set", ADDRESSES, format_func=lines.__getitem__, key="choice_set", on_change=_chosen)
        tested = f"A run is tested on at most {MOST_TEST:,} of them."
        st.caption(f"{info.pictures:,} pictures: {info.shows}. {tested} {info.source}.")
        if is_fetched(address):
            return address
        spec = Spec.of(look_through, data=address)
        if Store().find(spec.id):  # fetched once, but deleted since
            Store().delete(lambda run: run.id == spec.id)
    except Refused as refused:
        refusal(refused)
        return None
    live_runs([spec], button=f"Fetch {size(info.megabytes)}", key=f"fetch_{address}")
    return None


def _chosen() -> None:
    """Put the choice into the page's address, and ask for no more labels than its classes have."""
    address = st.session_state["choice_set"]
    st.query_params["data"] = address
    most = set_at(address).per_class
    if st.session_state.get("labels_per_class", most) > most:
        st.session_state["labels_per_class"] = most
