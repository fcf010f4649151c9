"""What a browser or a file hands over, written to disk piece by piece."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.runs.home import home, unwritable
from core.runs.settings import Refused

PIECE = 1 << 20
Data = bytes | Path | BinaryIO


def received(data: Data, file: Path, most_bytes: int, too_large: Refused) -> str:
    """Write `data` to `file`; returns its SHA-256. `too_large` for more than `most_bytes`, `Refused`: full."""
    digest, length = hashlib.sha256(), 0
    try:
        with _stream(data) as stream, open(file, "wb") as kept:
            while piece := stream.read(PIECE):
                length += len(piece)
                if length > most_bytes:
                    raise too_large
                digest.update(piece)
                kept.write(piece)
    except OSError as error:
        raise unwritable(home(), error) from error
    return digest.hexdigest()


@contextlib.contextmanager
def _stream(data: Data) -> Iterator[BinaryIO]:
    """Bytes, a file's content, or an open file from its beginning; an open file stays open."""
    if isinstance(data, bytes):
        yield io.BytesIO(data)
    elif isinstance(data, Path):
        with open(data, "rb") as file:
            yield file
    else:
        data.seek(0)
        yield data
