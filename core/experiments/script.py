"""A run to take home: a zip that repeats it where this project is not (`script_repeat.py`)."""

from __future__ import annotations

import dataclasses
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

from core.experiments import script_repeat
from core.runs.arms import single
from core.runs.artifacts import Artifact
from core.runs.home import home
from core.runs.settings import Help, Matching
from core.runs.spec import Course, experiment
from core.runs.store import Store
from core.worlds import WORLDS, fingerprint


@dataclasses.dataclass(frozen=True)
class Script:
    run: Annotated[str, Matching("[0-9a-f]{16}", "the id of a finished run"), Help("the run to repeat")]
    data: Annotated[str, Help("its pictures (filled in)")] = ""

    def canonical(self) -> Script:
        """The only arm of a plan of one; `Refused` names the arms where there are more."""
        run = single(Store().open(self.run))
        settings = run.record["spec"]["settings"]
        return dataclasses.replace(self, run=run.id, data=script_repeat.private(settings) or settings.get("data", ""))


def of_pictures(settings: Script) -> str:
    return fingerprint(settings.data) if re.split(r"[:/\\]", settings.data)[0] in WORLDS else ""


@experiment(Script, version=3, data=of_pictures, quick=True)
def script(settings: Script) -> Course:
    """Keeps the artifact `script`, a zip: repeat.py, with core/ and all that they read."""
    run = Store().open(settings.run)
    with tempfile.TemporaryDirectory(dir=home()) as place:
        folder = Path(place)
        yield from script_repeat.written(run, folder)
        names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
        archive = folder / "script.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as file:
            for name in names:
                file.write(folder / name, f"transferlab-{run.id}/{name}")
        size = archive.stat().st_size
        yield Artifact("script", archive)
    return {"bytes": size, "files": names}
