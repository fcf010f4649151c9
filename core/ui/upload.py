"""Bring your own pictures: uploads, kept by content, unlisted to others, forgotten on request."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.runs.settings import Refused
from core.runs.store import Store
from core.ui.engine import engine
from core.worlds import open_world, prepare
from core.worlds.uploads import forget, store_picture, store_upload, sweep

RECIPE = (
    "A zip with one folder of pictures a class, for example `cats/*.jpg` and `dogs/*.jpg`. "
    "They stay on this server, unlisted, and are deleted after 24 hours without use."
)


def photos_upload(key: str = "photos") -> str | None:
    """A file box for a zip of class folders; the address of the world in it, or None with one sentence of why not."""
    file = st.file_uploader("Your photos", type=["zip"], key=key, help=RECIPE)
    st.caption(RECIPE)
    if file is None:
        return None
    if st.session_state.get(f"{key}_looked", (None,))[0] != file.file_id:
        st.session_state[f"{key}_looked"] = (file.file_id, *_look_through(file))
    _, address, problem = st.session_state[f"{key}_looked"]
    if problem:
        st.error(problem, icon=":material/block:")
    return address


def _look_through(file: Any) -> tuple[str | None, str]:
    """Store an upload and decode its pictures once, with progress: (address, "") or (None, why not)."""
    bar = st.progress(0.0, text="Looking through your photos …")
    try:
        forget_photos(sweep())
        address = store_upload(file, file.name)
        for done, total in prepare(address):
            bar.progress(done / max(1, total), text=f"Looking through your photos: {done} of {total}")
        open_world(address)  # a zip that cannot be used is refused here, not in the middle of a run
    except Refused as refused:
        return None, str(refused)
    finally:
        bar.empty()
    return address, ""


def world_note(address: str) -> None:
    """What is in an uploaded world, and what was skipped, by name."""
    try:
        world = open_world(address)
    except Refused as refused:
        st.error(str(refused), icon=":material/block:")
        return
    st.markdown(f"**{len(world.labels)} pictures** of {len(world.classes)} classes: {', '.join(world.classes[:12])}")
    if world.skipped:
        with st.expander(f"{len(world.skipped)} files could not be used"):
            st.dataframe([{"file": s.name, "reason": s.reason} for s in world.skipped], hide_index=True)
    if st.button("Forget my photos", key="forget", icon=":material/delete:", help="Deletes them and the runs on them."):
        forget_photos([address])
        st.session_state.pop("photos_looked", None)
        st.query_params.pop("data", None)
        st.rerun()


def forget_photos(addresses: list[str]) -> int:
    """Delete uploads, and stop and delete every run made from them; how many finished runs went."""

    def of_them(spec: dict[str, Any]) -> bool:
        return any(spec["settings"].get(name) in addresses for name in ("data", "picture"))

    forget(addresses)
    engine().forget([view.id for view in engine().runs() if of_them(view.spec.as_json())])
    gone = [run.id for run in Store().runs() if of_them(run.record["spec"])]
    engine().forget(gone)
    return Store().delete(lambda run: run.id in gone)


def one_picture(key: str) -> str | None:
    """A file box for a single picture; its address `picture:<hash>`."""
    file = st.file_uploader("A picture to try", type=["jpg", "jpeg", "png", "webp", "gif", "bmp"], key=key)
    if file is None:
        return None
    try:
        return store_picture(file.getvalue())
    except Refused as refused:
        st.error(str(refused), icon=":material/block:")
        return None
