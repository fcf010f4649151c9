"""Labels that people drew, written as COCO has them (Lin et al. 2014, arXiv:1405.0312): a zip that `coco.py`, and any
other program for such files, reads. Equal labels give equal bytes.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.runs.home import home
from core.worlds.snapshots import SAME_TIME

FILE, PICTURES = "annotations.json", "images"
DIGITS = 3  # after the point, of a pixel
MADE_OF = b"made of "  # in the comment of a zip, before the address of somebody's own pictures
LONGEST = 200  # bytes of such a comment


@dataclasses.dataclass(frozen=True, eq=False)
class Labelled:
    """A picture in a file's bytes, `number` in its world, `cls` its class; places are shares of its width and height.

    `box`: left, top, right, bottom; `outline`: [[x, y], ...], closed by itself, around which the box is drawn. One of
    the two is given.
    """

    number: int
    picture: bytes
    cls: str
    box: Sequence[float] | None = None
    outline: Sequence[Sequence[float]] | None = None


def packed(labelled: Sequence[Labelled], size: int, suffix: str, made_of: str = "") -> bytes:
    """The zip of pictures of `size` pixels a side, and of what was drawn on them. `made_of`: the upload that they come
    from, which is kept with them, so that they can be forgotten together.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        names = [f"{PICTURES}/{one.number:06d}.{suffix}" for one in labelled]
        archive.writestr(zipfile.ZipInfo(FILE, SAME_TIME), json.dumps(document(labelled, names, size), indent=1))
        for name, one in zip(names, labelled, strict=True):
            archive.writestr(zipfile.ZipInfo(name, SAME_TIME), one.picture)
        archive.comment = MADE_OF + made_of.encode() if made_of else b""
    return file.getvalue()


def document(labelled: Sequence[Labelled], names: Sequence[str], size: int) -> dict[str, Any]:
    """The lists of images, annotations and categories."""
    numbers = {cls: k for k, cls in enumerate(sorted({one.cls for one in labelled}), start=1)}
    images, annotations = [], []
    for k, (one, name) in enumerate(zip(labelled, names, strict=True), start=1):
        images.append({"id": k, "file_name": name.rpartition("/")[2], "width": size, "height": size})
        about = {"id": k, "image_id": k, "category_id": numbers[one.cls], "iscrowd": 0}
        annotations.append(about | (drawn(one.outline, size) if one.outline else boxed(one.box, size)))
    categories = [{"id": number, "name": cls} for cls, number in numbers.items()]
    return {"images": images, "annotations": annotations, "categories": categories}


def boxed(box: Sequence[float] | None, size: int) -> dict[str, Any]:
    """Left, top, width and height, and the area, in pixels."""
    left, top, right, bottom = np.array(box, float) * size
    width, height = right - left, bottom - top
    return {
        "bbox": [round(float(each), DIGITS) for each in (left, top, width, height)],
        "area": round(float(width * height), DIGITS),
    }


def drawn(outline: Sequence[Sequence[float]], size: int) -> dict[str, Any]:
    """One polygon, the box around it, and its area (the shoelace formula)."""
    corners = np.array(outline, float)
    x, y = corners.T * size
    area = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    polygon = [round(float(each), DIGITS) for each in (corners * size).ravel()]
    box = boxed([*corners.min(0), *corners.max(0)], size)
    return {"segmentation": [polygon], **box, "area": round(area, DIGITS)}


def made_from(address: str) -> list[str]:
    """The uploads that were made of the pictures at `address`, and of those in turn."""
    parents = {f"upload:{file.stem}": _parent(file) for file in (home() / "uploads").glob("*.zip")}
    found: list[str] = []
    news = [address]
    while news:
        news = [child for child, parent in parents.items() if parent in news and child not in (address, *found)]
        found += news
    return found


def _parent(file: Any) -> str:
    """The address in the comment of a zip; "" where there is none."""
    with open(file, "rb") as stream:
        stream.seek(max(0, file.stat().st_size - LONGEST))
        found = re.search(re.escape(MADE_OF) + rb"(upload:[0-9a-f]{64})$", stream.read())
    return found[1].decode() if found else ""
