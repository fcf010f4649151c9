"""Predicting what comes next, as experiments: settings, plans, what is asked of a player, what the rows say."""

import dataclasses
import itertools

import numpy as np
import pytest

from core.experiments import experiment
from core.experiments.cpc import Cpc, cpc
from core.experiments.cpc_bound import MANY, NAMED, OF, OFFSETS, Bounds, cpc_bound
from core.experiments.cpc_bound import arms_of as bounds_of
from core.experiments.cpc_bound import summarise as bounds_say
from core.experiments.cpc_details import (
    NORM,
    STAIRS,
    UNTRAINED,
    V1,
    Staircase,
    arms_of,
    cpc_details,
    played,
    stairs,
    summarise,
)
from core.experiments.cpc_play import Game, enlarged
from core.experiments.puzzle_runs import rival
from core.lessons.cpc import CPC_BOUND, CPC_DETAILS
from core.runs.drive import drive
from core.runs.settings import Refused, coerce
from core.runs.spec import Spec
from core.runs.store import Store
from tests.lessons.conftest import pretended


def settings(**values):
    return coerce(Cpc, values)


def test_what_is_not_read_is_as_by_default():
    plain = settings(negatives=8)
    assert settings(negatives=8, data="digits", network="resnet18", patch_augment="flip", directions=4) == plain
    patches = settings(over="patches", data="digits")
    assert patches.network == "patch_labresnet"
    assert settings(over="patches", data="digits", negatives=2, offsets=(3,)) == patches
    clips = settings(over="clips", data="toybox:b", directions=4, patch_augment="jitter")
    assert (clips.network, clips.directions, clips.patch_augment) == ("labresnet", 1, "none")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"over": "patches", "network": "resnet18"}, "patch by patch"),
        ({"over": "clips", "data": "digits"}, "only the toybox has clips"),
        ({"offsets": ()}, "one or more steps ahead"),
        ({"offsets": (2, 2)}, "each once"),
        ({"over": "patches", "size": 40}, "a multiple of 32"),
        ({"negatives": 1}, "from 2"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(wrong, said):
    with pytest.raises(Refused, match=said):
        settings(**wrong)


def test_ssl_takes_the_methods_own_encoder_and_refuses_another():
    ssl = experiment("ssl")
    assert Spec.of(ssl, method="cpc", data="digits").settings.network == "patch_labresnet"
    assert Spec.of(ssl, method="cpc", data="digits", network="patch_labresnet_layer").settings.directions == 1
    assert Spec.of(ssl, method="simclr", data="digits", directions=4).settings.directions == 1, "which reads none"
    with pytest.raises(Refused, match="patch by patch"):
        Spec.of(ssl, method="cpc", data="digits", network="labnet")


def test_a_training_on_the_sequence_tells_each_offset(home):
    spec = Spec.of(cpc, negatives=8, offsets=(4, 1), steps=30)
    rows = [row for row in drive(spec, Store()) if isinstance(row, dict)]
    found = [row for row in rows if row["split"] == "held_out"]
    assert [row["offset"] for row in found] == [1, 4]
    for row in found:
        assert row["bound"] < row["optimal"] < min(row["ceiling"], row["information"])
    assert found[0]["bound"] > found[1]["bound"]
    assert Store().open(spec).summary["bound"] == found[0]["bound"]
    assert {"bound", "accuracy"} <= set(next(row for row in rows if row["split"] == "choices"))


# The plan over N.


def test_each_n_is_trained_by_each_seed_and_one_run_looks_further_ahead():
    arms = list(bounds_of(Bounds()))
    assert len(arms) == len({spec.id for *_, spec in arms}) == 3 * (len(MANY) + 2)
    assert {name for name, *_ in arms} == {*MANY, "offsets", "untrained"}
    assert next(spec for name, _, spec in arms if name == "offsets").settings.offsets == OFFSETS


def rows_of(plan, bound, r2):
    """The last rows of a plan in which bound and r2 are functions of N."""
    for name, seed, spec in bounds_of(plan):
        if name == "untrained":
            yield {"run": spec.id, "split": "held_out", "r2": 0.8, "r2_seen": 0.9}
            continue
        for offset in OFFSETS if name == "offsets" else (1,):
            among = OF if name == "offsets" else name
            found = {"bound": bound(among) + 0.001 * seed, "r2": r2(among), "optimal": bound(among) + 0.2}
            known = {"ceiling": float(np.log(among)), "information": 6.64}
            yield {"run": spec.id, "split": "held_out", "offset": offset, **found, **known}


def below(among):
    return float(np.log(among)) - 0.3


@pytest.mark.parametrize(
    ("bound", "r2", "said"),
    [
        (below, lambda n: 0.9, NAMED[0]),
        (below, lambda n: 0.5 + n / 2000, NAMED[1]),
        (lambda n: 0.1, lambda n: 0.9, NAMED[2]),
    ],
)
def test_the_answer_is_what_grew(bound, r2, said):
    plan = Bounds()
    summary = bounds_say(plan, list(rows_of(plan, bound, r2)))
    assert summary["answer"] == said
    assert set(summary["many"]) == set(map(str, MANY))
    assert set(summary["offsets"]) == set(map(str, OFFSETS))
    assert summary["untrained"]["mean"] == pytest.approx(0.8)
    assert summary["seen"] == 0.9
    assert summary["short"]["mean"] == pytest.approx(0.199)
    claims = CPC_BOUND.claims(pretended(summary))
    assert claims[0].verdict.word == ("holds here" if said != NAMED[2] else "not here")
    assert claims[-1].verdict.word == ("not here" if said == NAMED[1] else "holds here")
    assert CPC_BOUND.draw(pretended(summary), False).keys() == {"bound", "latent", "offsets"}
    assert len(CPC_BOUND.numbers(pretended(summary))) == 3 * (len(MANY) + len(OFFSETS)) + 1


def test_a_bound_above_its_ceiling_would_be_seen():
    plan = Bounds()
    summary = bounds_say(plan, list(rows_of(plan, lambda n: float(np.log(n)) + 0.1, lambda n: 0.9)))
    assert CPC_BOUND.claims(pretended(summary))[1].verdict.word == "not here"


def test_half_a_plan_has_no_answer_yet():
    plan = Bounds()
    rows = list(rows_of(plan, below, lambda n: 0.9))
    for some in ([], rows[:1]):
        summary = bounds_say(plan, some)
        assert "answer" not in summary
        CPC_BOUND.draw(pretended(summary), True)
    assert CPC_BOUND.draw(pretended(bounds_say(plan, [])), True) == {}
    question = CPC_BOUND.question(Spec.of(cpc_bound).as_json()["settings"])
    assert "among 2, or among 512" in question


# The staircase.


def test_each_step_differs_from_the_one_before_in_one_thing():
    steps = list(stairs())
    assert [name for name, _ in steps] == list(STAIRS)
    for (_, before), (_, after) in itertools.pairwise(steps):
        assert sum(before.get(key) != value for key, value in after.items()) == 1
    chosen = {name: spec.settings for name, seed, spec in arms_of(Staircase()) if seed == 0}
    drawn = {name: how for name, how in chosen.items() if name.startswith(UNTRAINED)}
    assert {how.network for how in drawn.values()} == {how.network for how in chosen.values()}
    assert all(how.steps == 0 for how in drawn.values())
    assert chosen["(e) twice as long"].steps == 2 * chosen["(d) wider encoder"].steps
    assert played() in [spec for *_, spec in arms_of(Spec.of(cpc_details).settings)]


def test_gains_are_above_the_step_before_and_above_random_weights():
    plan = Staircase(seeds=3)
    levels = dict(zip(STAIRS, (0.2, 0.24, 0.23, 0.3, 0.3, 0.31), strict=True))
    rows = []
    for name, seed, spec in arms_of(plan):
        accuracy = levels.get(name, 0.15) + 0.01 * seed
        rows += [{"run": spec.id, "split": "test", "probe": "linear_probe", "accuracy": accuracy}]
        rows += [{"run": spec.id, "split": "solved", "accuracy": 0.5}]
    summary = summarise(plan, rows)
    assert summary["gained"][NORM]["mean"] == pytest.approx(0.04)
    assert summary["gained"]["(b) patches changed"]["mean"] == pytest.approx(-0.01)
    assert summary["ahead"][V1]["mean"] == pytest.approx(0.05)
    assert summary["answer"] == "(c) four directions"
    words = {claim.words: claim.verdict.word for claim in CPC_DETAILS.claims(pretended(summary))}
    assert words == {
        f"{V1}: more is read than from random weights.": "holds here",
        f"{list(STAIRS)[-1]}: more is read than from random weights.": "holds here",
        "(c) four directions is better than the step before.": "holds here",
    }
    numbers = {number.what: number.written for number in CPC_DETAILS.numbers(pretended(summary))}
    assert numbers["(b) patches changed, above the step before"] == "−1.0 points"
    assert set(CPC_DETAILS.draw(pretended(summary), False)) == {"stairs", "right"}
    assert summarise(plan, [])["gained"] == {}
    assert "answer" not in summarise(plan, rows[:4])


# What is asked of a player.


@dataclasses.dataclass
class Asked:
    """Stands for an objective: only its pictures are shown."""

    pictures: np.ndarray
    rows: int = 4
    columns: int = 4

    @property
    def n(self):
        return len(self.pictures)


def test_the_right_piece_is_the_patch_in_the_frame_and_what_is_below_is_hidden():
    pictures = np.random.default_rng(0).integers(0, 200, (6, 32, 32, 3), dtype=np.uint8)
    game = Game(Asked(pictures))
    pieces, wholes = (artifact.value for artifact in game.pictures())
    assert pieces.shape == (6 * 5, 32, 32, 3)
    assert np.array_equal(wholes, pictures)
    for k in range(6):
        seen, *candidates = pieces[5 * k : 5 * k + 5]
        assert np.array_equal(seen[:16], pictures[k, :16])
        assert len(np.unique(seen[16:].reshape(-1, 3), axis=0)) == 2, "grey, and the frame"
        left = 8 * int(game.asked.columns_asked[k])
        right = enlarged(pictures[k, 16:24, left : left + 8], 32)
        assert [np.array_equal(right, candidate) for candidate in candidates].index(True) == int(game.asked.answers[k])


def test_of_a_clip_the_first_half_is_shown_and_four_frames_can_be_chosen():
    clips = np.random.default_rng(0).integers(0, 256, (5, 4, 16, 16, 3), dtype=np.uint8)
    game = Game(Asked(clips, 4, 1))
    pieces, wholes = (artifact.value for artifact in game.pictures())
    assert pieces.shape == (5 * 6, 16, 16, 3)
    assert wholes.shape == (5, 16, 64, 3)
    for k in range(5):
        assert np.array_equal(pieces[6 * k : 6 * k + 2], clips[k, :2])
        assert np.array_equal(pieces[6 * k + 2 + int(game.asked.answers[k])], clips[k, 2])


def test_what_the_network_said_is_read_as_of_the_puzzles():
    about = {"split": "said", "probability": 0.5, "step": 0}
    rows = [{**about, "puzzle": k, "answer": k, "said": 3} for k in range(4)]
    other = rival(rows, {"over": "patches"})
    assert other.right == ("0", "1", "2", "3")
    assert other.last == ("3",) * 4
