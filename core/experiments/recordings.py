"""The runs that ship with the project (`assets/recorded`): donors, and figures too long to wait for.

A recording is kept until the version of its experiment, or its settings below, change.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from core.experiments.body_rate import body_rate
from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.train import train
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Progress, Row, Spec
from core.runs.store import RECORDED, Run, Store

# The toys of the home page: class → which of its test pictures.
PORTRAITS = {"dog": 7, "flower": 5, "teapot": 2, "rocket": 2, "fish": 1, "house": 6}
PORTRAIT_SIZE = 256  # pixels a side
TOLERANCE = 0.04  # of the test accuracy, between processors that round differently
Follow = Callable[[Iterator[Row | Progress], str], Run]


def recordings() -> dict[str, Spec]:
    """name → what is recorded under it."""
    return {
        "toybox_donor": Spec.of(train, **TOYBOX_DONOR),
        "body_rate": Spec.of(body_rate),
    }


def chosen(names: list[str]) -> dict[str, Spec]:
    every = recordings()
    for name in names:
        if name not in every:
            raise Refused("NAME", name, f"one of {', '.join(every)}.")
    return {name: spec for name, spec in every.items() if not names or name in names}


def record(names: list[str], follow: Follow) -> None:
    """Run what is not recorded yet, and take away what no recording needs any more."""
    store = Store(RECORDED, cap_gigabytes=1e6)
    RECORDED.mkdir(parents=True, exist_ok=True)
    for name, spec in chosen(names).items():
        follow(drive(spec, store), name)
    if not names:
        portraits(RECORDED.parent / "toys")
        needed = {spec.id for top in recordings().values() for spec in _family(top)}
        for folder in RECORDED.iterdir():
            if folder.is_dir() and folder.name not in needed:
                shutil.rmtree(folder)


def portraits(folder: Path) -> None:
    """Render the toys that the home page shows before any engine runs, a WebP file each."""
    import numpy as np
    from PIL import Image

    from core.worlds import open_world

    world = open_world("toybox:b")
    folder.mkdir(parents=True, exist_ok=True)
    for name, which in PORTRAITS.items():
        index = np.flatnonzero((world.labels == world.classes.index(name)) & (world.given == 2))[which]
        picture = Image.fromarray(np.asarray(world.show(int(index), PORTRAIT_SIZE)))
        picture.save(folder / f"{name}.webp", quality=88, method=6)


def check(names: list[str], follow: Follow) -> None:
    """Run the first arm of each recording again; `Refused` names one that comes out differently."""
    for name, spec in chosen(names).items():
        arm = next(iter(spec.arms()), spec)
        kept = Store(RECORDED).find(arm.id)
        if kept is None:
            raise Refused("NAME", name, "it is not recorded yet: run `transferlab record` first.")
        with tempfile.TemporaryDirectory() as folder:
            again = follow(drive(arm, Store(Path(folder))), f"{name} again")
        apart = abs(again.summary["test_accuracy"] - kept.summary["test_accuracy"])
        if apart > TOLERANCE:
            raise Refused("NAME", name, f"its first arm is {apart:.3f} away from the recording (at most {TOLERANCE}).")


def _family(spec: Spec) -> Iterator[Spec]:
    yield spec
    for member in (*spec.donors(), *spec.arms()):
        yield from _family(member)
