"""Labels that students draw against the clock: a class, a box or an outline a picture, and the seconds it took.

    labels/<data>.jsonl    one line a label: owner, kind, picture, value, seconds
    labels/<data>.older    the same, set aside when it was full

Places in a picture are shares of its width and height, 0..1 to the right and down. A class is its number in the
world, a box is [left, top, right, bottom], an outline is [[x, y], ...], closed by itself. What a browser sends is
checked here.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from core.runs.home import home
from core.runs.settings import Refused
from core.runs.store import writing

KINDS = ("class", "box", "mask")
MOST_PICTURES = 1_000_000
MOST_SECONDS = 600.0  # of one label: who took longer was away
MOST_SENT, MOST_POINTS = 5000, 96  # points of an outline: refused beyond the first, thinned to the second
LEAST_AREA = 1e-4  # of the picture: a slip of the hand
MOST_BYTES = 4_000_000  # of a file of labels; a full one is set aside, and the one set aside before goes
MOST_LABELS = 256  # of one owner and kind


@dataclasses.dataclass(frozen=True)
class Label:
    """What was drawn on a picture, and the seconds from seeing the picture to saying that it is done."""

    kind: str
    picture: int
    value: Any
    seconds: float = 0.0


def checked(kind: object, picture: object, value: object, seconds: object = 0.0) -> Label:
    """The label in its one form, places clipped to the picture. `Refused`, in one sentence, for what is no label."""
    if kind not in KINDS:
        raise Refused("kind", kind, f"one of {', '.join(KINDS)}.")
    number = _whole(picture, "picture")
    took = _number(seconds)
    if took is None or took < 0:
        raise Refused("seconds", seconds, "a time is a number from 0 up.")
    form = {"class": _class, "box": _box, "mask": _outline}[str(kind)]
    return Label(str(kind), number, form(value), round(min(took, MOST_SECONDS), 2))


def area(points: list[list[float]]) -> float:
    """Of a polygon, as a share of the picture (the shoelace formula)."""
    ends = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(x * below - right * y for (x, y), (right, below) in ends)) / 2


def as_text(labels: Iterable[Label]) -> str:
    """Labels of one kind as the short text that an experiment's settings hold; "" for none."""
    pairs = [[label.picture, label.value] for label in labels]
    return json.dumps(pairs, separators=(",", ":")) if pairs else ""


def from_text(kind: str, text: str) -> list[Label]:
    """The labels in such a text, checked again. `Refused` for anything else."""
    if not text:
        return []
    try:
        pairs = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        pairs = None
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise Refused("labels", text, "a JSON list of [picture, label], as the Labels page writes it.")
    if len(pairs) > MOST_LABELS:
        raise Refused("labels", f"{len(pairs)} labels", f"at most {MOST_LABELS}.")
    return [checked(kind, picture, value) for picture, value in pairs]


class Labels:
    """The labels drawn on one set of pictures (`data` is the address of a world)."""

    def __init__(self, data: str, folder: Path | None = None):
        self._file = (folder or home() / "labels") / (re.sub(r"[^\w-]", "_", data) + ".jsonl")
        self._older = self._file.with_suffix(".older")

    def add(self, owner: str, label: Label) -> None:
        """Keep a label; one of the same owner, kind and picture takes the place of the one before."""
        mine = self._all().get((owner, label.kind), {})
        if mine.get(label.picture) == label:
            return
        if len(mine) >= MOST_LABELS and label.picture not in mine:
            raise Refused("labels", f"{len(mine)} labels", f"at most {MOST_LABELS} of a kind are kept.")
        entry = {"owner": owner, **dataclasses.asdict(label), "time": round(time.time())}
        with writing(self._file.parent):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists() and self._file.stat().st_size > MOST_BYTES:
                self._file.replace(self._older)
            with open(self._file, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")  # one short write in append mode: lines do not mix

    def of(self, owner: str, kind: str) -> list[Label]:
        """The labels of an owner, in the order in which the pictures were first labelled."""
        return list(self._all().get((owner, kind), {}).values())

    def typical(self, kind: str) -> dict[str, float]:
        """owner → the median of the seconds that a label of this kind took."""
        return {
            owner: median(label.seconds for label in mine.values())
            for (owner, of), mine in self._all().items()
            if of == kind
        }

    def forget(self) -> None:
        """Delete all labels on these pictures."""
        for file in (self._older, self._file):
            file.unlink(missing_ok=True)

    def _all(self) -> dict[tuple[str, str], dict[int, Label]]:
        """(owner, kind) → picture → label."""
        found: dict[tuple[str, str], dict[int, Label]] = {}
        for file in (self._older, self._file):
            for entry in map(json.loads, _lines(file)):
                label = Label(entry["kind"], entry["picture"], entry["value"], entry["seconds"])
                found.setdefault((entry["owner"], label.kind), {})[label.picture] = label
        return found


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: object, name: str) -> int:
    number = _number(value)
    if number is None or number != int(number) or not 0 <= number < MOST_PICTURES:
        raise Refused(name, value, "it is named by a whole number from 0 up.")
    return int(number)


def _class(value: object) -> int:
    return _whole(value, "class")


def _share(value: object) -> float:
    """A place in the picture; `Refused` if it is no number, clipped if it lies outside."""
    number = _number(value)
    if number is None:
        raise Refused("label", value, "places in a picture are numbers from 0 to 1.")
    return round(min(1.0, max(0.0, number)), 3)


def _box(value: object) -> list[float]:
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise Refused("box", value, "a box has a left, top, right and bottom.")
    left, top, right, bottom = map(_share, value)
    left, right = sorted((left, right))
    top, bottom = sorted((top, bottom))
    if (right - left) * (bottom - top) < LEAST_AREA:
        raise Refused("box", value, "it is too small; draw it around the whole object.")
    return [left, top, right, bottom]


def _outline(value: object) -> list[list[float]]:
    if not isinstance(value, list | tuple) or not 3 <= len(value) <= MOST_SENT:
        raise Refused("outline", "this line", f"an outline has from 3 to {MOST_SENT} points.")
    if not all(isinstance(point, list | tuple) and len(point) == 2 for point in value):
        raise Refused("outline", "this line", "each of its points has a place to the right and one down.")
    every = -(-len(value) // MOST_POINTS)
    points = [[_share(x), _share(y)] for x, y in value[::every]]
    if area(points) < LEAST_AREA:
        raise Refused("outline", "this line", "it is too small; draw it around the whole object.")
    return points
