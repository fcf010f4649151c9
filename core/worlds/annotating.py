"""From a folder or zip with annotations to what `AnnotatedWorld` reads: copies of pictures and masks, and an index."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from core.runs.settings import Refused
from core.worlds import coco, contents, masked, reduced, voc
from core.worlds.annotations import Box, Drawn, Found, shortened
from core.worlds.contents import Usable
from core.worlds.decode import in_order
from core.worlds.marked import Seen, see
from core.worlds.sources import Source
from core.worlds.splits import split
from core.worlds.tree import natural, short
from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION, Skipped, World

Reader = Callable[[Source, str], Found]
LAYOUTS: tuple[tuple[Callable, Callable], ...] = (
    (coco.files_in, coco.read),
    (voc.kits_in, voc.read),
    (masked.pairs_in, masked.read),
)
TOO_FEW = "three different pictures at least are needed: to train, to validate and to test."


def reader_of(source: Source) -> Reader | None:
    """What reads the annotations of a source; None where there are none, as in class folders."""
    for look, read in LAYOUTS:
        if there := look(source):
            return lambda source, address: read(source, there, address)
    return None


def prepared(source: Source, read: Reader, key: str, address: str) -> Iterator[tuple[int, int]]:
    """Make the copies of a source under `key`; yields (pictures done, pictures in all). As `folders.prepared`."""
    found = read(source, address)
    found.pictures.sort(key=lambda drawn: natural(str(drawn.entry)))
    made, draft = Made(found), reduced.Draft(key)
    outcomes = in_order(lambda drawn: see(source, drawn, found), found.pictures)
    with contextlib.closing(draft), contextlib.closing(outcomes):
        for done, (drawn, seen) in enumerate(zip(found.pictures, outcomes, strict=True), start=1):
            made.add(drawn, seen, draft)
            yield done, len(found.pictures)
        draft.commit(made.index(source, address))


class Made:
    """What was read of the pictures so far."""

    def __init__(self, found: Found):
        self.found = found
        self.skipped: list[Skipped] = []
        self.usable: list[Usable] = []
        self.seen: dict[str, Seen] = {}  # file → what is in it
        self.masks: dict[str, tuple[int, int]] = {}  # file → where its mask lies
        self.fits: dict[str, np.ndarray] = {}

    def add(self, drawn: Drawn, seen: Seen | str, draft: reduced.Draft) -> None:
        name = str(drawn.entry)
        if isinstance(seen, str):
            self.skipped.append(Skipped(name, seen))
            return
        self.usable.append(Usable(name, "", drawn.part, draft.add(seen.copy), seen.digest))
        if seen.mask:
            self.masks[name] = draft.add(seen.mask)
        seen.copy = seen.mask = b""  # they lie in the draft now
        self.seen[name] = seen
        self.skipped += seen.lost
        for cls, fit in seen.fits.items():
            self.fits[cls] = self.fits.get(cls, np.zeros(256)) + fit

    def index(self, source: Source, address: str) -> dict[str, Any]:
        """`Refused` if nothing is left, or too little to be divided."""
        usable = contents.divided(contents.without_leaks(contents.divided(self.usable), self.skipped))
        names = [picture.name for picture in usable]
        seen = [self.seen[name] for name in names]
        named = self._named(seen)
        things = [_things(one, named) for one in seen]
        classes = sorted({*named.values(), *(cls for each in things for cls, _ in each)}, key=natural)
        skipped = [*self.skipped, *self.found.skipped, *source.skipped]
        if not classes:
            raise Refused("data", address, _nothing(skipped))
        number = {cls: k for k, cls in enumerate(classes, start=1)}
        labels = [number[each[0][0]] - 1 if each else 0 for each in things]
        groups = contents.copies(usable)
        parts = [picture.part for picture in usable]
        given = given_parts(labels, parts, groups, address)
        were_given = any(picture.part != UNDECIDED for picture in self.usable)
        notes = [*source.notes, *self.found.notes, *_of_empty(things, classes), *_of_parts(parts, given, were_given)]
        return {
            "classes": classes, "labels": labels, "given": given, "groups": groups, "names": names,
            "where": [*(picture.where for picture in usable), *(self.masks[name] for name in names if self.masks)],
            "skipped": [[entry.name, entry.reason] for entry in shortened(skipped)],
            "notes": notes,
            "annotated": {
                "knows": self.found.knows,
                "values": [number.get(named.get(value, ""), 0) for value in range(256)],
                "sizes": [one.size for one in seen],
                "kinds": [[number[cls] for cls, _ in each] for each in things],
                "boxes": [[box for _, box in each] for each in things],
            },
        }  # fmt: skip

    def _named(self, seen: list[Seen]) -> dict[int, str]:
        """Value → class, of the values that are in the masks of these pictures."""
        counts = sum((one.counts for one in seen), np.zeros(256, np.int64))
        return {value: cls for value, cls in self.found.named(counts, self.fits).items() if counts[value]}


def _things(seen: Seen, named: dict[int, str]) -> list[tuple[str, Box]]:
    """The things of a picture, the largest first; without the pieces of a mask whose value is no class."""
    things = [(named.get(cls, "") if isinstance(cls, int) else cls, box) for cls, box in seen.things]
    return [(cls, box) for cls, box in things if cls]


def _nothing(skipped: list[Skipped]) -> str:
    first = f" (the first entry: {short(skipped[0].name, 80)}, {short(skipped[0].reason, 120)})" if skipped else ""
    return f"none of its annotations can be used{first}; they and their pictures belong into one folder or zip."


def _of_empty(things: list[list[tuple[str, Box]]], classes: list[str]) -> list[str]:
    empty = sum(not each for each in things)
    return [f"Nothing is in {empty} of its pictures; as whole ones they count to {short(classes[0])}."] if empty else []


def _of_parts(parts: list[int], given: list[int] | None, were_given: bool) -> list[str]:
    is_anew = given is None or any(was == TEST != now for was, now in zip(parts, given, strict=True))
    return contents.of_the_split(None if is_anew else given, were_given)


def given_parts(labels: list[int], parts: list[int], groups: list[int] | None, address: str) -> list[int] | None:
    """The parts as the source says, or None, where the house can divide the rest so that no part is empty.

    Else all parts, drawn without asking for classes, which may have a picture each, or without asking the source.
    `Refused` for less than three pictures.
    """
    world, every = World(), np.zeros(len(labels), np.int64)
    world.groups = None if groups is None else np.array(groups)
    said = None if set(parts) == {UNDECIDED} else np.array(parts)
    for world.labels, world.given in ((np.array(labels), said), (every, said), (every, None)):
        world.classes = ("",) * (int(world.labels.max()) + 1)
        found = split(world)
        if min(map(len, vars(found).values())):
            if world.labels is not every:
                return None if said is None else parts
            drawn = np.full(len(labels), TRAIN)
            drawn[found.validation], drawn[found.test] = VALIDATION, TEST
            return drawn.tolist()
    raise Refused("data", address, TOO_FEW)
