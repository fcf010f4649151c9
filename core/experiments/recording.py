"""How a run is recorded (`recordings.py`), what of it ships, and whether it comes out the same again.

A recording is kept until the version of its experiment, or its settings, change.
"""

from __future__ import annotations

import json
import operator
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean

from core.experiments.encoders import PHOTOGRAPHS, STEPS
from core.experiments.lens_units import NINE
from core.experiments.portraits import SHEETS, portraits, sheets
from core.experiments.recordings import PAIR, chosen, in_the_wild, recordings
from core.runs import artifacts
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Progress, Row, Spec
from core.runs.store import RECORDED, Run, Store

THINNED = 8  # of a long training the losses of every so many steps
WITHOUT_DECODER = ("code", "projection", "prediction", "classes")  # heads that a long training keeps
LOSSES_SHOWN = ("collapse",)  # plans whose figures draw the loss of training
TOLERANCE = 0.04  # of what is measured, between processors that round differently
# What is compared: of the rows of a test, else of all that have such a column, a number from 0 to 1.
MEASURED: dict[str, Callable[[Row], float]] = {
    **{name: operator.itemgetter(name) for name in ("accuracy", "cka", "hit", "kept", "mean", "pose", "probability")},
    "camera": lambda row: row["camera"] / 4,
    "of_nine": lambda row: row["of_nine"] / NINE,
    "best": lambda row: row["value"] > row["best"],
}
Follow = Callable[[Iterator[Row | Progress], str], Run]
Finish = Callable[[Spec, str], Run]


def record(names: list[str], finish: Finish) -> None:
    """Run what is not recorded yet, and take away what no recording is any more."""
    for name, spec in chosen(names).items():
        keep(finish(spec, name))
    if not names:
        portraits(RECORDED.parent / "toys")
        sheets(SHEETS)
        wanted = {spec.id for spec in recordings().values()}
        for folder in RECORDED.iterdir():
            if folder.name not in wanted:
                shutil.rmtree(folder)


def keep(run: Run) -> None:
    """Copy a run to `assets/recorded`: a donor whole, without pictures where they are not ours; of a figure the rows
    that it is drawn from, no networks.

    The summary of a figure that is there already is made again from its rows: it says what today's code reads in them.
    """
    folder, spec = RECORDED / run.id, run.spec()
    if folder.exists():
        if summarise := spec.about.summarise:
            summary = run.record["summary"] | summarise(spec.settings, run.rows())
            text = json.dumps(run.record | {"summary": summary}, indent=1, ensure_ascii=False)
            (folder / "run.json").write_text(text, encoding="utf-8")
        return
    foreign = getattr(spec.settings, "data", "") == PHOTOGRAPHS
    growing = [f"{stream.name}*" if foreign else f"{stream.name}@*" for stream in spec.about.streams]
    if run.id in {pair.id for name, pair in in_the_wild().items() if name.endswith(PAIR)}:
        last = max(run.steps("answers"), default=0)
        growing = ["network*", *(f"answers@{step}" for step in run.steps("answers") if step != last)]
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns(*growing))
    if spec.about.name in ("pretext", "cpc"):
        lighten(folder / "artifacts", ())
    if spec.about.name == "ssl":
        lighten(folder / "artifacts", WITHOUT_DECODER if spec.settings.steps > STEPS else None)
    if spec.about.name == "ssl" and spec.settings.steps > STEPS:
        write_rows(folder, [row for row in run.rows() if row["split"] != "train" or row["step"] % THINNED == 0])
    if spec.about.is_plan:
        left_out = {"picture", "similarity", "said", *(() if spec.about.name in LOSSES_SHOWN else ("train",))}
        write_rows(folder, [row for row in run.rows() if row["split"] not in left_out])


def write_rows(folder: Path, rows: list[Row]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "rows.jsonl").write_text(text, encoding="utf-8")


def lighten(folder: Path, kept: tuple[str, ...] | None) -> None:
    """Write a network again in half precision, of its heads those that are `kept`, or all."""
    network = artifacts.read(folder, "network")
    heads = {name: how for name, how in network.recipe["heads"].items() if kept is None or name in kept}
    left_out = tuple(f"heads.{name}." for name in network.recipe["heads"] if name not in heads)
    arrays = {
        name: array.astype("float16") if array.dtype == "float32" else array
        for name, array in network.arrays.items()
        if not name.startswith(left_out)
    }
    artifacts.write(folder, artifacts.Artifact("network", artifacts.Tensors(arrays, network.recipe | {"heads": heads})))


def check(names: list[str], follow: Follow) -> None:
    """Run the first arm of each recording again; `Refused` names one that comes out differently."""
    for name, spec in chosen(names).items():
        recorded = Store(RECORDED).find(spec.id)
        if recorded is None:
            raise Refused("NAME", name, "it is not recorded yet: run `transferlab record` first.")
        arm = next(iter(spec.arms()), spec)
        with tempfile.TemporaryDirectory() as folder:
            for donor in arm.donors():  # recorded, or trained now
                shutil.copytree(follow(drive(donor), f"what {name} borrows").folder, Path(folder) / donor.id)
            again = follow(drive(arm, Store(Path(folder), recorded=None)), f"{name} again")
            apart = abs(_measured(again) - _measured(recorded, arm.id))
        if apart > TOLERANCE:
            raise Refused("NAME", name, f"its first arm is {apart:.3f} away from the recording (at most {TOLERANCE}).")


def _measured(run: Run, arm: str = "") -> float:
    """Of a run, or of one arm of a plan, the mean of what its rows measure."""
    rows = [row for row in run.rows() if row.get("run", arm) == arm]
    rows = [row for row in rows if row["split"] == "test"] or rows
    return fmean(measure(row) for row in rows for name, measure in MEASURED.items() if name in row)
