"""Pictures and masks of the same names in folders side by side: `images/7.jpg` and `masks/7.png`.

Parts lie above or below them: `train/images`, `images/train`. Masks of black and white have one class, "foreground", or
what their folder is named after: `vessel_masks` have the class "vessel".
"""

from __future__ import annotations

import functools

import numpy as np

from core.worlds.annotations import LETTERS, Drawn, Found, is_picture, part_of, stem
from core.worlds.class_masks import class_values
from core.worlds.sources import Entry, Source
from core.worlds.tree import short
from core.worlds.world import Skipped

IMAGES, MASKS = ("images", "imgs"), "masks"
BETWEEN = " _-"  # the words of a name
FOREGROUND = "foreground"

Key = tuple[tuple[str, ...], tuple[str, ...], str]  # folders above and below, and the name without its suffix


def pairs_in(source: Source) -> dict[Key, tuple[Entry, Entry]]:
    """Pictures and masks, if these are most of what the source has."""
    images: dict[Key, Entry] = {}
    masks: dict[Key, Entry] = {}
    others = 0
    for entry in filter(is_picture, source.entries):
        at = _innermost(entry)
        if at < 0:
            others += 1
            continue
        table = masks if _masks_of(entry.path[at]) is not None else images
        table.setdefault((entry.path[:at], entry.path[at + 1 : -1], stem(entry)), entry)
    pairs = {key: (image, masks[key]) for key, image in images.items() if key in masks}
    return pairs if len(pairs) > others and 2 * len(pairs) >= len(images) else {}


def _innermost(entry: Entry) -> int:
    """Which of its folders is one of pictures or of masks; -1 if none is."""
    folders = entry.path[:-1]
    known = (k for k, name in enumerate(folders) if name.lower() in IMAGES or _masks_of(name) is not None)
    return max(known, default=-1)


def _masks_of(folder: str) -> str | None:
    """`vessel_masks` → `vessel`, `masks` → "", anything else → None."""
    rest = folder[: -len(MASKS)]
    is_one = folder.lower().endswith(MASKS) and (not rest or rest[-1] in BETWEEN)
    return rest.rstrip(BETWEEN) if is_one else None


def read(source: Source, pairs: dict[Key, tuple[Entry, Entry]], address: str) -> Found:
    used = {entry.path for pair in pairs.values() for entry in pair}
    alone = [entry for entry in source.entries if is_picture(entry) and entry.path not in used]
    skipped = [Skipped(str(entry), "there is no mask, or no picture, of the same name") for entry in alone]
    pictures = [
        Drawn(image, part_of(reversed((*above, *below))), mask=mask)
        for (above, below, _), (image, mask) in pairs.items()
    ]
    names = {_masks_of(mask.path[_innermost(mask)]) or "" for _, mask in pairs.values()}
    cls = names.pop() if len(names) == 1 else ""
    return Found(pictures, ("masks",), functools.partial(_named, short(cls, LETTERS) or FOREGROUND), skipped)


def _named(cls: str, counts: np.ndarray, fits: dict[str, np.ndarray]) -> dict[int, str]:
    values = class_values(counts)
    return {value: cls if len(values) == 1 else f"class {value}" for value in values}
