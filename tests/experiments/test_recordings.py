"""What ships in `assets` is what the code asks for."""

import json
import shutil

import pytest
from PIL import Image

from core.experiments import recording as module
from core.experiments.encoders import PHOTOGRAPHS, longer
from core.experiments.portraits import PORTRAIT_SIZE, PORTRAITS
from core.experiments.readout import readout
from core.experiments.recording import check
from core.experiments.recordings import recordings
from core.experiments.train import train
from core.models.weights import from_arrays
from core.runs.drive import drive
from core.runs.follow import follow
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import RECORDED, Store
from tests.experiments.conftest import TINY

NAMES = sorted(recordings())


@pytest.mark.parametrize("name", NAMES)
def test_every_recording_is_there_under_its_identity(home, name):
    spec = recordings()[name]
    run = Store(RECORDED).find(spec.id)
    assert run, f"{name} is not recorded as it is asked for now: run `transferlab record`"
    assert run.recorded
    assert run.spec() == spec
    assert {"date", "processor", "code"} <= set(run.provenance)


def test_nothing_else_is_recorded():
    assert {folder.name for folder in RECORDED.iterdir()} == {spec.id for spec in recordings().values()}


@pytest.mark.parametrize("name", NAMES)
def test_the_summary_of_a_recorded_figure_follows_from_its_rows(home, name):
    spec = recordings()[name]
    run = Store(RECORDED).open(spec)
    if spec.about.name == "lens_units":
        pictures = [run.artifact(name) for name in ("patches", *(f"back_{rule}" for rule in run.summary["rules"]))]
        assert {len(files) for files in pictures} == {len(run.rows())}
    elif spec.about.name == "lens_maximise":
        assert len(run.artifact("made")) == len(run.rows())
        assert not list(run.folder.glob("artifacts/growing*")), "nobody watches it grow again"
    elif spec.about.name == "lens_maps":
        assert all(run.artifact(f"maps_{row['stage']}") for row in run.rows())
    elif spec.about.name == "selectivity":
        assert {row["stage"] for row in run.rows()} == set(run.summary["stages"])
    elif spec.about.name == "evolved":
        assert all(run.artifact("patches", step) for step in run.summary["steps"])
    elif spec.about.name == "lens_attribution":
        assert len(run.artifact("map")) == len(run.artifact("picture")) == 1
    elif spec.about.name in ("train", "ssl"):
        assert run.artifact("network").arrays
        assert not list(run.folder.glob("artifacts/reconstructions*")), "nobody watches it grow again"
    elif spec.about.name == "map":
        assert len(run.artifact("near")) == len(run.rows()) == run.summary["pictures"]
    elif spec.about.name == "sprites":
        assert len(run.rows()) == run.summary["pictures"]
        assert run.artifact("sheet")
    if not spec.about.is_plan:
        return
    again = spec.about.summarise(spec.settings, run.rows())
    assert {key: run.summary[key] for key in again} == again


def test_of_pictures_that_are_not_ours_no_picture_ships_and_a_long_training_weighs_little():
    for spec in [*longer("toybox").values(), *longer(PHOTOGRAPHS).values()]:
        run = Store(RECORDED).open(spec)
        assert sum(file.stat().st_size for file in run.folder.rglob("*") if file.is_file()) < 2 << 20
        if spec.settings.data == PHOTOGRAPHS:
            assert not [file for file in run.folder.rglob("*") if file.suffix in (".webp", ".png", ".jpg")]
        network = run.artifact("network")
        assert not {"decoder", "unfolded"} & set(network.recipe["heads"])
        assert from_arrays(network.recipe, network.arrays).names


def test_the_toys_of_the_home_page_are_there():
    for name in PORTRAITS:
        with Image.open(RECORDED.parent / "toys" / f"{name}.webp") as picture:
            assert picture.size == (PORTRAIT_SIZE, PORTRAIT_SIZE)


def test_a_recording_is_checked_whether_or_not_what_it_borrows_is_recorded_and_may_come_out_otherwise(
    home, tmp_path, monkeypatch
):
    spec = Spec.of(readout, data="digits", donor=Spec.of(train, **TINY))
    recorded = tmp_path / "recorded"
    shutil.copytree(follow(drive(spec), "recorded").folder, recorded / spec.id)
    shutil.rmtree(home / "runs")
    monkeypatch.setattr(module, "RECORDED", recorded)
    monkeypatch.setattr("core.experiments.recordings.recordings", lambda: {"one": spec})
    check(["one"], follow)
    rows = [json.loads(line) for line in (recorded / spec.id / "rows.jsonl").read_text().splitlines()]
    for row in rows:
        row["accuracy"] += 0.1
    (recorded / spec.id / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(Refused, match=r"its first arm is 0\.100 away from the recording \(at most 0\.04\)"):
        check(["one"], follow)
