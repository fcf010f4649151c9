"""How many pictures a second the toybox renders, from the first draw to the file: python -m tests.bench.bench_toybox.

With all cores against one process alone, in one run; a number means something on an otherwise idle machine only.
"""

import itertools
import os
import tempfile
import time
from unittest import mock

from core.worlds.toybox import blocks
from core.worlds.toybox.blocks import PICTURES, Block, rendering
from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.clips import clip
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import drawn, one
from core.worlds.toybox.labels import DENSE
from core.worlds.toybox.render import render


def sets(pictures: int, number: int) -> list[Block]:
    """Blocks of 50 pictures of all classes, 48 pixels a side."""
    names = itertools.cycle(TOYS)
    each = [(name, [one(name, seed(number, name, start, k)) for k in range(50)]) for name, start in
            zip(names, range(0, pictures, 50), strict=False)]  # fmt: skip
    return [Block(tuple(factors), 48) for _, factors in each]


def per_second(pictures: int, names: tuple[str, ...], cores: int | None = None) -> float:
    """Pictures a second, rendered into an empty home."""
    with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, TRANSFERLAB_HOME=home):
        start = time.perf_counter()
        with mock.patch.object(blocks.os, "cpu_count", return_value=cores or os.cpu_count()):
            done = sum(len(next(iter(found.values()))) for found in rendering(sets(pictures, 1), names))
        return done / (time.perf_counter() - start)


def frames_per_second(frames: int) -> float:
    """Of clips with three toys, 96 pixels a side, by one process, from the scene to the picture."""
    start = time.perf_counter()
    for number, motion in enumerate(("moving", "turntable", "camera", "crossing")):
        render(clip(motion, drawn(number, toys=3), frames // 4), 96)
    return frames / (time.perf_counter() - start)


def main() -> None:
    """Print a row a speed: what, all cores, one process, bar."""
    per_second(200, (PICTURES,))  # what is imported and read once
    for name, names, pictures, bar in (
        ("toybox 48 px, class labels", (PICTURES,), 4000, 450),
        ("toybox 48 px, all dense labels", (PICTURES, *DENSE), 2000, 220),
    ):
        alone, together = per_second(pictures // 2, names, cores=1), per_second(pictures, names)
        print(f"{name:34} {together:9.0f} pictures/s (bar {bar}), one process {alone:.0f}, {together / alone:.1f}x")
    print(
        f"{'toybox 96 px, three toys, clip':34} {frames_per_second(160):9.0f} frames/s (bar 60), one process",
        flush=True,
    )


if __name__ == "__main__":
    main()
