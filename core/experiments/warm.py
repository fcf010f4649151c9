"""What a worker does once, before its first run, so that a student's first click does not wait for imports."""

from __future__ import annotations

import importlib

NEEDED = (  # by experiments, with all that these import
    "core.learning.evaluate",
    "core.learning.supervised",
    "core.learning.fit",
    "core.models.staged",
    "core.models.labnet",
    "core.models.efficientnet",
    "core.models.weights",
    "core.worlds.splits",
    "core.worlds.uploads",
)


def warm() -> None:
    """Import what experiments need, and take two steps with LabNet."""
    for name in NEEDED:
        importlib.import_module(name)
    import numpy as np

    from core.learning.fit import fit
    from core.learning.supervised import Supervised
    from core.models.staged import build

    pictures, labels = np.zeros((4, 48, 48, 3), np.uint8), np.array([0, 1, 0, 1])
    objective = Supervised(build("labnet", 2, seed=0), (pictures, labels), head_rate=1e-3, body_rate=1e-3)
    for _ in fit(objective, steps=2, batch_size=2, probes={"validation": objective.held_out((pictures, labels))}):
        pass
