"""Numbers of the papers, as they stand in `assets/papers` with their source."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

PAPERS = Path(__file__).parents[2] / "assets" / "papers"


@functools.cache
def paper(name: str) -> dict[str, Any]:
    """The content of a file of `assets/papers`; its `source` says where the numbers are from."""
    return json.loads((PAPERS / f"{name}.json").read_text(encoding="utf-8"))
