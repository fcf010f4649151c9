"""Arrays in files: written whole or not at all, checked on reading, drawn anew when damaged, deleted when too many."""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path

import numpy as np

from core.runs.home import unwritable

CHECKSUM = 4  # bytes of CRC-32 after the array, where `np.load` does not look
CAP_BYTES = 3_000_000_000


def checksum(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data)


def load(path: Path) -> np.ndarray | None:
    """The array in the file, memory-mapped; None if it is missing or not what was written."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        with path.open("rb") as file:
            file.seek(-CHECKSUM, os.SEEK_END)
            found = int.from_bytes(file.read(CHECKSUM), "little")
        if checksum(array) != found:
            return None
        os.utime(path)  # used just now
    except (OSError, ValueError, EOFError):
        return None
    return array


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
            if load(path) is None:
                raise
    except OSError as error:
        raise unwritable(path.parent, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def trim(folder: Path, cap_bytes: int = CAP_BYTES) -> None:
    """Delete the files used longest ago until all are under the cap."""
    found = []
    for path in folder.rglob("*.npy"):
        try:
            status = path.stat()
        except OSError:
            continue  # deleted by somebody else
        found.append((status.st_mtime, status.st_size, path))
    used = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if used <= cap_bytes:
            return
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            continue  # Windows: somebody reads it
        used -= size
