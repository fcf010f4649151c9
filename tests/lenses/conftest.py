import pytest


@pytest.fixture(scope="module", autouse=True)
def _one_thread(one_thread):
    """Tiny networks."""
