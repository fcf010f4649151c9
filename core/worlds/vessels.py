"""Drawn retinas: the back of an eye with its vessels, which come out of the optic disc and branch. They need no
download, and every pixel of a vessel is known; real ones are brought as pictures with masks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, zoom

from core.worlds.toybox.draws import seed
from core.worlds.world import TEST, TRAIN, VALIDATION, World, stacked

SIDE, FINER = 320, 3  # pixels; vessels are drawn larger by this, and averaged
PARTS = {TRAIN: 20, VALIDATION: 4, TEST: 10}
VERSION = 1
GROUND, DISC = np.array((196.0, 96.0, 48.0)), np.array((246.0, 206.0, 128.0))
ABSORBED = np.array((0.22, 0.5, 0.4))  # of red, green and blue, by a vessel of full strength
THICK, THIN = 7.0, 1.1  # pixels across, at the disc and where a branch ends
STEP = 4.0  # pixels from one point of a vessel to the next


class Retinas(World):
    """All are of one class: what is asked for are the vessels."""

    classes = ("vessel",)
    knows = ("masks",)

    def __init__(self) -> None:
        self.address, self.name, self.fingerprint = "vessels", "Drawn retinas", fingerprint("vessels")
        self.given = np.repeat(list(PARTS), list(PARTS.values()))
        self.labels = np.zeros(len(self.given), np.int64)

    def read_full(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (320, 320, 3) and its mask, uint8 (320, 320): 1 where a vessel is."""
        return retina(seed("retina", int(index)))

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        return stacked(self.show(int(index), size) for index in indices)

    def show(self, index: int, size: int = 160) -> np.ndarray:
        return np.asarray(Image.fromarray(self.read_full(index)[0]).resize((size, size), Image.Resampling.BILINEAR))


def open_vessels(address: str) -> Retinas:
    return Retinas()


def fingerprint(address: str) -> str:
    """Equal for equal pictures."""
    return f"vessels-v{VERSION}"


def retina(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Picture (S, S, 3) and mask (S, S), uint8, that depend on the number alone."""
    rng = np.random.default_rng(number)
    down, across = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
    left = rng.random() < 0.5
    disc = np.array((rng.uniform(0.2, 0.27) if left else rng.uniform(0.73, 0.8), rng.uniform(0.44, 0.56)))
    field = np.hypot(across - 0.5, down - 0.5) < 0.48
    vessels = drawn_vessels(rng, disc, 1 if left else -1)  # (S, S), 0 to 1
    colour = GROUND * (1 + 0.22 * cloud(rng, 4) + 0.08 * cloud(rng, 16))[..., None]
    bright = np.exp(-((np.hypot(across - disc[0], down - disc[1]) / 0.062) ** 4))[..., None]
    colour = colour * (1 - bright) + DISC * bright
    colour = spotted(rng, colour)
    strength = vessels * np.clip(0.85 + 0.25 * cloud(rng, 6), 0.45, 1.2)
    colour = colour * (1 - ABSORBED * strength[..., None])
    shade = 1 - 0.9 * ((across - 0.5) ** 2 + (down - 0.5) ** 2)[..., None]
    blurred = gaussian_filter(colour * shade, (0.6, 0.6, 0)) + rng.normal(0, 5, (SIDE, SIDE, 1))
    picture = np.where(field[..., None], blurred, rng.uniform(2, 10))
    return picture.clip(0, 255).astype(np.uint8), ((vessels > 0.5) & field).astype(np.uint8)


def drawn_vessels(rng: np.random.Generator, disc: np.ndarray, way: int) -> np.ndarray:
    """(S, S), 0 to 1: eight trees that leave the disc, bend towards the middle line and branch as they get thinner.

    `way`: 1 where most of the retina lies to the right of the disc, -1 to the left.
    """
    canvas = Image.new("L", (SIDE * FINER, SIDE * FINER))
    draw = ImageDraw.Draw(canvas)
    starts = [(side * rng.uniform(0.3, 1.4), rng.uniform(0.7, 1) * THICK) for side in (1, -1) for _ in range(3)]
    starts += [(np.pi + rng.uniform(-0.9, 0.9), 0.5 * THICK) for _ in range(2)]
    waiting = [(disc * SIDE, np.pi / 2 * (1 - way) + way * angle, width) for angle, width in starts]
    while waiting:
        at, angle, width = waiting.pop()
        bend = rng.normal(0, 0.02)
        while width > THIN and (at > 0).all() and (at < SIDE).all():
            onward = at + STEP * np.array((np.cos(angle), np.sin(angle)))
            ends = [tuple(FINER * point) for point in (at, onward)]
            draw.line([*ends[0], *ends[1]], fill=255, width=max(1, round(FINER * width)))
            at, width = onward, width * 0.985
            bend = 0.9 * bend + rng.normal(0, 0.02)
            angle += bend
            if rng.random() < 0.055:
                fork, thinner = rng.choice((-1, 1)) * rng.uniform(0.4, 0.9), rng.uniform(0.5, 0.8)
                waiting.append((at, angle + fork, width * thinner))
                angle -= 0.25 * fork
    return np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255


def cloud(rng: np.random.Generator, cells: int) -> np.ndarray:
    """(S, S), about -1 to 1: smooth noise of so many cells across."""
    coarse = rng.uniform(-1, 1, (cells + 3, cells + 3))
    return zoom(coarse, SIDE / cells, order=3)[
        SIDE // cells : SIDE // cells + SIDE, SIDE // cells : SIDE // cells + SIDE
    ]


def spotted(rng: np.random.Generator, colour: np.ndarray) -> np.ndarray:
    """Dark blots and bright spots, as of illness, and faint streaks behind: what is not a vessel."""
    down, across = np.mgrid[:SIDE, :SIDE]
    for _ in range(rng.integers(4, 12)):
        x, y, radius = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.uniform(2, 7)
        there = np.exp(-((np.hypot(across - x, down - y) / radius) ** 4))[..., None]
        colour = colour * (1 - there * (0.35 * ABSORBED if rng.random() < 0.6 else -0.35 * ABSORBED))
    streaks = gaussian_filter(rng.normal(0, 1, (SIDE, SIDE)), (1.5, 9)) if rng.random() < 0.5 else 0 * across
    return colour * (1 + 0.5 * streaks[..., None])
