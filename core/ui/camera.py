"""Pictures without a zip: snapshots of the browser's camera, or loose files and folders, class by class.

The browser reduces them (`static/pictures.js`) and hands all of them over at once; here they become an ordinary upload.
"""

from __future__ import annotations

import streamlit as st

from core.runs.settings import Refused
from core.ui.theme import static
from core.ui.upload import keep_photos, looked_through
from core.worlds.reduced import SHORT
from core.worlds.snapshots import FEWEST, MOST_BYTES, MOST_CLASSES, MOST_PICTURES, packed

GOOD = 10  # pictures a class: enough to train, validate and test on

_album = st.components.v2.component(
    "transferlab_camera",
    html='<div class="album"></div>',
    css=static("camera.css"),
    js=static("pictures.js") + static("camera.js"),
)


def class_cards(camera: bool, key: str = "album") -> str | None:
    """Class cards to fill from the camera or from files. Gives the address of their world, once, when it is ready.

    Both ways fill the same cards: what was taken stays when `camera` changes.
    """
    answer = st.session_state.setdefault(f"{key}_answer", {"count": 0, "address": None, "problem": ""})
    if answer["address"] and looked_through(answer["address"]):
        return st.session_state.pop(f"{key}_answer")["address"]
    data = {
        "name": key,
        "camera": camera,
        "short": SHORT,
        "mostBytes": MOST_BYTES,
        "good": GOOD,
        "fewest": FEWEST,
        "mostClasses": MOST_CLASSES,
        "mostPictures": MOST_PICTURES,
        "problem": answer["problem"],
        "taken": answer["address"] is not None,
        "answered": answer["count"],  # a changed number tells the browser that its pictures were judged
    }
    _album(data=data, key=key, on_pictures_change=lambda: _handed_over(key))
    return None


def _handed_over(key: str) -> None:
    """Keep what the browser hands over. A callback: it runs before the page, and no newer rerun cuts it short."""
    answer = st.session_state[f"{key}_answer"]
    answer["count"] += 1
    try:
        answer["address"], answer["problem"] = keep_photos(
            packed(st.session_state[key].get("pictures")), "your pictures"
        )
    except Refused as refused:
        answer["address"], answer["problem"] = None, str(refused)
