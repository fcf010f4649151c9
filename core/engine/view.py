"""What a page sees of a run: a snapshot that never changes under its hands."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from core.runs.spec import Progress, Row, Spec

# waiting (for a donor) → queued → starting → running → done; or stopping → stopped; or failed, refused
ACTIVE = ("waiting", "queued", "starting", "running", "stopping")


def watched(row: Row) -> bool:
    """Whether a row is told while a run goes on: those of single pictures are thousands, of no curve."""
    return row.get("split") != "picture"


@dataclasses.dataclass(frozen=True)
class View:
    """A run as it is now. `revision` changes whenever anything else does. `rows` are those that are `watched`; the
    store has all of a finished run.

    `pictures`, while it runs: name → (step, the folder, or the file, of the newest), gone once the run has ended.

    `place` is the place in the queue, from 1, or 0; `restarts` counts workers lost under the run; `error` is one
    sentence or empty; `arms` are (id, status) of a plan's runs; `seconds` since it started, and since the
    phase began that `progress` is of.
    """

    id: str
    spec: Spec
    status: str
    rows: tuple[Row, ...] = ()
    pictures: dict[str, tuple[int | None, str]] = dataclasses.field(default_factory=dict)
    progress: Progress | None = None
    seconds: float = 0.0
    phase_seconds: float = 0.0
    place: int = 0
    restarts: int = 0
    owners: int = 0
    error: str = ""
    summary: dict[str, Any] = dataclasses.field(default_factory=dict)
    arms: tuple[tuple[str, str], ...] = ()
    revision: int = 0

    @functools.cached_property
    def points(self) -> list[Row]:
        """The rows that a live curve is made of, found once for all who look at this snapshot."""
        return self.spec.live.rows(self.rows) if self.spec.live else []

    @property
    def share(self) -> float:
        """How much is done, 0 to 1."""
        if self.status == "done":
            return 1.0
        return self.progress.share if self.progress else 0.0

    @property
    def seconds_left(self) -> float | None:
        """A guess from the pace so far; None before there is one."""
        if self.status != "running" or not self.progress:
            return None
        return self.progress.seconds_left(self.phase_seconds)
