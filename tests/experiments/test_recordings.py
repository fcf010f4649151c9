"""What ships in `assets` is what the code asks for."""

import pytest
from PIL import Image

from core.experiments.recordings import PORTRAIT_SIZE, PORTRAITS, recordings
from core.runs.store import RECORDED, Store

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
    if not spec.about.is_plan:
        assert run.artifact("network").arrays
        return
    again = spec.about.summarise(spec.settings, run.rows())
    assert {key: run.summary[key] for key in again} == again


def test_the_toys_of_the_home_page_are_there():
    for name in PORTRAITS:
        with Image.open(RECORDED.parent / "toys" / f"{name}.webp") as picture:
            assert picture.size == (PORTRAIT_SIZE, PORTRAIT_SIZE)
