"""Worlds: labelled pictures by address. Nothing heavy is imported before a world is opened.

toybox, toybox:a, toybox:b, toybox:natural, toybox:manmade     rendered toys
scenes                                                         of several of them, with masks and boxes
vessels                                                        drawn retinas, with masks
digits, photos                                                 bundled with scikit-learn and scikit-image
upload:<sha256>                                                a zip that a student brought
torchvision:cifar10, torchvision:svhn …                        sets that are fetched on request (`sets.py` has them all)
half:a:random-3:<world>, few:40:7:<world>, task:light:toybox   a world seen in part, or asked otherwise (`views.py`)
style:night:toybox:b, cue:shadow:toybox:a                      the toybox in another look, or without toys (`views.py`)
twin:background:toybox                                         its scenes with a factor drawn anew (`views.py`)
frame:0:toybox                                                 a frame of a short clip of each toy (`views.py`)
any other address                                              the path of a folder or zip of class folders, or of
                                                               pictures with annotations (`annotating.py`)
"""

from __future__ import annotations

import dataclasses
import importlib
import os
from collections.abc import Iterator
from typing import Any

from core.runs.settings import Refused
from core.worlds.world import Skipped, World

__all__ = [
    "VIEWS",
    "WORLDS",
    "Skipped",
    "World",
    "absolute",
    "counts",
    "fingerprint",
    "inside",
    "mirrors",
    "open_world",
    "prepare",
    "unambiguous",
]


@dataclasses.dataclass(frozen=True)
class Opener:
    """The module of a scheme, which defines `fingerprint(address)` and the function named here.

    A module may define `prepare(address)`, for what takes long and can show its progress: `counts` says in what.
    `mirrors`: a picture means the same in a mirror; None asks the module's `mirrors(address)`. `counts` None: it is a
    view, which counts as the world behind it.
    """

    module: str
    function: str
    mirrors: bool | None = True
    counts: str | None = "pictures looked through"

    def find(self, name: str) -> Any:
        return getattr(importlib.import_module(self.module), name)


WORLDS = {
    "toybox": Opener("core.worlds.toybox", "open_toybox"),
    "scenes": Opener("core.worlds.toybox.several", "open_scenes"),
    "vessels": Opener("core.worlds.vessels", "open_vessels"),
    "digits": Opener("core.worlds.digits", "open_digits", mirrors=False),
    "photos": Opener("core.worlds.photos", "open_photos"),
    "upload": Opener("core.worlds.uploads", "open_upload"),
    "torchvision": Opener("core.worlds.torchvision_sets", "open_set", mirrors=None, counts="MB fetched"),
}
VIEWS = ("half", "few", "task", "style", "cue", "frame", "twin")
WORLDS |= dict.fromkeys(VIEWS, Opener("core.worlds.views", "open_view", mirrors=None, counts=None))
ON_DISK = Opener("core.worlds.folders", "open_folders")
EMBEDDED = "toybox, toybox:a, toybox:b, toybox:natural, toybox:manmade, scenes, vessels, digits or photos"


def open_world(address: str) -> World:
    """The world at an address. Raises `Refused` for an unknown address or data that cannot be used."""
    opener = _opener(address)
    return opener.find(opener.function)(address)


def fingerprint(address: str) -> str:
    """Equal for equal pictures; quick, without torch and without decoding. Raises `Refused` as `open_world` does."""
    return _opener(address).find("fingerprint")(address)


def prepare(address: str) -> Iterator[tuple[int, int]]:
    """Do what is slow the first time a world is opened, step by step: yields (done, total). Often there is nothing."""
    opener = _opener(address)
    if hasattr(importlib.import_module(opener.module), "prepare"):
        yield from opener.find("prepare")(address)


def mirrors(address: str) -> bool:
    """Whether its pictures may be mirrored as they are trained on: toys and photos may, writing may not."""
    opener = _opener(address)
    return opener.find("mirrors")(address) if opener.mirrors is None else opener.mirrors


def counts(address: str) -> str:
    """What `prepare` counts, in words for people."""
    opener = _opener(address)
    return opener.counts or counts(inside(address))


def inside(address: str) -> str:
    """The world behind a view (`VIEWS`). `Refused`: a wrong form."""
    return _opener(address).find("inside")(address)


def absolute(address: str) -> str:
    """A path on disk as an absolute one, so that a run means the same from any folder; other addresses unchanged."""
    if address.partition(":")[0] in VIEWS:
        world = inside(address)
        return address.removesuffix(world) + absolute(world)
    path = os.path.expanduser(address)
    return os.path.abspath(path) if address.partition(":")[0] not in WORLDS and os.path.exists(path) else address


def unambiguous(address: str) -> bool:
    """Whether a person who types it can mean one thing only: no file or folder here has the name of a world."""
    return address.partition(":")[0] not in WORLDS or not os.path.exists(address)


def _opener(address: str) -> Opener:
    scheme = address.partition(":")[0]
    if scheme in WORLDS:
        return WORLDS[scheme]
    if address and "\0" not in address and os.path.exists(os.path.expanduser(address)):
        return ON_DISK
    allowed = (
        f"use {EMBEDDED}, torchvision:<name>, or the path of a folder or zip with one folder of pictures per class."
    )
    raise Refused("data", address, allowed)
