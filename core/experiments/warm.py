"""What a worker does once, before its first run, so that a student's first click does not wait for imports."""

from __future__ import annotations


def warm() -> None:
    """Import the rooms that experiments use, and take two steps with LabNet."""
    import numpy as np

    import core.learning.evaluate
    import core.models.efficientnet
    import core.models.weights
    import core.worlds.splits
    import core.worlds.uploads  # noqa: F401
    from core.learning.fit import fit
    from core.learning.supervised import Supervised
    from core.models.staged import build

    pictures, labels = np.zeros((4, 48, 48, 3), np.uint8), np.array([0, 1, 0, 1])
    objective = Supervised(build("labnet", 2, seed=0), (pictures, labels), head_rate=1e-3, body_rate=1e-3)
    for _ in fit(objective, steps=2, batch_size=2, probes={"validation": objective.held_out((pictures, labels))}):
        pass
