"""Detection from end to end, by both methods, in tiny runs: what they tell, draw and refuse."""

import numpy as np
import pytest
from PIL import Image

from core.experiments import experiment
from core.experiments.detect import METHODS, TUNING, WINDOWED
from core.experiments.detected import LARGER, boxed, precision, recall, sheet
from core.learning.detection import Detections
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.worlds.things import Things

SIZE = 48
TINY = {
    "source": "none", "network": "labnet", "size": SIZE, "window": 32, "pictures": 4, "tested": 4, "steps": 2,
    "precision": "float32",
}  # fmt: skip
PARTS = ("tune", "svm", "regression", "suppression")


def of(run, part):
    return [row for row in run.rows() if row["split"] == part]


def pixels(files):
    return np.stack([np.asarray(Image.open(file)) for file in files])


@pytest.mark.parametrize("method", METHODS)
def test_a_run_tells_how_it_learns_and_the_test_with_an_interval_and_draws_its_answers(finish, method):
    run, _ = finish("detect", **TINY, method=method)
    assert [row["step"] for row in of(run, "train")] == [row["step"] for row in of(run, "validation")] == [0, 1, 2]
    told = "map" if method == "faster_rcnn" else "accuracy"
    assert all(0 <= row[told] <= 1 for row in of(run, "validation"))
    (test,) = of(run, "test")
    assert 0 <= test["low"] <= test["map"] == test["mean"] <= test["high"] <= 1
    assert test["coco"] <= test["map"]
    assert run.summary["map"] == {name: test[name] for name in ("mean", "low", "high")}
    assert {row["arm"] for row in run.rows()} == {"scratch"}
    assert pixels(run.artifact("answers", 2)).shape == (4, LARGER * SIZE, 2 * LARGER * SIZE, 3)


def test_r_cnn_tells_the_recall_of_its_proposals_and_its_story_and_keeps_the_network_of_windows(finish):
    run, _ = finish("detect", **TINY, method="rcnn")
    assert of(run, "test")[0]["recall"] == run.summary["recall"] > 0.5
    words, pictures = run.artifact("story_words"), pixels(run.artifact("story"))
    assert len(words) == len(pictures) == 6
    assert pictures.shape[1:] == (LARGER * SIZE, LARGER * SIZE, 3)
    assert int(words[1].split()[0]) > 1
    recipe = run.recipe("network")
    assert (recipe["size"], list(recipe["heads"])) == (32, ["windows"])
    assert run.steps("answers") == [2]


def test_the_faster_one_answers_at_each_measurement_and_has_no_proposals_to_tell_of(finish):
    run, _ = finish("detect", **TINY)
    assert run.steps("answers") == [0, 1, 2]
    assert "recall" not in run.summary
    assert run.recipe("network")["size"] == SIZE


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_r_cnn_can_be_switched_off(finish, part):
    whole, _ = finish("detect", **TINY, method="rcnn")
    run, _ = finish("detect", **TINY, method="rcnn", **{part: False})
    assert run.id != whole.id
    assert len(of(run, "test")) == 1
    losses, others = ([row["loss"] for row in of(each, "train")] for each in (run, whole))
    assert losses == ([] if part == "tune" else others), "all else is as it was"
    assert run.steps("answers") == ([0] if part == "tune" else [2])


def test_settings_that_a_method_does_not_use_make_no_other_run():
    run = experiment("detect")
    plain = Spec.of(run)
    assert Spec.of(run, **dict.fromkeys(PARTS, False), window=128).id == plain.id
    assert not set(WINDOWED) & plain.as_json()["settings"].keys(), "runs that were kept before are found"
    untuned = Spec.of(run, method="rcnn", tune=False)
    assert Spec.of(run, method="rcnn", tune=False, steps=7, batch_size=4, frozen="2", head_rate=0.1).id == untuned.id
    assert Spec.of(run, method="rcnn", steps=7).id != Spec.of(run, method="rcnn").id
    assert {*TUNING, *WINDOWED} <= vars(plain.settings).keys()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "yolo"}, "faster_rcnn, rcnn"),
        ({"method": "rcnn", "tune": False, "svm": False}, "svm=False cannot be used: only with tune=true"),
        ({"method": "rcnn", "window": 32}, "window=32 cannot be used: EfficientNet-Lite0 sees from 64 to 224 pixels"),
        ({"method": "rcnn", "window": 8}, "from 16 to 224"),
        ({"size": 48}, "from 64 to 224"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(settings, said):
    with pytest.raises(Refused, match=said):
        Spec.of(experiment("detect"), **settings)


def drawn_things():
    boxes = np.array([[[2, 2, 12, 12], [20, 20, 40, 44]], [[5, 5, 25, 25], [0, 0, 0, 0]]], np.float32)
    classes = np.array([[1, 2], [2, 0]], np.uint8)
    return Things(np.zeros((2, SIZE, SIZE, 3), np.uint8), np.zeros((2, SIZE, SIZE), np.uint8), classes, boxes)


def test_recall_is_the_share_of_things_that_a_proposal_overlaps_by_half():
    things, nothing = drawn_things(), np.zeros((0, 4), np.float32)
    near = np.array([[2.0, 2, 12, 8], [20, 20, 29, 44]])  # .6 and .45 of the first two
    assert recall([near, nothing], things) == pytest.approx(1 / 3)
    assert recall([near, things.boxes[1]], things) == pytest.approx(2 / 3)
    assert recall([nothing, nothing], things) == 0


def test_precision_is_whole_where_all_is_found_and_half_where_one_class_is():
    things = drawn_things()
    truth = [things.of(k) for k in range(2)]
    found = [Detections(boxes, np.ones(len(boxes)), labels) for boxes, labels in truth]
    assert precision(found, things, 2, 0) == {"mean": 1, "low": 1, "high": 1, "coco": 1}
    found[0] = Detections(found[0].boxes[1:], np.ones(1), found[0].classes[1:])
    half = precision(found, things, 2, 0)
    assert half["mean"] == half["coco"] == 0.5
    assert half["low"] < 0.5 < half["high"]


def test_boxes_are_drawn_where_they_are_and_each_class_in_its_colour():
    picture = boxed(np.zeros((SIZE, SIZE, 3), np.uint8), *drawn_things().of(0), 2)
    rows, columns = picture.any(-1).nonzero()
    assert [rows.min(), columns.min(), rows.max(), columns.max()] == [LARGER * edge for edge in (2, 2, 44, 40)]
    assert len({tuple(colour) for colour in picture[picture.any(-1)]}) == 2


@pytest.mark.parametrize("n", [0, 1, 7, 9])
def test_a_sheet_has_room_for_all_windows_in_their_order(n):
    windows = (40 + 20 * np.arange(n, dtype=np.uint8))[:, None, None, None].repeat(8, 1).repeat(8, 2).repeat(3, 3)
    picture = sheet(windows, 144)
    assert picture.shape == (144, 144, 3)
    middles = picture[24::48, 24::48, 0].ravel().tolist() if n > 1 else [picture[72, 72, 0]]
    assert [value for value in middles if value] == windows[:, 0, 0, 0].tolist()
