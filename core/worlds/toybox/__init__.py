"""The toybox: an embedded world of rendered toys. It needs no download, never runs out, and every label is exact."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from core.worlds.world import World


def open_toybox(address: str) -> World:
    """The world at toybox, toybox:a, toybox:b, toybox:natural or toybox:manmade. Raises `Refused` for any other."""
    from core.worlds.toybox.world import Toybox

    return Toybox(address)


def fingerprint(address: str) -> str:
    """Equal for equal pictures in equal order; changes with the look and with the classes."""
    from core.worlds.toybox.classes import VERSION, classes
    from core.worlds.toybox.draws import seed

    return f"toybox-v{VERSION}-{seed(*classes(address)):016x}"
