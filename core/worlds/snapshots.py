"""Pictures that a browser hands over class by class, from its camera or from files: packed as the zip of class folders
that any other upload is, and judged as one (`uploads.py`).

What comes from a browser is a stranger's: nothing of it is believed, not even its shape.
"""

from __future__ import annotations

import base64
import binascii
import io
import unicodedata
import zipfile
from typing import Any

from core.runs.settings import Refused
from core.worlds.sources import JUNK

MOST_CLASSES, MOST_PICTURES = 6, 40  # pictures a class
FEWEST = 3  # pictures a class: one to train on, one to steer by, one to test on
MOST_BYTES = 75_000  # of one picture: all of them are one message, of which Streamlit takes 25 MB
LONGEST_NAME = 40  # letters
AGAIN = "they were damaged on the way; press the button once more."
NOT_IN_NAMES = dict.fromkeys(map(ord, '/\\:*?"<>|'), " ")
SAME_TIME = (1980, 1, 1, 0, 0, 0)  # equal pictures have equal addresses, whenever they are packed


def packed(classes: Any) -> bytes:
    """A zip of class folders from `[{"name": str, "pictures": [base64, …]}, …]`; classes without pictures are left out.

    `Refused` in one sentence for everything that is no such list, too much, too little, or twice the same name.
    """
    if not isinstance(classes, list) or len(classes) > MOST_CLASSES or not all(map(_is_class, classes)):
        raise Refused("photos", "these pictures", AGAIN)
    folders = {k: (folder_name(cls["name"], k), cls["pictures"]) for k, cls in enumerate(classes) if cls["pictures"]}
    _judge({k: name for k, (name, _) in folders.items()}, {k: len(pictures) for k, (_, pictures) in folders.items()})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, pictures in folders.values():
            for number, picture in enumerate(pictures, start=1):
                archive.writestr(zipfile.ZipInfo(f"{name}/{number:02d}.jpg", SAME_TIME), _bytes(picture, name, number))
    return file.getvalue()


def folder_name(name: str, k: int) -> str:
    """The name of class number `k` as a folder has it: short, printable, no slashes; `class 1` … if none is left."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "ignore").decode())[: 10 * LONGEST_NAME]
    name = "".join(letter for letter in name.translate(NOT_IN_NAMES) if letter.isprintable())
    name = " ".join(name.split()).strip(" .")[:LONGEST_NAME].strip(" .")
    return name if name and name.lower() not in JUNK else f"class {k + 1}"


def _is_class(cls: Any) -> bool:
    return (
        isinstance(cls, dict)
        and isinstance(cls.get("name"), str)
        and isinstance(cls.get("pictures"), list)
        and all(isinstance(picture, str) for picture in cls["pictures"])
    )


def _judge(names: dict[int, str], counts: dict[int, int]) -> None:
    if len(names) < 2:
        raise Refused("photos", "these pictures", "two classes are needed; give each of them pictures.")
    seen: set[str] = set()
    for k, name in names.items():
        if name.casefold() in seen:
            raise Refused("photos", name, "two classes have this name; give each a name of its own.")
        seen.add(name.casefold())
        if not FEWEST <= counts[k] <= MOST_PICTURES:
            raise Refused("photos", name, f"a class has {FEWEST} to {MOST_PICTURES} pictures, this one {counts[k]}.")


def _bytes(picture: str, name: str, number: int) -> bytes:
    """The bytes of one picture; whether they are a picture is seen when it is decoded."""
    if len(picture) > MOST_BYTES * 4 / 3 + 4:
        raise Refused("photos", f"{name}, picture {number}", f"it is larger than {MOST_BYTES // 1000} kB.")
    try:
        return base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("photos", f"{name}, picture {number}", AGAIN) from None
