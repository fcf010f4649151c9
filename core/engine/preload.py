"""What a worker does before it registers: step back behind the page, and import what runs will need."""

from __future__ import annotations

import contextlib
import importlib
import os
from typing import Any

WARM_VARIABLE = "TRANSFERLAB_WARM"  # a module whose `warm()` is called once; NEEDED are the modules that runs import


def dask_setup(worker: Any) -> None:
    with contextlib.suppress(OSError, AttributeError):  # no `nice` on Windows
        os.nice(int(os.environ.get("TRANSFERLAB_NICE", "10")))
    if module := os.environ.get(WARM_VARIABLE):
        importlib.import_module(module).warm()
