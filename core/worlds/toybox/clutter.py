"""Pieces of no class that lie about when a scene is asked to be cluttered."""

from __future__ import annotations

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.solids import Solid, ball, box, cylinder, frustum
from core.worlds.toybox.solids import turned as turn
from core.worlds.toybox.toys import Shelf

CLUTTER = Shelf(natural=False)


@CLUTTER.toy(body="red blue yellow green wood")
def brick(draw: Draws) -> list[Solid]:
    x, y, z = draw(0.8, 1.2), draw(0.4, 0.7), draw(0.3, 0.5)
    return [box("body", (0, 0, z), (x, y, z), turn("z", draw(0, 3.1)))]


@CLUTTER.toy(body="red blue yellow orange lime")
def marble(draw: Draws) -> list[Solid]:
    return [ball("body", (0, 0, 1), draw(0.9, 1.0))]


@CLUTTER.toy(body="wood teal lilac orange")
def cone(draw: Draws) -> list[Solid]:
    return [frustum("body", (0, 0, 0.8), 0.8, draw(0.7, 1.0), 0.05)]


@CLUTTER.toy(body="steel cream rose sky")
def counter(draw: Draws) -> list[Solid]:
    return [cylinder("body", (0, 0, 0.25), draw(0.15, 0.25), 1.0)]
