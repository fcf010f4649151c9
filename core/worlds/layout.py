"""Which class, and which part, a file belongs to: read off the folders it lies in.

cats/a.jpg                      class folders
train/cats/a.jpg, test/…        a split given by the source, also as seg_train/…, TrainingData/…, cats/train/…
photos/cats/a.jpg               any of them inside wrapping folders

What is taken for what is said (`Arrangement.notes`), and what could mean two things is `Unclear`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable

from core.worlds.part_words import UNLABELLED, parts_in, says_nothing
from core.worlds.tree import DEEPEST, Folder, Path, short, tree
from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION

PART_NAMES = {TRAIN: "training", VALIDATION: "validation", TEST: "test", UNLABELLED: "not used: no classes"}
NO_CLASS = "it lies in no class folder"
ADVICE = "put the pictures of each class into a folder of their own, such as train/cats and test/cats"
NAMED = 5  # folders in a sentence

Place = tuple[str, int]  # class and part; UNDECIDED without a given split


class Unclear(Exception):
    """Folders that mean nothing, or two things; the message says how to lay them out."""


@dataclasses.dataclass
class Arrangement:
    """Folder → the place of the files in it, or the reason why they have none; and what was taken for what.

    The innermost folder around a file decides.
    """

    rules: dict[Path, Place | str] = dataclasses.field(default_factory=lambda: {(): NO_CLASS})
    notes: list[str] = dataclasses.field(default_factory=list)

    def place(self, path: Path) -> Place | str:
        depths = range(min(len(path) - 1, DEEPEST), -1, -1)
        return next(self.rules[path[:depth]] for depth in depths if path[:depth] in self.rules)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:  # two parts may be odd in the same way
            self.notes.append(sentence)


def arranged(paths: list[Path]) -> Arrangement:
    """Where files belong. `Unclear` if that cannot be told."""
    found, top = Arrangement(), tree(paths).unwrapped()
    parts = _parts(top)
    if _hold_everything(top, parts):
        _by_parts(top, parts, found)
    elif divided := _parts_of_classes(top):
        _by_divided_classes(top, divided, found)
    else:
        _by_classes(top, UNDECIDED, found)
    return found


def _parts(folder: Folder) -> dict[str, int]:
    """Which of the folders in it are named after parts."""
    return parts_in({name: set(inner.unwrapped().used) for name, inner in folder.used.items()})


def _hold_everything(top: Folder, parts: dict[str, int]) -> bool:
    """Whether parts are all there is, and not parts of classes that lie beside them."""
    folders = top.used
    if TRAIN not in parts.values() and any(_shared(folders, name) for name in parts):
        return False
    return len(set(parts.values())) > 1 or (len(parts) > 1 and parts.keys() == folders.keys() and bool(_same(folders)))


# ---- train/cats, test/cats ------------------------------------------------------------------------------------------


def _by_parts(top: Folder, parts: dict[str, int], found: Arrangement) -> None:
    folders = top.used
    several = [inner for name in parts if len(inner := folders[name].unwrapped().used) > 1]
    known = {name for inner in several for name in inner}
    flat = [name for name in parts if _is_flat(folders[name], known)]
    if len(flat) == len(parts) or any(parts[name] == TRAIN for name in flat):
        verb, rename = ("holds", "rename it if it is a class, or ")
        if len(flat) > 1:
            verb, rename = ("hold", "rename them if they are classes, or ")
        raise Unclear(f"{_named(flat)} {verb} pictures without classes; {rename}{ADVICE}.")
    found.rules[top.path] = f"it lies outside the parts {_named(parts)}"
    said = {name: UNLABELLED if name in flat else part for name, part in parts.items()}
    found.note(f"Folders taken as parts: {_said(said)}. Those inside them were taken as classes.")
    for name, part in said.items():
        found.rules[folders[name].path] = NO_CLASS
        if part != UNLABELLED:
            _by_classes(folders[name].unwrapped(known), part, found)
        elif name not in flat:
            found.rules[folders[name].path] = _unused(name)


def _is_flat(folder: Folder, known: Container[str] = ()) -> bool:
    """Whether there are no classes in a part: `test/a.jpg`, and also `test/test/a.jpg` and `test/images/a.jpg`."""
    inner = folder.unwrapped(known).used
    return all(name not in known and (says_nothing(name) or name == folder.name) for name in inner) and len(inner) < 2


# ---- cats/train, cats/test ------------------------------------------------------------------------------------------


def _parts_of_classes(top: Folder) -> dict[str, int]:
    """Folder → part, if every class is divided for itself: `cats/train`, `dogs/train`, `dogs/test`."""
    classes = top.used
    below: dict[str, set[str]] = {}
    for folder in classes.values():
        for name, inner in folder.used.items():
            below.setdefault(name, set()).update(inner.used)
    parts = parts_in(below)
    divided = len(classes) > 1 and not any(folder.has_pictures for folder in classes.values())
    return parts if divided and parts.keys() == below.keys() and len(set(parts.values())) > 1 else {}


def _by_divided_classes(top: Folder, parts: dict[str, int], found: Arrangement) -> None:
    classes = top.used
    if any(says_nothing(name) for name in classes):
        raise Unclear(f"{_named(classes)} hold the parts {_named(parts)}, and no classes; {ADVICE}.")
    for name, folder in classes.items():
        for inner, below in folder.used.items():
            found.rules[below.path] = _unused(inner) if parts[inner] == UNLABELLED else (name, parts[inner])
    found.note(f"Folders taken as parts, in each class: {_said(parts)}. Those around them were taken as classes.")


# ---- cats, dogs -----------------------------------------------------------------------------------------------------


def _by_classes(top: Folder, part: int, found: Arrangement) -> None:
    """Class folders, and what lies among them: a part of these classes, or a copy of everything."""
    folders, named = top.used, _parts(top)
    beside = {name for name in named if named[name] in (VALIDATION, TEST) and _shared(folders, name)}
    flat = {name for name in named.keys() - beside if beside and _is_flat(folders[name])}
    copies = {name for name in folders if name not in beside and _is_copy(folders, name)}
    for name, folder in top.inner.items():
        if name in beside:
            found.rules[folder.path] = NO_CLASS
            found.note(f"The folder {name} was taken as the {PART_NAMES[named[name]]} part of the classes beside it.")
            _by_classes(folder.unwrapped(folders), named[name], found)
        elif name in flat:
            found.rules[folder.path] = _unused(name)
            found.note(f"The folder {name} is not used: it has no classes.")
        elif name in copies:
            found.rules[folder.path] = f"{name} holds the folders beside it once more"
            found.note(f"The folder {name} was taken as a second copy of the classes beside it, and is not used.")
    others = beside | flat | copies
    classes = {name: folder for name, folder in top.inner.items() if name not in others}
    _place(classes, TRAIN if part == UNDECIDED and beside else part, found)
    pictured = {name: folder for name, folder in folders.items() if name in classes}
    _refuse_what_means_two_things(pictured)
    _note_what_is_odd(pictured, found)


def _place(classes: dict[str, Folder], part: int, found: Arrangement) -> None:
    for name, folder in classes.items():
        found.rules[folder.path] = (name, part)
        for inner in folder.inner:
            if inner in classes and inner != name:
                found.rules[folder.inner[inner].path] = f"its folders name two classes, {name} and {inner}"


def _shared(folders: dict[str, Folder], name: str) -> list[str]:
    """The names in a folder, perhaps behind wrapping ones, that lie beside it too."""
    return [inner for inner in folders[name].unwrapped(folders).used if inner in folders and inner != name]


def _is_copy(folders: dict[str, Folder], name: str) -> bool:
    return len(_shared(folders, name)) > 1 and not folders[name].unwrapped(folders).has_pictures


def _same(folders: dict[str, Folder]) -> list[str]:
    """Names of folders in a folder without pictures of its own that are also in folders beside it; two at least."""
    seen: set[str] = set()
    for folder in folders.values():
        inner = folder.unwrapped()
        if not folder.has_pictures and not inner.has_pictures:
            if len(same := [name for name in inner.used if name in seen]) > 1:
                return same
            seen.update(inner.used)
    return []


def _refuse_what_means_two_things(classes: dict[str, Folder]) -> None:
    if same := _same(classes):
        holders = [name for name, folder in classes.items() if folder.unwrapped().inner.keys() & set(same)]
        raise Unclear(
            f"{_named(holders)} hold folders of the same names, {_named(same)}, so either could be the classes; "
            f"{ADVICE}, without folders in it."
        )
    for name, folder in classes.items():
        inner = [] if folder.has_pictures or len(classes) == 1 else [*folder.used]
        is_divided = len(set(_parts(folder).values())) > 1
        if len(inner) > 1 and (is_divided or says_nothing(name)):
            others = [other for other in classes if other != name]
            what = "parts" if is_divided else "classes"
            raise Unclear(
                f"beside {_named(others)}, {short(name)} holds the folders {_named(inner)}; if these are the {what}, "
                f"take away what lies beside {short(name)}, and if not, {ADVICE}."
            )


def _note_what_is_odd(classes: dict[str, Folder], found: Arrangement) -> None:
    """A class that is named like a part, and folders inside class folders."""
    likely = [name for name in classes if says_nothing(name)]
    if likely and len(classes) > 1:
        found.note(f"Folders taken as classes in spite of their names: {_named(likely)}.")
    deeper = [name for name, folder in classes.items() if any(inner not in classes for inner in folder.used)]
    if deeper:
        found.note(f"Folders inside {_named(deeper)} were not taken as classes: their pictures count to that class.")


# ---- words ----------------------------------------------------------------------------------------------------------


def _unused(name: str) -> str:
    return f"it lies in {name}, whose pictures are not used"


def _said(parts: dict[str, int]) -> str:
    return ", ".join(f"{short(name)} ({PART_NAMES[part]})" for name, part in parts.items())


def _named(names: Iterable[str]) -> str:
    names = [short(name) for name in names]
    shown = names[:NAMED] + (["…"] if len(names) > NAMED else [])
    return ", ".join(shown) if len(shown) < 2 or shown[-1] == "…" else f"{', '.join(shown[:-1])} and {shown[-1]}"
