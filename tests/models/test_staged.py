"""Staged networks: one list of stages, the same weights for the same seed, preprocessing that travels along."""

import numpy as np
import pytest
import torch
from skimage import data as photos

from core.models.catalog import NETWORKS
from core.models.efficientnet import Depthwise
from core.models.heads import HEADS, attach
from core.models.initialisation import BATCHNORM_MOMENTUM
from core.models.staged import activations, build
from core.models.weights import from_arrays, to_arrays
from core.runs.settings import Refused

SMALL = {name: max(32, info.sizes[0]) for name, info in NETWORKS.items()}  # quick sizes
WITHOUT_BATCHNORM = ("alexnet", "squeezenet", "labnet_plain", "patch_labresnet_layer", "patch_labresnet_wide")
LARGE = ("vgg11", "vgg16", "vit_b_16")  # a hundred million weights each: see test_classics


def pictures(n, size, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


@pytest.fixture(params=[name for name in NETWORKS if name not in LARGE])
def name(request):
    return request.param


def test_every_network_has_the_stages_of_its_row_and_answers(name):
    network = build(name, 3, seed=0, size=SMALL[name]).eval()
    assert network.names == NETWORKS[name].stages
    assert set(network.states) == {"new"}
    with torch.no_grad():
        assert network(network.prepare(pictures(2, SMALL[name]))).shape == (2, 3)


def test_a_network_is_one_list_that_can_be_cut_anywhere(name):
    network = build(name, 2, seed=0, size=SMALL[name]).eval()
    x = network.prepare(pictures(2, SMALL[name]))
    with torch.no_grad():
        whole = network(x)
        for cut in range(len(network.names) + 1):
            assert torch.equal(network(network(x, 0, cut), cut), whole)


def test_the_seed_alone_draws_the_weights(name):
    before = torch.random.get_rng_state()
    one, again, other = (build(name, 2, seed=seed).state_dict() for seed in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before), "the global generator was used"
    assert all(torch.equal(one[key], again[key]) for key in one)
    weights = [key for key in one if key.endswith("weight") and one[key].ndim > 1]
    assert not any(torch.equal(one[key], other[key]) for key in weights)
    assert len({one[key].flatten()[0].item() for key in weights}) == len(weights), "two layers drew the same numbers"


def test_batchnorm_forgets_within_a_short_training(name):
    momenta = {m.momentum for m in build(name, 2, seed=0).modules() if hasattr(m, "running_mean")}
    assert momenta <= {BATCHNORM_MOMENTUM} == {0.1}
    assert momenta or name in WITHOUT_BATCHNORM


def test_a_random_start_keeps_signals_alive(name):
    network = build(name, 2, seed=3, size=SMALL[name])
    with torch.no_grad():
        before_head = network(network.prepare(pictures(16, SMALL[name])), 0, len(network.names) - 1)
    assert 0.05 < before_head.std() < 20


def test_no_forward_pass_draws_random_numbers(name):
    network = build(name, 2, seed=0, size=SMALL[name]).train()
    before = torch.random.get_rng_state()
    network(network.prepare(pictures(4, SMALL[name])))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_pixels_are_normalised_as_the_weights_expect():
    lite0 = build("efficientnet_lite0", 2, seed=0)
    batch = pictures(2, 64)
    x = lite0.prepare(batch)
    assert x.shape == (2, 3, 64, 64)
    assert x.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(x.numpy(), (batch.transpose(0, 3, 1, 2) - 127.0) / 128.0, atol=1e-6)


@pytest.mark.parametrize("wrong", [np.zeros((2, 48, 48, 3)), np.zeros((48, 48, 3), np.uint8)])
def test_prepare_takes_pictures_only(wrong):
    with pytest.raises(ValueError, match="uint8"):
        build("labnet", 2, seed=0).prepare(wrong)


@pytest.mark.parametrize(
    ("wish", "setting"),
    [
        ({"name": "vgg"}, "network"),
        ({"weights": "imagenet"}, "weights"),
        ({"size": 8}, "size"),
        ({"classes": 1}, "classes"),
    ],
)
def test_what_there_is_not_is_refused(wish, setting):
    with pytest.raises(Refused) as refused:
        build(**{"name": "labnet", "classes": 2, "seed": 0, **wish})
    assert refused.value.setting == setting


def squared(photo, size=224):
    """The centre of a photo, (size, size, 3)."""
    from PIL import Image

    image = Image.fromarray(photo).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return np.array(image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.BICUBIC))


def test_the_embedded_imagenet_weights_name_photos():
    network = build("efficientnet_lite0", 1000, seed=0, weights="imagenet").eval()
    assert set(network.states) == {"fine-tuned"}
    seen = np.stack([squared(photos.coffee()), squared(photos.camera()), squared(photos.chelsea())])
    with torch.no_grad():
        coffee, camera, cat = network(network.prepare(seen)).softmax(1)
    assert coffee.argmax() == 967  # espresso
    assert coffee.max() > 0.9
    assert camera.argmax() == 872  # tripod
    assert set(cat.topk(3).indices.tolist()) == {281, 282, 285}  # tabby, tiger cat, Egyptian cat


def test_with_other_classes_only_the_head_is_new():
    own = build("efficientnet_lite0", 1000, seed=0, weights="imagenet").state_dict()
    other = build("efficientnet_lite0", 2, seed=0, weights="imagenet")
    assert other.states[-1] == "new"
    assert set(other.states[:-1]) == {"fine-tuned"}
    for key, value in other.state_dict().items():
        if not key.startswith("stages.head"):
            assert torch.equal(value, own[key]), key


def test_depthwise_convolutions_learn_in_float32_and_answer_in_bfloat16():
    chance = torch.Generator().manual_seed(0)
    layer = Depthwise(torch.nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False))
    x = torch.randn(4, 8, 10, 10, generator=chance).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        y = layer(x)
        with torch.no_grad():
            answered = layer(x)
    exact = layer.convolution(x.float())
    assert y.dtype == answered.dtype == torch.bfloat16
    assert torch.equal(y, exact.bfloat16())
    y.float().square().sum().backward()
    gradient, layer.convolution.weight.grad = layer.convolution.weight.grad, None
    exact.backward(2 * y.float().detach())
    torch.testing.assert_close(gradient, layer.convolution.weight.grad, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(answered.float(), exact, rtol=2e-2, atol=2e-2)


def test_activations_are_what_modules_give_and_leave_no_hook(name):
    network = build(name, 2, seed=0, size=SMALL[name]).eval()
    x = network.prepare(pictures(2, SMALL[name])).requires_grad_()
    stages = network.names[1:3]
    found = activations(network, x, stages)
    assert list(found) == list(stages)
    inputs = network(x, 0, 1)
    for stage in stages:
        inputs = network.stage(stage)(inputs)
        torch.testing.assert_close(found[stage], inputs)
    found[stages[-1]].sum().backward()
    assert x.grad.abs().sum() > 0, "differentiable down to the picture"
    assert not any(module._forward_hooks for module in network.modules())


def test_a_part_of_a_stage_has_activations_and_no_later_stage_is_passed():
    network = build("labnet", 2, seed=0).eval()
    x, passed = network.prepare(pictures(2, 48)), []
    network.stage("conv3").register_forward_hook(lambda stage, x, y: passed.append(1))
    found = activations(network, x, ["conv1.conv", "conv2.relu"])
    torch.testing.assert_close(found["conv1.conv"], network.stage("conv1").conv(x))
    assert found["conv2.relu"].min() == 0
    assert not passed
    assert torch.equal(
        activations(network, network(x, 0, 1), ["conv2.relu"], start=1)["conv2.relu"], found["conv2.relu"]
    )
    with pytest.raises(Refused, match="one of conv1"):
        activations(network, x, ["conv9"])
    assert sum(len(module._forward_hooks) for module in network.modules()) == 1, "the one of this test"


def test_what_a_later_layer_overwrites_is_kept():
    network = build("alexnet", 2, seed=0, size=64).eval()
    x = network.prepare(pictures(1, 64))
    assert activations(network, x, ["conv1.0"])["conv1.0"].min() < 0, "before the ReLU that works in place"


def test_an_encoder_is_the_network_without_its_class_scores(name):
    network, encoder = (build(name, classes, seed=0, size=SMALL[name]).eval() for classes in (3, 0))
    assert encoder.names == network.names[:-1]
    assert (encoder.head, network.head) == (None, network.names[-1])
    x = network.prepare(pictures(2, SMALL[name]))
    with torch.no_grad():
        assert torch.equal(encoder(x), network(x, 0, len(encoder.names)))
    again = from_arrays(*to_arrays(encoder)).eval()
    with torch.no_grad():
        assert torch.equal(again(x), encoder(x))


SIZES = {
    "causal": {"inputs": 48, "outputs": 3, "layers": 2},
    "linear": {"inputs": 256, "outputs": 5},
    "projection": {"inputs": 256, "outputs": 8, "hidden": 16},
    "dense": {"inputs": 48, "outputs": 3},
    "around": {"inputs": 48, "outputs": 3},
    "fusion": {"inputs": 48, "outputs": 3, "hidden": 8},
    "decoder": {"inputs": 48, "outputs": 3, "doublings": 4},
    "code": {"inputs": 48 * 9, "outputs": 7},
    "unfolded": {"inputs": 7, "outputs": 48, "side": 3},
}


def test_heads_are_kept_by_name_and_rebuilt_by_their_recipe():
    network = build("labnet", 0, seed=0)
    given = {"linear": (2, 256), "projection": (2, 256), "dense": (2, 48, 6, 6), "decoder": (2, 48, 3, 3)}
    given |= {"code": (2, 48, 3, 3), "unfolded": (2, 7)}
    shapes = {"linear": (2, 5), "projection": (2, 8), "dense": (2, 3, 6, 6), "decoder": (2, 3, 48, 48)}
    given |= {"around": (2, 48, 6, 6), "fusion": (2, 48, 6, 6), "causal": (2, 48, 6, 6)}
    shapes |= {"code": (2, 7), "unfolded": (2, 48, 3, 3), "around": (2, 3, 6, 6), "fusion": (2, 3, 6, 6)}
    shapes["causal"] = (2, 3, 6, 6)
    assert set(SIZES) == set(HEADS)
    for kind, sizes in SIZES.items():
        attach(network, f"a {kind}", kind, seed=1, **sizes)
    again = from_arrays(*to_arrays(network)).eval()
    network.eval()
    for kind, shape in given.items():
        x = torch.rand(shape)
        assert network.heads[f"a {kind}"](x).shape == shapes[kind]
        assert torch.equal(again.heads[f"a {kind}"](x), network.heads[f"a {kind}"](x))
    other = attach(build("labnet", 0, seed=0), "a linear", "linear", seed=1, **SIZES["linear"])
    assert torch.equal(other.linear.weight, network.heads["a linear"].linear.weight)
    with pytest.raises(Refused, match="one of linear, projection"):
        attach(network, "x", "magic")
