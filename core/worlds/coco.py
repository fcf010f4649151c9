"""Annotations as COCO has them (Lin et al. 2014, arXiv:1405.0312): JSON files of images, annotations and categories.

A picture's part is what the name of its file of annotations, or of a folder around that or around the picture, says:
`instances_train2017.json`, `valid/_annotations.coco.json`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from typing import Any

from core.worlds.annotations import (
    Drawn,
    Found,
    Thing,
    at_most,
    boxed,
    class_name,
    classes_of,
    is_picture,
    numbers,
    part_of,
    told,
    why,
)
from core.worlds.decode import Unusable
from core.worlds.names import BACKSLASH, cleaned
from core.worlds.outlines import Polygons, polygons, runs
from core.worlds.sources import Entry, Source
from core.worlds.world import UNDECIDED, Skipped

MOST_BYTES = 200_000_000  # of a file
MOST_VALUES = 15_000_000  # in a file: as Python's objects they take a gigabyte at most
KEYS = (rb'"images"\s*:', rb'"annotations"\s*:', rb'"(bbox|segmentation)"\s*:')
NAMED = re.compile("annotation|instances|coco", re.IGNORECASE)  # a file that is too large, or was cut off
FIRST = "instances"  # of the files that COCO gives of a picture, the one with all things in it
MOST_ALIKE = 100  # files of one name, in different folders
RECTANGLES = "Its segmentations are no more than its boxes, so only boxes are known."
FEW_SHAPES = "Less than half of its annotations have a segmentation, so only boxes are used."

Lists = dict[str, list[Any]]


def files_in(source: Source) -> list[Entry]:
    """The files that are annotations of this kind."""
    found = [entry for entry in source.entries if entry.path[-1].lower().endswith(".json") and _is_one(source, entry)]
    return [entry for entry in found if FIRST in entry.path[-1].lower()] or found


def _is_one(source: Source, entry: Entry) -> bool:
    try:
        data = source.read(entry, MOST_BYTES)
    except (Unusable, OSError):
        return bool(NAMED.search(str(entry)))
    found = [re.search(key, data) for key in KEYS]
    return all(found) or bool(any(found) and NAMED.search(str(entry)))  # also one that was cut off


class Pictures:
    """The pictures of a source: those that annotations name, by their path, and how they are found."""

    def __init__(self, source: Source):
        self.drawn: dict[tuple[str, ...], Drawn] = {}
        self._named: dict[str, list[Entry]] = {}  # by the name of the file, without its folders
        for entry in source.entries:
            if is_picture(entry):
                self._named.setdefault(entry.path[-1], []).append(entry)

    def find(self, name: Any, file: Entry) -> Drawn:
        """The picture that `file` means by a name, which may stand for a path on somebody else's machine, in the part
        that it says. Raises `Unusable`.
        """
        if not isinstance(name, str):
            raise Unusable("it has no file_name")
        path = [piece for piece in cleaned(name.replace(BACKSLASH, "/")).split("/") if piece not in ("", ".", "..")]
        said = part_of(file.path[-1:])

        def fit(entry: Entry) -> tuple[int, bool, int]:
            is_of_part = part_of(reversed(entry.path[:-1])) == said
            return _common(reversed(entry.path), reversed(path)), is_of_part, _common(entry.path, file.path)

        alike = [entry for entry in self._named.get(path[-1] if path else "", [])[:MOST_ALIKE] if _may_be(entry, path)]
        best = sorted(alike, key=fit, reverse=True)[:2]
        if not best:
            raise Unusable(f"there is no picture {told(name)}")
        if len(best) > 1 and fit(best[0]) == fit(best[1]):
            raise Unusable(f"{told(str(best[0]))} and {told(str(best[1]))} both have this name")
        part = part_of([file.path[-1], *reversed(best[0].path[:-1]), *reversed(file.path[:-1])])
        drawn = self.drawn.setdefault(best[0].path, Drawn(best[0], part))
        drawn.part = max(drawn.part, part)  # what is held out by one of its files is held out
        return drawn

    def unnamed(self) -> list[Entry]:
        """Those that no file of annotations has named so far."""
        return [entry for alike in self._named.values() for entry in alike if entry.path not in self.drawn]


def _common(one: Iterable[str], other: Iterable[str]) -> int:
    """How many names are the same, from the first on."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _may_be(entry: Entry, path: list[str]) -> bool:
    """Whether a file is not, by its folders, of another part than the path that is looked for."""
    parts = {part_of(reversed(folders)) for folders in (entry.path[:-1], path[:-1])} - {UNDECIDED}
    return len(parts) < 2


class File:
    """One file of annotations: what its ids mean."""

    def __init__(self, file: Entry, lists: Lists, pictures: Pictures):
        self.file, self.lists, self.pictures = file, lists, pictures
        self.classes: dict[Any, str] = {}
        self.images: dict[Any, Drawn | None] = {}  # None: it is not there, which was said

    def read(self, skipped: list[Skipped]) -> None:
        """Put its annotations to their pictures, and say what was left out."""
        for name, take in (("categories", self._category), ("images", self._image), ("annotations", self._annotation)):
            for k, entry in enumerate(self.lists[name]):
                where = f"{self.file}: {name}[{k}]"
                try:
                    if not isinstance(entry, dict):
                        raise Unusable("it is no object with names and values")
                    take(where, entry)
                except Unusable as unusable:
                    skipped.append(Skipped(where, str(unusable)))

    def _category(self, where: str, entry: dict[str, Any]) -> None:
        self.classes[_new(self.classes, entry)] = class_name(entry.get("name"))

    def _image(self, where: str, entry: dict[str, Any]) -> None:
        key = _new(self.images, entry)
        self.images[key] = None
        drawn = self.images[key] = self.pictures.find(entry.get("file_name"), self.file)
        width, height = entry.get("width"), entry.get("height")
        if type(width) is type(height) is int and width > 0 and height > 0:
            drawn.size = (width, height)

    def _annotation(self, where: str, entry: dict[str, Any]) -> None:
        image, category = _key(entry, "image_id"), _key(entry, "category_id")
        if image not in self.images:
            raise Unusable(f"there is no image {told(image)}")
        if category not in self.classes:
            raise Unusable(f"there is no category {told(category)}")
        box, shape, value = None, None, entry.get("segmentation")
        if entry.get("bbox") not in (None, []):
            ends = numbers(entry["bbox"], "its bbox").tolist()
            if len(ends) != 4:
                raise Unusable(f"its bbox has {len(ends)} numbers, not left, top, width and height")
            box = boxed(ends[0], ends[1], ends[0] + ends[2], ends[1] + ends[3])
        if value not in (None, [], {}):
            shape = runs(value) if isinstance(value, dict) else polygons(value)
        if box is None and isinstance(shape, Polygons):
            box = shape.box()
        if box is None and shape is None:
            raise Unusable("it has neither a bbox nor a segmentation")
        if drawn := self.images[image]:
            drawn.things.append(Thing(where, self.classes[category], box, shape, entry.get("iscrowd") in (1, True)))


def _key(entry: dict[str, Any], name: str) -> Any:
    """An id. Raises `Unusable`."""
    if name not in entry:
        raise Unusable(f"it has no {name}")
    if type(entry[name]) not in (int, float, str):
        raise Unusable(f"its {name} is neither a number nor a word")
    return entry[name]


def _new(known: dict[Any, Any], entry: dict[str, Any]) -> Any:
    """The id of an entry. Raises `Unusable` if another has it."""
    key = _key(entry, "id")
    if key in known:
        raise Unusable(f"the id {told(key)} is taken by another")
    return key


def read(source: Source, files: list[Entry], address: str) -> Found:
    """`Refused` for more than can be used."""
    pictures, skipped, entries = Pictures(source), [], 0
    for file in files:
        try:
            lists = _lists(source.read(file, MOST_BYTES))
        except (Unusable, OSError) as error:
            skipped.append(Skipped(str(file), why(error)))
            continue
        entries += len(lists["annotations"])
        at_most(entries, address)
        File(file, lists, pictures).read(skipped)
    skipped += [Skipped(str(entry), "no file of annotations names it") for entry in pictures.unnamed()]
    drawn = list(pictures.drawn.values())
    for each in drawn:
        each.things = _without_copies(each.things, skipped)
    knows, notes = _agreed(drawn, skipped)
    classes = classes_of(drawn, address)
    named = dict(enumerate(classes, start=1)) if "masks" in knows else {}
    values = {cls: value for value, cls in named.items()}
    return Found(drawn, knows, lambda counts, fits: named, skipped, notes, values)


def _without_copies(things: list[Thing], skipped: list[Skipped]) -> list[Thing]:
    """Two files may say the same of a picture."""
    kept: dict[Any, Thing] = {}
    for thing in things:
        first = kept.setdefault((thing.cls, thing.box or thing.entry), thing)
        if first is not thing:
            skipped.append(Skipped(thing.entry, f"it has the class and the box of {first.entry}"))
    return list(kept.values())


def _lists(data: bytes) -> Lists:
    """The three lists of a file. Raises `Unusable`."""
    if data.count(b",") > MOST_VALUES:
        raise Unusable(f"it has more than {MOST_VALUES // 10**6} million values; divide it")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unusable(f"broken JSON{where}") from error
    lists = {}
    for name in ("images", "annotations", "categories"):
        found = document.get(name) if isinstance(document, dict) else None
        if not isinstance(found, list):
            raise Unusable(f"it has no list of {name}")
        lists[name] = found
    return lists


def _agreed(pictures: list[Drawn], skipped: list[Skipped]) -> tuple[tuple[str, ...], list[str]]:
    """What is known of all things, and why no more; things of which less is known are left out and said."""
    things = [thing for drawn in pictures for thing in drawn.things]
    shapes = [(thing.shape, thing.box) for thing in things if thing.shape]
    are_boxes = all(isinstance(shape, Polygons) and box and shape.is_box(box) for shape, box in shapes)
    if are_boxes or 2 * len(shapes) < len(things):
        for drawn in pictures:
            drawn.things = [thing for thing in drawn.things if not thing.is_crowd]
        return ("boxes",), [RECTANGLES if are_boxes else FEW_SHAPES] if shapes else []
    for drawn in pictures:
        reason = "it has no segmentation, as most others have"
        skipped += [Skipped(thing.entry, reason) for thing in drawn.things if not thing.shape]
        drawn.things = [thing for thing in drawn.things if thing.shape]
    return ("boxes", "masks"), []
