"""Man-made toys, a declaration each. Any unit will do: a toy is scaled to length 1 and put on the floor."""

from __future__ import annotations

import numpy as np

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.solids import Solid, box, chain, cup, cylinder, ellipsoid, turned
from core.worlds.toybox.toys import Shelf

MANMADE = Shelf(natural=False)


@MANMADE.toy(outside="white red blue teal yellow", handle="white red blue", views=(25, 155))
def mug(draw: Draws) -> list[Solid]:
    r, h, top = draw(0.55, 0.75), draw(0.6, 0.85), draw(0.95, 1.12)
    reach = r + draw(0.32, 0.45)
    at = [
        (r * 0.93, 0, 1.5 * h),
        (reach, 0, 1.45 * h),
        (reach + 0.06, 0, h),
        (reach, 0, 0.6 * h),
        (r * 0.93, 0, 0.5 * h),
    ]
    return [cup("outside", (0, 0, h), h, r, r * top, wall=0.13), *chain("handle", at, 0.095)]


@MANMADE.toy(body="red blue yellow teal orange", cabin="sky steel navy", tyre="=dark", lamp="=lemon", views=(15, 165))
def car(draw: Draws) -> list[Solid]:
    length = draw(1.1, 1.4)
    solids = [
        box("body", (0, 0, 0.48), (length, 0.56, 0.25)),
        box("cabin", (-0.1 * length, 0, 0.9), (length * draw(0.45, 0.6), 0.5, 0.22)),
        box("body", (-0.1 * length, 0, 1.14), (length * 0.45, 0.5, 0.04)),
    ]
    for x in (0.6, -0.62):
        for y in (0.5, -0.5):
            solids.append(cylinder("tyre", (x * length, y, 0.3), 0.12, 0.3, turned("x", np.pi / 2)))
    return solids + [ellipsoid("lamp", (length, y, 0.5), (0.06, 0.12, 0.1)) for y in (0.32, -0.32)]
