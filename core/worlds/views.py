"""A world seen in part, or asked another question: its address stands behind the view's.

half:a:random-3:<world>     half of the classes (seed 3); half:b:random-3:<world> has the others
few:40:7:<world>            the same validation and test pictures, but only 40 training pictures a class (seed 7)
task:light:<world>          pictures of the toybox with another label (`toybox/tasks.py`)
style:night:<world>         the scenes of the toybox in another look (`toybox/styles.py`), with the labels they had
cue:shadow:<world>          the toys are taken away, and only their shadows are left; cue:room: nothing but the room
frame:2:<world>             of each picture of the toybox one of the four frames of a short clip of its toy
twin:background:<world>     the scenes of the toybox once more, with some of their factors drawn anew

Views of views are views: few:40:7:half:b:random-3:toybox. A picture is in the same part in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from core.runs.settings import Refused
from core.worlds.splits import budget, split
from core.worlds.world import TEST, TRAIN, VALIDATION, World

FEWEST = 2  # classes on either side
FORMS = {
    "half": r"half:(?P<side>[ab]):random-(?P<seed>\d{1,6}):(?P<world>.+)",
    "few": r"few:(?P<count>\d{1,6}):(?P<seed>\d{1,7}):(?P<world>.+)",
    "task": r"task:(?P<task>[a-z]+):(?P<world>toybox.*|(half|few|style):.*toybox.*)",
    "style": r"style:(?P<style>[a-z]+):(?P<world>toybox.*)",
    "cue": r"cue:(?P<cue>shadow|room):(?P<world>toybox.*)",
    "frame": r"frame:(?P<frame>[0-3]):(?P<world>toybox.*)",
    "twin": r"twin:(?P<factors>[a-z]+(,[a-z]+)*):(?P<world>toybox.*)",
}


class Derived(World):
    """The pictures `chosen` (M,) of a world, with labels (M,) and parts (M,) of its own."""

    def __init__(self, address: str, inner: World, chosen: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]):
        self.address, self.inner, self.chosen = address, inner, chosen
        self.labels, self.classes = np.asarray(labels, np.int64), classes
        self.name, self.fingerprint, self.skipped = inner.name, fingerprint(address), inner.skipped
        self.notes = inner.notes
        self.given = _parts(inner)[chosen]
        self.groups = None if inner.groups is None else inner.groups[chosen]
        self.block = inner.block if self._keeps_blocks() else 1

    def _keeps_blocks(self) -> bool:
        """Whether training pictures that are rendered together in the world lie together in the view too."""
        places = np.flatnonzero(self.given == TRAIN)
        return bool(((self.chosen[places] - places) % self.inner.block == 0).all())

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        return self.inner.read(self.chosen[np.asarray(list(indices), np.int64)], size)

    def show(self, index: int, size: int = 160) -> np.ndarray:
        return self.inner.show(int(self.chosen[index]), size)


def behind(world: World, indices: np.ndarray) -> tuple[World, np.ndarray]:
    """The world whose pictures a view shows, and which of them there; of any other world it is itself."""
    while isinstance(world, Derived):
        indices, world = world.chosen[indices], world.inner
    return world, indices


def open_view(address: str) -> World:
    """The view at an address. `Refused`: a wrong form, too few classes or pictures, no such task."""
    from core.worlds import open_world

    kind, form = _form(address)
    return OPENERS[kind](address, open_world(form["world"]), form)


def _half(address: str, inner: World, form: re.Match[str]) -> World:
    order = np.random.default_rng([int(form["seed"]), 0xAB]).permutation(len(inner.classes))
    if len(order) < 2 * FEWEST:
        allowed = f"a world of at least {2 * FEWEST} classes to take half of; this one has {len(order)}."
        raise Refused("data", form["world"], allowed)
    middle = (len(order) + 1) // 2
    mine = np.sort(order[:middle] if form["side"] == "a" else order[middle:])
    number = np.full(len(order), -1)
    number[mine] = np.arange(len(mine))
    chosen = np.flatnonzero(number[inner.labels] >= 0)
    return Derived(address, inner, chosen, number[inner.labels[chosen]], tuple(inner.classes[k] for k in mine))


def _few(address: str, inner: World, form: re.Match[str]) -> World:
    parts = split(inner)
    train = budget(inner, parts.train, int(form["count"]), int(form["seed"]))
    chosen = np.sort(np.concatenate([train, parts.validation, parts.test]))
    return Derived(address, inner, chosen, inner.labels[chosen], inner.classes)


def _task(address: str, inner: World, form: re.Match[str]) -> World:
    from core.worlds.toybox.tasks import TASKS

    if form["task"] not in TASKS:
        raise Refused("data", address, f"the task is one of {', '.join(TASKS)}.")
    classes, function = TASKS[form["task"]]
    every = np.arange(len(inner))
    toys: World = inner
    at = every
    while isinstance(toys, Derived):
        at = toys.chosen[at]
        toys = toys.inner
    labels = function([toys.factors(int(k)) for k in at])  # type: ignore[attr-defined]  # it is the toybox
    return Derived(address, inner, every, labels, classes)


def _style(address: str, inner: World, form: re.Match[str]) -> World:
    """Not a `Derived`: other pictures, rendered and kept like those of any toybox."""
    from core.worlds.toybox.factors import STYLES
    from core.worlds.toybox.world import Toybox

    if form["style"] not in STYLES[1:]:  # the first is the look that toys have anyway
        raise Refused("data", address, f"the style is one of {', '.join(STYLES[1:])}.")
    return Toybox(form["world"], form["style"])


def _cue(address: str, inner: World, form: re.Match[str]) -> World:
    """As a style."""
    from core.worlds.toybox.world import Toybox

    return Toybox(form["world"], cue=form["cue"])


def _frame(address: str, inner: World, form: re.Match[str]) -> World:
    """As a style."""
    from core.worlds.toybox.world import Toybox

    return Toybox(form["world"], frame=int(form["frame"]))


def _twin(address: str, inner: World, form: re.Match[str]) -> World:
    """As a style."""
    from core.worlds.toybox.factors import NUMBERED
    from core.worlds.toybox.world import Toybox

    for factor in form["factors"].split(","):
        if factor not in NUMBERED:
            raise Refused("data", address, f"the factors are some of {', '.join(NUMBERED)}.")
    return Toybox(form["world"], twin=form["factors"])


OPENERS = {"half": _half, "few": _few, "task": _task, "style": _style, "cue": _cue, "frame": _frame, "twin": _twin}


def inside(address: str) -> str:
    """The world behind a view. `Refused`: a wrong form."""
    return _form(address)[1]["world"]


def fingerprint(address: str) -> str:
    """Quick. Follows the world behind the view. `Refused`: a wrong form."""
    from core.worlds import fingerprint as of

    world = inside(address)
    return f"{address.removesuffix(world)}{of(world)}"


def prepare(address: str) -> Iterator[tuple[int, int]]:
    from core.worlds import prepare as of

    yield from of(inside(address))


def mirrors(address: str) -> bool:
    """As in the world behind it; where light comes from is another thing in a mirror."""
    from core.worlds import mirrors as of

    return not address.startswith("task:light") and of(inside(address))


def _parts(world: World) -> np.ndarray:
    """(N,) TRAIN, VALIDATION or TEST of every picture, as `split` has it."""
    parts, found = np.full(len(world), TRAIN), split(world)
    parts[found.validation], parts[found.test] = VALIDATION, TEST
    return parts


def _form(address: str) -> tuple[str, re.Match[str]]:
    kind = address.partition(":")[0]
    form = re.fullmatch(FORMS[kind], address)
    if form is None:
        allowed = (
            "a view is half:a:random-<seed>:<world>, few:<pictures a class>:<seed>:<world>, task:<task>:<toybox>, "
            "style:<look>:<toybox>, cue:<shadow or room>:<toybox>, frame:<0 to 3>:<toybox>, or twin:<factors>:<toybox>."
        )
        raise Refused("data", address, allowed)
    return kind, form
