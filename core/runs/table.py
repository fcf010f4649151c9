"""Rows as a table that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def columns(rows: Rows) -> list[str]:
    """All names that occur, in the order of their first occurrence."""
    return list(dict.fromkeys(name for row in rows for name in row))


def as_csv(rows: Rows) -> str:
    """Comma separated, a header line, an empty cell where a row has no such column."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns(rows), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_csv(rows: Rows, path: Path) -> None:
    path.write_text(as_csv(rows), encoding="utf-8")
