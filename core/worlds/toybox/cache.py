"""Arrays of pictures in files: written whole or not at all, checked on reading, drawn anew when damaged."""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.runs.home import unwritable

CHECKSUM = 4  # bytes of CRC-32 after the array, where `np.load` does not look


def checksum(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).tobytes())


def load(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """The uint8 array in the file, memory-mapped; None if it is missing or not what was written."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        with path.open("rb") as file:
            file.seek(-CHECKSUM, os.SEEK_END)
            found = int.from_bytes(file.read(CHECKSUM), "little")
    except (OSError, ValueError, EOFError):
        return None
    sound = array.dtype == np.uint8 and array.shape == shape and checksum(array) == found
    return array if sound else None


def save(path: Path, array: np.ndarray) -> None:
    """Write the array in one step, so that no reader ever sees half of it. Raises `Refused` if the disk is full."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            np.save(file, array)
            file.write(checksum(array).to_bytes(CHECKSUM, "little"))
        try:
            os.replace(temporary, path)
        except PermissionError:  # Windows does not replace a file that another process reads: the same pictures
            if load(path, array.shape) is None:
                raise
    except OSError as error:
        raise unwritable(path.parent, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def cached(path: Path, shape: tuple[int, ...], draw: Callable[[], np.ndarray]) -> np.ndarray:
    """The uint8 array of that shape in the file, drawn and written first if need be."""
    array = load(path, shape)
    if array is None:
        array = draw()
        save(path, array)
    return array
