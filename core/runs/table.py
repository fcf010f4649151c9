"""Rows as a table that a spreadsheet opens, and a run as files."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.runs.drive import outcome
from core.runs.store import Run

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


def export(run: Run, folder: Path) -> None:
    """Copy what a run found into `folder`, which exists: rows.csv, run.json, networks and notes as they were kept, and
    the pictures of each artifact as PNGs in a folder of its name.
    """
    from PIL import Image

    write_csv(run.rows(), folder / "rows.csv")
    (folder / "run.json").write_text(json.dumps(outcome(run), indent=1, ensure_ascii=False), encoding="utf-8")
    for kept in (run.folder / "artifacts").glob("*"):
        if kept.is_dir():
            (pictures := folder / kept.name).mkdir(exist_ok=True)
            for picture in kept.glob("*.webp"):
                Image.open(picture).save(pictures / f"{picture.stem}.png")
        elif kept.suffix in (".safetensors", ".json"):
            shutil.copy(kept, folder)
