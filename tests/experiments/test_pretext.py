"""Learning from puzzles, from end to end on the bundled digits."""

import dataclasses

import numpy as np
import pytest
from PIL import Image
from scipy.stats import kendalltau

from core.experiments.pretext import PLAYED, Pretext, pretext
from core.experiments.pretext_leak import arms_of, pretext_leak
from core.experiments.pretext_ranking import ANSWERS, OTHERS, READ, UNTRAINED, kendall, pretext_ranking, trainings
from core.experiments.recordings import recordings
from core.experiments.sources import network_of
from core.methods.puzzles import TASKS
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import RECORDED, Store

TWO = "few:6:0:half:a:random-0:half:a:random-0:half:a:random-0:toybox:b"  # toys, which are seen in clips too
TINY = {"data": "few:20:0:digits", "size": 32, "steps": 6, "batch_size": 32, "precision": "float32"}


def tiny(task):
    return {**TINY, "task": task, **({"data": TWO} if TASKS[task].clips else {})}


def of(run, part):
    return [row for row in run.rows() if row["split"] == part]


@pytest.mark.parametrize("task", TASKS)
def test_a_run_solves_puzzles_is_probed_and_leaves_an_encoder(finish, task):
    run, _ = finish("pretext", **tiny(task))
    for name in ("pretext_accuracy", "linear_probe", "knn"):
        point = run.summary[name]
        assert 0 <= point["low"] <= point["mean"] <= point["high"] <= 1
    assert run.summary["chance"] == TASKS[task].chance(run.spec().settings)
    assert [row["step"] for row in of(run, "puzzles")] == list(range(7))
    assert network_of(f"run:{run.id}") == (TASKS[task].network or "labresnet")


@pytest.mark.parametrize("task", TASKS)
def test_the_puzzles_to_play_are_the_same_for_all_checkpoints_and_come_with_their_pieces(finish, task):
    run, _ = finish("pretext", **tiny(task))
    said = of(run, "said")
    assert {row["step"] for row in said} == set(range(7))
    answers = {(row["puzzle"], row["answer"]) for row in said}
    assert len(answers) == PLAYED
    assert len({answer for _, answer in answers}) > 1
    assert all(0 < row["probability"] <= 1 for row in said)
    pieces = TASKS[task].pieces
    assert len(run.artifact("pieces")) == PLAYED * pieces
    assert len(run.artifact("wholes")) == PLAYED


def test_two_runs_on_the_same_pictures_are_asked_the_same_puzzles(finish):
    one, other = (finish("pretext", **TINY, task="jigsaw", seed=seed)[0] for seed in (0, 1))
    first, second = ([file.read_bytes() for file in run.artifact("pieces")] for run in (one, other))
    assert first == second
    assert of(one, "train") != of(other, "train")


def test_what_a_task_does_not_use_is_as_by_default_and_a_leak_that_it_has_not_is_refused():
    assert Spec.of(pretext, **TINY, permutations=50).id == Spec.of(pretext, **TINY).id
    assert Spec.of(pretext, **TINY, task="jigsaw", permutations=50).id != Spec.of(pretext, **TINY, task="jigsaw").id
    with pytest.raises(Refused, match="Rotation can leak by corner"):
        Spec.of(pretext, **TINY, leak="gapless")
    with pytest.raises(Refused, match="learns from clips: data=toybox has some, or give clips=VIDEO"):
        Spec.of(pretext, **TINY, task="tracking")
    with pytest.raises(Refused, match="at least one step"):
        Spec.of(pretext, **{**TINY, "steps": 0})
    assert Spec.of(pretext, **{**TINY, "seconds": 5}).settings.steps == 0
    assert isinstance(Spec.of(pretext, **TINY).settings, Pretext)


def test_all_tasks_are_ranked_against_codes_that_learned_nothing():
    summary = Store(RECORDED).open(Spec.of(pretext_ranking)).summary
    titles = [task.title for task in TASKS.values()]
    assert set(summary["solved"]) == set(titles)
    assert set(summary["table"]) == {*titles, "Supervised", "SimCLR", "Autoencoder", UNTRAINED, "Pixels"}
    assert all(list(of) == list(READ) for of in summary["table"].values())
    assert {point["seeds"] for point in summary["gained"].values()} == {3}
    assert set(summary["gained"]) == set(summary["table"]) - {UNTRAINED, "Pixels"}
    assert -1 <= summary["tau"]["mean"] <= 1
    assert summary["solver"] in titles
    assert summary["answer"] == ANSWERS[0 if summary["proxy"]["low"] > 0 else 1 if summary["proxy"]["high"] < 0 else 2]
    assert summary["table"]["Supervised"]["class"]["mean"] > summary["table"][UNTRAINED]["class"]["mean"]


def test_trainings_of_a_ranking_differ_in_the_method_alone():
    settings = Spec.of(pretext_ranking, steps=5).settings
    specs = [spec.settings for *_, spec in trainings(settings, 3)]
    assert len(specs) == len(TASKS) + len(OTHERS)
    for name in ("data", "steps", "seed", "batch_size", "rate", "size", "schedule"):
        assert len({getattr(one, name) for one in specs}) == 1, name


def test_kendalls_correlation_is_scipys():
    pairs = np.random.default_rng(0).normal(size=(9, 2)).tolist()
    assert kendall(pairs) == pytest.approx(kendalltau(*zip(*pairs, strict=True)).statistic)
    assert kendall([(1, 1), (2, 3)]) == 1
    assert kendall([(1, 3), (2, 1)]) == -1


def test_a_leak_is_the_only_thing_in_which_its_arms_differ():
    settings = Spec.of(pretext_leak, task="jigsaw", steps=5).settings
    honest, leaking, *_ = (spec.settings for *_, spec in arms_of(settings))
    assert (honest.leak, leaking.leak) == ("", "gapless"), "the first of the task"
    assert dataclasses.replace(leaking, leak="") == honest
    with pytest.raises(Refused, match="Jigsaw can leak by gapless or aberration"):
        Spec.of(pretext_leak, task="jigsaw", leak="corner")


@pytest.mark.parametrize(("task", "leak"), [("rotation", "corner"), ("jigsaw", "gapless")])
def test_who_is_given_the_answer_solves_more_puzzles(task, leak):
    spec = recordings()[f"leak_{task}_{leak}"]
    summary = Store(RECORDED).open(spec).summary
    assert set(summary["gained"]) == {"solved", "probe"}
    assert summary["gained"]["solved"]["low"] > 0
    assert summary["solved"]["leaking"]["mean"] > summary["chance"]


def test_a_network_that_cannot_see_small_pieces_is_refused_where_a_task_has_some():
    for task in TASKS:
        about = {**tiny(task), "network": "labnet"}
        if TASKS[task].cut:
            with pytest.raises(Refused, match="shows it small pieces"):
                Spec.of(pretext, **about)
        else:
            assert Spec.of(pretext, **about).settings.network == (TASKS[task].network or "labnet")


def test_all_stages_are_read_the_last_one_too(finish):
    run, _ = finish("pretext_stages", data="few:20:0:digits", labels_per_class=5, steps=2, seeds=1)
    assert {title: list(of) for title, of in run.summary["stages"].items()} == {
        title: ["stem", "layer1", "layer2", "layer3"] for title in ("Rotation", "Exemplar", "SimCLR", "Supervised")
    }
    for title, gap in run.summary["last"].items():
        *before, end = (point["mean"] for point in run.summary["stages"][title].values())
        assert gap["mean"] == pytest.approx(end - max(before))


def test_clips_of_ones_own_are_learned_from_and_the_pictures_are_what_the_code_is_read_on(finish, tmp_path):
    for k in range(60):
        pixels = np.random.default_rng(k // 4).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{k}.png")
    run, _ = finish("pretext", **TINY, task="frame_order", clips=str(tmp_path))
    assert run.summary["images"] == 6 * 32
    assert len(run.summary["classes"]) == 10
    assert len(run.artifact("wholes")) <= PLAYED
    with pytest.raises(Refused, match="no such file or folder"):
        Spec.of(pretext, **TINY, task="frame_order", clips=str(tmp_path / "nowhere"))
    assert Spec.of(pretext, **TINY, clips=str(tmp_path)).id == Spec.of(pretext, **TINY).id, "a task of single pictures"
