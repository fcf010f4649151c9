"""One picture to look at: of a bundled world that nothing was trained on, whole photographs, an own one, a snapshot."""

from __future__ import annotations

import functools

import streamlit as st

from core.runs.settings import Refused
from core.ui.choices import remembered
from core.ui.said import refusal
from core.ui.upload import one_picture
from core.worlds import open_world
from core.worlds.one import WHOLE
from core.worlds.photos import PHOTOGRAPHS
from core.worlds.splits import split
from core.worlds.uploads import store_picture

WAYS = {"toybox": "Toys", "photographs": "Photographs", "digits": "Digits", "own": "Your picture", "camera": "Snapshot"}
LIVE = "live"
FIRST = {"toybox": "dog", "photographs": "coffee"}
MOST = 24  # pictures of a class


def picture_choice(live: bool = False) -> str | None:
    """The address of a picture (`core.worlds.one`), or LIVE where that is offered; None until there is one."""
    way = remembered("Picture", {**WAYS, LIVE: "Live camera"} if live else WAYS, name="picture")
    if way == LIVE:
        return LIVE
    if way == "own":
        return one_picture(key="looked_at")
    if way == "camera":
        return _snapshot()
    names = list(PHOTOGRAPHS) if way == "photographs" else list(open_world(way).classes)
    left, right = st.columns([3, 2])
    first = names.index(FIRST.get(way, names[0]))
    name = left.selectbox("What is in it", names, first, key=f"{way}_class", bind="query-params")
    if way == "photographs":
        return f"{WHOLE}{name}"
    tested = _tested(way, names.index(name))
    which = right.number_input("Which one", 1, len(tested), key=f"{way}_which", bind="query-params")
    return f"{way}#{tested[which - 1]}"


@functools.lru_cache(maxsize=64)
def _tested(address: str, label: int) -> list[int]:
    """The first test pictures of a class."""
    world = open_world(address)
    test = split(world).test
    return [int(k) for k in test if world.labels[k] == label][:MOST]


def _snapshot() -> str | None:
    taken = st.camera_input(
        "A snapshot", key="snapshot", help="Browsers open the camera on this machine or over https."
    )
    if taken is None:
        return None
    try:
        return store_picture(taken.getvalue())
    except Refused as refused:
        refusal(refused)
        return None
