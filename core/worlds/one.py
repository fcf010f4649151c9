"""One picture by its address: `picture:<hash>`, which somebody brought, `photograph:<name>`, a whole one of those that
are bundled, or `<world>#<k>`, picture k of a world.
"""

from __future__ import annotations

import re

import numpy as np

from core.runs.settings import Refused
from core.worlds import absolute, fingerprint, open_world
from core.worlds.decode import square
from core.worlds.photos import FINGERPRINT, PHOTOGRAPHS, photograph
from core.worlds.uploads import fingerprint as fingerprint_of_upload
from core.worlds.uploads import read_picture

WHOLE = "photograph:"
ONE = rf"picture:[0-9a-f]{{64}}|{WHOLE}({'|'.join(PHOTOGRAPHS)})|.+#\d+"
ONE_WORDS = f"picture:<hash> of an upload, <world>#<number>, or {WHOLE}<{' or '.join(PHOTOGRAPHS)}>"


def absolute_one(address: str) -> str:
    """As `absolute` of a world."""
    world, mark, number = address.rpartition("#")
    return f"{absolute(world)}{mark}{int(number)}" if mark else address


def fingerprint_one(address: str) -> str:
    """Equal for equal pictures. `Refused` if it was deleted, or its world is unknown."""
    world, mark, number = address.rpartition("#")
    if mark:
        return f"{fingerprint(world)}#{number}"
    return f"{FINGERPRINT}-{address}" if address.startswith(WHOLE) else fingerprint_of_upload(address)


def read_one(address: str, size: int) -> np.ndarray:
    """As a network sees it: uint8 (size, size, 3), RGB. `Refused`: no such picture."""
    world, mark, number = address.rpartition("#")
    if address.startswith(WHOLE):
        return square(photograph(address.removeprefix(WHOLE)), size)
    if not mark:
        return read_picture(address, size)
    opened, index = open_world(world), int(number)
    if index >= len(opened):
        raise Refused("picture", address, f"this world has pictures 0 to {len(opened) - 1}.")
    return opened.pictures([index], size)[0]


def label_of(address: str) -> str:
    """What it shows, as its world says; of somebody's own nothing is known."""
    world, mark, number = address.rpartition("#")
    if not mark:
        return address.removeprefix(WHOLE) if address.startswith(WHOLE) else ""
    opened = open_world(world)
    return opened.classes[int(opened.labels[int(number)])]


def is_of(address: str, world: str) -> bool:
    """Whether it is that upload, or a picture of that world."""
    return re.sub(r"#\d+$", "", address).endswith(world)
