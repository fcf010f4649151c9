"""Archives to folders, step by step, so that whoever waits can be shown something and can stop."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

DAMAGED = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)  # what unpacking may raise
PIECE = 1 << 22  # bytes


def unpacking(archive: Path, folder: Path, unwanted: str | None = None) -> Iterator[None]:
    """Unpack a tar or zip into `folder`, without the files named `unwanted`; a single file goes there, un-gzipped.

    Yields now and then. Raises one of `DAMAGED`. No member leaves the folder: zipfile and the filter see to it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if archive.name.endswith((".tar.gz", ".tgz")):
        yield from _tar(archive, folder, unwanted)
    elif archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as file:
            for member in file.infolist():
                if Path(member.filename).name != unwanted:
                    file.extract(member, folder)
                yield
    elif archive.suffix == ".gz":
        with gzip.open(archive) as packed, open(folder / archive.stem, "wb") as plain:
            while piece := packed.read(PIECE):
                plain.write(piece)
                yield
    else:
        shutil.copyfile(archive, folder / archive.name)


def _tar(archive: Path, folder: Path, unwanted: str | None) -> Iterator[None]:
    with tarfile.open(archive) as file:
        for member in file:
            if Path(member.name).name != unwanted:
                if hasattr(tarfile, "data_filter"):  # Python 3.11.4
                    file.extract(member, folder, filter="data")
                else:
                    file.extract(member, folder)
            yield
