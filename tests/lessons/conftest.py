"""Runs for the lessons: recorded ones, small real ones of the experiments that have none, and pretended summaries."""

import pytest

from core.experiments import experiment
from core.lessons.lesson import Result
from core.runs.arms import classes_of
from core.runs.drive import drive
from core.runs.spec import Spec
from core.runs.store import RECORDED, Store

TINY = {"data": "digits", "labels_per_class": 5, "epochs": 2, "size": 32, "augment": "none"}
SMALL = {  # experiments of which no run ships with the project
    "finetune": {**TINY, "source": "none", "frozen": "2"},
    "train": TINY,
    "label_efficiency": {"data": "digits", "source": "none", "size": 16, "share": 5, "steps": 4},
    "labelled": {"kind": "box", "pictures": 4},
    "generic_specific": {"data": "digits", "pictures": 20, "steps": 2, "seeds": 1},
    "cpc": {"over": "patches", "data": "digits", "size": 32, "steps": 2, "batch_size": 32},
    "pretext": {"data": "digits", "size": 32, "steps": 4, "batch_size": 32},
}


def pretended(summary, **settings):
    """A pretended run with this summary."""
    return Result("0" * 16, {"spec": {"experiment": "core.experiments.x:x", "settings": settings}, "summary": summary})


def result_of(run, guess=None):
    return Result(run.id, run.record, run.rows, classes_of(run), guess, run.spec().metrics)


@pytest.fixture(scope="session")
def real():
    """real(experiment) → a finished run of it."""
    store = Store()
    recorded = {}
    for folder in sorted(RECORDED.iterdir()):
        if run := store.find(folder.name):
            recorded.setdefault(run.spec().about.name, run)

    def run(name):
        if name not in SMALL and name in recorded:
            return recorded[name]
        spec = Spec.of(experiment(name), **SMALL[name])
        for _ in drive(spec, store):
            pass
        return store.open(spec)

    return run
