"""One thread, as in tests/learning: a second one only waits when the machine is busy."""

import pytest
import torch


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)
