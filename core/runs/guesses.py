"""What students guessed before they looked: one file a question, one guess an owner."""

from __future__ import annotations

import contextlib
import json
import re
import time
from pathlib import Path

from core.runs.home import home
from core.runs.store import writing

Guess = float | str
NEVER = "never"  # the end of a number line at which something does not happen: a word of its own, not a number


class Guesses:
    """The guesses at one question, usually named by the run that answers it."""

    def __init__(self, question: str, folder: Path | None = None):
        folder = folder or home() / "guesses"
        self._file = folder / (re.sub(r"[^\w-]", "_", question) + ".jsonl")

    def add(self, owner: str, value: Guess | None) -> None:
        """Keep the first guess of `owner`; None is a skip, which opens the answer and is not counted."""
        if owner in self._all():
            return
        line = "\n" + json.dumps({"owner": owner, "value": value, "time": round(time.time())})
        with writing(self._file.parent):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with open(self._file, "a", encoding="utf-8") as file:
                file.write(line)  # one short write in append mode: lines of different processes do not mix

    def answered(self, owner: str) -> bool:
        return owner in self._all()

    def of(self, owner: str) -> Guess | None:
        """The guess of `owner`, None if there is none or it was skipped."""
        return self._all().get(owner)

    def values(self) -> list[Guess]:
        """All guesses made on this server, skips left out."""
        return [value for value in self._all().values() if value is not None]

    def _all(self) -> dict[str, Guess | None]:
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        found: dict[str, Guess | None] = {}
        for line in lines:
            with contextlib.suppress(json.JSONDecodeError):  # empty, or cut off by a full disk: only that guess is lost
                entry = json.loads(line)
                found.setdefault(entry["owner"], entry["value"])
        return found
