"""What channels answer to a picture, what they care about, and pictures made for them: small looks at real networks."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.experiments.lens_maps import ACROSS, lens_maps
from core.experiments.lens_maximise import WAYS
from core.experiments.looked_at import Weights
from core.experiments.selectivity import with_other
from core.experiments.watched import COLUMNS, ROWS, watcher
from core.lenses.maps import TILE, as_maps, mosaic, tiles
from core.lessons.inside import factor_claims
from core.models.staged import activations, build
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.worlds.one import read_one
from core.worlds.toybox.factors import FACTORS, NUMBERED
from pages.parts.unit import MADE_WORDS
from tests.lessons.conftest import pretended

PICTURE = "toybox#14200"


def test_every_stage_of_a_network_answers_to_one_picture(finish):
    found, _ = finish("lens_maps", picture=PICTURE)
    rows = {row["stage"]: row for row in found.rows()}
    assert list(rows) == ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]
    assert (rows["conv1"]["channels"], rows["fc6"]["channels"], rows["fc6"]["shown"]) == (24, 256, 64)
    assert found.summary["class"] == "dog"
    assert len(found.summary["classes"]) == 16
    shares = [one["probability"] for one in found.summary["likeliest"]]
    assert shares == sorted(shares, reverse=True)
    page = np.asarray(Image.open(found.artifact("maps_conv2")[0]).convert("L")).astype(float)
    assert page.shape == (3 * TILE, ACROSS * TILE)
    row, column = divmod(rows["conv2"]["strongest"], ACROSS)
    tile = page[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
    assert tile.max() >= page.max() - 8, "the strongest channel has the brightest place"


def test_later_channels_are_shown_from_where_they_begin(finish):
    found, _ = finish("lens_maps", picture="digits#3", first=192)
    rows = {row["stage"]: row for row in found.rows()}
    assert (rows["fc6"]["first"], rows["fc6"]["shown"]) == (192, 64)
    assert (rows["conv1"]["first"], rows["conv1"]["shown"]) == (0, 24), "a stage without so many shows its last ones"
    assert 192 <= rows["fc6"]["strongest"] < 256


def test_a_picture_that_is_not_there_is_refused():
    with pytest.raises(Refused, match="or photograph:"):
        Spec.of(lens_maps, picture="nothing")


def test_maps_share_one_stretch_and_tokens_become_the_map_they_were_cut_from():
    maps = torch.tensor([2.0, 1.0])[:, None, None].repeat(1, 4, 4)
    maps[:, 0, 0] = 0
    seen = tiles(maps)
    assert seen.shape == (2, TILE, TILE, 3)
    assert (seen[0].max(), seen[1].max()) == (255, 127)
    assert seen[:, : TILE // 4, : TILE // 4].max() == 0
    tokens = torch.arange(10.0)[:, None].repeat(1, 3)
    assert torch.equal(as_maps(tokens)[0], torch.arange(1.0, 10).view(3, 3)), "the class token stands for no place"
    signed = tiles(torch.tensor([[[-1.0]], [[1.0]], [[0.0]]]))
    assert [int(tile.mean()) for tile in signed] == [1, 255, 128]
    assert mosaic(seen, 3).shape == (TILE, 3 * TILE, 3)


def test_scenes_differ_in_the_one_factor_that_is_drawn_anew():
    plain = with_other(3, None)
    for factor in FACTORS:
        other = with_other(3, factor)
        differs = [k for k, name in enumerate(NUMBERED) if plain.numbers[k] != other.numbers[k]]
        assert differs == ([] if factor == "class" else [NUMBERED.index(factor)])
        assert (plain.toys == other.toys) == (factor != "class") or plain.toys == other.toys


def test_shares_are_those_of_a_direct_computation(finish):
    found, _ = finish("selectivity", source="none", scenes=8)
    from core.worlds.toybox.render import render
    from core.worlds.toybox.scenes import scenes

    network = build("labnet", 1000, 0).eval()
    before, after = (
        activations(network, network.prepare(render(scenes([with_other(k, f) for k in range(8)]), 48)), ["conv2"])[
            "conv2"
        ]
        .amax((2, 3))
        .detach()
        for f in (None, "light")
    )
    direct = (before - after).pow(2).mean(0) / 2 / before.var(0)
    rows = [row for row in found.rows() if row["stage"] == "conv2"]
    assert [row["light"] for row in rows] == pytest.approx([float(direct[row["channel"]]) for row in rows], abs=2e-3)
    mean = np.mean([row["light"] for row in rows])
    assert found.summary["factors"]["light"]["conv2"]["mean"] == pytest.approx(mean, abs=2e-3)


def test_what_fades_and_what_stays_is_said_with_its_interval():
    summary = {name: {"mean": 0.3, "low": 0.2, "high": 0.4} for name in ("deeper", "fades")}
    assert [claim.verdict.word for claim in factor_claims(pretended(summary))] == ["holds here"] * 2
    summary["fades"] = {"mean": -0.1, "low": -0.2, "high": -0.05}
    assert factor_claims(pretended(summary))[1].verdict.word == "not here"


@pytest.mark.parametrize("way", ["fourier", "fourth"])
def test_a_picture_grows_until_it_excites_its_units_more_than_photographs_do(finish, way):
    settings = {"source": "none", "stage": "conv2", "pictures": 60, "way": way}
    found, _ = finish("lens_maximise", **settings, first=4, channels=2)
    rows = found.rows()
    assert [row["channels"] for row in rows] == [[4], [5]]
    assert all(row["value"] > 2 * row["best"] for row in rows)
    assert len(found.artifact("made")) == 2
    mixed, _ = finish("lens_maximise", **settings, mixed="4,5")
    assert [row["channels"] for row in mixed.rows()] == [[4, 5]]


def test_every_way_to_make_a_picture_has_its_words():
    assert set(MADE_WORDS) == set(WAYS)


def test_leaving_a_regulariser_out_makes_another_picture_and_no_such_channel_is_refused(finish):
    settings = {"source": "none", "stage": "conv1", "pictures": 20, "channels": 1, "way": "third"}
    made = [
        np.asarray(Image.open(finish("lens_maximise", **settings, without=without)[0].artifact("made")[0])).astype(int)
        for without in ("nothing", "blur")
    ]
    rough = [np.abs(np.diff(picture, axis=0)).mean() for picture in made]
    assert rough[1] > 1.2 * rough[0], "the blur kept it smooth"
    with pytest.raises(Refused, match="conv1 has channels 0 to 23"):
        finish("lens_maximise", **settings, first=24)


@pytest.mark.parametrize("stage", ["conv1", "fc6"])
def test_a_frame_comes_back_beside_the_channels_that_answer_to_it(stage):
    frame = read_one("photograph:coffee", 240)[:180]
    page = watcher(Weights(source="none").canonical())(frame, stage)
    assert page.shape == (ROWS * TILE, (ROWS + COLUMNS) * TILE, 3)
    assert page.dtype == np.uint8
    grid = page[:, ROWS * TILE :]
    assert grid.std() > 10
    assert np.abs(page[:, : ROWS * TILE].mean((0, 1)) - frame.mean((0, 1))).max() < 25, "the picture as it was"


def test_the_first_filters_are_colours_and_later_ones_a_tile_an_input_channel(finish):
    network = build("labnet", 1000, 0)
    first, _ = finish("lens_filters", source="none", stage="conv1")
    norms = network.stage("conv1").conv.weight.flatten(1).norm(dim=1).tolist()
    assert [row["norm"] for row in first.rows()] == pytest.approx(norms, abs=1e-3)
    assert first.summary == {**first.summary, "kernel": [5, 5], "reads_the_picture": True, "filters": 24}
    later, _ = finish("lens_filters", source="none", stage="conv3", channel=2)
    norms = network.stage("conv3").conv.weight[2].flatten(1).norm(dim=1)
    assert [row["norm"] for row in later.rows()] == pytest.approx(norms.tolist(), abs=1e-3)
    with pytest.raises(Refused, match="no convolutions"):
        finish("lens_filters", source="none", stage="fc6")
    with pytest.raises(Refused, match="conv3 has filters 0 to 63"):
        finish("lens_filters", source="none", stage="conv3", channel=64)
