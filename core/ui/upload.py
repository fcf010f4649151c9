"""Bring your own pictures: uploads, kept by content, unlisted to others, forgotten on request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, BinaryIO

import streamlit as st

from core.engine import ACTIVE
from core.experiments.look_through import look_through
from core.runs.labels import Labels
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.ui.engine import engine
from core.ui.live import status_line
from core.ui.owner import owner
from core.ui.said import refusal, verbatim
from core.worlds import open_world
from core.worlds.coco_written import made_from
from core.worlds.one import is_of
from core.worlds.uploads import (
    KINDS,
    MOST_BYTES,
    forget,
    is_kept,
    is_prepared,
    store_picture,
    store_upload,
    sweep,
)

STAY = "They stay on this server, unlisted, and are deleted after 24 hours without use."
FOLDERS = "A zip with one folder of pictures a class, for example `cats/*.jpg` and `dogs/*.jpg`."
ANNOTATED = (
    "A zip of pictures, and of what somebody drew on them: a JSON file as COCO has it; `JPEGImages` and `Annotations` "
    "(Pascal VOC); or `images` and `masks`, in pairs of the same names."
)
MORE = (
    f"At most {MOST_BYTES / 1e9:g} GB: some 300 pictures as phones take them, or ten thousand of 640 pixels. For more, "
    "give the folder itself to the command line: `transferlab run {} data=FOLDER`."
)
BROUGHT = ("data", "picture", "source", "weights", "clips")  # settings that may name an upload
NAMED = 12  # classes
EVERY = 0.4  # seconds between two looks at the progress
STOPPED = "Stopped. Nothing of your photos was kept."


def photos_upload(key: str = "photos", recipe: str = FOLDERS, command: str = "finetune") -> str | None:
    """A file box for a zip as `recipe` says. Gives the address of the world in it, once, when it was looked through;
    `command` is the experiment that takes a folder without the page.
    """
    if address := st.session_state.get(f"{key}_kept"):
        if looked_through(address):
            del st.session_state[f"{key}_kept"]
            return address
        if address not in _ended():
            return None
    box = st.session_state.setdefault(f"{key}_box", 0)  # another box is an empty one, and frees the memory of the file
    words = f"{recipe} {STAY}", MORE.format(command)
    file = st.file_uploader("Drop a zip here, or choose it", type=["zip"], key=f"{key}_{box}", help=" ".join(words))
    for said in words:
        st.caption(said)
    if problem := st.session_state.get(f"{key}_problem"):
        st.error(problem, icon=":material/block:")
    if file is not None:
        with st.spinner("Keeping your photos …"):
            address, problem = keep_photos(file, file.name)
        st.session_state.update({f"{key}_kept": address, f"{key}_problem": problem, f"{key}_box": box + 1})
        st.rerun()
    return None


def keep_photos(data: bytes | Path | BinaryIO, name: str) -> tuple[str | None, str]:
    """Keep a zip: (its address, "") or (None, why not). Then ask `looked_through` at every rerun."""
    try:
        forget_photos(sweep())
        address = store_upload(data, name)
    except Refused as refused:
        return None, str(refused).replace(f"data={name}", name, 1)
    _ended().pop(address, None)
    st.session_state[f"name_{address}"] = name
    return address, ""


def looked_through(address: str) -> bool:
    """Whether the pictures at `address` are ready for use.

    Until they are, a run looks through them, and this shows its progress and Stop; or one sentence of why it ended.
    """
    if address in _ended():
        stopped = _ended()[address] == STOPPED
        (st.info if stopped else st.error)(_ended()[address], icon=f":material/{'stop' if stopped else 'block'}:")
        return False
    try:
        if is_prepared(address):
            return True
        spec = Spec.of(look_through, data=address)
        view = engine().view(spec.id)
        if view and view.status == "done":  # but its copies were deleted since, to save room
            Store().delete(lambda run: run.id == spec.id)
        if view is None or view.status not in ACTIVE:
            engine().submit(spec, owner())
    except Refused as refused:
        refusal(refused)
        return False
    _looking(spec)
    return False


@st.fragment(run_every=EVERY)
def _looking(spec: Spec) -> None:
    view = engine().view(spec.id)
    if view is None or view.status not in ACTIVE:
        if view and view.status in ("refused", "failed"):
            address = spec.settings.data
            name = st.session_state.get(f"name_{address}", "This upload")
            _ended()[address] = view.error.replace(f"data={address}", name, 1)
            forget([address])
        st.rerun()
    status_line(view, "Looking through your photos")
    stopping = view.status == "stopping"
    st.button("Stop", key="stop_looking", icon=":material/stop:", on_click=_stop, args=[spec], disabled=stopping)


def _stop(spec: Spec) -> None:
    """Withdraw, and where nobody else waits for the same pictures, delete them."""
    address = spec.settings.data
    engine().stop(spec.id, owner())
    view = engine().view(spec.id)
    if view is None or view.status in ("stopping", "stopped"):
        forget([address])
    _ended()[address] = STOPPED


def _ended() -> dict[str, str]:
    """Address → why looking through it came to nothing, in this browser."""
    return st.session_state.setdefault("looks_ended", {})


def world_note(address: str) -> bool:
    """What is in an uploaded world, and what was skipped, by name; whether it can be used, as `looked_through` says."""
    if not looked_through(address):
        return False
    try:
        world = open_world(address)
    except Refused as refused:
        refusal(refused)
        return False
    named = verbatim(", ".join(world.classes[:NAMED])) + ("" if len(world.classes) <= NAMED else ", …")
    st.markdown(f"**{len(world.labels)} pictures** of {len(world.classes)} classes: {named}")
    for note in world.notes:
        st.text(note)
    if world.skipped:
        with st.expander(f"Left out, with the reason ({len(world.skipped)})"):
            st.dataframe([{"file or class": s.name, "reason": s.reason} for s in world.skipped], hide_index=True)
    if st.button("Forget my photos", key="forget", icon=":material/delete:", help="Deletes them and the runs on them."):
        forget_photos([address, *made_from(address)])
        st.query_params.pop("data", None)
        st.rerun()
    return True


def forget_photos(addresses: list[str]) -> int:
    """Delete uploads and what was drawn on them, and stop and delete every run made from them; how many runs went."""

    def of_them(spec: dict[str, Any]) -> bool:
        named = [str(spec["settings"].get(name, "")) for name in BROUGHT]
        return any(any(is_of(one, of) for of in addresses) or _is_gone(one) for one in named)  # also behind a view

    forget(addresses)
    for address in addresses:
        Labels(address).forget()
    engine().forget([view.id for view in engine().runs() if of_them(view.spec.as_json())])
    gone = [run.id for run in Store().runs() if of_them(run.record["spec"])]
    engine().forget(gone)
    return Store().delete(lambda run: run.id in gone)


def _is_gone(address: str) -> bool:
    """Whether it names an upload that was deleted: a run on it may have ended a moment after that."""
    named = re.search(rf"(({'|'.join(KINDS)}):[0-9a-f]{{64}})(#\d+)?$", address)  # perhaps behind a view
    return named is not None and not is_kept(named[1])


def one_picture(key: str) -> str | None:
    """A file box for a single picture; its address `picture:<hash>`."""
    return kept_picture(
        st.file_uploader("A picture to try", type=["jpg", "jpeg", "png", "webp", "gif", "bmp"], key=key)
    )


def kept_picture(file: Any) -> str | None:
    """The address of a picture that was handed over, or None after one sentence that says why not."""
    if file is None:
        return None
    try:
        return store_picture(file.getvalue())
    except Refused as refused:
        refusal(refused)
        return None
