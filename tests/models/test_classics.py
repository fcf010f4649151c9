"""Torchvision's networks cut into stages: the cut one computes what the whole one does, with its own weights too."""

import hashlib

import pytest
import torch
from torchvision import models

from core.models.catalog import NETWORKS
from core.models.classics import CLASSICS, IMAGENET_CLASSES, staged, whole
from core.models.initialisation import Dropout
from core.models.staged import build
from core.runs import download
from core.runs.settings import Refused

SMALL = {"vit_b_16": 32, "alexnet": 64}  # pixels a side, enough to run through


def size_of(name):
    return SMALL.get(name, 32)


@pytest.mark.parametrize("name", CLASSICS)
def test_the_stages_one_after_the_other_are_the_whole_network(name):
    torch.manual_seed(0)
    model = whole(name, 5, size_of(name)).eval()
    x = torch.randn(2, 3, size_of(name), size_of(name))
    with torch.no_grad():
        wanted = model(x)
        network = staged(name, model, 5, size_of(name)).eval()
        found = network(x)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)
    assert network.names == NETWORKS[name].stages
    whole_weights = {id(value) for value in model.parameters()}
    assert {id(value) for value in network.parameters()} == whole_weights, "nothing is left out"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_training_step_leaves_frozen_stages_as_they_are_bit_by_bit(name, step_of):
    """And changes every other stage."""
    size = 64 if name == "efficientnet_lite0" else size_of(name)
    step_of(build(name, 3, seed=1, size=size), size)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_strides_of_the_table_are_those_of_the_maps(name):
    """Up to a border of one or two pixels: some convolutions and pools drop what does not fill a window."""
    info, size = NETWORKS[name], 64 if name.startswith("labnet") else 128
    network, x = build(name, 3, seed=0, size=size).eval(), torch.zeros(1, 3, size, size)
    assert len(info.strides) == len(info.stages)
    with torch.no_grad():
        for k, (stage, stride) in enumerate(zip(info.stages, info.strides, strict=True)):
            x = network(x, k, k + 1)
            if x.ndim == 2:
                assert stride == 0, stage
            elif x.ndim == 3:
                assert x.shape[1] == (size // stride) ** 2 + 1, stage
            else:
                assert 0 <= size // stride - x.shape[-1] <= 1, stage


@pytest.mark.parametrize("name", ["resnet18", "vit_b_16"])
def test_a_random_start_depends_on_the_seed_and_the_stage_alone(name):
    one, again, other = (build(name, 3, seed=seed, size=32).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[key], again[key]) for key in one)
    weights = [key for key in one if one[key].ndim > 1]
    assert not any(torch.equal(one[key], other[key]) for key in weights)


def test_dropout_keeps_the_mean_and_depends_on_its_seed_alone():
    one, again = (build("alexnet", 3, seed=4, size=64).stage("fc6") for _ in range(2))
    (dropout,) = [layer for layer in one.modules() if isinstance(layer, Dropout)]
    (twin,) = [layer for layer in again.modules() if isinstance(layer, Dropout)]
    x = torch.ones(40, 1000)
    first, second = dropout.train()(x), dropout(x)
    assert torch.equal(first, twin.train()(x))
    assert not torch.equal(first, second)
    assert set(first.unique().tolist()) == {0.0, 2.0}
    assert abs(first.mean() - 1) < 0.03
    assert torch.equal(dropout.eval()(x), x)


def offered(monkeypatch, tmp_path, name, state, damage=False):
    """A file of weights behind an address whose name holds its digest, as torchvision's do."""
    file = tmp_path / "weights.pth"
    torch.save(state, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    served = tmp_path / f"{name}-{'00000000' if damage else digest}.pth"
    file.rename(served)
    monkeypatch.setattr("core.models.classics.models.get_weight", lambda _: type("W", (), {"url": served.as_uri()}))
    return served


@pytest.mark.parametrize("name", ["resnet18", "squeezenet", "vit_b_16"])
def test_imagenet_weights_are_fetched_once_and_put_into_every_stage_but_a_head_of_other_classes(
    monkeypatch, tmp_path, home, name
):
    torch.manual_seed(1)
    size = 224 if name == "vit_b_16" else 64
    model = whole(name, IMAGENET_CLASSES, size)
    served = offered(monkeypatch, tmp_path, name, model.state_dict())
    fine = build(name, 7, seed=0, weights="imagenet", size=64)
    same = build(name, IMAGENET_CLASSES, seed=0, weights="imagenet", size=size)
    assert (home / "downloads" / served.name).exists()
    served.unlink()  # from here on the kept file does
    build(name, 7, seed=0, weights="imagenet", size=64)
    x = torch.randn(1, 3, size, size)
    with torch.no_grad():
        torch.testing.assert_close(same.eval()(x), model.eval()(x), rtol=1e-5, atol=1e-6)
    assert fine.states == ("fine-tuned",) * (len(fine.names) - 1) + ("new",)
    middle = fine.names[1]
    for key, value in fine.stage(middle).state_dict().items():
        assert torch.equal(value, same.stage(middle).state_dict()[key])


def test_damaged_weights_and_no_network_are_one_sentence_and_leave_nothing(monkeypatch, tmp_path, home):
    served = offered(monkeypatch, tmp_path, "resnet18", {}, damage=True)
    with pytest.raises(Refused, match=r"ResNet-18's weights.*damaged"):
        build("resnet18", 7, seed=0, weights="imagenet", size=64)
    served.unlink()
    with pytest.raises(Refused, match=r"ResNet-18's weights.*embedded or recorded"):
        build("resnet18", 7, seed=0, weights="imagenet", size=64)
    assert list((home / "downloads").iterdir()) == []


def test_a_download_tells_how_far_it_is(tmp_path, home):
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(3 * download.PIECE))
    seen = list(download.downloading(file.as_uri(), "it"))
    assert download.kept(file.as_uri()).read_bytes() == file.read_bytes()
    assert seen == [(k * download.PIECE, 3 * download.PIECE) for k in (1, 2, 3)]
    assert list(download.downloading(file.as_uri(), "it")) == [], "once"


def test_torchvision_still_names_its_weights_so():
    for name, classic in CLASSICS.items():
        url = models.get_weight(classic.weights).url
        assert download.re.search(r"-[0-9a-f]{8}\.pth$", url), name


@pytest.mark.parametrize(("size", "words"), [(40, "multiple of 16"), (16, "32 to 224"), (240, "32 to 224")])
def test_a_size_that_a_network_cannot_take_is_refused(size, words):
    with pytest.raises(Refused, match=words):
        build("vit_b_16", 3, seed=0, size=size)
