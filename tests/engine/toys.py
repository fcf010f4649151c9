"""Tiny experiments for the engine's tests: no torch, real time, real processes."""

import dataclasses
import errno
import os
import time
from pathlib import Path
from typing import Annotated

import numpy as np

from core.runs.artifacts import Artifact
from core.runs.metrics import Stream
from core.runs.settings import Range, Refused
from core.runs.spec import Progress, Spec, experiment, plan
from core.runs.store import Store


@dataclasses.dataclass(frozen=True)
class Slow:
    rows: Annotated[int, Range(1, 10_000)] = 5
    pause: Annotated[float, Range(0, 60)] = 0.01
    seed: int = 0
    trace: str = ""  # a file to which each execution adds a line
    donor: Spec | None = None


@experiment(Slow, version=1)
def slow(settings):
    if settings.trace:
        with open(settings.trace, "a") as out:
            out.write(f"{settings.seed} {os.getpid()}\n")
    value = Store().open(settings.donor).summary["last"] if settings.donor else settings.seed
    for k in range(settings.rows):
        value = (value * 1103515245 + 12345) % 2**31
        yield {"split": "validation", "arm": "transfer", "step": k, "value": value}
        yield Progress(k + 1, settings.rows, "steps")
        time.sleep(settings.pause)
    return {"last": value}


@experiment(Slow, version=1)
def by_picture(settings):
    yield {"split": "test", "value": settings.seed}
    yield from ({"split": "picture", "picture": k} for k in range(settings.rows))
    return {"last": settings.seed}


@experiment(Slow, version=1, streams=(Stream("seen", "What it sees at step {step}"),))
def growing(settings):
    """A picture a row, all of one grey, and one that is shown to nobody."""
    for k in range(settings.rows):
        yield Artifact("seen", np.full((2, 8, 8, 3), 10 * (k % 20 + 1), np.uint8), k)
        yield {"split": "train", "step": k}
        time.sleep(settings.pause)
    yield Artifact("secret", np.zeros((1, 8, 8, 3), np.uint8))
    yield {"split": "train", "step": settings.rows}
    time.sleep(settings.pause)
    return {"last": settings.rows}


@plan(Slow, version=1, summarise=lambda settings, rows: {"rows": len(rows)})
def all_growing(settings):
    return [Spec.of(growing, rows=settings.rows, pause=settings.pause, seed=settings.seed + k) for k in range(2)]


@experiment(Slow, version=1, quick=True)
def quick(settings):
    yield {"value": settings.seed}
    return {"last": settings.seed}


@experiment(Slow, version=1)
def stubborn(settings):
    yield {"value": 0}
    Path(settings.trace).write_text(str(os.getpid()))
    time.sleep(60)


@experiment(Slow, version=1)
def broken(settings):
    yield {"value": 0}
    raise ZeroDivisionError("secret details")


@experiment(Slow, version=1)
def refusing(settings):
    yield {"value": 0}
    raise Refused("pause", settings.pause, "a longer one.")


def total(settings, rows):
    return {"rows": len(rows)}


@dataclasses.dataclass(frozen=True)
class Several:
    arms: Annotated[int, Range(1, 9)] = 3
    pause: float = 0.01
    bad: bool = False


@plan(Several, version=1, summarise=total)
def several(settings):
    arms = [Spec.of(slow, rows=4, seed=100 + k, pause=settings.pause) for k in range(settings.arms)]
    return [*arms, Spec.of(refusing, seed=7)] if settings.bad else arms


@experiment(Slow, version=1)
def full_disk(settings):
    yield {"value": 0}
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@experiment(Slow, version=1)
def thoughtful(settings):
    """Two rows at once, then a long thought."""
    yield {"value": 0}
    yield {"value": 1}
    time.sleep(settings.pause)
    yield {"value": 2}


def confused(settings, rows):
    raise ZeroDivisionError("a bug in a summary")


@plan(Several, version=1, summarise=confused)
def badly_summarised(settings):
    return [Spec.of(slow, rows=1, seed=200 + settings.arms)]
