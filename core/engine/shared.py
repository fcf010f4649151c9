"""What app and workers share besides runs: a word by which they know that they see the same folder, and a log."""

from __future__ import annotations

import contextlib
import secrets
import time
import traceback
from pathlib import Path

from core.runs.home import home
from core.runs.settings import Refused
from core.runs.store import writing

TOKEN, LOG = ".token", "engine.txt"


def shared_token(runs: Path) -> str:
    """A random word in the folder of the app, made once; makes the folder of runs too."""
    file = home() / TOKEN
    with writing(file.parent):
        if not file.exists():
            file.write_text(secrets.token_hex(16), encoding="utf-8")
        runs.mkdir(parents=True, exist_ok=True)
        return file.read_text(encoding="utf-8")


def log_trouble() -> None:
    """Keep the traceback of the exception being handled, for the engineers."""
    log(traceback.format_exc().rstrip())


def log(text: str) -> None:
    with contextlib.suppress(OSError, Refused):
        folder = home() / "logs"
        folder.mkdir(exist_ok=True)
        with open(folder / LOG, "a", encoding="utf-8") as out:
            out.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
