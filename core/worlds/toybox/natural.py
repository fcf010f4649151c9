"""Natural toys, a declaration each. Any unit will do: a toy is scaled to length 1 and put on the floor."""

from __future__ import annotations

import numpy as np

from core.worlds.toybox.draws import Draws
from core.worlds.toybox.solids import Solid, apply, ball, chain, cylinder, ellipsoid, frustum, limb, spindle, turned
from core.worlds.toybox.toys import Shelf

NATURAL = Shelf(natural=True)
BOTH = (1, -1)


@NATURAL.toy(skin="red green lemon", stem="=brown", leaf="leaf green", lean=0.2)
def apple(draw: Draws) -> list[Solid]:
    r = draw(0.9, 1.1)
    return [
        ellipsoid("skin", (0, 0, 0.9), (r, r, 0.9)),
        ellipsoid("skin", (0, 0, 1.3), (0.75 * r, 0.75 * r, 0.45)),
        limb("stem", (0, 0, 1.5), (draw(-0.2, 0.2), 0, 2.15), 0.07, 0.1),
        ellipsoid("leaf", (0.42, 0, 2.0), (0.45, 0.22, 0.06), turned("y", -0.4)),
    ]


@NATURAL.toy(skin="lime lemon green sand", stem="=brown", leaf="leaf green", lean=0.2)
def pear(draw: Draws) -> list[Solid]:
    r, neck, high = draw(0.75, 0.95), draw(0.32, 0.42), draw(1.75, 2.1)
    return [
        ellipsoid("skin", (0, 0, 0.8), (r, r, 0.8)),
        limb("skin", (0, 0, 1.05), (0, 0, high), 0.95 * r, neck),
        ellipsoid("skin", (0, 0, high), (neck, neck, 0.3)),
        limb("stem", (0, 0, high + 0.2), (draw(-0.1, 0.2), 0, high + 0.75), 0.06, 0.08),
        ellipsoid("leaf", (0.35, 0, high + 0.5), (0.4, 0.2, 0.05), turned("y", -0.5)),
    ]


@NATURAL.toy(skin="yellow lemon lime", tip="=brown", views=(20, 160))
def banana(draw: Draws) -> list[Solid]:
    bend, r = draw(1.6, 2.3), draw(0.24, 0.32)
    angles = [np.pi / 2 + bend * share for share in (-0.5, -0.36, -0.18, 0.0, 0.18, 0.36, 0.5)]
    points = [(2 / bend * np.cos(a) * 2, 2 / bend * np.sin(a) * 2, r) for a in angles]
    x, y, _ = points[-1]
    end = (x + 0.3 * np.cos(angles[-1] + 1.4), y + 0.3 * np.sin(angles[-1] + 1.4), r)
    skin = chain("skin", points, 0.5 * r, 0.85 * r, r, 1.04 * r, r, 0.85 * r, 0.45 * r)
    return [*skin, limb("tip", points[-1], end, 0.4 * r, 0.35 * r), ball("tip", points[0], 0.5 * r)]


@NATURAL.toy(root="orange red cream purple", leaf="leaf green", views=(30, 145))
def carrot(draw: Draws) -> list[Solid]:
    length, r = draw(1.5, 2.0), draw(0.36, 0.5)
    solids = [limb("root", (0, 0, r), (length, 0, 0.12), r, 0.05), ellipsoid("root", (0, 0, r), (0.5 * r, r, r))]
    for k in range(4):
        y, high = 0.38 * (k - 1.5), r + draw(0.0, 0.7)
        solids.append(spindle("leaf", (-0.4 * r, 0.2 * y, r), (-draw(0.8, 1.2), y, high), 0.15, 0.5))
    return solids


@NATURAL.toy(grape="purple lime rose navy", stem="=brown", leaf="green leaf", lean=0.1)
def grapes(draw: Draws) -> list[Solid]:
    solids = []
    for level, (z, n, away) in enumerate(((1.35, 5, 0.52), (0.84, 4, 0.45), (0.34, 3, 0.32))):
        for k in range(n):
            angle = draw(-0.2, 0.2) + 2 * np.pi * k / n + 0.5 * level
            solids.append(ball("grape", (away * np.cos(angle), away * np.sin(angle), z), draw(0.29, 0.36)))
    leaf = ellipsoid("leaf", (0.4, 0, 2.05), (0.5, 0.38, 0.06), turned("y", 0.3))
    return [*solids, ball("grape", (0, 0, 1.55), 0.34), limb("stem", (0, 0, 1.6), (0, 0, 2.3), 0.07), leaf]


@NATURAL.toy(petal="pink red white purple yellow", heart="yellow brown", stem="leaf green", views=(0, 75))
def flower(draw: Draws) -> list[Solid]:
    high, r, n = draw(1.0, 1.5), draw(0.42, 0.56), 6
    head = turned("y", draw(0.6, 1.15))
    at = np.stack(np.broadcast_arrays(0.0, 0.0, high), -1)
    solids = [cylinder("stem", (0, 0, high / 2), high / 2, 0.075)]
    for k in range(n):
        angle = 2 * np.pi * k / n
        middle = at + apply(head, (r * np.cos(angle), r * np.sin(angle), 0.05))
        solids.append(ellipsoid("petal", middle, (0.72 * r, 0.46 * r, 0.09), head @ turned("z", angle)))
    solids.append(ellipsoid("heart", at + apply(head, (0, 0, 0.09)), (0.28, 0.28, 0.15), head))
    leaves = [spindle("stem", (0, 0, 0.15), (0.2 * s, 0.75 * s, draw(0.4, 0.8)), 0.2, 0.4) for s in BOTH]
    return [*solids, *leaves, ellipsoid("stem", (0, 0, 0), (0.4, 0.4, 0.1), low=0.0)]


@NATURAL.toy(green="green leaf teal", flower="pink red yellow", views=(25, 155))
def cactus(draw: Draws) -> list[Solid]:
    high, r = draw(1.6, 2.2), draw(0.3, 0.42)
    solids = [cylinder("green", (0, 0, high / 2), high / 2, r), ellipsoid("green", (0, 0, high), (r, r, r))]
    solids += [ball("flower", (0, 0, high + r), 0.16)]
    for side in BOTH:
        low, x = draw(0.6, 1.1), draw(0.68, 0.88) * side
        top = low + draw(0.45, 0.85)
        solids += chain("green", ((0, 0, low), (x, 0, low), (x, 0, top)), 0.2)
        solids += [ball("green", (x, 0, top), 0.2)]
    return solids


@NATURAL.toy(needles="leaf green teal", trunk="brown wood")
def fir(draw: Draws) -> list[Solid]:
    low, w, squeeze = draw(0.45, 0.7), draw(0.62, 0.85), draw(0.8, 1.1)
    solids = [cylinder("trunk", (0, 0, 0.6 * low), 0.6 * low, 0.18)]
    for k in range(3):
        z = low + (0.4 + 0.48 * k) * squeeze
        solids.append(frustum("needles", (0, 0, z), 0.42 * squeeze, w * (1 - 0.25 * k), w * (0.36 - 0.17 * k)))
    return solids


@NATURAL.toy(leaves="leaf green lime orange pink", trunk="brown wood")
def tree(draw: Draws) -> list[Solid]:
    high, r, start = draw(0.8, 1.2), draw(0.55, 0.72), draw(0, 2 * np.pi)
    solids = [frustum("trunk", (0, 0, high / 2), high / 2 + 0.1, 0.24, 0.15), ball("leaves", (0, 0, high + 0.5), r)]
    for k in range(4):
        angle = start + np.pi / 2 * k + draw(-0.3, 0.3)
        at = (0.5 * np.cos(angle), 0.5 * np.sin(angle), high + draw(0.1, 0.6))
        solids.append(ball("leaves", at, r * draw(0.62, 0.85)))
    return solids


@NATURAL.toy(body="orange sky steel yellow red", fin="orange red blue", eye="=dark", views=(38, 142))
def fish(draw: Draws) -> list[Solid]:
    length, high = draw(0.95, 1.2), draw(0.42, 0.62)
    z, tail = high + 0.12, draw(0.35, 0.5)
    solids = [ellipsoid("body", (0, 0, z), (length, 0.32, high))]
    for s in BOTH:
        solids.append(spindle("fin", (-0.8 * length, 0, z), (-length - tail, 0, z + 0.55 * s), 0.2, 0.35))
        solids.append(spindle("fin", (0.25 * length, 0.25 * s, z - 0.1), (-0.15 * length, 0.6 * s, z - 0.3), 0.13, 0.4))
        solids.append(ball("eye", (0.68 * length, 0.2 * s, z + 0.14), 0.09))
    solids.append(spindle("fin", (0.35 * length, 0, z + 0.75 * high), (-0.6 * length, 0, z + 1.15 * high), 0.2, 0.35))
    return [*solids, ellipsoid("fin", (0.1, 0, 0.16), (0.3, 0.1, 0.16))]


@NATURAL.toy(body="sky brown red yellow white", wing="blue brown grey", beak="=orange", eye="=dark", views=(25, 125))
def bird(draw: Draws) -> list[Solid]:
    z, pitch = draw(0.85, 1.0), draw(-0.55, -0.1)
    x, top = 0.72 * np.cos(pitch), z + 0.45 - 0.45 * np.sin(pitch)
    solids = [ellipsoid("body", (0, 0, z), (0.78, 0.47, 0.47), turned("y", pitch)), ball("body", (x, 0, top), 0.34)]
    solids += [limb("beak", (x + 0.25, 0, top), (x + 0.7, 0, top - 0.08), 0.14, 0.02)]
    solids += [spindle("wing", (-0.5, 0, z + 0.1), (-1.35, 0, z + draw(-0.4, 0.2)), 0.22, 0.4)]
    for s in BOTH:
        solids.append(ellipsoid("wing", (-0.12, 0.42 * s, z + 0.08), (0.55, 0.12, 0.3), turned("y", pitch + 0.3)))
        solids.append(limb("beak", (0.05, 0.18 * s, 0), (0, 0.16 * s, z - 0.3), 0.06))
        solids.append(ellipsoid("beak", (0.14, 0.18 * s, 0.04), (0.22, 0.1, 0.05)))
        solids.append(ball("eye", (x + 0.18, 0.25 * s, top + 0.1), 0.08))
    return solids


@NATURAL.toy(body="sand cream brown lime", shell="brown orange pink", spot="cream yellow brown", views=(35, 145))
def snail(draw: Draws) -> list[Solid]:
    r, high = draw(0.58, 0.75), draw(0.6, 0.9)
    solids = [ellipsoid("body", (0, 0, 0.16), (1.15, 0.32, 0.17))]
    solids += [limb("body", (0.8, 0, 0.16), (1.12, 0, high), 0.22, 0.18), ball("body", (1.12, 0, high), 0.23)]
    for k, (part, share, wide) in enumerate((("shell", 1, 0.36), ("spot", 0.68, 0.43), ("shell", 0.36, 0.48))):
        solids.append(ellipsoid(part, (-0.12, 0, r + 0.17 + 0.02 * k), (share * r, wide, share * r)))
    for s in BOTH:
        solids.append(limb("body", (1.15, 0.1 * s, high + 0.1), (1.32, 0.2 * s, high + 0.48), 0.05))
        solids.append(ball("spot", (1.32, 0.2 * s, high + 0.5), 0.09))
    return solids


@NATURAL.toy(odd="green lime yellow", even="leaf green orange", face="red rose green", eye="=dark", views=(20, 150))
def caterpillar(draw: Draws) -> list[Solid]:
    r, sway, start, n = draw(0.3, 0.4), draw(0.0, 0.35), draw(0, 2 * np.pi), 6
    at = [(0.46 * (k - 3), sway * np.sin(start + 0.9 * k), r + 0.13 * (k % 2)) for k in range(n)]
    solids = [ball("even" if k % 2 else "odd", point, r) for k, point in enumerate(at)]
    x, y, z = 0.46 * 3 - 0.1, sway * np.sin(start + 0.9 * n), r + 0.32
    solids.append(ball("face", (x, y, z), 1.2 * r))
    for s in BOTH:
        solids.append(limb("eye", (x, y + 0.12 * s, z + r), (x + 0.12, y + 0.28 * s, z + r + 0.42), 0.045))
        solids.append(ball("face", (x + 0.12, y + 0.28 * s, z + r + 0.42), 0.09))
        solids.append(ball("eye", (x + 0.95 * r, y + 0.14 * s, z + 0.12), 0.09))
    return solids


@NATURAL.toy(shell="leaf brown teal orange", skin="green lime sand", eye="=dark", views=(0, 145))
def turtle(draw: Draws) -> list[Solid]:
    w = draw(0.78, 0.98)
    solids = [ellipsoid("shell", (0, 0, 0.28), (1.0, w, draw(0.55, 0.8)), low=0.0)]
    solids += [ellipsoid("skin", (0, 0, 0.28), (1.05, 1.05 * w, 0.14))]
    solids += [
        limb("skin", (0.8, 0, 0.32), (1.35, 0, 0.62), 0.2),
        ellipsoid("skin", (1.42, 0, 0.66), (0.32, 0.25, 0.25)),
    ]
    for s in BOTH:
        solids.append(ball("eye", (1.56, 0.19 * s, 0.76), 0.08))
        for front in BOTH:
            knee = (0.62 * front, 0.72 * w * s, 0.28)
            solids.append(limb("skin", knee, (0.85 * front, 1.0 * w * s, 0.0), 0.2, 0.17))
    return [*solids, spindle("skin", (-0.9, 0, 0.25), (-1.4, 0, 0.12), 0.1)]


@NATURAL.toy(coat="brown sand white grey wood", snout="cream white brown", dark="=dark", views=(12, 125))
def dog(draw: Draws) -> list[Solid]:
    length, leg = draw(0.75, 1.0), draw(0.5, 0.75)
    z, top = leg + 0.28, leg + draw(0.72, 0.95)
    solids = [ellipsoid("coat", (0, 0, z), (length, 0.37, 0.38))]
    solids += [limb("coat", (0.65 * length, 0, z), (length, 0, top), 0.28, 0.23)]
    head = length + 0.06
    solids += [
        ball("coat", (head, 0, top + 0.05), 0.35),
        ellipsoid("snout", (head + 0.36, 0, top - 0.05), (0.28, 0.18, 0.17)),
    ]
    solids += [ball("dark", (head + 0.6, 0, top + 0.03), 0.08)]
    solids += [limb("coat", (-0.85 * length, 0, z + 0.1), (-length - 0.4, 0, z + draw(0.2, 0.75)), 0.1, 0.06)]
    for s in BOTH:
        solids.append(ellipsoid("snout", (head - 0.1, 0.31 * s, top - 0.05), (0.15, 0.08, 0.33)))
        solids.append(ball("dark", (head + 0.29, 0.14 * s, top + 0.18), 0.06))
        for x in BOTH:
            solids.append(limb("coat", (0.68 * length * x, 0.21 * s, 0), (0.62 * length * x, 0.2 * s, z), 0.12, 0.16))
    return solids


@NATURAL.toy(wing="orange sky yellow pink lilac", body="=dark", spot="white red lemon navy", views=(25, 155))
def butterfly(draw: Draws) -> list[Solid]:
    lift, z = draw(0.5, 1.1), 0.16
    solids = [spindle("body", (-0.75, 0, z), (0.6, 0, z), 0.14), ball("body", (0.62, 0, z + 0.02), 0.17)]
    for s in BOTH:
        rise = turned("x", lift * s)
        for x, wide, length, sweep in ((0.2, 0.44, 0.66, 0.4), (-0.3, 0.38, 0.5, -0.5)):
            way = rise @ turned("z", -sweep * s)
            middle = apply(way, (0, s * (length + 0.06), 0)) + np.array((x, 0, z))
            solids.append(ellipsoid("wing", middle, (wide, length, 0.05), way))
            solids.append(ellipsoid("spot", middle, (0.45 * wide, 0.4 * length, 0.07), way))
        solids.append(limb("body", (0.68, 0.05 * s, z + 0.1), (1.05, 0.28 * s, z + 0.4), 0.035))
    return solids
