"""Detection, segmentation and vessels on borrowed weights and on none: rows, refusals, and the plan of a station."""

import numpy as np
import pytest

from core.experiments import experiment
from core.experiments.segment import class_overlaps, overlap, tinted
from core.experiments.stations import BORROWED, SCRATCH, STATIONS, arms_of, gap, over, summarise, wild
from core.experiments.wild import arm, fitting
from core.learning.overlap import confusions
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store

TINY = {"source": "none", "network": "labnet", "pictures": 4, "tested": 4, "steps": 2, "precision": "float32"}


@pytest.fixture(scope="module")
def segmented(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSFERLAB_HOME", str(tmp_path_factory.mktemp("home")))
        store = Store()
        spec = Spec.of(experiment("segment"), **TINY, size=48)
        for _ in drive(spec, store):
            pass
        yield store.open(spec)


def test_a_run_tells_its_loss_its_overlap_and_the_test_with_an_interval_and_draws_its_answers(segmented):
    rows, summary = segmented.rows(), segmented.record["summary"]
    assert [row["step"] for row in rows if row["split"] == "validation"] == [0, 1, 2]
    (test,) = [row for row in rows if row["split"] == "test"]
    assert test["low"] <= test["iou"] == summary["mean_iou"]["mean"] <= test["high"]
    assert summary["classes"].keys() == {"background", *segmented_classes()}
    assert len(segmented.artifact("answers", 2)) == 4, "as many as are held out"
    assert segmented.recipe("network")["heads"].keys() == {"score_conv1", "score_conv4"}
    assert {row["arm"] for row in rows} == {"scratch"}
    assert len(segmented.artifact("story")) == len(segmented.artifact("story_words")) == 5


def segmented_classes():
    from core.worlds.toybox.several import CLASSES

    return CLASSES


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("segment", {"data": "digits"}, "it has no masks"),
        ("segment", {"frozen": "9"}, "from 0 to 8, or all"),
        ("segment", {"size": 48}, "from 64 to 224"),
        ("detect", {"data": "toybox"}, "it has no boxes"),
        ("vessels", {"data": "digits"}, "folders images/ and masks/"),
        ("segment", {"source": "imagenet", "network": "labnet"}, "no such weights for labnet"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(home, name, settings, said):
    with pytest.raises(Refused, match=said):
        for _ in drive(Spec.of(experiment(name), **settings), Store()):
            pass


def test_pixels_are_not_learned_of_pictures_of_which_only_boxes_are_known(home, tmp_path):
    from tests.worlds.annotated_drawn import boxes_in, document, pngs
    from tests.worlds.drawn import folder

    every = [box for k in range(4) for box in boxes_in([30, 10, 20, 20], image=k)]
    data = str(folder(tmp_path, pngs() | {"instances.json": document(every)}))
    with pytest.raises(Refused, match="it has no masks"):
        for _ in drive(Spec.of(experiment("segment"), **TINY, data=data, size=48), Store()):
            pass


def test_nothing_is_frozen_of_weights_that_were_drawn_and_the_base_of_imagenet_is_the_usual_one():
    run = experiment("segment")
    assert Spec.of(run).settings.frozen == "1"
    scratch = Spec.of(run, source="none", frozen="3").settings
    assert (scratch.frozen, scratch.network) == ("0", "efficientnet_lite0")
    assert Spec.of(run, source="toybox").settings.network == "labnet"
    assert Spec.of(run, frozen="all").settings.frozen == "8"
    assert [arm(Spec.of(run, source=source).settings) for source in ("imagenet", "none", "toybox")] == [
        "transfer", "scratch", "transfer",
    ]  # fmt: skip


def test_a_donor_lends_stages_of_vectors_only_to_pictures_of_its_own_size():
    from core.models.staged import build

    network = build("labnet", 0, 0, size=96)
    kept = type("Kept", (), {"recipe": {"size": 48}})
    assert fitting(network, 96, kept) == ["conv1", "conv2", "conv3", "conv4", "conv5"]
    assert fitting(network, 48, kept) == list(network.names)


@pytest.mark.parametrize("station", STATIONS)
def test_the_arms_of_a_station_differ_in_one_thing(station):
    settings = Spec.of(wild, station=station, seeds=2, controls=True).settings
    arms = list(arms_of(settings))
    assert [seed for _, seed, _ in arms] == sorted(seed for _, seed, _ in arms)
    first = {name: spec for name, seed, spec in arms if seed == 0}
    assert len({spec.id for _, _, spec in arms}) == len(arms)
    lent, scratch = (vars(first[name].settings) for name in (BORROWED, SCRATCH))
    changed = {name for name in lent if lent[name] != scratch[name]}
    assert changed <= {"source", "frozen", "donor", "things", "outlines"}, (
        "the last two: its parents, from the same base"
    )
    assert {*STATIONS[station].controls} == first.keys() - {BORROWED, SCRATCH}


def test_arms_are_summed_up_over_seeds_paired_and_of_one_seed_over_test_pictures():
    settings = Spec.of(wild, seeds=2, controls=False).settings
    rows = [
        {"split": "test", "run": spec.id, "iou": value, "low": value - 0.03, "high": value + 0.03}
        for (_, _, spec), value in zip(arms_of(settings), (0.6, 0.2, 0.5, 0.2), strict=True)
    ]
    summary = summarise(settings, rows)
    assert summary["arms"][BORROWED]["mean"] == pytest.approx(0.55)
    assert summary["gaps"][SCRATCH]["values"] == pytest.approx([0.4, 0.3])
    assert summary["answer"] == 20
    one = summarise(Spec.of(wild, seeds=1, controls=False).settings, rows[:2])
    assert one["gaps"][SCRATCH]["low"] == pytest.approx(0.4 - 0.03 * 2**0.5)
    assert summarise(settings, rows[:1])["gaps"] == {}
    assert over({0: rows[0]}, "iou")["low"] == pytest.approx(0.57)
    assert gap({0: rows[0]}, {1: rows[1]}, "iou") == {}


def test_the_interval_of_an_overlap_is_of_scenes_drawn_again_and_shrinks_with_their_number():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, (80, 8, 8)).astype(np.uint8)
    said = np.where(rng.random(truth.shape) < rng.uniform(0.4, 1, (80, 1, 1)), truth, 0).astype(np.uint8)
    counts = confusions(said, truth, 3)
    few, many = overlap(counts[:20], 0), overlap(counts, 0)
    assert few["low"] < few["mean"] < few["high"]
    assert many["high"] - many["low"] < 0.7 * (few["high"] - few["low"])
    assert np.mean(list(class_overlaps(counts, ("a", "b")).values())) == pytest.approx(many["mean"], abs=1e-4)


def test_each_class_has_a_colour_of_its_own_and_the_background_is_dark():
    masks = np.arange(4, dtype=np.uint8)[None, None].repeat(2, 1)
    drawn = tinted(np.full((1, 2, 4, 3), 200, np.uint8), masks, 3)
    assert len({tuple(colour) for colour in drawn[0, 0]}) == 4
    assert drawn[0, 0, 0].max() <= 100
