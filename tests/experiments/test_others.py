import numpy as np
import pytest
from PIL import Image

from core.experiments.body_rate import MULTIPLES
from core.experiments.ready import PARTS
from core.runs.settings import Refused
from core.worlds import open_world
from core.worlds.splits import split
from core.worlds.uploads import store_picture
from tests.experiments.conftest import TINY, rows


def test_body_rates_differ_in_the_rate_only(finish):
    donor, _ = finish("train", **TINY, seed=5)
    settings = {name: TINY[name] for name in ("data", "labels_per_class", "epochs", "size")}
    run, _ = finish("body_rate", **settings, source=f"run:{donor.id}", seeds=2)
    curve = run.summary["curve"]
    assert [point["body_rate"] for point in curve] == list(MULTIPLES)
    assert all(point["low"] <= point["accuracy"] <= point["high"] for point in curve)
    assert run.summary["best"] in MULTIPLES
    assert len([row for row in run.rows() if row["split"] == "test"]) == 2 * len(MULTIPLES)


def test_pictures_are_those_asked_for_in_their_order(finish):
    run, items = finish("pictures", data="digits", which="7,3", size=64)
    world = open_world("digits")
    assert [row["picture"] for row in rows(items)] == [7, 3]
    assert [row["label"] for row in rows(items)] == world.labels[[7, 3]].tolist()
    files = run.artifact("pictures")
    shown = np.asarray(Image.open(files[0]).convert("RGB"), float)
    assert shown.shape == (64, 64, 3)
    assert np.abs(shown - np.asarray(Image.fromarray(world.show(7, 64)).resize((64, 64)), float)).mean() < 12


@pytest.mark.parametrize("which", ["99999999", ",".join("1" * 65)])
def test_pictures_that_are_not_there_are_refused(finish, which):
    with pytest.raises(Refused, match="which="):
        finish("pictures", data="digits", which=which)


def test_a_trained_network_answers_about_a_picture(finish, tmp_path):
    trained, _ = finish("train", **{**TINY, "labels_per_class": 20, "epochs": 6})
    world = open_world("digits")
    file = tmp_path / "one.png"
    Image.fromarray(world.show(0, 96)).save(file)
    address = store_picture(file.read_bytes())
    run, items = finish("predict", network=f"run:{trained.id}", picture=address)
    answers = rows(items)
    assert {row["class"] for row in answers} == set(world.classes)
    assert sum(row["probability"] for row in answers) == pytest.approx(1, abs=0.01)
    assert answers[0]["class"] == run.summary["answer"]
    assert answers == sorted(answers, key=lambda row: -row["probability"])


def test_pictures_are_ready_as_a_run_reads_them(finish):
    run, items = finish("ready", data="digits", labels_per_class=5, size=32)
    parts = split(open_world("digits"))
    assert run.summary["pictures"] == 50 + len(parts.validation) + len(parts.test)
    assert items[-1].share == 1
    some = [finish("ready", data="digits", labels_per_class=5, size=32, part=k + 1)[0] for k in range(PARTS)]
    assert sum(part.summary["pictures"] for part in some) == run.summary["pictures"]
    assert max(part.summary["pictures"] for part in some) <= run.summary["pictures"] / PARTS + 1


def test_a_network_is_described_stage_by_stage(finish):
    run, items = finish("network", network="timm:test_resnet")
    found = rows(items)
    assert [row["stage"] for row in found] == ["conv1", "layer1", "layer2", "layer3", "layer4"]
    assert [row["stride"] for row in found] == [4, 4, 8, 16, 32]
    assert len(found[-1]["shape"]) == 3
    assert run.summary["parameters"] == sum(row["parameters"] for row in found) > 100_000
    with pytest.raises(Refused, match="no such network"):
        finish("network", network="timm:no_such_network")
