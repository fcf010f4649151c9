"""What labels drawn by hand teach: arms that differ in one thing, exact labels that are exact, own pictures without."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.experiments.labelled import NETWORK, READS, Labelled, labelled
from core.experiments.labelled_data import spoiled
from core.experiments.to_label import to_label
from core.learning.overlap import polygon_mask
from core.methods.heads import READINGS
from core.models.catalog import NETWORKS
from core.runs.labels import KINDS, Label, as_text
from core.runs.settings import Refused, coerce
from core.runs.spec import Spec
from core.worlds import open_world
from core.worlds.rounds import classes_to_label, pictures_to_label
from core.worlds.uploads import store_upload
from tests.experiments.conftest import rows

FEW = 4


def by_hand(kind, n=FEW):
    """Exact labels of the first pictures of a round, as a patient student would draw them."""
    world = open_world("toybox:b")
    chosen = pictures_to_label(world, n)
    found = list(world.labelled(chosen, 48, ["boxes_visible", "instances"]))
    boxes = np.concatenate([chunk["boxes_visible"] for chunk in found])[:, 0] / 48
    values = {
        "class": world.labels[chosen].tolist(),
        "box": boxes.tolist(),
        "mask": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in boxes.tolist()],
    }
    return [Label(kind, int(index), value) for index, value in zip(chosen, values[kind], strict=True)]


def test_every_kind_of_label_has_a_head_and_stages_to_read():
    assert tuple(READINGS) == KINDS
    for name, size in NETWORK.values():
        assert NETWORKS[name].sizes[0] <= size <= NETWORKS[name].sizes[1]
        assert set(READS[name]) == set(KINDS)
        for stages in READS[name].values():
            assert list(stages) == [stage for stage in NETWORKS[name].stages if stage in stages]


@pytest.mark.parametrize("kind", KINDS)
def test_borrowed_features_make_more_of_four_labels_than_random_ones(finish, kind):
    run, items = finish("labelled", kind=kind, labels=as_text(by_hand(kind)))
    arms = run.summary["arms"]
    assert arms["yours"]["score"] > arms["random"]["score"] + 0.05
    assert run.summary["borrowed_adds"]["low"] > 0
    tests = [row for row in rows(items) if row["split"] == "test"]
    assert {(row["arm"], row["labels"]) for row in tests} == {
        (arm, n) for arm in ("yours", "random", "exact") for n in (2, FEW)
    }
    assert all(row["low"] <= row["score"] <= row["high"] for row in tests)
    assert len(run.artifact("labels")) == FEW
    assert len(run.artifact("answers")) == len([row for row in rows(items) if row["split"] == "shown"]) == 12
    assert run.steps("answers") == ([] if kind == "class" else [2, FEW]), "drawn answers grow with the labels"


def test_exact_labels_given_by_hand_are_the_exact_arm(finish):
    run, items = finish("labelled", kind="box", labels=as_text(by_hand("box")))
    assert run.summary["own"] == pytest.approx(1, abs=0.01)
    assert abs(run.summary["exact_adds"]["score"]) < 0.01
    assert [row["score"] for row in rows(items) if row["split"] == "label"] == pytest.approx([1] * FEW, abs=0.02)


def test_an_outline_that_is_a_box_is_scored_as_one(finish):
    run, items = finish("labelled", kind="mask", labels=as_text(by_hand("mask")))
    world = open_world("toybox:b")
    chosen = pictures_to_label(world, FEW)
    (found,) = world.labelled(chosen, 48, ["instances"])
    for label, mask, row in zip(by_hand("mask"), found["instances"] > 0, rows(items), strict=False):
        drawn = polygon_mask(np.array(label.value), 48)
        assert row["score"] == pytest.approx((mask & drawn).sum() / (mask | drawn).sum(), abs=1e-3)
    assert run.summary["exact_adds"]["score"] > 0, "a box is a poor outline"


def test_exact_labels_on_random_features_are_the_golden_run(finish):
    """Bump the version of `labelled` if it changes. Borrowed features change with every recording of the donor."""
    run, _ = finish("labelled", kind="box", pictures=FEW)
    arms = run.summary["arms"]
    assert arms["yours"] == arms["exact"]
    assert arms["random"]["score"] == pytest.approx(GOLDEN_BOX, abs=1e-3)


GOLDEN_BOX = 0.3943


def test_mixed_up_labels_teach_less(finish):
    text = as_text(by_hand("class", 8))
    good, _ = finish("labelled", kind="class", labels=text)
    bad, _ = finish("labelled", kind="class", labels=text, spoiled=1)
    assert bad.summary["arms"]["yours"]["score"] < good.summary["arms"]["yours"]["score"] - 0.2
    assert bad.summary["arms"]["exact"] == good.summary["arms"]["exact"], "the control keeps its labels"


def test_spoiling_gives_labels_to_other_pictures_and_leaves_the_given_ones():
    labels = np.arange(8)
    mixed = spoiled(labels, 0.5, 0)
    assert (mixed != labels).sum() == 4
    assert sorted(mixed) == labels.tolist()
    assert (spoiled(labels, 0, 0) == labels).all()
    assert (labels == np.arange(8)).all()


def test_equal_labels_are_one_run_however_they_are_written():
    plain = Spec.of(labelled, kind="box", labels="[[6031,[0,0,1,1]]]")
    assert Spec.of(labelled, kind="box", labels=" [ [6031.0, [1.0, 1, -3, 0]] ] ", pictures=12).id == plain.id
    assert Spec.of(labelled, kind="box", labels="[[6031,[0,0,1,0.5]]]").id != plain.id
    assert Spec.from_json(plain.as_json()).id == plain.id
    assert plain.settings.donor is not None
    assert coerce(Labelled, {"source": "imagenet"}).donor is None


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("class", "[[6031,99]]", "class 99"),
        ("class", "[[9000,3]]", "picture 9000"),
        ("box", "[[999999,[0,0,1,1]]]", "picture 999999"),
        ("box", "drop table", "JSON list"),
        ("mask", "[[6031,[0,0,1,1]]]", "point"),
    ],
)
def test_labels_of_something_else_are_refused_in_one_sentence(finish, kind, text, words):
    with pytest.raises(Refused, match=words) as refused:
        finish("labelled", kind=kind, labels=text)
    assert "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def own_photos():
    """An uploaded zip of two classes: a red and a blue disc on noise, wider than high."""
    rng, out = np.random.default_rng(0), io.BytesIO()
    y, x = np.mgrid[:120, :200]
    with zipfile.ZipFile(out, "w") as archive:
        for c in range(2):
            for k in range(12):
                picture = rng.integers(0, 120, (120, 200, 3), dtype=np.uint8)
                picture[(x - 60 - 7 * k) ** 2 + (y - 60) ** 2 < 900, 2 * c] = 255
                file = io.BytesIO()
                Image.fromarray(picture).save(file, "PNG")
                archive.writestr(f"discs/colour {c}/{k}.png", file.getvalue())
    return store_upload(out.getvalue(), "discs.zip")


def test_own_pictures_are_labelled_as_networks_see_them(finish, own_photos):
    run, items = finish("to_label", data=own_photos, pictures=FEW, size=96)
    world = open_world(own_photos)
    seen = world.pictures([row["picture"] for row in rows(items)], 96)
    shown = np.stack([np.asarray(Image.open(file)) for file in run.artifact("pictures")])
    assert shown.shape == (FEW, 96, 96, 3)
    coarse = [pictures.reshape(FEW, 12, 8, 12, 8, 3).mean((2, 4)) for pictures in (seen.astype(float), shown)]
    assert np.abs(coarse[0] - coarse[1]).mean() < 6
    assert run.summary["classes"] == [[0, "colour 0"], [1, "colour 1"]]


def test_nobody_knows_the_outlines_of_own_pictures_but_their_folders_name_the_class(finish, own_photos):
    world = open_world(own_photos)
    chosen = pictures_to_label(world, FEW)
    circle = [[0.5 + 0.2 * np.cos(t), 0.5 + 0.2 * np.sin(t)] for t in np.linspace(0, 6, 20)]
    drawn = as_text(Label("mask", int(index), circle) for index in chosen)
    run, items = finish("labelled", data=own_photos, kind="mask", labels=drawn, source="imagenet")
    assert "arms" not in run.summary
    assert not [row for row in rows(items) if row["split"] == "test" or "score" in row]
    assert len(run.artifact("answers")) > 0
    named = as_text(Label("class", int(index), int(world.labels[index])) for index in chosen)
    run, _ = finish("labelled", data=own_photos, kind="class", labels=named, source="imagenet")
    assert run.summary["own"] == 1
    with pytest.raises(Refused, match="draw some"):
        finish("labelled", data=own_photos, kind="box", source="imagenet")


def test_toys_are_shown_to_be_labelled_in_the_order_of_the_round(finish):
    run, items = finish("to_label", pictures=FEW, size=64)
    world = open_world("toybox:b")
    assert [row["picture"] for row in rows(items)] == pictures_to_label(world, FEW).tolist()
    assert [number for number, _ in run.summary["classes"]] == classes_to_label(world)
    first = np.asarray(Image.open(run.artifact("pictures")[0])).astype(float)
    assert np.abs(first - world.show(rows(items)[0]["picture"], 64)).mean() < 6
    assert to_label.experiment.quick, "nobody waits for it behind a training"
