"""One picture by its address: `picture:<hash>`, which somebody brought, or `<world>#<k>`, picture k of a world."""

from __future__ import annotations

import re

import numpy as np

from core.runs.settings import Refused
from core.worlds import absolute, fingerprint, open_world
from core.worlds.uploads import fingerprint as fingerprint_of_upload
from core.worlds.uploads import read_picture

ONE, ONE_WORDS = r"picture:[0-9a-f]{64}|.+#\d+", "picture:<hash> of an upload, or <world>#<number>"


def absolute_one(address: str) -> str:
    """As `absolute` of a world."""
    world, mark, number = address.rpartition("#")
    return f"{absolute(world)}{mark}{int(number)}" if mark else address


def fingerprint_one(address: str) -> str:
    """Equal for equal pictures. `Refused` if it was deleted, or its world is unknown."""
    world, mark, number = address.rpartition("#")
    return f"{fingerprint(world)}#{number}" if mark else fingerprint_of_upload(address)


def read_one(address: str, size: int) -> np.ndarray:
    """As a network sees it: uint8 (size, size, 3), RGB. `Refused`: no such picture."""
    world, mark, number = address.rpartition("#")
    if not mark:
        return read_picture(address, size)
    opened, index = open_world(world), int(number)
    if index >= len(opened):
        raise Refused("picture", address, f"this world has pictures 0 to {len(opened) - 1}.")
    return opened.pictures([index], size)[0]


def label_of(address: str) -> str:
    """The class of a picture of a world; of somebody's own nothing is known."""
    world, mark, number = address.rpartition("#")
    if not mark:
        return ""
    opened = open_world(world)
    return opened.classes[int(opened.labels[int(number)])]


def is_of(address: str, world: str) -> bool:
    """Whether it is that upload, or a picture of that world."""
    return re.sub(r"#\d+$", "", address).endswith(world)
