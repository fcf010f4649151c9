"""The classes of the toybox and the worlds that are made of them. No torch here: pages and run identities read this."""

from __future__ import annotations

from core.runs.settings import Refused
from core.worlds.toybox.draws import seed
from core.worlds.toybox.manmade import MANMADE
from core.worlds.toybox.natural import NATURAL
from core.worlds.toybox.toys import Shelf, Toy

VERSION = 5  # of the look: bump it when any picture changes, since runs are made of them
SPLIT_SEED = 0
TOYS: dict[str, Toy] = NATURAL.toys | MANMADE.toys
NAMES = {
    "toybox": "All toys",
    "toybox:a": "Toys, half A",
    "toybox:b": "Toys, half B",
    "toybox:natural": "Natural toys",
    "toybox:manmade": "Man-made toys",
}


def halves(shelf: Shelf) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two halves of a shelf, drawn by lot once and for all; each in the order of the shelf."""
    lots = sorted(shelf.toys, key=lambda name: seed("half", SPLIT_SEED, name))
    first = set(lots[: len(lots) // 2])
    return tuple(n for n in shelf.toys if n in first), tuple(n for n in shelf.toys if n not in first)


def classes(address: str) -> tuple[str, ...]:
    """The classes of a toybox world, the natural ones first. `Refused` names the addresses there are."""
    (natural_a, natural_b), (manmade_a, manmade_b) = halves(NATURAL), halves(MANMADE)
    worlds = {
        "toybox": tuple(TOYS),
        "toybox:a": natural_a + manmade_a,
        "toybox:b": natural_b + manmade_b,
        "toybox:natural": tuple(NATURAL.toys),
        "toybox:manmade": tuple(MANMADE.toys),
    }
    if address not in worlds:
        raise Refused("data", address, f"the toybox is {', '.join(NAMES)}.")
    return worlds[address]
