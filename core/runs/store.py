"""Finished runs on disk: a folder each, complete or absent, found again by identity.

    runs/<id>/run.json       spec, summary, provenance
    runs/<id>/rows.jsonl     the rows, one JSON object a line
    runs/<id>/artifacts/     networks, pictures, notes (`artifacts.py`)

A run is written in a draft folder and renamed when it is complete, so a reader never sees half of one. Recorded runs,
in the same form, ship with the project in `assets/recorded` and are found like any other.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.runs import artifacts
from core.runs.home import home, unwritable
from core.runs.settings import Refused
from core.runs.spec import Row, Spec

RECORDED = Path(__file__).parents[2] / "assets" / "recorded"
CAP_VARIABLE, CAP_GIGABYTES = "TRANSFERLAB_CAP_GB", 5.0
DRAFT_HOURS = 24.0


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run: its folder and the content of `run.json`."""

    folder: Path
    record: dict[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def summary(self) -> dict[str, Any]:
        return self.record["summary"]

    @property
    def provenance(self) -> dict[str, Any]:
        return self.record["provenance"]

    @property
    def recorded(self) -> bool:
        """Whether the run came with the project rather than from this machine."""
        return self.folder.parent == RECORDED

    def spec(self) -> Spec:
        return Spec.from_json(self.record["spec"])

    def rows(self) -> list[Row]:
        with open(self.folder / "rows.jsonl", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def artifact(self, name: str, step: int | None = None) -> Any:
        """What the run kept under `name`; `Refused` if it kept no such thing."""
        try:
            return artifacts.read(self.folder / "artifacts", name, step)
        except KeyError as error:
            raise Refused("run", self.id, f"it holds no {error.args[0]}.") from error

    def steps(self, name: str) -> list[int]:
        """The steps of the snapshots kept under `name`, in order."""
        return sorted(int(file.stem.partition("@")[2]) for file in self.folder.glob(f"artifacts/{name}@*"))

    def recipe(self, name: str, step: int | None = None) -> dict[str, Any] | None:
        """What the network kept under `name` says of itself; None if the run kept no such network."""
        stem = artifacts.Artifact(name, None, step).stem
        return artifacts.recipe_of(self.folder / "artifacts" / f"{stem}.safetensors")


class Draft:
    """A run being written. Either `commit` makes it a finished run, or `discard` removes every trace."""

    def __init__(self, root: Path, spec: Spec):
        self.spec, self._root = spec, root
        self._folder = root / f".draft-{spec.id}-{uuid.uuid4().hex[:8]}"
        with writing(root):
            (self._folder / "artifacts").mkdir(parents=True)
            self._rows = open(self._folder / "rows.jsonl", "w", encoding="utf-8")  # noqa: SIM115  closed by commit

    def add_row(self, row: Row) -> None:
        with writing(self._root):
            self._rows.write(json.dumps(row, ensure_ascii=False) + "\n")

    def add_artifact(self, artifact: artifacts.Artifact) -> Path:
        """Write it; where it lies until the run is committed."""
        with writing(self._root):
            return artifacts.write(self._folder / "artifacts", artifact)

    def commit(self, summary: dict[str, Any], provenance: dict[str, Any]) -> Run:
        """Put the run in its place. If the same run was finished by somebody else meanwhile, theirs stays."""
        record = {"spec": self.spec.as_json(), "summary": summary, "provenance": provenance}
        final = self._root / self.spec.id
        with writing(self._root):
            self._rows.close()
            text = json.dumps(record, indent=1, ensure_ascii=False)
            (self._folder / "run.json").write_text(text, encoding="utf-8")
            if not final.exists():
                with contextlib.suppress(FileExistsError):
                    os.rename(self._folder, final)
        self.discard()
        return Run(final, json.loads((final / "run.json").read_text(encoding="utf-8")))

    def discard(self) -> None:
        with contextlib.suppress(OSError):  # closing flushes, which a full disk refuses once more
            self._rows.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission into the one sentence that says what to do."""
    try:
        yield
    except OSError as error:
        raise unwritable(folder, error) from error


class Store:
    """The runs under `folder` (default: `runs` in `TRANSFERLAB_HOME`), and behind them the recorded ones."""

    def __init__(
        self, folder: Path | None = None, cap_gigabytes: float | None = None, recorded: Path | None = RECORDED
    ):
        self.folder = folder or home() / "runs"
        self.places = [self.folder, recorded] if recorded else [self.folder]
        cap = cap_gigabytes or float(os.environ.get(CAP_VARIABLE) or CAP_GIGABYTES)
        self.cap_bytes = int(cap * 1e9)

    def find(self, run_id: str) -> Run | None:
        """The finished run with this id, or None; finding a run makes it the last to be evicted."""
        if not re.fullmatch("[0-9a-f]{16}", run_id):
            return None
        for folder in (place / run_id for place in self.places):
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                run = Run(folder, json.loads((folder / "run.json").read_text(encoding="utf-8")))
                if not run.recorded:
                    with contextlib.suppress(OSError):
                        os.utime(folder)
                return run
        return None

    def has(self, run_id: str) -> bool:
        """Whether the run with this id is finished: a quick look, which keeps nothing from eviction."""
        return any(os.path.exists(f"{place}/{run_id}/run.json") for place in self.places)

    def open(self, source: str | Spec) -> Run:
        """The finished run named by a spec or by `run:<id>`; `Refused` when there is none."""
        run_id = source.id if isinstance(source, Spec) else source.removeprefix("run:").partition("@")[0]
        run = self.find(run_id)
        if run is None:
            raise Refused("run", run_id, "there is no finished run with this id here.")
        return run

    def under_way(self, run_id: str) -> Run | None:
        """What there is by now of a run that is being written: snapshots of steps that are past can be read."""
        folders = self.folder.glob(f".draft-{run_id}-*") if re.fullmatch("[0-9a-f]{16}", run_id) else []
        latest = max(folders, key=_last_used, default=None)
        return Run(latest, {"summary": {}, "provenance": {}}) if latest else None

    def draft(self, spec: Spec) -> Draft:
        return Draft(self.folder, spec)

    def drop_drafts(self, run_id: str) -> None:
        """Delete what a run left behind whose process was killed."""
        for draft in self.folder.glob(f".draft-{run_id}-*"):
            shutil.rmtree(draft, ignore_errors=True)

    def runs(self) -> list[Run]:
        """All finished runs of this folder, the last used first."""
        folders = [f.parent for f in self.folder.glob("*/run.json") if not f.parent.name.startswith(".")]
        found = [self._peek(folder) for folder in sorted(folders, key=_last_used, reverse=True)]
        return [run for run in found if run]

    def delete(self, wanted: Callable[[Run], bool]) -> int:
        """Delete the runs for which `wanted` holds; the recorded ones stay. Returns how many went."""
        gone = [run for run in self.runs() if wanted(run)]
        for run in gone:
            shutil.rmtree(run.folder, ignore_errors=True)
        return len(gone)

    def trim(self, keep: str = "") -> None:
        """Delete the runs used longest ago until the folder is under its cap, and drafts left by a crash."""
        for draft in self.folder.glob(".draft-*"):
            if time.time() - _last_used(draft) > DRAFT_HOURS * 3600:
                shutil.rmtree(draft, ignore_errors=True)
        used = 0
        for run in self.runs():
            used += sum(file.stat().st_size for file in run.folder.rglob("*") if file.is_file())
            if used > self.cap_bytes and run.id != keep:
                shutil.rmtree(run.folder, ignore_errors=True)

    def _peek(self, folder: Path) -> Run | None:
        try:
            return Run(folder, json.loads((folder / "run.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, json.JSONDecodeError):
            return None  # evicted by somebody else between the listing and the look


def _last_used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
