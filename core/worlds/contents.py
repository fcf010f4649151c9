"""What class folders hold once every file was read: which pictures are used, and what is said of the others."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any

from core.runs.settings import Refused
from core.worlds.layout import natural
from core.worlds.world import TRAIN, UNDECIDED, Skipped

FEWEST = 2  # usable pictures a class
NAMED = 5  # pairs of pictures


@dataclasses.dataclass(frozen=True)
class Found:
    """A usable picture: its file, class and part, where its copy lies, and the digest that equal files share."""

    name: str
    cls: str
    part: int
    where: tuple[int, int]
    digest: str


def at_least_two(
    classes: Iterable[str], skipped: list[Skipped], address: str, lost: dict[str, str] | None = None
) -> None:
    names, lost = sorted(classes, key=natural), lost or {}
    why = "; ".join(f"{cls}: {reason}" for cls, reason in list(lost.items())[:3])
    if not names:
        first = f" (the first file: {skipped[0].name}, {skipped[0].reason})" if skipped else ""
        advice = f"{why}." if why else "put the pictures of each class into a folder of their own."
        raise Refused("data", address, f"no picture in it can be used{first}; {advice}")
    if len(names) == 1:
        rest = f"only {names[0]} is left ({why})." if why else f"there is only one class, {names[0]}."
        raise Refused("data", address, f"pictures of two classes are needed, and {rest}")


def index_of(
    found: list[Found], lost: dict[str, str], skipped: list[Skipped], notes: list[str], address: str
) -> dict[str, Any]:
    """What `FolderWorld` reads. Copies across given parts are dropped, then classes with too few pictures."""
    for cls, reason in lost.items():
        skipped.append(Skipped(cls, f"a class without a usable picture ({reason})"))
    found = _divided(_without_small_classes(_divided(_without_leaks(found, skipped)), skipped))
    classes = sorted({picture.cls for picture in found}, key=natural)
    at_least_two(classes, skipped, address, lost)
    number = {cls: label for label, cls in enumerate(classes)}
    given = None if found[0].part == UNDECIDED else [picture.part for picture in found]
    return {
        "classes": classes,
        "labels": [number[picture.cls] for picture in found],
        "given": given,
        "groups": _copies(found, skipped, divided=given is not None),
        "names": [picture.name for picture in found],
        "where": [picture.where for picture in found],
        "skipped": [[entry.name, entry.reason] for entry in skipped],
        "notes": [*notes, *_contradictions(found)],
    }


def _divided(found: list[Found]) -> list[Found]:
    """With no part at all where there is nothing to train on, or only one part: then the split is ours."""
    if all(picture.part != TRAIN for picture in found) or len({picture.part for picture in found}) == 1:
        return [dataclasses.replace(picture, part=UNDECIDED) for picture in found]
    return found


def _contradictions(found: list[Found]) -> list[str]:
    """A sentence on the pictures that lie in two classes."""
    first: dict[str, Found] = {}
    pairs = []
    for picture in found:
        other = first.setdefault(picture.digest, picture)
        if other.cls != picture.cls:
            pairs.append(f"{other.name} = {picture.name}")
    if not pairs:
        return []
    more = f" and {len(pairs) - NAMED} more" if len(pairs) > NAMED else ""
    return [f"The same picture lies in two classes, so one of its labels is wrong: {', '.join(pairs[:NAMED])}{more}."]


def _without_leaks(found: list[Found], skipped: list[Skipped]) -> list[Found]:
    """Of a file that lies in two given parts, the copy that is tested on stays, or else the one that validates."""
    last: dict[str, Found] = {}
    for picture in found:
        if picture.digest not in last or picture.part > last[picture.digest].part:
            last[picture.digest] = picture
    kept = []
    for picture in found:
        other = last[picture.digest]
        if picture.part == other.part:
            kept.append(picture)
        else:
            skipped.append(Skipped(picture.name, f"the same picture is held out as {other.name}"))
    return kept


def _without_small_classes(found: list[Found], skipped: list[Skipped]) -> list[Found]:
    usable = Counter(picture.cls for picture in found)
    trains = {picture.cls for picture in found if picture.part in (TRAIN, UNDECIDED)}
    for cls in sorted(usable, key=natural):
        if cls not in trains:
            skipped.append(Skipped(cls, "a class without pictures to train on"))
        elif usable[cls] < FEWEST:
            skipped.append(Skipped(cls, f"a class with only {usable[cls]} usable picture; {FEWEST} are needed"))
    return [picture for picture in found if picture.cls in trains and usable[picture.cls] >= FEWEST]


def _copies(found: list[Found], skipped: list[Skipped], divided: bool) -> list[int] | None:
    """A number a picture, equal for equal files, so that copies never fall into two parts; None if there are none.

    Unless it was `divided` already, a class of fewer than three different pictures cannot be tested without copies;
    they are told apart, and it is said.
    """
    different: dict[str, set[str]] = {}
    for picture in found:
        different.setdefault(picture.cls, set()).add(picture.digest)
    if len(set().union(*different.values())) == len(found):
        return None
    numbers: dict[str, int] = {}
    groups = []
    for k, picture in enumerate(found):
        alike = divided or len(different[picture.cls]) >= 3
        groups.append(numbers.setdefault(picture.digest, k) if alike else k)
    for cls, digests in different.items():
        if not divided and len(digests) < min(3, sum(picture.cls == cls for picture in found)):
            reason = f"a class of copies: only {len(digests)} of its pictures differ, so its test is no test"
            skipped.append(Skipped(cls, reason))
    return groups
