"""Small real runs on the bundled digits, each driven once for all tests that look at it."""

import pytest

from core.experiments import experiment
from core.runs.drive import drive
from core.runs.spec import Progress, Spec
from core.runs.store import Store

TINY = {"data": "digits", "labels_per_class": 5, "epochs": 2, "size": 32, "augment": "none"}


@pytest.fixture(scope="session")
def finish():
    """finish(name, **settings) → (run, items)."""
    done = {}

    def run(name, **settings):
        spec = Spec.of(experiment(name), **settings)
        key = Store().folder, spec.id  # a test may have a home of its own
        if key not in done:
            items, driven = [], drive(spec, Store())
            try:
                while True:
                    items.append(next(driven))
            except StopIteration as end:
                done[key] = end.value, items
        return done[key]

    return run


def rows(items):
    return [item for item in items if not isinstance(item, Progress)]
