"""One thread: tiny networks gain nothing from a second, and wait for it when the machine is busy."""

import pytest
import torch


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)
