"""Which puzzle an instructor shows to the class: of each run at most one, as long as the instructor's page is open.

lectern/<run>.json    puzzle, whether its answer is revealed, and who shows it
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import time
from pathlib import Path

from core.runs.home import home
from core.runs.store import writing

ALIVE = 90.0  # seconds without a sign of the page that shows it; browsers wake a hidden page once a minute


@dataclasses.dataclass(frozen=True)
class Shown:
    puzzle: int
    revealed: bool
    owner: str


class Lectern:
    """What is shown to the class of the puzzles of a run."""

    def __init__(self, run_id: str, folder: Path | None = None):
        self._file = (folder or home() / "lectern") / (re.sub(r"[^\w-]", "_", run_id) + ".json")

    def now(self) -> Shown | None:
        """None where nothing is shown, or no more."""
        try:
            if time.time() - self._file.stat().st_mtime > ALIVE:
                return None
            return Shown(**json.loads(self._file.read_text(encoding="utf-8")))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def show(self, shown: Shown) -> bool:
        """Show it, or go on showing it; False where somebody else is showing one."""
        if (now := self.now()) and now.owner != shown.owner:
            return False
        draft = self._file.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}")
        with writing(self._file.parent):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(dataclasses.asdict(shown)), encoding="utf-8")
            draft.replace(self._file)
        return True

    def close(self, owner: str) -> None:
        """End what this owner shows."""
        if (now := self.now()) and now.owner == owner:
            self._file.unlink(missing_ok=True)
