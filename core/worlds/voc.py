"""Annotations as Pascal VOC has them (Everingham et al. 2010): an XML file a picture, and masks beside them.

Annotations/*.xml             boxes; the first pixel is 1, and the last one belongs to the box
JPEGImages/*                  pictures of the same names (also images/*)
SegmentationClass/*.png       masks, if there are any: a class a pixel, 255 for none
ImageSets/Main/train.txt …    the names of the pictures of each part, if it says (also ImageSets/Segmentation)
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import re
from xml.etree import ElementTree

import numpy as np

from core.worlds.annotations import (
    Drawn,
    Found,
    Thing,
    at_most,
    boxed,
    class_name,
    classes_of,
    is_picture,
    part_of,
    stem,
    told,
    why,
)
from core.worlds.class_masks import class_values
from core.worlds.decode import Unusable
from core.worlds.sources import Entry, Source
from core.worlds.tree import natural
from core.worlds.world import TEST, TRAIN, VALIDATION, Skipped

NAMES = ("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
         "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor")  # fmt: skip
KINDS = {"annotations": "boxes", "jpegimages": "pictures", "images": "pictures", "segmentationclass": "masks"}
LISTS = {"trainval": TRAIN, "train": TRAIN, "val": VALIDATION, "test": TEST}  # of a picture in two, the later one
MOST_BYTES = 1_000_000  # of a file of names or boxes: thousands of either


@dataclasses.dataclass(eq=False)
class Kit:
    """A folder of this form: name → file, a table a kind of file; `lists`: (folder in ImageSets, part) → file."""

    boxes: dict[str, Entry] = dataclasses.field(default_factory=dict)
    pictures: dict[str, Entry] = dataclasses.field(default_factory=dict)
    masks: dict[str, Entry] = dataclasses.field(default_factory=dict)
    lists: dict[tuple[str, str], Entry] = dataclasses.field(default_factory=dict)


def kits_in(source: Source) -> dict[tuple[str, ...], Kit]:
    """Folder → what is in it, for each that has pictures and annotations."""
    kits: dict[tuple[str, ...], Kit] = {}
    for entry in source.entries:
        folders = [folder.lower() for folder in entry.path[:-1]]
        if folders[-2:-1] == ["imagesets"] and entry.path[-1].lower().endswith(".txt"):
            lists = kits.setdefault(entry.path[:-3], Kit()).lists
            lists[folders[-1], stem(entry).lower()] = entry
            continue
        kind = KINDS.get(folders[-1] if folders else "")
        is_one = is_picture(entry) if kind != "boxes" else entry.path[-1].lower().endswith(".xml")
        if kind and is_one:
            getattr(kits.setdefault(entry.path[:-2], Kit()), kind).setdefault(stem(entry), entry)
    return {path: kit for path, kit in kits.items() if kit.pictures and (kit.boxes or kit.masks)}


def read(source: Source, kits: dict[tuple[str, ...], Kit], address: str) -> Found:
    """`Refused` for more than can be used."""
    pictures: list[tuple[Drawn, bool]] = []  # and whether its boxes are known, if only that there are none
    skipped: list[Skipped] = []
    for path, kit in kits.items():
        for name, entry in kit.pictures.items():
            drawn = Drawn(entry, part_of(reversed(path)), mask=kit.masks.get(name))
            is_boxed = name in kit.boxes and _read_boxes(source, kit.boxes[name], drawn, skipped)
            if is_boxed or drawn.mask:
                pictures.append((drawn, is_boxed))
            elif name not in kit.boxes:
                skipped.append(Skipped(str(entry), "it has no annotations"))
        at_most(sum(len(drawn.things) for drawn, _ in pictures), address)
        files = [*kit.boxes.items(), *kit.masks.items()]
        skipped += [Skipped(str(file), "its picture is not there") for name, file in files if name not in kit.pictures]
        _divide(source, kit, {drawn.entry.path: drawn for drawn, _ in pictures}, skipped)
    classes_of([drawn for drawn, _ in pictures], address)
    return _agreed(pictures, skipped)


def _agreed(pictures: list[tuple[Drawn, bool]], skipped: list[Skipped]) -> Found:
    """With what at least half of the pictures have; those without it are left out and said."""
    have = {"boxes": [is_boxed for _, is_boxed in pictures], "masks": [bool(drawn.mask) for drawn, _ in pictures]}
    knows = tuple(name for name, there in have.items() if sum(there) and 2 * sum(there) >= len(there))
    notes = [
        f"Only {sum(there)} of {len(there)} pictures have {name}, so {name} are not used."
        for name, there in have.items()
        if sum(there) and name not in knows
    ]
    kept = []
    for k, (drawn, _) in enumerate(pictures):
        if missing := [name for name in knows if not have[name][k]]:
            skipped.append(Skipped(str(drawn.entry), f"it has no {missing[0]}, as most others have"))
            continue
        things, mask = drawn.things if "boxes" in knows else [], drawn.mask if "masks" in knows else None
        kept.append(dataclasses.replace(drawn, things=things, mask=mask))
    return Found(kept, knows, _named, skipped, notes)


def _named(counts: np.ndarray, fits: dict[str, np.ndarray]) -> dict[int, str]:
    """As VOC numbers its classes, if these are VOC's; else so that the values fill the boxes of their class best."""
    values, names = class_values(counts), sorted(fits, key=natural)
    if names and set(names) <= set(NAMES) and max(values, default=0) <= len(NAMES):
        return {value: NAMES[value - 1] for value in values}
    named = {value: f"class {value}" for value in values}
    if names and values:
        from scipy.optimize import linear_sum_assignment  # not at the top: most worlds open without it

        fit = np.array([[fits[name][value] for value in values] for name in names])
        for row, column in zip(*linear_sum_assignment(-fit), strict=True):
            if fit[row, column]:
                named[values[column]] = names[row]
    return named


# ---- files ----------------------------------------------------------------------------------------------------------


def _read_boxes(source: Source, file: Entry, drawn: Drawn, skipped: list[Skipped]) -> bool:
    """Put the boxes of a file to their picture; whether the file can be read."""
    try:
        root = _root(source.read(file, MOST_BYTES))
    except (Unusable, OSError) as error:
        skipped.append(Skipped(str(file), why(error)))
        return False
    with contextlib.suppress(Unusable):  # many programs write 0, or nothing
        width, height = (_number(root, f"size/{side}") for side in ("width", "height"))
        drawn.size = (int(width), int(height)) if min(width, height) >= 1 else None
    for k, found in enumerate(root.findall("object")):
        where = f"{file}: object[{k}]"
        try:
            ends = [_number(found, f"bndbox/{end}") for end in ("xmin", "ymin", "xmax", "ymax")]
            box = boxed(ends[0] - 1, ends[1] - 1, ends[2], ends[3])
            drawn.things.append(Thing(where, class_name(found.findtext("name")), box))
        except Unusable as unusable:
            skipped.append(Skipped(where, str(unusable)))
    return True


def _root(data: bytes) -> ElementTree.Element:
    """Raises `Unusable`, as for a doctype: what it declares could be fetched, or grow without end."""
    try:
        text = data.decode("utf-8-sig")  # whatever the file says of itself, so that what is judged is what is read
        if re.search("<!doctype", text, re.IGNORECASE):
            raise Unusable("it has a doctype, which is not read here; take it out")
        root = ElementTree.fromstring(text)
    except UnicodeDecodeError as error:
        raise Unusable("it is not written in UTF-8") from error
    except ElementTree.ParseError as error:
        raise Unusable(f"broken XML in line {error.position[0]}") from error
    if root.tag != "annotation":
        raise Unusable(f"it is no annotation, but {told(root.tag)}")
    return root


def _number(found: ElementTree.Element, path: str) -> float:
    """Raises `Unusable`."""
    try:
        value = float(found.findtext(path) or "")
    except ValueError:
        raise Unusable(f"its {path} is no number") from None
    if not math.isfinite(value):
        raise Unusable(f"its {path} is not finite")
    return value


def _divide(source: Source, kit: Kit, pictures: dict[tuple[str, ...], Drawn], skipped: list[Skipped]) -> None:
    """Give the pictures their parts as the lists say: those of ImageSets/Main, if there are any."""
    folder = min((folder for folder, _ in kit.lists), key=lambda folder: (folder != "main", folder), default="")
    for name, part in LISTS.items():
        file = kit.lists.get((folder, name))
        try:
            lines = source.read(file, MOST_BYTES).decode("utf-8", "replace").splitlines() if file else []
        except (Unusable, OSError) as error:
            skipped.append(Skipped(str(file), why(error)))
            continue
        for line in lines:
            words = [word for word in (line.strip(), *line.split()[:1]) if word in kit.pictures]
            if words and (drawn := pictures.get(kit.pictures[words[0]].path)):
                drawn.part = part
