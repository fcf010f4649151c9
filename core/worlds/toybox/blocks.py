"""Sets of pictures and dense labels: rendered once in blocks, by several processes, and kept as files.

    cache/toybox/v<version>/<pixels>/<pictures or a label>/<digest of the block's factors>.npy

A block is rendered whole, whoever asks for it, so what is kept serves every set that holds the same pictures. Pictures
are uint8, dense labels uint8, uint16 or half precision, so that a page reads only what it looks at.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from core.runs.home import home
from core.runs.settings import Refused
from core.worlds.toybox.cache import load, save, trim
from core.worlds.toybox.classes import VERSION
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import Factors

SIZES = (16, 512)  # pixels a side
PICTURES, SHOWN = "pictures", "shown"  # for networks, and with smoother edges for people
ROOM, SHADOW = "room", "shadow"  # the pictures without their toys, and with nothing left of them but their shadows
FRAME = ("frame0", "frame1", "frame2", "frame3")  # of a short clip of the toy of a picture
HELPED = 150  # pictures to render, from which on other processes are worth their start
MOST_HELPERS = 3
TRIM_EVERY = 100  # blocks


@dataclasses.dataclass(frozen=True)
class Block:
    """Some pictures at one size. `Refused`: no pictures, or a size out of range."""

    pictures: tuple[Factors, ...]
    size: int

    def __post_init__(self) -> None:
        low, high = SIZES
        if not low <= self.size <= high:
            raise Refused("size", self.size, f"from {low} to {high} pixels.")
        if not self.pictures:
            raise Refused("pictures", 0, "one or more.")

    @functools.cached_property
    def digest(self) -> int:
        return seed(*map(dataclasses.astuple, self.pictures))

    def file(self, name: str) -> Path:
        return folder() / f"v{VERSION}" / str(self.size) / name / f"{self.digest:016x}.npy"


def folder() -> Path:
    return home() / "cache" / "toybox"


def kept(block: Block, name: str) -> np.ndarray | None:
    """The array (N, ...) of that name, memory-mapped, if it is there and sound."""
    array = load(block.file(name))
    return array if array is not None and len(array) == len(block.pictures) else None


def arrays(block: Block, names: Sequence[str] = (PICTURES,)) -> dict[str, np.ndarray]:
    """name -> array (N, ...), of pictures or labels; what is not kept is rendered and written first.

    `Refused`: an unknown label, or a full disk.
    """
    found = {name: kept(block, name) for name in names}
    missing = [name for name, array in found.items() if array is None]
    if missing:
        for name, array in rendered(block, missing).items():
            save(block.file(name), array)
            reread = kept(block, name)  # memory-mapped, unless somebody deleted it at once
            found[name] = array if reread is None else reread
        if next(_renderings) % TRIM_EVERY == 0:
            trim(folder())
    return {name: array for name, array in found.items() if array is not None}


_renderings = itertools.count()


def rendered(block: Block, names: Sequence[str]) -> dict[str, np.ndarray]:
    """name -> array (N, ...), drawn now. `Refused`: an unknown label."""
    from core.worlds.toybox.labels import labelled
    from core.worlds.toybox.render import MANY, drawn, render
    from core.worlds.toybox.scenes import scenes
    from core.worlds.toybox.views import View

    made = scenes(block.pictures)
    views = [View(scene, block.size) for scene in made]  # picture and labels come from the same rays
    drawings: dict[str, Callable[[], np.ndarray]] = {
        PICTURES: lambda: np.stack([drawn(view) for view in views]),
        SHOWN: lambda: np.stack([drawn(view, MANY) for view in views]),
        ROOM: lambda: render([dataclasses.replace(one, things=()) for one in made], block.size),
        SHADOW: lambda: render([dataclasses.replace(one, unseen=True) for one in made], block.size),
        **{name: functools.partial(clipped, block, k) for k, name in enumerate(FRAME)},
    }
    found = {name: drawings[name]() for name in names if name in drawings}
    wanted = [name for name in names if name not in found]
    each = [labelled(view, wanted) for view in views] if wanted else []
    return found | {name: stacked([one[name] for one in each], name) for name in wanted}


def clipped(block: Block, k: int) -> np.ndarray:
    """Frame `k` of a clip of each."""
    from core.worlds.toybox.clips import frame
    from core.worlds.toybox.render import render

    return render(frame(block.pictures, k), block.size)


def stacked(each: Sequence[np.ndarray], name: str) -> np.ndarray:
    """One array (N, ...): dense labels as small as they can be; where pictures hold different numbers of things, filled
    up with zeros.
    """
    from core.worlds.toybox.labels import LABELS

    shape = np.max([one.shape for one in each], 0).astype(int) if each[0].ndim else ()
    whole = np.zeros((len(each), *shape), each[0].dtype)
    for row, one in zip(whole, each, strict=True):
        row[tuple(slice(n) for n in one.shape)] = one
    if whole.dtype == np.float32 and LABELS[name].dense:
        return whole.astype(np.float16)
    if name.startswith("segments") and whole.max() < 2**16:
        return whole.astype(np.uint16)
    return whole


def rendering(blocks: Sequence[Block], names: Sequence[str] = (PICTURES,)) -> Iterator[dict[str, np.ndarray]]:
    """`arrays` of each block in turn; other processes render ahead where there is much to do."""
    missing = [block for block in blocks if any(not block.file(name).exists() for name in names)]
    with helpers(missing, names) as wait:
        for block in blocks:
            wait(block)
            yield arrays(block, names)


@contextlib.contextmanager
def helpers(missing: Sequence[Block], names: Sequence[str]):
    """Processes that render every second, third … of the missing blocks; gives a function that waits for a block.

    They end with this process however it ends, since each reads its work from a pipe.
    """
    n = min((os.cpu_count() or 1) - 1, MOST_HELPERS, len(missing) - 1)
    if sum(len(block.pictures) for block in missing) < HELPED or n < 1:
        yield lambda block: None
        return
    started = [_helper() for _ in range(n)]
    at_work = {block: k % (n + 1) - 1 for k, block in enumerate(missing) if k % (n + 1)}
    try:
        for k, helper in enumerate(started):
            work = [block for block, which in at_work.items() if which == k]
            threading.Thread(target=_tell, args=(helper, work, names), daemon=True).start()  # a pipe soon is full

        def wait(block: Block) -> None:
            """What a helper could not do is left undone, and rendered here."""
            which = at_work.pop(block, None)
            if which is not None and (pipe := started[which].stdout):
                pipe.readline()

        yield wait
    finally:
        for helper in started:
            helper.kill()
            helper.communicate()


def _helper() -> subprocess.Popen[str]:
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-m", "core.worlds.toybox.blocks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
        cwd=root,
        env=os.environ | {"TRANSFERLAB_HOME": str(home())},
    )


def _tell(helper: subprocess.Popen[str], work: Sequence[Block], names: Sequence[str]) -> None:
    with contextlib.suppress(OSError, ValueError):  # it is gone: what it has not done is rendered here
        for block in work:
            pictures = [dataclasses.asdict(one) for one in block.pictures]
            assert helper.stdin
            helper.stdin.write(json.dumps({"pictures": pictures, "size": block.size, "names": list(names)}) + "\n")


def help_out() -> None:
    """What a helper does: render each block that a line of its input names, and say so with an empty line."""
    for line in sys.stdin:
        asked = json.loads(line)
        pictures = tuple(
            Factors(**{**one, "toys": tuple(one["toys"]), "numbers": tuple(one["numbers"])})
            for one in asked["pictures"]
        )
        arrays(Block(pictures, asked["size"]), asked["names"])
        print(flush=True)


if __name__ == "__main__":
    help_out()
