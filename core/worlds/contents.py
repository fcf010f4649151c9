"""What class folders hold once every file was read: which pictures are used, and what is said of the others."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from typing import Any

from core.runs.settings import Refused
from core.worlds.tree import natural, short
from core.worlds.world import TEST, TRAIN, UNDECIDED, Skipped

FEWEST = 2  # different pictures a class
NAMED, REASONS = 5, 2  # pairs of pictures, and classes, in a sentence


@dataclasses.dataclass(frozen=True)
class Usable:
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
    why = "; ".join(f"{short(cls)}: {lost[cls]}" for cls in sorted(lost, key=natural)[:REASONS])
    if not names:
        first = f" (the first file: {short(skipped[0].name, 80)}, {skipped[0].reason})" if skipped else ""
        advice = f"{why}." if why else "put the pictures of each class into a folder of their own."
        raise Refused("data", address, f"no picture in it can be used{first}; {advice}")
    if len(names) == 1:
        only = short(names[0])
        rest = f"only {only} is left ({why})." if why else f"there is only one class, {only}."
        raise Refused("data", address, f"pictures of two classes are needed, and {rest}")


def index_of(
    usable: list[Usable], lost: dict[str, str], skipped: list[Skipped], notes: list[str], address: str
) -> dict[str, Any]:
    """What `FolderWorld` reads, from the pictures `found`; `lost`: class → why none of its pictures is usable.

    Pictures with two labels are dropped, then classes that never train, copies across given parts, and classes with too
    few pictures. What is dropped is added to `skipped` and said in `notes`.
    """
    lost = {cls: f"a class without a usable picture ({reason})" for cls, reason in lost.items()}
    were_given = any(picture.part != UNDECIDED for picture in usable)
    alone = _without_contradictions(usable, skipped, notes)
    gone = {picture.cls for picture in usable} - {picture.cls for picture in alone}
    lost |= dict.fromkeys(gone, "a class whose pictures all lie in another class too")
    usable = without_leaks(_without_untrained_classes(divided(alone), lost), skipped)
    usable = divided(_without_small_classes(_without_untrained_classes(divided(usable), lost), lost))
    skipped += [Skipped(cls, lost[cls]) for cls in sorted(lost, key=natural)]
    classes = sorted({picture.cls for picture in usable}, key=natural)
    at_least_two(classes, skipped, address, lost)
    number = {cls: label for label, cls in enumerate(classes)}
    given = None if usable[0].part == UNDECIDED else [picture.part for picture in usable]
    return {
        "classes": classes,
        "labels": [number[picture.cls] for picture in usable],
        "given": given,
        "groups": copies(usable),
        "names": [picture.name for picture in usable],
        "where": [picture.where for picture in usable],
        "skipped": [[entry.name, entry.reason] for entry in skipped],
        "notes": [*notes, *of_the_split(given, were_given)],
    }


def divided(usable: list[Usable]) -> list[Usable]:
    """With no part at all where there is nothing to train on, or only one part: then the split is ours."""
    if all(picture.part != TRAIN for picture in usable) or len({picture.part for picture in usable}) == 1:
        return [dataclasses.replace(picture, part=UNDECIDED) for picture in usable]
    return usable


def of_the_split(given: list[int] | None, were_given: bool) -> list[str]:
    """What people would not expect of it."""
    if given is None and were_given:
        return ["The parts leave nothing to train or nothing to test on, so training and test pictures are drawn anew."]
    if given is not None and TEST not in given:
        return ["Without a test part, the validation pictures are the test."]
    return []


def _without_contradictions(usable: list[Usable], skipped: list[Skipped], notes: list[str]) -> list[Usable]:
    """Without the pictures that lie in two classes: nobody knows which of the labels is wrong."""
    alike: dict[str, list[Usable]] = {}
    for picture in usable:
        alike.setdefault(picture.digest, []).append(picture)
    pairs = []
    for copies in alike.values():
        if len({picture.cls for picture in copies}) > 1:
            for picture in copies:
                other = next(other for other in copies if other.cls != picture.cls)
                skipped.append(Skipped(picture.name, f"the same picture lies in another class, as {other.name}"))
            other = next(other for other in copies if other.cls != copies[0].cls)
            pairs.append(f"{copies[0].name} = {other.name}")
    if not pairs:
        return usable
    more = f" and {len(pairs) - NAMED} more" if len(pairs) > NAMED else ""
    notes.append(f"The same picture lies in two classes, so it is used in neither: {', '.join(pairs[:NAMED])}{more}.")
    return [picture for picture in usable if len({other.cls for other in alike[picture.digest]}) == 1]


def without_leaks(usable: list[Usable], skipped: list[Skipped]) -> list[Usable]:
    """Of a file that lies in two given parts, the copy that is tested on stays, or else the one that validates."""
    last: dict[str, Usable] = {}
    for picture in usable:
        if picture.digest not in last or picture.part > last[picture.digest].part:
            last[picture.digest] = picture
    kept = []
    for picture in usable:
        other = last[picture.digest]
        if picture.part == other.part:
            kept.append(picture)
        else:
            skipped.append(Skipped(picture.name, f"the same picture is held out as {other.name}"))
    return kept


def _without_untrained_classes(usable: list[Usable], lost: dict[str, str]) -> list[Usable]:
    trains = {picture.cls for picture in usable if picture.part in (TRAIN, UNDECIDED)}
    lost |= {picture.cls: "a class without pictures to train on" for picture in usable if picture.cls not in trains}
    return [picture for picture in usable if picture.cls in trains]


def _without_small_classes(usable: list[Usable], lost: dict[str, str]) -> list[Usable]:
    """Copies count once: a class of one picture cannot train and be tested."""
    different = Counter(cls for cls, _ in {(picture.cls, picture.digest) for picture in usable})
    small = {cls: number for cls, number in different.items() if number < FEWEST}
    copied = Counter(picture.cls for picture in usable)
    for cls, number in small.items():
        copies = f", {copied[cls]} times" if copied[cls] > number else ""
        lost[cls] = f"a class with only {number} usable picture{copies}; {FEWEST} are needed"
    return [picture for picture in usable if picture.cls not in small]


def copies(usable: list[Usable]) -> list[int] | None:
    """A number a picture, equal for equal files, so that copies never fall into two parts; None if there are none."""
    numbers: dict[str, int] = {}
    groups = [numbers.setdefault(picture.digest, k) for k, picture in enumerate(usable)]
    return groups if len(numbers) < len(usable) else None
