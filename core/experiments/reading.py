"""Pictures read from a world, showing progress."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from core.runs.spec import Progress


def load(world: Any, indices: Any, size: int, start: float = 0.0, end: float = 1.0) -> Generator[Progress, None, Any]:
    """Read pictures chunk by chunk, showing progress; returns uint8 `(N, size, size, 3)`."""
    import numpy as np

    chunks, done = [], 0
    for chunk in world.read(indices, size):
        chunks.append(chunk)
        done += len(chunk)
        yield Progress(done, len(indices), "pictures read", start, end)
    return np.concatenate(chunks) if chunks else np.zeros((0, size, size, 3), np.uint8)
