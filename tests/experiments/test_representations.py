"""Learning without labels from end to end on the bundled digits: the command line's runs, small and real."""

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.experiments.anb import anb
from core.experiments.anb import arms_of as anb_arms
from core.experiments.collapse import arms_of, collapse
from core.experiments.details import TABLES, details
from core.experiments.encoders import sources
from core.experiments.label_budget import arms_of as budget_arms
from core.experiments.maps import map as map_of_codes
from core.experiments.maps import placed_on_map
from core.experiments.sources import borrowed, network_of
from core.experiments.ssl import Ssl, ssl
from core.learning.features import codes
from core.methods.catalog import METHODS
from core.models.weights import from_arrays
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.worlds import open_world
from core.worlds.splits import split
from tests.experiments.conftest import rows

TINY = {"data": "digits", "size": 32, "steps": 6, "batch_size": 32, "precision": "float32"}
MAP = {"data": "digits", "pictures": 60}


def of(run, part):
    return [row for row in run.rows() if row["split"] == part]


@pytest.mark.parametrize("method", ["simclr", "vae"])
def test_a_run_tells_how_it_learns_and_keeps_an_encoder_that_others_can_use(finish, method):
    run, items = finish("ssl", **TINY, method=method)
    assert {"train", "neighbours", "collapse", "test"} <= {row["split"] for row in rows(items) if "split" in row}
    assert [row["step"] for row in of(run, "train")] == list(range(7))
    for name in ("linear_probe", "knn"):
        point = run.summary[name]
        assert 0 <= point["low"] <= point["mean"] <= point["high"] <= 1
    assert run.summary["steps"] == 6
    assert run.summary["images"] == 6 * 32
    layers = {row["layer"] for row in of(run, "test")}
    assert layers == {"layer3", "code"} if method == "vae" else {"layer3"}
    assert network_of(f"run:{run.id}") == "labresnet"
    tuned, _ = finish("finetune", data="digits", source=f"run:{run.id}", labels_per_class=5, epochs=1, frozen="2")
    kept, start = borrowed(f"run:{tuned.id}", None), borrowed(f"run:{run.id}", None)
    same = [
        np.array_equal(kept.arrays[name], start.arrays[name]) for name in start.arrays if "layer1.block.conv" in name
    ]
    assert same
    assert all(same), "frozen stages are the borrowed ones"


def test_what_is_drawn_while_it_learns_is_kept(finish):
    run, _ = finish("ssl", **TINY, method="simclr")
    assert len(run.artifact("views")) == 8
    bins = of(run, "similarity")
    last = [row for row in bins if row["step"] == bins[-1]["step"]]
    for name in ("positive", "negative"):
        assert sum(row[name] for row in last) == pytest.approx(1, abs=1e-5)
    coded, _ = finish("ssl", **TINY, method="autoencoder")
    assert coded.steps("reconstructions")[-1] == 6


def test_it_goes_on_from_a_checkpoint_as_it_was_and_steps_count_on(finish):
    first, _ = finish("ssl", **TINY, method="moco2", checkpoints="6", schedule="constant")
    again, _ = finish("ssl", **TINY, method="moco2", schedule="constant", start=f"run:{first.id}@6")
    assert [row["step"] for row in of(again, "train")] == list(range(6, 13))
    meter = [of(run, "collapse") for run in (first, again)]
    assert meter[1][0]["effective_rank"] == pytest.approx(meter[0][-1]["effective_rank"], rel=1e-4)
    assert first.artifact("memory", 6).arrays["queue"].shape == (2048, 64)
    with pytest.raises(Refused, match="another method"):
        finish("ssl", **TINY, method="simclr", start=f"run:{first.id}@6")


def test_seconds_end_a_run(finish):
    run, _ = finish("ssl", **{**TINY, "steps": 400}, method="supervised", seconds=1.5)
    assert run.summary["steps"] >= 1
    assert run.spec().settings.steps == 0


def test_its_encoder_is_lent_to_anb_and_to_label_budgets(finish):
    run, _ = finish("ssl", **TINY)
    lent = {"data": "digits", "source": f"run:{run.id}", "seeds": 1, "steps": 2}
    sweep, _ = finish("anb", **lent, frozen_at=(2,), tuned_at=(0,), labels_per_class=5)
    assert set(sweep.summary["curves"]) == {"AnB", "BnB"}
    sources = {curve: spec.settings.source for curve, _, spec in anb_arms(sweep.spec().settings, 0)}
    assert sources == {"base": "none", "AnB": lent["source"], "BnB": "none"}
    assert sweep.spec().settings.network == "labresnet"
    with pytest.raises(Refused, match="are for labresnet"):
        Spec.of(anb, **lent, network="resnet18")
    with pytest.raises(Refused, match="the run is A"):
        Spec.of(anb, **lent, split="untrained")
    budgets, _ = finish("label_budget", **lent, budgets=(2,), arms=("scratch", "frozen"))
    assert set(budgets.summary["curves"]) == {"scratch", "frozen"}
    settings = {way: spec.settings for way, _, _, spec in budget_arms(budgets.spec().settings)}
    assert settings["frozen"].stages == "ffftn"
    assert settings["scratch"].network == settings["frozen"].network == "labresnet"
    assert settings["scratch"].source == "none"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"method": "simclr", "without": "predictor"}, "SimCLR has negatives"),
        ({"method": "vae", "without": "negatives"}, "has no such part"),
        ({"steps": 0}, "at least one step"),
        ({"second_view": "new_room", "data": "digits"}, "only the toybox"),
        ({"method": "magic"}, "one of autoencoder"),
        ({"temperature": 1e-9}, "or from 0.01 to 10"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(settings, said):
    with pytest.raises(Refused, match=said):
        Spec.of(ssl, **settings)


def test_settings_that_a_method_does_not_read_do_not_make_another_run():
    assert Spec.of(ssl, method="autoencoder", temperature=0.5).id == Spec.of(ssl, method="autoencoder").id
    assert Spec.of(ssl, method="simclr", temperature=0.5).id != Spec.of(ssl, method="simclr").id
    assert Spec.of(ssl, method="moco2").settings.augment == "blur"
    for method in METHODS:
        chosen = Spec.of(ssl, method=method).settings
        again = Spec.of(ssl, **{name: getattr(chosen, name) for name in Ssl.__dataclass_fields__ if name != "donor"})
        assert again.settings == chosen


def test_a_method_of_one_view_has_no_second():
    toys = {"data": "toybox:b", "second_view": "new_room"}
    assert Spec.of(ssl, **toys, method="vae").id == Spec.of(ssl, data="toybox:b", method="vae").id
    assert Spec.of(ssl, **toys).id != Spec.of(ssl, data="toybox:b").id


def test_the_seed_of_a_map_of_pixels_is_where_it_begins():
    assert Spec.of(map_of_codes, **MAP, seed=1).id != Spec.of(map_of_codes, **MAP).id
    assert Spec.of(map_of_codes, **MAP, technique="pca", seed=1).id == Spec.of(map_of_codes, **MAP, technique="pca").id


def test_arms_of_a_collapse_go_on_from_one_checkpoint_and_differ_in_one_thing():
    arms = list(arms_of(Spec.of(collapse, data="digits", seeds=1).settings))
    assert [word for word, *_ in arms] == ["", *METHODS["byol"].breaks]
    plain = [{k: v for k, v in vars(spec.settings).items() if k != "without"} for *_, spec in arms]
    assert plain[0] == plain[1] == plain[2]


CHANGED = {
    "projection": {"projection"},
    "augmentation": {"augment"},
    "negatives": {"method", "negatives", "batch_size", "steps"},
    "moco2": {"projection", "augment", "schedule", "steps"},
}


@pytest.mark.parametrize("table", TABLES)
def test_arms_of_a_table_see_as_many_pictures_and_differ_in_what_it_is_about(table):
    plan = Spec.of(details, table=table, seeds=1)
    first, *others = [vars(spec.settings) for spec in plan.arms()]
    assert {name for other in others for name in other if other[name] != first[name]} == CHANGED[table]
    seen = {spec.settings.steps * spec.settings.batch_size for spec in plan.arms()}
    assert len(seen) == (2 if table == "moco2" else 1)


@pytest.mark.parametrize("title", ["Pixels", "PCA of pixels", "Untrained"])
def test_a_map_is_of_test_pictures_and_says_what_it_kept(finish, title):
    run, _ = finish("map", **MAP, technique="pca", **sources()[title])
    points = of(run, "point")
    assert len(points) == 60
    assert {row["picture"] for row in points} <= set(split(open_world("digits")).test.tolist())
    assert np.mean([row["kept"] for row in points]) == pytest.approx(run.summary["kept"], abs=1e-3)
    assert np.array(run.artifact("near")).shape == (60, 8)
    assert set(run.artifact("outlines")) == {"kmeans", "gmm", "density"}
    sheet, _ = finish("sprites", **MAP)
    assert [row["picture"] for row in sheet.rows()] == [row["picture"] for row in points]


def test_a_picture_of_ones_own_is_placed_and_its_like_are_named(finish):
    run, _ = finish("map", **MAP, technique="tsne", source="pixels", perplexity=10)
    points = of(run, "point")
    there = points[7]
    own, _ = finish("placed_on_map", map=run.id, picture=f"digits#{there['picture']}")
    assert own.artifact("near")[0] == 7, "it is on the map already"
    near = sorted(points, key=lambda row: (row["x"] - own.summary["x"]) ** 2 + (row["y"] - own.summary["y"]) ** 2)[:5]
    assert there in near
    with pytest.raises(Refused, match="no finished run"):
        Spec.of(placed_on_map, map="0" * 16)
    with pytest.raises(Refused, match="the id of a finished map"):
        finish("placed_on_map", picture="digits#3")


def test_what_a_code_holds_can_be_drawn(finish):
    narrow, _ = finish("ssl", **TINY, method="vae", code=2)
    for kind, count in {"reconstructions": 9, "traversals": 1, "manifold": 1}.items():
        run, _ = finish("decoded", data="digits", pictures=40, source=f"run:{narrow.id}", kind=kind)
        assert len(run.artifact("pictures")) == count
        assert run.summary["code"] == 2
        assert run.summary["error"] > 0
    wide, _ = finish("ssl", **TINY, method="autoencoder")
    with pytest.raises(Refused, match="code=2"):
        finish("decoded", data="digits", pictures=40, source=f"run:{wide.id}", kind="manifold")
    contrastive, _ = finish("ssl", **TINY, method="simclr")
    with pytest.raises(Refused, match="needs a decoder"):
        finish("decoded", data="digits", pictures=40, source=f"run:{contrastive.id}")


def test_what_comes_back_is_as_large_as_the_picture_whatever_its_size(finish):
    coded, _ = finish("ssl", **{**TINY, "size": 28}, method="vae", code=3)
    run, _ = finish("decoded", data="digits", pictures=40, source=f"run:{coded.id}", kind="reconstructions")
    with Image.open(run.artifact("pictures")[0]) as pair:
        assert pair.size == (28, 56)
    kept = borrowed(f"run:{coded.id}", None)
    network = from_arrays(kept.recipe, kept.arrays)
    assert codes(network, open_world("digits").pictures(range(5), 28), "code").shape == (5, 3), "the means alone"
    shown, _ = finish("map", **MAP, source=f"run:{coded.id}")
    assert shown.summary["width"] == 3, "an autoencoder's map is of its code"


def test_a_head_is_read_as_it_stands_and_a_stage_averaged(finish):
    run, _ = finish("ssl", **TINY, method="simclr")
    kept = borrowed(f"run:{run.id}", None)
    network = from_arrays(kept.recipe, kept.arrays)
    pictures = open_world("digits").pictures(range(5), 32)
    assert codes(network, pictures, "layer3").shape == (5, 128)
    assert codes(network, pictures, "projection").shape == (5, 64)
    with pytest.raises(Refused, match="one of stem, layer1, layer2, layer3, projection"):
        finish("map", **MAP, source=f"run:{run.id}", layer="code")


def test_factors_are_read_on_pictures_that_nobody_learned_from(finish):
    run, _ = finish("factors", data="few:5:0:toybox:b", source="pixels", pictures=200)
    found = {row["factor"]: row for row in of(run, "factor")}
    assert set(found) == {"class", "room", "light", "camera", "pose", "position", "colour"}
    assert found["room"]["accuracy"] > found["room"]["chance"] + 0.1, "pixels tell the room"
    assert found["pose"]["accuracy"] < 0.5, "but not how a toy is turned"


def test_the_command_line_takes_seconds_or_steps(capsys, home):
    assert main(["run", "ssl", "method=simclr", "data=digits", "size=16", "seconds=1"]) == 0
    assert main(["run", "ssl", "method=simclr", "steps=0"]) == 2
    assert "at least one step" in capsys.readouterr().err
    assert Store().runs()[0].summary["linear_probe"]["mean"] > 0


def test_a_map_of_a_donor_is_of_its_codes_and_not_of_the_pixels(finish):
    donor = Spec.of(ssl, **TINY, method="autoencoder")
    of_donor, _ = finish("map", **MAP, technique="pca", donor=donor, layer="code")
    of_run, _ = finish("map", **MAP, technique="pca", source=f"run:{donor.id}", layer="code")
    assert of_donor.summary["width"] == 128
    assert [row["x"] for row in of(of_donor, "point")] == [row["x"] for row in of(of_run, "point")]


def test_a_run_that_is_under_way_lends_what_it_has_reached(home):
    spec = Spec.of(ssl, **{**TINY, "steps": 50}, method="byol", checkpoints="1,2")
    driven, address = drive(spec, Store()), f"run:{spec.id}"
    for item in driven:
        if isinstance(item, dict) and item["split"] == "train" and item["step"] == 2:
            break
    following = Spec.of(ssl, **TINY, method="byol", without="stop_gradient", start=f"{address}@1")
    for _ in drive(following, Store()):
        pass
    assert [row["step"] for row in of(Store().open(following), "train")] == list(range(1, 8))
    driven.close()
    with pytest.raises(Refused, match="no finished run"):
        borrowed(f"{address}@1", None)


def test_a_start_that_is_not_here_is_refused_before_pictures_are_read():
    with pytest.raises(Refused, match="no finished run"):
        next(ssl(Spec.of(ssl, start="run:0123456789abcdef@5", **TINY).settings))


def test_a_size_that_the_network_cannot_see_is_refused_before_anything_is_read():
    with pytest.raises(Refused, match="from 16 to 128"):
        Spec.of(ssl, size=200)
