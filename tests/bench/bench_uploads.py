"""How soon 5,000 pictures of a phone are ready to train on, and what they take: python -m tests.bench.bench_uploads.

A folder as the command line reads it: every picture is decoded, reduced and kept, then read at 128 pixels a side. The
files are links to some dozens of different ones, so that they fit on any disk; nothing in the house looks for that
before it has decoded them. Stop is pressed in the middle of another run over them.
"""

import contextlib
import dataclasses
import io
import itertools
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import psutil
from PIL import Image

from core.worlds.photos import PHOTOGRAPHS, photograph

PICTURES, CLASSES, SIZE = 5000, 12, 128
SHAPE = (4032, 3024)  # width, height: 12 megapixels
GRAIN, QUALITY = 8.0, 90  # grey levels of noise, and JPEG quality, that give files as large as a phone's
MANY = 36  # different files, three a class: copies lie in one class, since in two they would contradict each other


@dataclasses.dataclass(frozen=True)
class Taken:
    """Seconds of the clock and of the cores, megabytes above what the process began with, and the slowest progress."""

    preparing: float
    reading: float
    cpu: float
    memory: float
    silent: float
    stopping: float

    @property
    def per_second(self) -> float:
        return PICTURES / (self.preparing + self.reading)


def phone_picture(number: int) -> bytes:
    """A photograph of 12 megapixels with the grain of a small sensor, as a phone writes it."""
    names = sorted(PHOTOGRAPHS)
    image = photograph(names[number % len(names)]).convert("RGB").resize(SHAPE, Image.Resampling.BICUBIC)
    grain = np.random.default_rng(number).normal(0, GRAIN, (SHAPE[1] // 4, SHAPE[0] // 4, 3)).round().astype(np.int16)
    pixels = np.clip(np.asarray(image, np.int16) + np.tile(grain, (4, 4, 1)), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY, subsampling=2)
    return file.getvalue()


def album(folder: Path) -> float:
    """Class folders of `PICTURES` pictures; returns the megabytes of one, on average."""
    (folder / "different").mkdir()
    with ThreadPoolExecutor() as threads:
        for number, data in enumerate(threads.map(phone_picture, range(MANY))):
            (folder / "different" / f"{number}.jpg").write_bytes(data)
    different = sorted((folder / "different").iterdir())
    for k, file in zip(range(PICTURES), itertools.cycle(different), strict=False):
        cls = folder / "album" / f"class {k % MANY % CLASSES}"
        cls.mkdir(parents=True, exist_ok=True)
        os.link(file, cls / f"IMG_{k:04}.jpg")
    return sum(file.stat().st_size for file in different) / len(different) / 1e6


@contextlib.contextmanager
def memory() -> Iterator[list[float]]:
    """Megabytes that this process holds beyond what it began with, looked at all the time, the files it maps too."""
    process, done, seen = psutil.Process(), threading.Event(), [0.0]
    idle = process.memory_info().rss

    def look() -> None:
        while not done.wait(0.02):
            seen.append((process.memory_info().rss - idle) / 1e6)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def measured(address: str) -> Taken:
    """One preparation from nothing, one reading; then another preparation, stopped in the middle."""
    from core.worlds import open_world, prepare, reduced

    with memory() as held:
        cpu, start = time.process_time(), time.perf_counter()
        prepared, silent = preparing(address)
        world = open_world(address)
        assert (len(world), world.skipped) == (PICTURES, ())
        looked_through = max(held)
        read = sum(len(chunk) for chunk in world.read(range(PICTURES), SIZE))
        end, cpu = time.perf_counter(), time.process_time() - cpu
    assert read == PICTURES
    reduced.forget(world.fingerprint)
    steps = prepare(address)
    next(steps)
    stop = time.perf_counter()
    steps.close()
    return Taken(prepared - start, end - prepared, cpu, looked_through, silent, time.perf_counter() - stop)


def preparing(address: str) -> tuple[float, float]:
    """When everything was looked through, and the longest time without a word."""
    from core.worlds import prepare

    last, silent = time.perf_counter(), 0.0
    for _ in prepare(address):
        silent, last = max(silent, time.perf_counter() - last), time.perf_counter()
    return last, silent


def main() -> None:
    """Print a row a figure: what, measured, bar."""
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, TRANSFERLAB_HOME=f"{name}/home"):
        megabytes = album(Path(name))
        with multiprocessing.get_context("spawn").Pool(1) as child:
            taken = child.apply(measured, [f"{name}/album"])
    print(f"{f'{PICTURES} JPEGs of 12 MP, {megabytes:.1f} MB each':46} {taken.per_second:7.1f} pictures/s (bar 40)")
    print(f"    looked through in {taken.preparing:.0f} s, read at {SIZE} px in {taken.reading:.1f} s, "
          f"{1000 * taken.cpu / PICTURES:.1f} ms of a core each")  # fmt: skip
    print(f"    {taken.memory:.0f} MB above idle, progress every {taken.silent:.2f} s at the slowest, "
          f"stopped in {taken.stopping:.2f} s", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
