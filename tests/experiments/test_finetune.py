import math
import re
import shutil
import urllib.error

import numpy as np
import pytest
import torch

from core.experiments.finetune import Finetune, arms, finetune
from core.experiments.sources import borrowed, stored
from core.models.catalog import network_info
from core.models.staged import build
from core.models.weights import from_arrays
from core.runs.artifacts import Tensors
from core.runs.drive import drive
from core.runs.settings import Refused, as_json, coerce
from core.runs.spec import Spec
from core.runs.store import Store
from core.worlds import open_world
from core.worlds.splits import split
from core.worlds.uploads import forget, store_weights
from tests.experiments.conftest import TINY, rows


@pytest.fixture(scope="session")
def donor(finish):
    """A finished training to borrow from."""
    return finish("train", **TINY, seed=5)[0]


def test_a_run_learns_tests_once_and_keeps_its_network(finish):
    run, items = finish("train", **{**TINY, "labels_per_class": 20, "epochs": 6})
    found = rows(items)
    train = [row for row in found if row["split"] == "train"]
    tests = [row for row in found if row["split"] == "test"]
    pictures = [row for row in found if row["split"] == "picture"]
    assert run.summary["test_accuracy"] > 0.3, "chance is .1"
    assert np.mean([row["loss"] for row in train[-5:]]) < train[0]["loss"]
    assert len(tests) == 1
    right = sum(row["label"] == row["predicted"] for row in pictures)
    assert tests[0]["accuracy"] == pytest.approx(right / len(pictures))
    assert run.summary["low"] < run.summary["test_accuracy"] < run.summary["high"]
    assert isinstance(run.artifact("network"), Tensors)


def test_a_network_is_kept_at_chosen_steps_too(finish):
    plain, items = finish("train", **TINY)
    run, others = finish("train", **TINY, checkpoints="0,2")
    untimed = [
        [{k: v for k, v in row.items() if k not in ("seconds", "images_per_second")} for row in rows(found)]
        for found in (items, others)
    ]
    assert untimed[0] == untimed[1], "keeping it changes nothing"
    start, early, last = (borrowed(f"run:{run.id}{step}", None).arrays for step in ("@0", "@2", ""))
    fresh = build("labnet", 10, seed=0, size=32).state_dict()
    assert all(np.array_equal(start[name], value.numpy()) for name, value in fresh.items())
    weights = "stages.conv1.conv.weight"
    assert not np.array_equal(start[weights], early[weights])
    assert not np.array_equal(early[weights], last[weights])
    assert np.array_equal(last[weights], plain.artifact("network").arrays[weights])
    with pytest.raises(Refused, match="no network after that step; it did after 0, 2, and at its end"):
        finish("train", **TINY, source=f"run:{run.id}@3")
    with pytest.raises(Refused, match="checkpoints=99999 cannot be used: this training has 4 steps"):
        finish("train", **TINY, checkpoints="1,99999")


def test_what_is_tested_was_never_trained_on(finish):
    _, items = finish("train", **TINY)
    tested = {row["picture"] for row in rows(items) if row["split"] == "picture"}
    parts = split(open_world("digits"))
    assert tested == set(parts.test.tolist())
    assert not tested & set(parts.train.tolist())


def test_the_control_differs_in_the_start_and_the_freezing_only(donor):
    source = f"run:{donor.id}"
    ours, control = arms(coerce(Finetune, {**TINY, "source": source, "frozen": "3", "body_rate": 0.1}))
    differing = {
        name for name in vars(ours.settings) if getattr(ours.settings, name) != getattr(control.settings, name)
    }
    assert differing == {"source", "stages", "body_rate"}
    assert control.settings.source == "none"
    assert control.settings.stages == "tttttttn"
    assert ours.settings.stages == "fffttttn"


def test_frozen_stages_keep_the_donors_weights_and_others_move(finish, donor):
    run, _ = finish("train", **TINY, source=f"run:{donor.id}", stages="fffttttn")
    before, after = donor.artifact("network").arrays, run.artifact("network").arrays
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    frozen = {name for name in before if any(f"conv{k}" in name for k in (1, 2, 3))}
    assert frozen
    assert not moved & frozen, "weights and BatchNorm statistics of frozen stages are as they were"
    assert any("conv4" in name for name in moved)


def test_the_same_settings_give_the_same_rows_bit_for_bit(finish, home, monkeypatch):
    _, first = finish("train", **TINY)
    again = list(_rerun(TINY))
    timed = ("seconds", "images_per_second")
    strip = lambda found: [{k: v for k, v in row.items() if k not in timed} for row in rows(found)]  # noqa: E731
    assert strip(first) == strip(again)


def _rerun(settings):
    from core.experiments.train import train
    from core.runs.drive import drive
    from core.runs.spec import Spec

    yield from drive(Spec.of(train, **settings), Store())  # a fresh home: nothing is found


def test_the_summary_compares_with_the_control_in_pairs(finish, donor):
    run, items = finish("finetune", **TINY, source=f"run:{donor.id}", frozen="7")
    found = run.summary
    assert found["difference"] == pytest.approx(found["test_accuracy"] - found["control_accuracy"], abs=1e-9)
    assert found["difference_low"] <= found["difference"] <= found["difference_high"]
    assert found["seconds"] >= 0
    assert {row["arm"] for row in rows(items)} == {"transfer", "scratch"}
    assert found["arm"] == "transfer"


def test_over_seeds_the_intervals_are_students(finish):
    run, _ = finish("finetune", **TINY, source="none", frozen="0", seeds=2)
    values = [row["accuracy"] for row in run.rows() if row["split"] == "test"]
    assert run.summary["seeds"] == len(values) == 2
    mean = sum(values) / 2
    half = 12.706204736 * (abs(values[0] - values[1]) / math.sqrt(2)) / math.sqrt(2)
    assert run.summary["test_accuracy"] == pytest.approx(mean)
    assert run.summary["high"] == pytest.approx(mean + half)


def test_random_frozen_filters_are_not_called_scratch(finish):
    run, _ = finish("finetune", **TINY, source="none", frozen="3")
    assert run.summary["arm"] == "random"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"frozen": "9"}, "frozen"),
        ({"frozen": "some"}, "frozen"),
        ({"source": "imagenet", "network": "labnet"}, "source"),
        ({"source": "run:0123456789abcdef"}, "run"),
        ({"source": "elsewhere"}, "source"),
        ({"stages": "fff"}, "stages"),
        ({"stages": "ffffffff"}, "stages"),
        ({"size": "8"}, "size"),
        ({"data": "nowhere/photos.zip"}, "data"),
        ({"epochs": "0"}, "epochs"),
    ],
)
def test_what_cannot_work_is_refused_by_name(settings, named):
    from core.experiments.finetune import finetune
    from core.runs.spec import Spec

    with pytest.raises(Refused) as caught:
        Spec.of(finetune, **settings)
    assert caught.value.setting == named


def test_a_budget_larger_than_the_class_is_refused_in_one_sentence(finish):
    with pytest.raises(Refused, match="labels_per_class=5000"):
        finish("train", **{**TINY, "labels_per_class": 5000})


def test_equal_freezing_written_in_two_ways_is_one_run():
    a = coerce(Finetune, {**TINY, "source": "none", "frozen": "3"})
    b = coerce(Finetune, {**TINY, "source": "none", "stages": "fffttttn"})
    assert a == b
    imagenet = coerce(Finetune, {"data": "digits", "source": "imagenet", "frozen": "all"})
    assert imagenet.network == "efficientnet_lite0"
    assert imagenet.stages == "ffffffffn"


@pytest.mark.parametrize(
    ("source", "network", "fits"),
    [
        ("imagenet", "auto", "efficientnet_lite0"),
        ("imagenet", "resnet18", "resnet18"),
        ("none", "squeezenet", "squeezenet"),
        ("none", "timm:test_resnet", "timm:test_resnet"),
        ("imagenet", "timm:test_resnet", "timm:test_resnet"),
        ("none", "auto", "labnet"),
        ("toybox", "auto", "labnet"),
    ],
)
def test_a_source_leaves_the_networks_that_have_its_weights(source, network, fits):
    settings = Spec.of(finetune, source=source, network=network, frozen="1").settings
    assert settings.network == fits
    assert settings.size == network_info(fits).size
    assert settings.stages == "f" + "t" * (len(network_info(fits).stages) - 2) + "n"


@pytest.mark.parametrize(("source", "network"), [("toybox", "resnet18"), ("imagenet", "labnet")])
def test_weights_of_another_network_are_refused(source, network):
    with pytest.raises(Refused, match=network):
        Spec.of(finetune, source=source, network=network)


@pytest.mark.parametrize("name", ["resnet18", "timm:test_resnet"])
def test_any_network_learns_with_its_first_stages_frozen(home, name):
    """From nothing on digits: its frozen stages are those of its seed, the others are not."""
    spec = Spec.of(
        finetune, data="digits", source="none", network=name, frozen="2", size=64, labels_per_class=5, epochs=1,
        control=False,
    )  # fmt: skip
    store = Store()
    for _ in drive(spec, store):
        pass
    (arm,) = spec.arms()
    found = store.find(arm.id).artifact("network")
    kept = from_arrays(found.recipe, found.arrays)
    start = build(name, 10, seed=0, size=64)
    for k, stage in enumerate(kept.names):
        pairs = zip(kept.stage(stage).state_dict().values(), start.stage(stage).state_dict().values(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs) == (k < 2), stage


def test_without_a_network_the_run_ends_with_one_sentence(home, monkeypatch):
    def unreachable(*_, **__):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr("core.runs.download.urllib.request.urlopen", unreachable)
    spec = Spec.of(
        finetune,
        data="digits",
        source="imagenet",
        network="resnet18",
        frozen="all",
        size=32,
        labels_per_class=5,
        epochs=1,
    )
    with pytest.raises(Refused, match=r"ResNet-18's weights.*embedded or recorded weights, or none"):
        for _ in drive(spec, Store()):
            pass


def taken_home(finish, folder):
    """The file of a trained LabNet, as a student takes it home."""
    donor, _ = finish("train", **TINY, seed=5)
    file = folder / "mine.safetensors"
    shutil.copy(donor.folder / "artifacts" / "network.safetensors", file)
    return donor, file


def test_ones_own_weights_are_a_source_by_content(finish, tmp_path):
    donor, file = taken_home(finish, tmp_path)
    spec = Spec.of(finetune, **TINY, source=stored(str(file)), frozen="3", control=False)
    assert re.fullmatch("weights:[0-9a-f]{64}", spec.settings.source)
    assert spec.settings.network == "labnet", "the file says what it is of"
    file.rename(tmp_path / "elsewhere.pth")
    assert (
        Spec.of(finetune, **TINY, source=stored(str(tmp_path / "elsewhere.pth")), frozen="3", control=False).id
        == spec.id
    )
    lent = Spec.of(finetune, **TINY, source=f"run:{donor.id}", frozen="3", control=False)
    arms = [finish("train", **as_json(only.arms()[0].settings) | {"donor": None})[0] for only in (spec, lent)]
    ours, theirs = ([{k: v for k, v in row.items() if "second" not in k} for row in arm.rows()] for arm in arms)
    assert ours == theirs, "the same weights from a file and from the run"


def test_own_weights_that_do_not_fit_are_one_sentence(finish, tmp_path):
    _, file = taken_home(finish, tmp_path)
    with pytest.raises(Refused, match="are for labnet"):
        Spec.of(finetune, source=stored(str(file)), network="resnet18")
    plain = tmp_path / "plain.pth"
    torch.save({"conv1.weight": torch.zeros(2)}, plain)
    with pytest.raises(Refused, match="say which network"):
        Spec.of(finetune, source=stored(str(plain)))
    with pytest.raises(Refused, match="no such file"):
        Spec.of(finetune, source=stored("nowhere.pth"), network="resnet18")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(Refused, match="neither a safetensors file"):
        Spec.of(finetune, source=stored(str(tmp_path / "text.pth")), network="resnet18")
    address = Spec.of(finetune, source=stored(str(plain)), network="resnet18").settings.source
    with pytest.raises(Refused, match=r"do not fit resnet18: conv1\.weight is 2 where 64 × 3 × 7 × 7 is needed"):
        finish("own_weights", weights=address, network="resnet18")
    run, items = finish("own_weights", weights=store_weights(file, "mine"), network="labnet")
    assert run.summary["stages"] == 7, "all but the head, which is of other classes"
    assert [row["state"] for row in rows(items)] == ["fine-tuned"] * 7 + ["new"]
    forget([address])
    with pytest.raises(Refused, match="this file was deleted"):
        finish("own_weights", weights=address, network="vgg11")
