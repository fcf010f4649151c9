"""Units and what excites them: small looks at networks that were just made."""

import numpy as np
import pytest
from PIL import Image

from core.experiments.hierarchy import hierarchy, summarise
from core.experiments.lens_units import BACK, NINE, TILE, lens_units
from core.lenses.backward import RULES
from core.lenses.sheets import GAP
from core.lessons.inside import claims
from core.runs.settings import Refused
from core.runs.spec import Spec
from tests.lessons.conftest import pretended

SMALL = {"source": "none", "pictures": 40, "channels": 3}


def test_a_stage_has_a_sheet_a_channel_of_patches_and_of_what_comes_back(finish):
    found, _ = finish("lens_units", stage="conv2", **SMALL)
    rows, summary = found.rows(), found.summary
    assert [row["channel"] for row in rows] == [0, 1, 2]
    assert summary["channels"] == 48
    assert summary["rules"] == list(RULES)
    assert all(row["value"] >= row["ninth"] for row in rows)
    assert all(1 <= row["of_nine"] <= NINE for row in rows)
    for name, tile in (("patches", TILE), *((f"back_{rule}", BACK) for rule in RULES)):
        side = 3 * tile + 2 * GAP
        sheets = [np.asarray(Image.open(file)) for file in found.artifact(name)]
        assert [sheet.shape for sheet in sheets] == [(side, side, 3)] * 3
        assert all(sheet.std() > 2 for sheet in sheets), "no grey mush"


@pytest.mark.parametrize("network", ["efficientnet_lite0", "vit_b_16"])
def test_a_network_without_pooling_is_followed_back_as_it_can_be(finish, network):
    stage = "block1" if network == "efficientnet_lite0" else "block2"
    few = {**SMALL, "network": network, "stage": stage, "pictures": 12}
    found, _ = finish("lens_units", **few)
    rules = {"efficientnet_lite0": ["gradient", "guided"], "vit_b_16": ["gradient"]}
    assert found.summary["rules"] == rules[network]
    with pytest.raises(Refused, match="no back_deconvnet"):
        found.artifact("back_deconvnet")


def test_any_channels_are_looked_at_alike(finish):
    whole, _ = finish("lens_units", stage="conv2", **SMALL | {"channels": 6})
    later, _ = finish("lens_units", stage="conv2", **SMALL, first=3)
    plain = [[{**row, "seconds": 0} for row in run.rows()] for run in (whole, later)]
    assert plain[1] == plain[0][3:]
    with pytest.raises(Refused, match="conv2 has channels 0 to 47"):
        finish("lens_units", stage="conv2", **SMALL, first=48)


def test_what_is_not_there_is_refused_with_what_is():
    with pytest.raises(Refused, match="one of conv1, conv2"):
        Spec.of(lens_units, stage="block1", source="none")
    with pytest.raises(Refused, match="no such weights for labnet"):
        Spec.of(lens_units, source="imagenet", network="labnet")


def test_too_few_pictures_are_refused_with_how_many_are_needed(finish, tmp_path):
    for k in range(16):
        (tmp_path / f"class {k % 2}").mkdir(exist_ok=True)
        noise = np.random.default_rng(k).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"class {k % 2}" / f"{k}.png")
    with pytest.raises(Refused, match="more pictures: 9 that nothing is trained on"):
        finish("lens_units", **{**SMALL, "data": str(tmp_path)})


def test_the_same_look_is_one_run():
    assert Spec.of(lens_units).id == Spec.of(lens_units, network="labnet", source="toybox").id


def test_every_stage_is_compared_with_that_of_a_network_that_never_learned(finish):
    trained, _ = finish("train", data="digits", labels_per_class=5, epochs=2, size=32, augment="none")
    settings = {"source": f"run:{trained.id}", "data": "digits", "pictures": 20, "channels": 3}
    found, _ = finish("hierarchy", **settings)
    assert found.summary["stages"] == ["conv1", "conv2", "conv3", "conv4", "conv5"]
    for points in found.summary["units"].values():
        assert list(points) == found.summary["stages"]
        assert all(1 / NINE <= point["mean"] <= 1 for point in points.values())
    last = [found.summary["units"][which]["conv5"]["mean"] for which in ("trained", "untrained")]
    assert found.summary["learned"]["mean"] == pytest.approx(last[0] - last[1])
    half = summarise(Spec.of(hierarchy, **settings).settings, found.rows()[:6])
    assert list(half["units"]["trained"]) == ["conv1", "conv2"], "works on the arms that are there"
    assert "learned" not in half
    unsure = {**found.summary, "learned": {"mean": 0.05, "low": -0.05, "high": 0.15}}
    *_, claim = claims(pretended(unsure))
    assert claim.verdict.numbers.endswith("about 4 times as many units would tell it from none")
