"""Average precision against COCO's own evaluation, and by hand."""

import json

import numpy as np
import pytest

from core.learning.detection import Detections, average_precision, hits_of, matched, mean_average_precision

SIZE, CLASSES = 96, 4


def scenes(seed, n=12):
    """Things, and detections of them: some moved, some missed, some of another class, some of nothing."""
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for _ in range(n):
        m = rng.integers(0, 5)
        corner, side = rng.uniform(0, 60, (m, 2)), rng.uniform(8, 36, (m, 2))
        boxes, labels = np.concatenate([corner, corner + side], 1).astype(np.float32), rng.integers(1, CLASSES + 1, m)
        kept = rng.random(m) < 0.8
        moved = boxes[kept] + rng.normal(0, 2.5, (kept.sum(), 4))
        named = np.where(rng.random(kept.sum()) < 0.85, labels[kept], rng.integers(1, CLASSES + 1, kept.sum()))
        stray = rng.uniform(0, 50, (3, 2))
        where = np.concatenate([moved, moved[:1] + 1, np.concatenate([stray, stray + 20], 1)]).astype(np.float32)
        kinds = np.concatenate([named, named[:1], rng.integers(1, CLASSES + 1, 3)])
        found.append(Detections(where, rng.random(len(where)).astype(np.float32), kinds))
        truth.append((boxes, labels))
    return found, truth


def coco(found, truth):
    """(AP at .5, COCO's AP) by faster-coco-eval."""
    from faster_coco_eval import COCO, COCOeval_faster

    things, said = [], []
    for k, ((boxes, labels), one) in enumerate(zip(truth, found, strict=True)):
        for (left, top, right, bottom), label in zip(boxes.tolist(), labels.tolist(), strict=True):
            area = (right - left) * (bottom - top)
            box = [left, top, right - left, bottom - top]
            about = {"id": len(things) + 1, "image_id": k, "category_id": label, "iscrowd": 0}
            things.append({**about, "bbox": box, "area": area})
        for (left, top, right, bottom), score, label in zip(*(v.tolist() for v in vars(one).values()), strict=True):
            box = [left, top, right - left, bottom - top]
            said.append({"image_id": k, "category_id": label, "bbox": box, "score": score})
    kinds = [{"id": k, "name": str(k)} for k in range(1, CLASSES + 1)]
    pictures = [{"id": k, "width": SIZE, "height": SIZE} for k in range(len(truth))]
    known = COCO(json.loads(json.dumps({"images": pictures, "annotations": things, "categories": kinds})))
    judged = COCOeval_faster(known, known.loadRes(said), "bbox", print_function=lambda *words: None)
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    return judged.stats[1], judged.stats[0]


@pytest.mark.parametrize("seed", range(6))
def test_average_precision_is_that_of_coco(seed):
    found, truth = scenes(seed)
    ours = mean_average_precision(matched(found, truth, CLASSES))
    assert 0.05 < ours[1] < ours[0] < 1
    np.testing.assert_allclose(ours, coco(found, truth), atol=1e-6)


def test_a_thing_is_found_once_by_the_surest():
    thing = np.array([[0.0, 0, 10, 10]])
    hits = hits_of(np.array([[0.0, 0, 10, 10], [0, 0, 10, 10], [50, 50, 60, 60]]), thing)
    np.testing.assert_array_equal(hits[:, 0], [True, False, False])


def test_overlap_decides_at_which_threshold_it_counts():
    hits = hits_of(np.array([[0.0, 0, 10, 7.2]]), np.array([[0.0, 0, 10, 10]]))  # overlap .72
    np.testing.assert_array_equal(hits[0], [True] * 5 + [False] * 5)


def test_by_hand_one_of_two_things_found_first_and_then_a_stray():
    assert average_precision(np.array([True, False]), 2) == pytest.approx(51 / 101)  # precision 1 up to recall .5
    assert average_precision(np.array([False, True]), 1) == pytest.approx(0.5)
    assert average_precision(np.zeros(0, bool), 3) == 0


def test_pictures_may_be_chosen_and_repeated_and_nothing_to_find_is_nothing_found():
    found, truth = scenes(1)
    matches = matched(found, truth, CLASSES)
    some = [0, 3, 3, 7]
    again = matched([found[k] for k in some], [truth[k] for k in some], CLASSES)
    np.testing.assert_allclose(mean_average_precision(matches, np.array(some)), mean_average_precision(again))
    none = [(np.zeros((0, 4), np.float32), np.zeros(0, int))] * 12
    assert mean_average_precision(matched(found, none, CLASSES)) == (0.0, 0.0)
