"""Where runs, uploads, downloads and caches live: one folder, shared by app, command line and workers."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from core.runs.settings import Refused

VARIABLE = "TRANSFERLAB_HOME"


def home() -> Path:
    """The folder, created if it is missing. Raises `Refused` if it cannot be written."""
    folder = Path(os.environ.get(VARIABLE) or Path.home() / ".transferlab").expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def unwritable(folder: Path, error: OSError) -> Refused:
    """The one sentence for a full disk or a folder without permission."""
    reason = error.strerror or type(error).__name__
    allowed = f"it cannot be written ({reason}); free some space or set {VARIABLE} to another folder."
    return Refused(VARIABLE, folder, allowed)
