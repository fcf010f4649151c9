"""What all tests share: a home of their own, so that no test sees or touches the runs of this machine's user."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# Tiny networks gain nothing from a second thread, and two test runs side by side fill two cores. Read when torch is
# imported, here and by the processes under test.
os.environ.setdefault("OMP_NUM_THREADS", "1")

DATA = Path(__file__).parents[1].parent / "shared" / "data"

# Generated inputs are the same in every run, so that none passes by luck; what they ever found is an `@example`.
settings.register_profile("same in every run", derandomize=True, deadline=None, database=None)
settings.load_profile("same in every run")


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory):
    os.environ["TRANSFERLAB_HOME"] = str(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session", autouse=True)
def _as_in_a_terminal():
    """Whoever runs the tests in the background has these signals ignored, and so would every process under test."""
    for name in ("SIGINT", "SIGHUP"):
        if (number := getattr(signal, name, None)) and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home for one test."""
    monkeypatch.setenv("TRANSFERLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def shared_data():
    """Real pictures beside the checkout; tests that want them skip without them."""
    if not DATA.is_dir():
        pytest.skip(f"no {DATA.name} folder beside the checkout")
    return DATA
