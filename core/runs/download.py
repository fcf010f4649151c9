"""Files from elsewhere, fetched once, on request: kept under their own name and checked against the digest in it."""

from __future__ import annotations

import hashlib
import os
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

from core.runs.home import home, unwritable
from core.runs.settings import Refused

PIECE, PATIENCE = 1 << 18, 20.0  # bytes read at once; seconds without any of them
OFFLINE = "they are not on this machine, and it cannot fetch them now: choose embedded or recorded weights, or none."


def kept(url: str, into: str = "") -> Path:
    """Where the file of an address is kept, under its own name or the name `into`, whether or not it is there yet."""
    return home() / "downloads" / (into or Path(urllib.parse.urlsplit(url).path).name)


def downloaded(url: str, what: str, offline: str = OFFLINE, into: str = "") -> Path:
    """The file of an address, fetched first if it is not here. `Refused` as in `downloading`."""
    for _ in downloading(url, what, offline, into):
        pass
    return kept(url, into)


def downloading(
    url: str, what: str, offline: str = OFFLINE, into: str = "", md5: str = ""
) -> Iterator[tuple[int, int]]:
    """Fetch the file of an address if it is not here; yields (bytes done, bytes in all, 0 if the server does not say).

    Its `md5` must agree where one is given. A name like `resnet18-f37072fd.pth` holds the first digits of the file's
    SHA-256, which then must. `Refused`, with `what` it is and what to do: no network, a server that fails, a damaged
    file, a full disk.
    """
    path = kept(url, into)
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = yield from _fetch(url, draft, "md5" if md5 else "sha256")
        named = re.search(r"-([0-9a-f]{8,64})\.", path.name)
        if not digest.startswith(md5 or (named[1] if named else "")):
            raise Refused("download", what, "the file came damaged: try again.")
        os.replace(draft, path)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise Refused("download", what, offline) from error
    except OSError as error:
        raise unwritable(path.parent, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _fetch(url: str, draft: Path, digests: str) -> Generator[tuple[int, int], None, str]:
    """Write what the address gives to the file `draft` piece by piece; returns its digest, of the kind `digests`."""
    digest, done = hashlib.new(digests, usedforsecurity=False), 0
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer, open(draft, "wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        while piece := answer.read(PIECE):
            digest.update(piece)
            file.write(piece)
            done += len(piece)
            yield done, total
    if total and done < total:
        raise ConnectionError("it ended early")
    return digest.hexdigest()
