"""One real local cluster for most tests of the engine; runs of a test differ from those of others by their seed."""

import itertools
import os
import time

import pytest

from core.engine import Engine

_seeds = itertools.count(1_000)


@pytest.fixture(scope="package")
def engine(tmp_path_factory):
    home = tmp_path_factory.mktemp("engine_home")
    before = os.environ.get("TRANSFERLAB_HOME")
    os.environ["TRANSFERLAB_HOME"] = str(home)
    engine = Engine(workers=2)
    yield engine
    engine.close()
    os.environ["TRANSFERLAB_HOME"] = before or str(home)


@pytest.fixture
def seed():
    return next(_seeds)


def wait(engine, run_id, *statuses, patience=40.0):
    """The view once its status is one of `statuses`."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        view = engine.view(run_id)
        if view and view.status in statuses:
            return view
        time.sleep(0.02)
    raise AssertionError(f"{run_id} is {view and view.status} ({view and view.error}) after {patience} s")


def untimed(rows):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
