"""Man-made toys, a declaration each. Any unit will do: a toy is scaled to length 1 and put on the floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.solids import (
    Number,
    Solid,
    apply,
    ball,
    bowl,
    box,
    chain,
    cup,
    cylinder,
    ellipsoid,
    frustum,
    limb,
    turned,
)
from core.worlds.toybox.toys import Shelf

MANMADE = Shelf(natural=False)
BOTH = (1, -1)
LYING = turned("x", np.pi / 2)  # a cylinder as an axle


def wheels(part: str, xs: Sequence[Number], y: float, r: float, wide: float = 0.12) -> list[Solid]:
    """A pair of wheels on the floor at each x."""
    return [cylinder(part, (x, y * s, r), wide, r, LYING) for x in xs for s in BOTH]


@MANMADE.toy(body="red blue yellow teal orange", cabin="sky steel navy", tyre="=dark", lamp="=lemon", views=(12, 168))
def car(draw: Draws) -> list[Solid]:
    length, roof = draw(1.1, 1.4), draw(0.45, 0.6)
    solids = [
        box("body", (0, 0, 0.48), (length, 0.56, 0.25)),
        box("cabin", (-0.1 * length, 0, 0.9), (length * roof, 0.5, 0.2)),
        box("body", (-0.1 * length, 0, 1.13), (length * roof * 0.96, 0.52, 0.05)),
    ]
    solids += wheels("tyre", (0.6 * length, -0.62 * length), 0.52, 0.3)
    return solids + [ellipsoid("lamp", (length, 0.34 * s, 0.52), (0.06, 0.13, 0.11)) for s in BOTH]


@MANMADE.toy(load="white steel orange sky", cabin="red blue yellow teal", glass="=navy", tyre="=dark", views=(20, 130))
def lorry(draw: Draws) -> list[Solid]:
    length, high = draw(0.95, 1.3), draw(0.5, 0.68)
    front = 0.75 * length
    return [
        box("load", (-0.3, 0, 0.42 + high), (0.8 * length, 0.52, high)),
        box("cabin", (front + 0.2, 0, 0.8), (0.3, 0.5, 0.45)),
        box("glass", (front + 0.44, 0, 0.98), (0.08, 0.43, 0.18)),
        box("tyre", (0, 0, 0.36), (length + 0.12, 0.4, 0.08)),
        *wheels("tyre", (front + 0.15, -0.15, -0.7 * length), 0.46, 0.27),
    ]


@MANMADE.toy(body="white sky yellow steel red", wing="red blue white orange", dark="=dark", views=(15, 150))
def plane(draw: Draws) -> list[Solid]:
    length, sweep, span, z = draw(1.15, 1.4), draw(-0.1, 0.45), draw(0.95, 1.25), 0.55
    solids = [limb("body", (-length, 0, z + 0.1), (0.6 * length, 0, z), 0.14, 0.28)]
    solids += [ellipsoid("body", (0.6 * length, 0, z), (0.5, 0.28, 0.28))]
    solids += [ellipsoid("dark", (0.62 * length, 0, z + 0.17), (0.3, 0.2, 0.17))]
    solids += [box("wing", (-0.9 * length, 0, z + 0.42), (0.2, 0.045, 0.34), turned("y", -0.3))]
    for s in BOTH:
        way = turned("z", sweep * s)
        solids.append(
            box("wing", apply(way, (0, 0.55 * span * s, 0)) + np.array((0.1, 0, z)), (0.3, 0.6 * span, 0.05), way)
        )
        solids.append(box("wing", (-0.92 * length, 0.32 * s, z + 0.12), (0.17, 0.36, 0.04)))
        solids.append(cylinder("dark", (0.2, 0.3 * s, 0.14), 0.06, 0.14, LYING))
        solids.append(limb("dark", (0.2, 0.3 * s, 0.14), (0.15, 0.2 * s, z), 0.05))
    return [*solids, cylinder("dark", (0.75 * length, 0, 0.14), 0.06, 0.14, LYING),
            limb("dark", (0.75 * length, 0, 0.14), (0.7 * length, 0, z - 0.1), 0.05)]  # fmt: skip


@MANMADE.toy(hull="red blue brown teal", deck="=wood", mast="=brown", sail="white cream red yellow", views=(30, 150))
def boat(draw: Draws) -> list[Solid]:
    length, high, wide = draw(0.95, 1.2), draw(1.1, 1.5), draw(0.5, 0.65)
    solids = [
        bowl("hull", (0, 0, 0.5), (length, 0.48, 0.5), wall=0.1),
        box("deck", (0, 0, 0.36), (0.5 * length, 0.26, 0.04)),
    ]
    solids += [limb("mast", (0.1, 0, 0.1), (0.1, 0, 0.65 + high), 0.05)]
    return [
        *solids,
        frustum("sail", (-0.05, 0, 0.72 + 0.46 * high), 0.44 * high, wide, 0.03, flat=0.09),
        box("hull", (0.1 + 0.16, 0, 0.62 + high), (0.16, 0.02, 0.08)),
    ]


@MANMADE.toy(body="white steel sky cream", trim="red orange blue", dark="=dark", window="=sky", views=(0, 180))
def rocket(draw: Draws) -> list[Solid]:
    r, high = draw(0.34, 0.46), draw(1.2, 1.7)
    solids = [frustum("body", (0, 0, 0.35 + high / 2), high / 2, 0.9 * r, r)]
    solids += [frustum("trim", (0, 0, 0.35 + high + 0.38), 0.38, r, 0.02)]
    solids += [frustum("dark", (0, 0, 0.2), 0.16, 0.7 * r, 0.5 * r)]
    for k in range(4):
        way = turned("z", np.pi / 2 * k + 0.6)
        solids.append(box("trim", apply(way, (1.25 * r, 0, 0.42)), (0.3, 0.05, 0.28), way @ turned("y", 0.45)))
    for k in range(2):
        way = turned("z", np.pi * k)
        solids.append(ellipsoid("window", apply(way, (0.94 * r, 0, 0.35 + 0.7 * high)), (0.07, 0.19, 0.19), way))
    return solids


@MANMADE.toy(
    wall="cream white yellow pink", roof="red brick navy grey", door="brown blue", glass="=sky", views=(10, 75)
)
def house(draw: Draws) -> list[Solid]:
    w, d, h, rise = draw(0.7, 0.95), draw(0.7, 0.95), draw(0.45, 0.65), draw(0.5, 0.8)
    pitch, slope = np.arctan2(rise, d), np.hypot(rise, d) / 2
    solids = [box("wall", (0, 0, h), (w, d, h))]
    for s in BOTH:
        at = (0, s * 0.53 * d, 2 * h + 0.46 * rise)
        solids.append(box("roof", at, (1.12 * w, 1.14 * slope, 0.07), turned("x", -s * pitch)))
    steps = 6  # the gable, as boards that hide beneath the roof
    for k in range(steps):
        share = (k + 0.5) / steps
        solids.append(box("wall", (0, 0, 2 * h + rise * share), (0.98 * w, d * (1 - share), rise / steps / 2)))
    solids += [
        box("door", (w, 0.35 * d, 0.36), (0.04, 0.2, 0.36)),
        box("glass", (w, -0.4 * d, 1.1 * h), (0.04, 0.2, 0.2)),
    ]
    solids += [box("glass", (x * w, d * s, 1.1 * h), (0.2, 0.04, 0.2)) for x in (0.4, -0.4) for s in BOTH]
    return [*solids, box("door", (-0.4 * w, 0.5 * d, 2 * h + 0.9 * rise), (0.13, 0.13, 0.35))]


@MANMADE.toy(top="wood brown cream red", leg="wood brown steel navy")
def table(draw: Draws) -> list[Solid]:
    w, d, h, r = draw(0.85, 1.2), draw(0.6, 0.85), draw(0.75, 1.1), draw(0.07, 0.12)
    legs = [box("leg", (0.84 * w * x, 0.84 * d * y, h / 2), (r, r, h / 2)) for x in BOTH for y in BOTH]
    rails = [box("leg", (0, 0.84 * d * y, h - 0.12), (0.84 * w, 0.04, 0.1)) for y in BOTH]
    return [box("top", (0, 0, h + 0.05), (w, d, 0.08)), *legs, *rails]


@MANMADE.toy(seat="wood red blue cream teal", leg="wood brown navy", views=(0, 130))
def chair(draw: Draws) -> list[Solid]:
    w, h, back = draw(0.52, 0.65), draw(0.7, 0.9), draw(0.85, 1.15)
    recline = turned("y", -draw(0.02, 0.2))
    solids = [box("seat", (0, 0, h), (w, w, 0.09))]
    solids += [box("leg", (0.85 * w * x, 0.85 * w * y, h / 2), (0.075, 0.075, h / 2)) for x in BOTH for y in BOTH]
    foot = np.stack(np.broadcast_arrays(-0.9 * w, 0.0, h), -1)
    solids += [
        box("leg", foot + apply(recline, (0, 0.85 * w * s, back / 2)), (0.07, 0.07, back / 2), recline) for s in BOTH
    ]
    return [*solids, box("seat", foot + apply(recline, (0, 0, 0.72 * back)), (0.05, 0.97 * w, 0.24 * back), recline)]


@MANMADE.toy(cover="white sky red teal lilac", frame="wood brown white", pillow="white cream", views=(20, 120))
def bed(draw: Draws) -> list[Solid]:
    length, w, h = draw(1.1, 1.35), draw(0.65, 0.85), draw(0.25, 0.38)
    head = h + draw(0.9, 1.2)
    return [
        box("frame", (0, 0, h), (length, w, 0.13)),
        box("pillow", (0, 0, h + 0.22), (0.97 * length, 0.95 * w, 0.13)),
        box("cover", (0.3 * length, 0, h + 0.25), (0.69 * length, 0.99 * w, 0.15)),
        box("frame", (-length, 0, head / 2), (0.09, 1.03 * w, head / 2)),
        box("frame", (length, 0, (h + 0.35) / 2), (0.09, 1.03 * w, (h + 0.35) / 2)),
        *(ellipsoid("pillow", (-0.72 * length, 0.45 * w * s, h + 0.42), (0.25, 0.4 * w, 0.15)) for s in BOTH),
    ]


@MANMADE.toy(shade="cream yellow red sky lilac", stand="navy steel wood", bulb="=lemon")
def lamp(draw: Draws) -> list[Solid]:
    high, wide, tall = draw(1.1, 1.6), draw(0.55, 0.75), draw(0.33, 0.45)
    return [
        frustum("stand", (0, 0, 0.08), 0.08, draw(0.42, 0.56), 0.36),
        cylinder("stand", (0, 0, high / 2), high / 2, 0.075),
        cup("shade", (0, 0, high + 0.12), tall, wide, wide * draw(0.42, 0.7), wall=0.07, floor=-2.0),
        ball("bulb", (0, 0, high + 0.1), 0.17),
    ]


@MANMADE.toy(outside="white red blue teal yellow", handle="white red blue", views=(40, 120))
def mug(draw: Draws) -> list[Solid]:
    r, h, top = draw(0.55, 0.75), draw(0.6, 0.85), draw(0.95, 1.12)
    reach = r + draw(0.32, 0.45)
    low, high = (0.94 * r, 0, 0.5 * h), (0.97 * r, 0, 1.5 * h)
    bow = (high, (reach, 0, 1.42 * h), (reach + 0.06, 0, h), (reach, 0, 0.6 * h), low)
    return [cup("outside", (0, 0, h), h, r, r * top, wall=0.13), *chain("handle", bow, 0.1)]


@MANMADE.toy(pot="white teal red blue lemon", lid="white teal red blue", knob="wood red yellow", views=(40, 140))
def teapot(draw: Draws) -> list[Solid]:
    r, h = draw(0.75, 0.9), draw(0.6, 0.75)
    bow = (
        (-0.85 * r, 0, 1.45 * h),
        (-r - 0.35, 0, 1.5 * h),
        (-r - 0.45, 0, h),
        (-r - 0.2, 0, 0.55 * h),
        (-0.85 * r, 0, 0.6 * h),
    )
    return [
        ellipsoid("pot", (0, 0, h), (r, r, h)),
        cylinder("pot", (0, 0, 0.06), 0.06, 0.6 * r),
        ellipsoid("lid", (0, 0, 1.75 * h), (0.6 * r, 0.6 * r, 0.4 * h), low=0.0),
        ball("knob", (0, 0, 2.2 * h), 0.14),
        limb("pot", (0.75 * r, 0, 0.75 * h), (r + 0.55, 0, draw(1.5, 1.8) * h), 0.26, 0.1),
        *chain("pot", bow, 0.1),
    ]


@MANMADE.toy(glass="green teal wood sky", cap="red navy white", label="white cream yellow")
def bottle(draw: Draws) -> list[Solid]:
    r, h = draw(0.36, 0.5), draw(1.0, 1.4)
    return [
        cylinder("glass", (0, 0, h / 2), h / 2, r),
        frustum("glass", (0, 0, h + 0.2), 0.2, r, 0.38 * r),
        cylinder("glass", (0, 0, h + 0.55), 0.2, 0.38 * r),
        cylinder("cap", (0, 0, h + 0.78), 0.12, 0.46 * r),
        cylinder("label", (0, 0, 0.5 * h), 0.24 * h, 1.03 * r),
    ]


@MANMADE.toy(handle="wood red yellow", head="steel grey navy", views=(40, 140))
def hammer(draw: Draws) -> list[Solid]:
    length, w = draw(1.3, 1.7), draw(0.25, 0.32)
    lean = draw(-0.25, 0.25)
    return [
        limb("handle", (0, 0, w), (length * np.sin(lean), 0, w + length * np.cos(lean)), 0.11, 0.14),
        box("head", (0, 0, w), (0.3, 0.85 * w, w)),
        limb("head", (0.3, 0, w), (0.55, 0, w), 0.7 * w),
        limb("head", (0.55, 0, w), (0.78, 0, w), w),
        limb("head", (-0.3, 0, w), (-0.9, 0, w * draw(0.5, 1.0)), 0.8 * w, 0.06),
    ]


@MANMADE.toy(body="steel red sky orange", head="steel white yellow", limb="grey navy", light="=lemon", views=(0, 65))
def robot(draw: Draws) -> list[Solid]:
    w = draw(0.42, 0.58)
    solids = [box("body", (0, 0, 1.15), (0.32, w, 0.45)), box("head", (0, 0, 1.95), (0.32, 0.38, 0.28))]
    solids += [cylinder("limb", (0, 0, 1.63), 0.06, 0.15), limb("limb", (0, 0, 2.2), (0, 0, 2.5), 0.04)]
    solids += [ball("light", (0, 0, 2.56), 0.11), box("head", (0.32, 0, 1.2), (0.03, 0.55 * w, 0.2))]
    for s in BOTH:
        hand = (draw(0.0, 0.6), s * (w + draw(0.25, 0.55)), draw(0.75, 1.8))
        solids += [limb("limb", (0, s * w, 1.45), hand, 0.12), ball("light", hand, 0.16)]
        solids += [
            box("limb", (0, 0.55 * w * s, 0.4), (0.16, 0.15, 0.36)),
            box("body", (0.08, 0.55 * w * s, 0.09), (0.28, 0.18, 0.09)),
        ]
        solids.append(ellipsoid("light", (0.32, 0.16 * s, 2.0), (0.06, 0.09, 0.09)))
    return solids


@MANMADE.toy(weight="navy grey red teal", bar="steel yellow", views=(28, 152))
def dumbbell(draw: Draws) -> list[Solid]:
    half, r = draw(0.5, 0.8), draw(0.45, 0.65)
    solids = [limb("bar", (-half - 0.55, 0, r), (half + 0.55, 0, r), 0.12)]
    for s in BOTH:
        solids.append(limb("weight", (s * half, 0, r), (s * (half + 0.24), 0, r), r))
        solids.append(limb("weight", (s * (half + 0.24), 0, r), (s * (half + 0.44), 0, r), 0.72 * r))
    return solids
