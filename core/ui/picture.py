"""One picture to look at: of a world's test pictures, a whole photograph, an own one, a snapshot."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import streamlit as st

from core.ui.choices import remembered
from core.ui.upload import kept_picture, one_picture
from core.worlds import open_world
from core.worlds.one import WHOLE
from core.worlds.photos import PHOTOGRAPHS
from core.worlds.splits import split

PHOTOGRAPH, OWN, CAMERA = "photographs", "own", "camera"  # ways to a picture, beside the addresses of worlds
MOST = 24  # pictures of a class
WHERE = "Browsers open the camera on the machine that runs the app, elsewhere only over https."


def picture_choice(ways: Mapping[str, str], first: Mapping[str, str]) -> tuple[str, str | None]:
    """Which of `ways` (way → words) is taken, and the picture's address (`core.worlds.one`): None until there is one,
    and for ways that are of the page alone. `first`: way → what is shown first.
    """
    way = remembered("Picture", dict(ways), name="picture")
    if way == OWN:
        return way, one_picture(key="looked_at")
    if way == CAMERA:
        return way, kept_picture(st.camera_input("A snapshot", key="snapshot", help=WHERE))
    if way == PHOTOGRAPH:
        return way, f"{WHOLE}{_named(way, list(PHOTOGRAPHS), first)}"
    if way not in first:
        return way, None
    left, right = st.columns([3, 2])
    with left:
        name = _named(way, list(open_world(way).classes), first)
    tested = _tested(way, name)
    which = right.number_input("Which one", 1, len(tested), key="which", bind="query-params")
    return way, f"{way}#{tested[which - 1]}"


def _named(way: str, names: list[str], first: Mapping[str, str]) -> str:
    return st.selectbox("What is in it", names, names.index(first[way]), key=f"in_{way}", bind="query-params")


@functools.lru_cache(maxsize=64)
def _tested(address: str, name: str) -> list[int]:
    """The first test pictures of a class."""
    world = open_world(address)
    return [int(k) for k in split(world).test if world.classes[world.labels[k]] == name][:MOST]
