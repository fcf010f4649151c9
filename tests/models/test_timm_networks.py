"""Networks of timm, cut into stages: they compute what the whole network does, and learn only where they may."""

import json

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from core.models import catalog, timm_networks
from core.models.catalog import described, network_info
from core.models.staged import build
from core.models.states import freeze
from core.models.weights import from_arrays, to_arrays
from core.runs.settings import Refused

# Of each way to be split one: rows of blocks, functions between, tokens, channels last, parts of no container.
SPLIT = {
    "test_resnet": 64,
    "mobilenetv3_small_050": 64,
    "convnext_atto": 64,
    "test_vit": 160,
    "test_convnext": 64,
    "swin_tiny_patch4_window7_224": 224,
    "test_mambaout": 64,
    "dla46_c": 64,
}


@pytest.fixture(autouse=True)
def own_home(home):
    """Descriptions are kept there."""


@pytest.mark.parametrize("name", SPLIT)
def test_the_stages_one_after_the_other_are_the_whole_network(name):
    size, info = SPLIT[name], network_info(f"timm:{name}")
    model = timm.create_model(name, num_classes=5).eval()
    x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = model(x)
        network = timm_networks._staged(f"timm:{name}", model, 5, size).eval()
        torch.testing.assert_close(network(x), wanted, rtol=1e-4, atol=1e-5)
    assert network.names == info.stages
    assert len(info.stages) == len(info.strides) >= 4
    assert {id(value) for value in network.parameters()} == {id(value) for value in model.parameters()}
    assert sorted(network.elsewhere.values()) == sorted(model.state_dict())


@pytest.mark.parametrize("name", SPLIT)
def test_a_step_leaves_frozen_stages_as_they_are_and_changes_the_others(name, step_of):
    network = build(f"timm:{name}", 3, seed=1, size=SPLIT[name])
    step_of(network, SPLIT[name])


def test_a_random_start_depends_on_the_seed_and_the_stage_alone():
    one, again, other = (build("timm:test_convnext", 3, seed=seed, size=64).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert not any(torch.equal(one[key], other[key]) for key in one if one[key].ndim > 1)
    assert all(torch.all(one[key] == 1) for key in one if key.endswith("gamma")), "scales start at one"


def test_maps_come_with_the_channels_first_from_every_stage():
    network = build("timm:swin_tiny_patch4_window7_224", 3, seed=0).eval()
    x = network.prepare(np.zeros((1, 224, 224, 3), np.uint8))
    with torch.no_grad():
        for name, width in zip(network.names[1:5], (96, 192, 384, 768), strict=True):
            assert network(x, 0, network.names.index(name) + 1).shape[1] == width


def test_a_network_is_looked_at_once_and_then_known_without_timm(monkeypatch):
    assert not described("timm:test_resnet")
    info = network_info("timm:test_resnet")
    monkeypatch.setattr(catalog.importlib, "import_module", None)
    assert described("timm:test_resnet")
    assert network_info("timm:test_resnet") == info
    assert info.strides == (4, 4, 8, 16, 32, 0)
    assert info.weights == ("none", "imagenet")


def test_a_network_that_timm_renamed_is_found_under_both_names():
    info = network_info("timm:tf_efficientnet_b0_ns")
    assert info.name == "timm:tf_efficientnet_b0_ns"
    assert timm_networks.address(info.name) == timm_networks.address("timm:tf_efficientnet_b0.ns_jft_in1k")
    assert info.stages == network_info("timm:tf_efficientnet_b0.ns_jft_in1k").stages


@pytest.mark.parametrize(
    ("name", "sizes", "step"),
    [("dla46_c", (64, 256), 32), ("halonet26t", (256, 256), 1), ("test_resnet", (64, 256), 1)],
)
def test_every_size_that_is_promised_was_tried(name, sizes, step):
    info = network_info(f"timm:{name}")
    assert (info.sizes, info.step) == (sizes, step)
    for size in {sizes[0], sizes[1], (sizes[0] + sizes[1]) // 2 // step * step}:
        assert build(f"timm:{name}", 3, seed=0, size=size).eval()(torch.zeros(1, 3, size, size)).shape == (1, 3)


def test_a_size_that_a_network_cannot_take_is_refused_with_one_that_it_can():
    with pytest.raises(Refused, match=r"size=97 .* a multiple of 32 pixels"):
        build("timm:dla46_c", 3, seed=0, size=97)
    with pytest.raises(Refused, match=r"size=97 .* 224 pixels work"):
        timm_networks.timm_network("timm:dla46_c", 3, 97)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("timm:nonsense", "no such network"),
        ("timm:hrnet_w18_small", "does not split"),
        ("timm:vit_small_patch14_dinov2", "at most 256"),
        ("timm:../secrets", "one of labnet"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(name, words):
    with pytest.raises(Refused, match=words):
        build(name, 3, seed=0)


def offered(monkeypatch, tmp_path, name):
    """The weights of a network behind an address, as the hub has them."""
    model = timm.create_model(name, num_classes=timm.get_pretrained_cfg(name).num_classes)
    file = tmp_path / "model.safetensors"
    save_file(model.state_dict(), file)
    monkeypatch.setattr(timm_networks, "hf_hub_url", lambda repository, name: file.as_uri())
    return model.eval(), file


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_weights_are_fetched_once_and_put_into_every_stage_but_a_head_of_other_classes(
    monkeypatch, tmp_path, home, name
):
    model, file = offered(monkeypatch, tmp_path, name)
    (weights,) = network_info(f"timm:{name}").loaders
    network = build(f"timm:{name}", model.num_classes, seed=0, weights=weights, size=160)
    file.unlink()  # from here on the kept file does
    other = build(f"timm:{name}", 7, seed=0, weights=weights, size=160)
    x = torch.randn(1, 3, 160, 160, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(network.eval()(x), model(x), rtol=1e-4, atol=1e-5)
    assert other.states == ("fine-tuned",) * (len(other.names) - 1) + ("new",)
    assert [path.name for path in (home / "downloads").iterdir()] == [f"timm-{name}.safetensors"]
    mean, std = model.pretrained_cfg["mean"], model.pretrained_cfg["std"]
    assert other.preprocessing.mean == tuple(255 * v for v in mean), "preprocessing travels with the weights"
    assert other.preprocessing.std == tuple(255 * v for v in std)


def test_weights_without_a_network_are_one_sentence(monkeypatch, tmp_path, home):
    _, file = offered(monkeypatch, tmp_path, "test_resnet")
    file.unlink()
    with pytest.raises(Refused, match=r"timm:test_resnet's weights.*embedded or recorded"):
        build("timm:test_resnet", 3, seed=0, weights="imagenet", size=64)
    assert list((home / "downloads").iterdir()) == []


def test_a_network_survives_as_recipe_and_arrays():
    network = freeze(build("timm:test_resnet", 3, seed=0, size=64), ["frozen"] * 5 + ["new"]).eval()
    recipe, arrays = to_arrays(network)
    again = from_arrays(json.loads(json.dumps(recipe)), arrays).eval()
    x = network.prepare(np.full((2, 64, 64, 3), 90, np.uint8))
    with torch.no_grad():
        assert torch.equal(network(x), again(x))
