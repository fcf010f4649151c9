"""Where a network looks: small looks at networks that were just made, and the league of maps on known causes."""

import numpy as np
import pytest
from PIL import Image

from core.experiments.attribution_league import CAUSES, Example, attribution_league, donor_of, riddle, summarise
from core.experiments.lens_attribution import GRID, LIKELIEST, METHODS, PEOPLE, lens_attribution
from core.figures import attribution as figures
from core.lessons.attribution import LEAGUE
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.worlds import open_world
from core.worlds.toybox.blocks import ROOM, SHADOW
from tests.experiments.conftest import TINY
from tests.lessons.conftest import pretended


@pytest.fixture(scope="module")
def trained(finish):
    run, _ = finish("train", **TINY)
    return f"run:{run.id}"


def test_a_look_gives_the_likeliest_classes_and_the_map_over_the_picture(finish, trained):
    found, _ = finish("lens_attribution", source=trained, picture="digits#1700", method="gradcam")
    rows, summary = found.rows(), found.summary
    assert len(rows) == LIKELIEST
    chances = [row["probability"] for row in rows]
    assert chances == sorted(chances, reverse=True)
    assert summary["answer"] == rows[0]["class"]
    assert summary["truth"] in "0123456789"
    assert summary["unsure"] == (chances[0] < 0.2)
    assert all(0 < place < 1 for place in summary["peak"])
    heat = np.array(found.artifact("heat"))
    assert heat.shape == (GRID, GRID)
    assert heat.max() == 1
    for name in ("picture", "map"):
        (file,) = found.artifact(name)
        assert Image.open(file).size == (PEOPLE, PEOPLE)


def test_where_a_square_hides_it_it_is_taken_for_something_else(finish, trained):
    settings = {"source": trained, "picture": "digits#1700", "side": 12}
    found, _ = finish("lens_attribution", method="occlusion", **settings)
    assert 0 < sum(share for _, share, _ in found.summary["others"]) <= 1.01
    assert found.summary["others"][0][2] == "blue"
    assert len(found.artifact("answers")) == len(found.artifact("feature")) == 1
    other, _ = finish("lens_attribution", method="occlusion_grey", **settings)
    assert other.artifact("heat") != found.artifact("heat"), "a grey square is another thing"


def test_of_weights_that_know_nothing_a_map_is_about_nothing(finish):
    found, _ = finish("lens_attribution", source="none", picture="digits#3")
    assert found.summary["unsure"]
    assert found.summary["answer"].startswith("class ")


def test_any_class_can_be_asked_about(finish, trained):
    first, _ = finish("lens_attribution", source=trained, picture="digits#1700")
    number = first.rows()[2]["number"]
    other, _ = finish("lens_attribution", source=trained, picture="digits#1700", target=number)
    assert other.summary["answer"] == first.rows()[2]["class"]
    assert other.artifact("heat") != first.artifact("heat")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"target": 12}, "class from 0 to 9"),
        ({"method": "lrp", "source": "imagenet", "picture": "digits#3"}, "this network has"),
        ({"method": "gradcam", "source": "none", "network": "vit_b_16", "picture": "digits#3"}, "no maps"),
        ({"method": "guided", "source": "none", "network": "vit_b_16", "picture": "digits#3"}, "no ReLU"),
    ],
)
def test_what_cannot_be_looked_at_is_refused_in_one_sentence(finish, trained, settings, words):
    with pytest.raises(Refused, match=words):
        finish("lens_attribution", **{"source": trained, "picture": "digits#1700", **settings})


def test_the_two_networks_differ_in_their_pictures_only():
    toy, shadow = (donor_of(cause).as_json()["settings"] for cause in CAUSES)
    assert {name for name in toy if toy[name] != shadow[name]} == {"data"}
    looks = [spec.settings for spec in riddle().values()]
    assert looks[0].picture.rpartition("#")[2] == looks[1].picture.rpartition("#")[2]


def test_only_the_shadow_is_left_of_the_toys():
    world, plain = open_world(CAUSES["shadow"]), open_world(CAUSES["toy"])
    assert np.array_equal(world.labels, plain.labels)
    (known,) = plain.labelled([6400, 6401], 32, [SHADOW, ROOM, "instances"])
    assert np.array_equal(world.pictures([6400, 6401], 32), known[SHADOW])
    assert np.array_equal(open_world("cue:room:toybox:a").pictures([6400], 32), known[ROOM][:1])
    assert (known[SHADOW] != plain.pictures([6400, 6401], 32)).any()
    assert world.show(6400, 64).shape == (64, 64, 3)


def test_a_map_is_scored_by_its_peak_and_by_what_lies_on_the_cause():
    cause, beside = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    cause[1, 1:3] = beside[3, 3] = True
    example = Example(7, 2, None, cause, beside)
    heat = np.ones((4, 4))
    heat[1, 2] = 5
    assert example.scored(heat) == {"hit": 1, "beside": 0, "share": 0.3}
    assert example.scored(0 * heat) == {"hit": 0, "beside": 0, "share": 0.0}
    heat[3, 3] = 9
    assert example.scored(heat)["beside"] == 1
    assert example.nothing() == {"hit": 0, "beside": 0, "share": 0.125}


def rows_of(spec, hits):
    """Rows of an arm in which every method is right of `hits[weights]` of 20 pictures."""
    common = {"run": spec.id, "split": "score"}
    found = [
        {**common, "picture": k, "weights": weights, "method": method, "hit": int(k < n), "beside": 0, "share": n / 20}
        for weights, n in hits.items()
        for method in METHODS
        for k in range(20)
    ]
    nothing = {"weights": "nothing", "method": "nothing", "hit": 0, "beside": 1, "share": 0.1}
    return found + [{**common, "picture": k, **nothing} for k in range(20)]


def test_the_league_is_summarised_from_its_rows_also_of_one_arm():
    spec = Spec.of(attribution_league)
    arms = spec.arms()
    half = rows_of(arms[0], {"trained": 18, "random": 6})
    found = summarise(spec.settings, half)
    assert list(found["league"]) == ["toy"]
    point = found["league"]["toy"]["gradcam"]
    assert (point["trained"]["mean"], point["random"]["mean"]) == (0.9, 0.3)
    assert point["gap"]["mean"] == pytest.approx(0.6)
    assert point["gap"]["low"] > 0.3
    assert LEAGUE.claims(pretended(found)) == []
    whole = summarise(spec.settings, half + rows_of(arms[1], {"trained": 20, "random": 0}))
    assert whole["pictures"] == {"toy": 20, "shadow": 20}
    words = [claim.verdict.word for claim in LEAGUE.claims(pretended(whole))]
    assert words[0] == words[-1] == "holds here"
    for dark in (False, True):
        assert all(figure(pretended(whole), dark).figure.data for figure in LEAGUE.figures.values())
    assert len(LEAGUE.numbers(pretended(whole))) == 2 * 3 * len(METHODS)


def test_every_method_has_its_name():
    assert set(figures.METHODS) == set(METHODS)
    assert set(figures.CAUSES) == set(CAUSES)


def test_the_same_look_is_one_run():
    spec = Spec.of(lens_attribution, picture="toybox:a#06499", method="occlusion", source="toybox", network="labnet")
    assert spec.id == riddle()["toy"].id
