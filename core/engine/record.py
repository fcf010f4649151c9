"""What the engine remembers of a run that was asked for in this life of the app."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from core.engine.view import ACTIVE, View
from core.runs.spec import Progress, Row, Spec


@dataclasses.dataclass
class Record:
    """One run; changed under the engine's lock only. `owners` are in the order in which they came."""

    spec: Spec
    status: str = "queued"
    attempt: int = 0
    owners: dict[str, None] = dataclasses.field(default_factory=dict)
    rows: list[Row] = dataclasses.field(default_factory=list)
    pictures: dict[str, tuple[int | None, str]] = dataclasses.field(default_factory=dict)
    progress: Progress | None = None
    error: str = ""
    summary: dict[str, Any] = dataclasses.field(default_factory=dict)
    restarts: int = 0
    revision: int = 0
    began: float = 0.0
    phase_began: float = 0.0
    ended: float = 0.0
    stop_asked: float = 0.0
    nonce: str = ""
    number: int = 0
    pid: int = 0
    worker: str = ""  # its address in Dask
    future: Any = None
    held: str = ""  # the lane in which it runs, or ran last
    silent_since: float = 0.0  # when the task was seen to have ended without a result
    start: int = 0  # counts the starts of this attempt, so that a plan notices a new one
    finishing: bool = False  # a plan whose summary is being made
    gathered: dict[str, tuple] = dataclasses.field(default_factory=dict)  # arm → (its start, rows shown in this plan)
    shown: View | None = None  # the last snapshot, for all who look at the same revision
    mark: tuple = ()

    def __post_init__(self) -> None:
        self.id = self.spec.id
        self.quick = self.spec.about.quick
        self.donors = [donor.id for donor in self.spec.donors()]
        self.arms = [arm.id for arm in self.spec.arms()]

    @property
    def key(self) -> str:
        """The task's name in Dask; another attempt is another task."""
        return f"{self.id}.{self.attempt}"

    @property
    def lane(self) -> str:
        """Quick is what somebody waits for; as an arm of a plan only, it takes its turn among the trainings."""
        if self.future is not None:
            return self.held
        return "quick" if self.quick and any("|" not in owner for owner in self.owners) else "train"

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def browser(self) -> str:
        """Whose turn it takes: the first owner's; an arm is asked for in the name of `owner|plan`."""
        return next(iter(self.owners), "").partition("|")[0]

    def set(self, status: str, **changes: Any) -> None:
        self.status = status
        for name, value in changes.items():
            setattr(self, name, value)
        if status == "running" and not self.began:
            self.began = time.monotonic()
        if not self.active:
            self.ended = time.monotonic()
        self.revision += 1

    def snapshot(self, status: str, place: int, progress: Progress | None, arms: tuple[tuple[str, str], ...]) -> View:
        """The view for this revision; made once for all who look."""
        now, mark = self.ended or time.monotonic(), (self.revision, status, place, progress, arms)
        if self.shown is None or mark != self.mark:
            self.mark = mark
            self.shown = View(
                id=self.id,
                spec=self.spec,
                status=status,
                rows=tuple(self.rows),
                pictures=dict(self.pictures),
                progress=progress,
                seconds=now - self.began if self.began else 0.0,
                phase_seconds=now - (self.phase_began or self.began) if self.began else 0.0,
                place=place,
                restarts=self.restarts,
                owners=len({owner.partition("|")[0] for owner in self.owners}),
                error=self.error,
                summary=self.summary,
                arms=arms,
                revision=self.revision,
            )
        return self.shown
