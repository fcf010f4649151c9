"""Learning from puzzles, from end to end on the bundled digits."""

import pytest

from core.experiments.pretext import PLAYED, Pretext, pretext
from core.experiments.sources import network_of
from core.methods.puzzles import TASKS
from core.runs.settings import Refused
from core.runs.spec import Spec

TINY = {"data": "digits", "size": 32, "steps": 6, "batch_size": 32, "precision": "float32"}


def of(run, part):
    return [row for row in run.rows() if row["split"] == part]


@pytest.mark.parametrize("task", TASKS)
def test_a_run_solves_puzzles_is_probed_and_leaves_an_encoder(finish, task):
    run, _ = finish("pretext", **TINY, task=task)
    for name in ("pretext_accuracy", "linear_probe", "knn"):
        point = run.summary[name]
        assert 0 <= point["low"] <= point["mean"] <= point["high"] <= 1
    assert run.summary["chance"] == TASKS[task].chance(run.spec().settings)
    assert [row["step"] for row in of(run, "puzzles")] == list(range(7))
    assert network_of(f"run:{run.id}") == (TASKS[task].network or "labresnet")


@pytest.mark.parametrize("task", TASKS)
def test_the_puzzles_to_play_are_the_same_for_all_checkpoints_and_come_with_their_pieces(finish, task):
    run, _ = finish("pretext", **TINY, task=task)
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
    with pytest.raises(Refused, match="at least one step"):
        Spec.of(pretext, **{**TINY, "steps": 0})
    assert Spec.of(pretext, **{**TINY, "seconds": 5}).settings.steps == 0
    assert isinstance(Spec.of(pretext, **TINY).settings, Pretext)
