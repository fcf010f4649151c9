"""Natural toys, a declaration each. Any unit will do: a toy is scaled to length 1 and put on the floor."""

from __future__ import annotations

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.solids import Solid, ball, cylinder, ellipsoid, limb, turned
from core.worlds.toybox.toys import Shelf

NATURAL = Shelf(natural=True)


@NATURAL.toy(skin="red green lemon", stem="=brown", leaf="leaf green", lean=0.2)
def apple(draw: Draws) -> list[Solid]:
    r = draw(0.9, 1.1)
    return [
        ellipsoid("skin", (0, 0, 0.9), (r, r, 0.9)),
        ellipsoid("skin", (0, 0, 1.3), (0.75 * r, 0.75 * r, 0.45)),
        limb("stem", (0, 0, 1.5), (draw(-0.2, 0.2), 0, 2.15), 0.07, 0.1),
        ellipsoid("leaf", (0.42, 0, 2.0), (0.45, 0.22, 0.06), turned("y", -0.4)),
    ]


@NATURAL.toy(green="green leaf teal", flower="pink red yellow")
def cactus(draw: Draws) -> list[Solid]:
    h, r = draw(1.6, 2.2), draw(0.3, 0.42)
    solids = [cylinder("green", (0, 0, h / 2), h / 2, r), ellipsoid("green", (0, 0, h), (r, r, r))]
    solids += [ball("flower", (0, 0, h + r), 0.16)]
    for side in (1, -1):
        low, x = draw(0.6, 1.1), draw(0.68, 0.88) * side
        top = low + draw(0.45, 0.85)
        solids += [limb("green", (0, 0, low), (x, 0, low), 0.19), limb("green", (x, 0, low), (x, 0, top), 0.2)]
        solids += [ball("green", (x, 0, low), 0.2), ball("green", (x, 0, top), 0.2)]
    return solids
