"""The runs that ship with the project (`assets/recorded`): donors, and figures too long to wait for.

A recording is kept until the version of its experiment, or its settings below, change.
"""

from __future__ import annotations

import json
import operator
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean

from core.experiments.anb import anb
from core.experiments.attribution_league import attribution_league, donor_of, first_looks, riddle
from core.experiments.body_rate import body_rate
from core.experiments.coadaptation import SHOWN, coadaptation
from core.experiments.collapse import collapse
from core.experiments.correspondence import correspondence
from core.experiments.definitions import definitions
from core.experiments.details import TABLES, details
from core.experiments.encoders import ENCODERS, FOUR, PHOTOGRAPHS, PLANE, STEPS, encoder, longer, map_of
from core.experiments.evolution import Evolution, evolution
from core.experiments.evolution import arm as evolution_arm
from core.experiments.factors import kept_factors
from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.generic_specific import generic_specific
from core.experiments.hierarchy import hierarchy
from core.experiments.invariance import invariance
from core.experiments.label_budget import label_budget
from core.experiments.lens_maps import EACH, lens_maps
from core.experiments.lens_maximise import lens_maximise
from core.experiments.lens_units import NINE, lens_units
from core.experiments.looked_at import usual
from core.experiments.maps import sprites
from core.experiments.portraits import SHEETS, portraits, sheets
from core.experiments.pretext_leak import pretext_leak
from core.experiments.pretext_ranking import pretext_ranking
from core.experiments.pretext_stages import NETWORKS, pretext_stages
from core.experiments.puzzle_runs import puzzler
from core.experiments.selectivity import selectivity
from core.experiments.shortcuts import shortcuts
from core.experiments.stage_ablation import stage_ablation
from core.experiments.stations import BORROWED, SCRATCH, wild
from core.experiments.train import train
from core.experiments.two_by_two import two_by_two
from core.methods.puzzles import ABERRATION, CORNER, GAPLESS, TASKS
from core.models.catalog import network_info
from core.runs import artifacts
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Progress, Row, Spec
from core.runs.store import RECORDED, Run, Store

THINNED = 8  # of a long training the losses of every so many steps
WITHOUT_DECODER = ("code", "projection", "prediction", "classes")  # heads that a long training keeps
PAIR = (BORROWED, SCRATCH)  # arms of a station
SHIPPED = ("faster_rcnn", "cob", "fcn", "driu")  # stations; an arm of the others takes minutes
LOSSES_SHOWN = ("collapse",)  # plans whose figures draw the loss of training
TOLERANCE = 0.04  # of what is measured, between processors that round differently
EIGHT, LITE0 = network_info("labnet").stages, "efficientnet_lite0"
# What is compared: of the rows of a test, else of all that have such a column, a number from 0 to 1.
MEASURED: dict[str, Callable[[Row], float]] = {
    **{name: operator.itemgetter(name) for name in ("accuracy", "cka", "hit", "kept", "mean", "pose", "probability")},
    "camera": lambda row: row["camera"] / 4,
    "of_nine": lambda row: row["of_nine"] / NINE,
    "best": lambda row: row["value"] > row["best"],
}
Follow = Callable[[Iterator[Row | Progress], str], Run]
Finish = Callable[[Spec, str], Run]


def recordings() -> dict[str, Spec]:
    """name → what is recorded under it."""
    return {
        "toybox_donor": Spec.of(train, **TOYBOX_DONOR),
        "body_rate": Spec.of(body_rate),
        "shortcuts": Spec.of(shortcuts),
        "anb_random": Spec.of(anb, preset="standard"),
        "anb_many_labels": Spec.of(anb, preset="standard", labels_per_class=400),
        "anb_natural": Spec.of(anb, preset="standard", split="natural"),
        "anb_task": Spec.of(anb, preset="standard", split="task"),
        "coadaptation": Spec.of(coadaptation),
        "anb_dip": Spec.of(anb, **SHOWN),
        "label_budget": Spec.of(label_budget),
        "definitions": Spec.of(definitions),
        "two_by_two": Spec.of(two_by_two),
        "anb_untrained": Spec.of(anb, preset="standard", split="untrained"),
        **inside(),
        **representations(),
        **puzzles(),
        **in_the_wild(),
    }


def inside() -> dict[str, Spec]:
    """Those of the chapter that looks inside networks."""
    return {
        "hierarchy": Spec.of(hierarchy),
        **{f"units_{stage}": Spec.of(lens_units, stage=stage) for stage in EIGHT},
        **{f"made_{stage}": Spec.of(lens_maximise, stage=stage, channels=EACH) for stage in EIGHT},
        "selectivity": Spec.of(selectivity),
        "maps": Spec.of(lens_maps),
        **{
            f"units_lite0_{stage}": Spec.of(lens_units, **usual("imagenet", LITE0), stage=stage)
            for stage in network_info(LITE0).stages
        },
        "maps_lite0": Spec.of(lens_maps, source="imagenet", picture="photograph:coffee"),
        "generic_specific": Spec.of(generic_specific),
        "stage_ablation": Spec.of(stage_ablation),
        "invariance": Spec.of(invariance),
        "correspondence": Spec.of(correspondence),
        "evolution": Spec.of(evolution),
        "evolution_patches": evolution_arm(Evolution().canonical(), Evolution().seed),
        "shadow_donor": donor_of("shadow"),
        "attribution_league": Spec.of(attribution_league),
        **{f"looks_{cause}": spec for cause, spec in riddle().items()},
        **{f"first_look_{name}": spec for name, spec in first_looks().items()},
    }


def representations() -> dict[str, Spec]:
    """Those of the chapter on learning without labels."""
    return {
        **{f"encoder_{title}": encoder(**how) for title, how in ENCODERS.items()},
        "encoder_plane": encoder(**PLANE),
        **{f"map_{title}": map_of(title) for title in (*ENCODERS, "Untrained")},
        "sprites": Spec.of(sprites, data="toybox", classes=FOUR),
        "collapse": Spec.of(collapse),
        "kept_factors": Spec.of(kept_factors),
        **{f"longer_{spec.settings.method}": spec for spec in longer("toybox").values()},
        **{f"photographs_{spec.settings.method}": spec for spec in longer(PHOTOGRAPHS).values()},
        **{f"details_{table}": Spec.of(details, table=table) for table in TABLES},
    }


def puzzles() -> dict[str, Spec]:
    """Those of the chapter on pretext tasks."""
    leaks = (("rotation", CORNER), ("relative_position", ABERRATION), ("jigsaw", GAPLESS))
    return {
        **{f"puzzles_{task}": puzzler(task) for task in TASKS},
        "pretext_ranking": Spec.of(pretext_ranking),
        **{f"stages_{network}": Spec.of(pretext_stages, network=network) for network in NETWORKS},
        **{f"leak_{task}_{leak}": Spec.of(pretext_leak, task=task, leak=leak) for task, leak in leaks},
    }


def in_the_wild() -> dict[str, Spec]:
    """Of each station all arms of all seeds, and of the first seed what both arms say, in pictures."""
    plans = {f"wild_{station}": Spec.of(wild, station=station) for station in SHIPPED}
    pairs = {
        f"{name}_{arm}": spec for name, plan in plans.items() for arm, spec in zip(PAIR, plan.arms(), strict=False)
    }
    return plans | pairs


def chosen(names: list[str]) -> dict[str, Spec]:
    every = recordings()
    for name in names:
        if name not in every:
            raise Refused("NAME", name, f"one of {', '.join(every)}.")
    return {name: spec for name, spec in every.items() if not names or name in names}


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
    if spec.about.name == "pretext":
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
