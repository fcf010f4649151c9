"""R-CNN: proposals find what is drawn, windows are cut and named as they should be, and each step alone."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from skimage.measure import label, regionprops

from core.learning.detection import matched, mean_average_precision
from core.learning.fit import fit
from core.learning.overlap import box_iou
from core.methods.proposals import LARGEST, MOST, SAME, SIDE, Region, alike, apart, grouped, proposals, regions_of
from core.methods.rcnn import SAME as TOO_NEAR
from core.methods.rcnn import Rcnn, class_svms, decoded, encoded, suppressed
from core.methods.windows import Examples, Windows, balanced, deepest, examples, warped
from core.models.staged import build
from core.runs.settings import Refused
from core.worlds.things import Things

SIZE, WINDOW, CLASSES = 64, 32, 2
COLOURS = ((230, 60, 40), (40, 90, 220))


def rectangles(n, seed=0):
    """A red one (class 1), a blue one (class 2), or both, on a grey floor with a little noise."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(118, 138, (n, SIZE, SIZE, 3)).astype(np.uint8)
    boxes, classes = np.zeros((n, 2, 4), np.float32), np.zeros((n, 2), np.uint8)
    for k in range(n):
        for j in range(2) if k % 3 == 2 else [k % 3]:
            width, height = rng.integers(12, 26, 2)
            left, top = rng.integers(2, 30 - width + 2) + 32 * j, rng.integers(2, SIZE - height - 2)
            pictures[k, top : top + height, left : left + width] = COLOURS[j]
            boxes[k, j], classes[k, j] = (left, top, left + width, top + height), j + 1
    return Things(pictures, np.zeros((n, SIZE, SIZE), np.uint8), classes, boxes)


def made(things, **how):
    network = build("labnet", 0, 0, size=WINDOW)
    return Windows(network, things, [proposals(x) for x in things.pictures], CLASSES, precision="float32", **how)


@pytest.fixture(scope="module")
def learned():
    """Windows of two dozen pictures, fine-tuned a little, and what stands on them."""
    windows = made(rectangles(24), head_rate=1e-2)
    held = rectangles(9, seed=1)
    probe = windows.held_out(held, [proposals(x) for x in held.pictures])
    rows = list(fit(windows, steps=40, batch_size=32, probes={"validation": probe}))
    detector = Rcnn(windows)
    assert list(detector.learn()) == list(range(1, 25))
    return detector, held, rows


def test_proposals_find_rectangles_that_are_drawn_and_are_few_and_apart():
    things = rectangles(12)
    for k, picture in enumerate(things.pictures):
        boxes = proposals(picture)
        assert boxes.dtype == np.float32
        assert 0 < len(boxes) <= MOST
        assert (box_iou(things.of(k)[0][:, None], boxes[None]).max(1) > 0.9).all()
        sides = boxes[:, 2:] - boxes[:, :2]
        assert sides.min() >= SIDE
        assert sides.prod(1).max() < LARGEST * SIZE**2
        assert max(box_iou(a, b) for a, b in itertools.combinations(boxes, 2)) <= SAME
        np.testing.assert_array_equal(proposals(picture), boxes)
    assert len(proposals(things.pictures[0], most=3)) == 3


def test_a_thing_of_two_colours_is_proposed_as_one():
    picture = np.full((SIZE, SIZE, 3), 128, np.uint8)
    picture[10:30, 10:40], picture[30:50, 10:40] = COLOURS
    assert box_iou(proposals(picture), np.array([10.0, 10, 40, 50])).max() == 1


def test_where_all_is_one_colour_nothing_is_proposed_and_nothing_found(learned):
    detector, *_ = learned
    plain = np.full((1, SIZE, SIZE, 3), 90, np.uint8)
    assert proposals(plain[0]).shape == (0, 4)
    (found,) = detector.said(plain)
    assert (found.boxes.shape, found.scores.shape, found.classes.shape) == ((0, 4), (0,), (0,))
    assert len(detector.stages(plain[0]).windows) == 0


def segmented():
    """Blocks of pixels by number, with colours that are bins already."""
    segments = label(np.kron(np.arange(1, 13).reshape(3, 4), np.ones((5, 7), int))) - 1
    return segments, np.random.default_rng(0).integers(0, 18, (*segments.shape, 3))


def test_regions_are_measured_as_by_scikit_image_and_know_their_neighbours():
    segments, colours = segmented()
    regions = regions_of(segments, colours)
    for k, props in enumerate(regionprops(segments + 1)):
        top, left, bottom, right = props.bbox
        assert regions[k].box == (left, top, right, bottom)
        assert regions[k].size == props.area
        counts = np.bincount(colours[segments == k].ravel(), minlength=18)
        np.testing.assert_allclose(regions[k].colours, counts / counts.sum())
    assert regions[0].neighbours == {1, 4}
    assert regions[5].neighbours == {1, 4, 6, 9}


@pytest.mark.parametrize("likeness", [(1, 1, 1), (0, 1, 1), (1, 0, 0)])
def test_the_two_neighbours_most_alike_are_joined_each_time_as_a_slow_search_finds_them(likeness):
    segments, colours = segmented()
    regions, area = regions_of(segments, colours), segments.size
    found = [(region.size, region.box) for region in grouped(regions, likeness, area)]
    masks, new = {k: segments == k for k in regions}, len(regions)
    expected = [(region.size, region.box) for region in regions.values()]
    while len(masks) > 1:
        measured = {k: measure(mask, colours) for k, mask in masks.items()}
        pairs = [pair for pair in itertools.combinations(sorted(masks), 2) if touch(*(masks[k] for k in pair))]
        i, j = max(pairs, key=lambda p: (alike(measured[p[0]], measured[p[1]], likeness, area), -p[0], -p[1]))
        masks[new] = masks.pop(i) | masks.pop(j)
        joined, new = measure(masks[new], colours), new + 1
        expected.append((joined.size, joined.box))
    assert found == expected
    assert regions[5].neighbours == {1, 4, 6, 9}, "the regions that were given are as they were"


def measure(mask, colours):
    rows, columns = mask.nonzero()
    counts = np.bincount(colours[mask].ravel(), minlength=18)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return Region(int(mask.sum()), tuple(map(int, box)), counts / counts.sum(), set())


def touch(a, b):
    down, across = (a[1:] & b[:-1]) | (b[1:] & a[:-1]), (a[:, 1:] & b[:, :-1]) | (b[:, 1:] & a[:, :-1])
    return down.any() or across.any()


def test_likeness_by_hand():
    half = np.zeros(18)
    half[:2] = 0.5
    other = np.zeros(18)
    other[1:3] = 0.5
    a, b = Region(20, (0, 0, 5, 4), half, set()), Region(10, (5, 0, 10, 2), other, set())
    assert alike(a, b, (1, 0, 0), 100) == pytest.approx(0.5)  # one bin of half the pixels in common
    assert alike(a, b, (0, 1, 0), 100) == pytest.approx(0.7)
    assert alike(a, b, (0, 0, 1), 100) == pytest.approx(0.9)  # 10 of the 40 pixels of both's box are neither's
    assert alike(a, b, (1, 1, 1), 100) == pytest.approx(2.1)


def test_boxes_that_are_apart_keep_their_order():
    boxes = np.array([[0, 0, 20, 20], [0, 0, 20, 19], [30, 30, 50, 50], [0, 0, 3, 20], [0, 0, 64, 64]], np.float32)
    np.testing.assert_array_equal(apart(boxes, SIZE, 9), boxes[[0, 2]])
    np.testing.assert_array_equal(apart(boxes, SIZE, 1), boxes[:1])


@pytest.mark.parametrize("box", [(4, 6, 36, 38), (10, 3, 42, 51), (0, 0, 64, 64), (20, 20, 36, 36)])
def test_a_window_is_the_crop_resized_to_within_interpolation(box):
    smooth = F.interpolate(torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(0)), SIZE, mode="bicubic")
    left, top, right, bottom = box
    crop = smooth[..., top:bottom, left:right]
    expected = F.interpolate(crop, (WINDOW, WINDOW), mode="bilinear", align_corners=False)
    found = warped(smooth, torch.zeros(1), torch.tensor([box]).float(), WINDOW, context=0)
    inner = np.s_[..., 1:-1, 1:-1]  # at its edge the crop knows no neighbours
    torch.testing.assert_close(found[inner], expected[inner], atol=1e-5, rtol=0)
    torch.testing.assert_close(found, expected, atol=0.05, rtol=0)


def test_a_window_sees_a_little_around_its_box_and_nothing_beyond_the_picture():
    picture = torch.ones(2, 3, SIZE, SIZE)
    picture[1] = 2
    boxes = torch.tensor([[16.0, 16, 48, 48], [0, 16, 32, 48]])
    inside, beyond = warped(picture, torch.tensor([1, 0]), boxes, 40, context=0.125)  # 4 pixels a side
    assert (inside == 2).all()
    assert (beyond[..., :3] == 0).all()
    assert (beyond[..., 5:] == 1).all()
    picture[1, :, 20:44, 20:44] = 7
    seen = warped(picture, torch.tensor([1]), boxes[:1], 40, context=0.125)[0, 0]
    assert (seen == 7).sum() == 24**2, "32 pixels and 4 on each side are 40 pixels of the window"


def test_windows_are_named_by_the_thing_that_they_overlap_most():
    things = rectangles(6)
    proposed = [proposals(x) for x in things.pictures]
    known = examples(things, proposed)
    assert np.bincount(known.picture).tolist() == [len(p) + len(things.of(k)[0]) for k, p in enumerate(proposed)]
    for k in range(6):
        boxes, classes = things.of(k)
        mine = np.flatnonzero(known.picture == k)
        for m in mine:
            overlaps = [float(box_iou(known.boxes[m], box)) for box in boxes]
            assert known.overlap[m] == pytest.approx(max(overlaps))
            expected = classes[np.argmax(overlaps)] if max(overlaps) >= 0.5 else 0
            assert known.labels(0.5)[m] == expected
        np.testing.assert_array_equal(known.boxes[mine[-len(boxes) :]], boxes)
        assert (known.overlap[mine[-len(boxes) :]] == 1).all()


def test_pictures_without_things_are_background_and_things_alone_are_refused():
    things = rectangles(4)
    things.classes[1] = 0
    known = examples(things, [proposals(x) for x in things.pictures])
    assert not known.labels(0.0)[known.picture == 1].any()
    things.classes[:] = 0
    with pytest.raises(Refused, match="pictures=4"):
        made(things)


def test_half_of_each_batch_are_things_and_all_come_round():
    labels = np.array([0] * 90 + [1, 2] * 5)
    drawn = list(balanced(labels, 30, 8, seed=3))
    for indices, draws in drawn:
        assert (labels[indices] > 0).sum() == (labels[indices] == 0).sum() == 4
        assert draws.shape == (8, 12)
    assert len(set(torch.cat([indices for indices, _ in drawn]).tolist())) == 100
    again = list(balanced(labels, 30, 8, seed=3))
    assert all(
        torch.equal(a, b) for one, other in zip(drawn, again, strict=True) for a, b in zip(one, other, strict=True)
    )
    assert not torch.equal(drawn[0][0], next(balanced(labels, 1, 8, seed=4))[0])


def test_a_batch_holds_the_windows_that_were_asked_for_half_of_them_mirrored():
    windows = made(rectangles(4))
    which, chance = torch.tensor([3, windows.n - 1]), torch.full((2, 12), 0.9)
    chance[1] = 0
    x, labels = windows.batch(which, chance)
    known = windows.examples
    for k, (m, mirrored) in enumerate(zip(which.tolist(), (False, True), strict=True)):
        pixels = windows.network.prepare(windows.things.pictures[known.picture[m]][None])
        expected = warped(pixels, torch.zeros(1), torch.from_numpy(known.boxes[[m]]), WINDOW)[0]
        torch.testing.assert_close(x[k], expected.flip(-1) if mirrored else expected)
        assert labels[k] == known.labels(0.5)[m]


@pytest.mark.parametrize(
    ("network", "side", "stage"),
    [
        ("efficientnet_lite0", 64, "block4"),
        ("labnet", 32, "conv4"),
        ("labnet", 64, "conv5"),
        ("labnet-conv1", 16, "fc7"),
        ("resnet18", 64, "layer3"),
    ],
)
def test_the_maps_that_say_where_are_the_deepest_with_four_places_a_side(network, side, stage):
    assert deepest(build(network, 0, 0, size=side)) == stage


def test_what_is_encoded_is_decoded_and_by_hand():
    rng = np.random.default_rng(0)
    corner, side = rng.uniform(0, 40, (2, 50, 2)), rng.uniform(10, 24, (2, 50, 2))
    boxes, things = np.concatenate([corner, corner + side], 2)
    np.testing.assert_allclose(decoded(boxes, encoded(boxes, things)), things)
    box, thing = np.array([[0.0, 0, 10, 20]]), np.array([[5.0, 0, 25, 20]])
    np.testing.assert_allclose(encoded(box, thing), [[1, 0, np.log(2), 0]])
    assert (decoded(box, np.array([[0, 0, 9.0, 0]]))[0, [0, 2]]).tolist() == pytest.approx([5 - 5 * np.e, 5 + 5 * np.e])


def test_of_boxes_that_overlap_the_surest_stays_as_a_slow_search_finds_it():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 40, (60, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(8, 24, (60, 2))], 1).astype(np.float32)
    scores = rng.random(60).astype(np.float32)
    kept = []
    for m in np.argsort(-scores):
        if all(box_iou(boxes[m], boxes[n]) <= TOO_NEAR for n in kept):
            kept.append(m)
    assert suppressed(boxes, scores).tolist() == kept
    assert kept[0] == scores.argmax()
    assert 1 < len(kept) < 60


def test_an_svm_a_class_and_none_of_a_class_that_is_not_there(monkeypatch):
    monkeypatch.setattr("core.methods.rcnn.COST", 1.0)  # there are a few features here, not a thousand
    rng = np.random.default_rng(0)
    classes, overlap = rng.choice([1, 3], 400), rng.choice([0.1, 0.5, 0.9], 400, p=[0.6, 0.1, 0.3])
    x = rng.normal(0, 0.3, (400, 6)).astype(np.float32)
    x[:, 5] += 50  # of another scale and place
    x[np.arange(400), classes] += 4 * (overlap > 0.7)
    known = Examples(np.zeros(400, int), np.zeros((400, 4)), overlap, np.zeros((400, 4)), classes)
    planes, offsets = class_svms(x, known, 3, 0)
    said = x @ planes.T + offsets
    labels = known.labels(0.7)
    judged = overlap != 0.5
    for k in (1, 3):
        np.testing.assert_array_equal(said[judged, k - 1] > 0, labels[judged] == k)
    assert (said[:, 1] < -5).all()


def test_the_surest_of_all_are_still_told_apart(learned):
    detector = Rcnn(learned[0].windows)
    detector.svms = np.ones((1, 1), np.float32), np.zeros(1, np.float32)
    scores = detector.scores(np.array([[-25], [0], [20], [25]], np.float32))
    np.testing.assert_allclose(scores[:, 0], 1 / (1 + np.exp([25.0, 0, -20, -25])))
    assert (np.diff(scores[:, 0]) > 0).all()
    boxes = np.array([[0, 0, 20, 20]] * 4, np.float32)
    assert suppressed(boxes, scores[:, 0]).tolist() == [3]


def test_background_that_is_taken_for_a_thing_is_learned_from_in_the_second_round(monkeypatch):
    rng = np.random.default_rng(0)
    overlap = np.array([0.9] * 40 + [0.0] * 4000)
    x = rng.normal(0, 1, (4040, 3)).astype(np.float32)
    x[:40, 0] += 3
    x[40:100, :2] += (3, 6)  # rare background that looks like the thing but for one feature
    known = Examples(np.zeros(4040, int), np.zeros((4040, 4)), overlap, np.zeros((4040, 4)), np.ones(4040, int))
    wrong = []
    monkeypatch.setattr("core.methods.rcnn.COST", 1.0)
    monkeypatch.setattr("core.methods.rcnn.FIRST", 50)
    for hard in (0, 200):
        monkeypatch.setattr("core.methods.rcnn.HARD", hard)
        planes, offsets = class_svms(x, known, 1, 0)
        wrong.append(int((x[40:] @ planes[0] + offsets[0] > 0).sum()))
    assert wrong[1] < wrong[0] / 2, wrong


def test_windows_learn_what_they_hold_and_their_probe_says_so(learned):
    _, _, rows = learned
    told = [row for row in rows if row["split"] == "validation"]
    assert told[0]["accuracy"] < 0.7 < 0.85 < told[-1]["accuracy"]
    assert told[-1]["loss"] < told[0]["loss"]


def precision(found, things):
    return mean_average_precision(matched(found, [things.of(k) for k in range(len(things))], CLASSES))[0]


def test_it_finds_rectangles(learned):
    detector, held, _ = learned
    assert precision(detector.said(held.pictures), held) > 0.8


@pytest.mark.parametrize(("part", "changes"), [("svm", "scores"), ("regression", "boxes"), ("suppression", "boxes")])
def test_each_part_can_be_left_out(learned, part, changes):
    detector, held, _ = learned
    other = Rcnn(detector.windows, **{part: False})
    other.svms, other.ridge = detector.svms, detector.ridge
    found, whole = (each.said(held.pictures) for each in (other, detector))
    assert precision(found, held) > 0.5
    assert any(getattr(a, changes).tolist() != getattr(b, changes).tolist() for a, b in zip(found, whole, strict=True))
    assert nearest(whole) <= TOO_NEAR
    assert (nearest(found) > TOO_NEAR) == (part == "suppression")


def nearest(found):
    """The largest overlap of two boxes of one class in a picture."""
    return max(
        (float(box_iou(*each.boxes[[m, n]])) if each.classes[m] == each.classes[n] else 0.0)
        for each in found
        for m, n in itertools.combinations(range(len(each.boxes)), 2)
    )


def test_without_svms_and_regression_nothing_more_is_learned(learned):
    assert list(Rcnn(learned[0].windows, svm=False, regression=False).learn()) == []


def test_the_stages_of_a_picture_lead_to_what_is_said_of_it(learned):
    detector, held, _ = learned
    stages = detector.stages(held.pictures[0])
    m = len(stages.proposals)
    assert stages.windows.shape == (m, WINDOW, WINDOW, 3)
    assert stages.windows.dtype == np.uint8
    assert stages.scores.shape == (m, CLASSES)
    assert 0 <= stages.scores.min() <= stages.scores.max() <= 1
    assert stages.corrected.min() >= 0
    assert stages.corrected.max() <= SIZE
    (said,) = detector.said(held.pictures[:1])
    for name, value in vars(said).items():
        np.testing.assert_array_equal(value, vars(stages.final)[name])
    places = [stages.corrected.tolist().index(box) for box in said.boxes.tolist()]
    np.testing.assert_array_equal(stages.scores[places, said.classes - 1], said.scores)
