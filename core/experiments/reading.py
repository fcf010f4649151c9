"""Pictures read from a world, showing progress."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from core.runs.spec import Progress


def load(world: Any, indices: Any, size: int, start: float = 0.0, end: float = 1.0) -> Generator[Progress, None, Any]:
    """The pictures of a world; returns uint8 `(N, size, size, 3)`."""
    return (yield from gathered(world.read(indices, size), len(indices), size, start, end))


def gathered(chunks: Iterable[Any], n: int, size: int, start: float, end: float) -> Generator[Progress, None, Any]:
    """Chunks of `n` pictures put together; progress runs from `start` to `end`."""
    import numpy as np

    parts, done = [np.zeros((0, size, size, 3), np.uint8)], 0
    for chunk in chunks:
        parts.append(chunk)
        done += len(chunk)
        yield Progress(done, n, "pictures read", start, end)
    return np.concatenate(parts)
