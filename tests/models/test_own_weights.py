"""Weights that students bring: from here or from elsewhere, in either file; what does not fit is said by layer."""

import pickle

import pytest
import timm
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torchvision import models

from core.models.own_weights import load_own, read_state
from core.models.staged import build
from core.runs.settings import Refused


def saved(state, file):
    if file.suffix == ".safetensors":
        save_file({name: value.contiguous() for name, value in state.items()}, file)
    else:
        torch.save(state, file)
    return file


def wholes(name, classes):
    """The network as its library makes it, with weights of its own."""
    torch.manual_seed(1)
    if name == "resnet18":
        return models.resnet18(num_classes=classes)
    if name == "squeezenet":
        return models.squeezenet1_1(num_classes=classes)
    if name == "vit_b_16":
        return models.vit_b_16(num_classes=classes, image_size=32)
    return timm.create_model({"efficientnet_lite0": "tf_efficientnet_lite0"}.get(name, name[5:]), num_classes=classes)


@pytest.mark.parametrize("name", ["resnet18", "squeezenet", "vit_b_16", "efficientnet_lite0", "timm:test_convnext"])
@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_weights_called_as_in_their_library_are_put_in(tmp_path, name, ending):
    model = wholes(name, 5).eval()
    file = saved(model.state_dict(), tmp_path / f"w.{ending}")
    size = 32 if name == "vit_b_16" else 64
    same, other = build(name, 5, seed=0, size=size), build(name, 3, seed=0, size=size)
    head = {key: value.clone() for key, value in other.stage(other.names[-1]).state_dict().items()}
    x = torch.randn(2, 3, size, size)
    for network in (same, other):
        load_own(network, read_state(file, "mine"), "mine")
    with torch.no_grad():
        torch.testing.assert_close(same.eval()(x), model(x), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(other.eval()(x, 0, 3), same(x, 0, 3))
    assert set(same.states) == {"fine-tuned"}
    assert other.states == ("fine-tuned",) * (len(other.names) - 1) + ("new",), "a head of other classes stays"
    assert all(torch.equal(value, head[key]) for key, value in other.stage(other.names[-1]).state_dict().items())


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: {"epoch": 3, "state_dict": state},
        lambda state: {f"module.{key}": value for key, value in state.items()},
        lambda state: {"model": {f"_orig_mod.{key}": value for key, value in state.items()}},
        lambda state: {key: value for key, value in state.items() if "num_batches" not in key},
        lambda state: {"net": state, "acc": 0.93, "epoch": 200},
        lambda state: {"ema": {"shadow": {"encoder": state}}, "n_averaged": torch.tensor(3)},
        lambda state: {f"_orig_mod.module.{key}": value for key, value in state.items()},
        lambda state: {f"module._orig_mod.{key}": value for key, value in state.items()},
        lambda state: {f"average_model.model._orig_mod.{key}": value for key, value in state.items()},
        lambda state: {**state, "n_averaged": torch.tensor(3), "ema.decay": torch.tensor(0.9)},
        lambda state: {key.replace("conv1.", "conv1._orig_mod."): value for key, value in state.items()},
        lambda state: {"optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}, "state_dict": state},
        lambda state: {key: value.half() if value.is_floating_point() else value for key, value in state.items()},
    ],
)
def test_checkpoints_of_many_makes_are_unwrapped(tmp_path, wrapped):
    source = build("labnet", 3, seed=5)
    file = saved(wrapped(source.state_dict()), tmp_path / "w.pth")
    network = build("labnet", 3, seed=0)
    load_own(network, read_state(file, "mine"), "mine")
    torch.testing.assert_close(
        network.stage("conv2").conv.weight, source.stage("conv2").conv.weight, rtol=1e-2, atol=1e-3
    )


WORD = st.sampled_from(
    ["model", "net", "module", "_orig_mod", "backbone", "encoder.0", "ema", "state_dict", "a b", "stages"]
)
STRAY = st.dictionaries(
    st.sampled_from(["n_averaged", "optimizer.0.exp_avg", "scaler", "head_aux.weight", "epoch", "ema.decay"]),
    st.sampled_from([torch.zeros(()), torch.zeros(3, 3), 7, "text", None, [1, 2]]),
    max_size=3,
)


@pytest.fixture(scope="module")
def narrow():
    return build("labnet_narrow", 3, seed=5, size=16)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORD, max_size=4), st.lists(WORD, max_size=3), STRAY, STRAY)
def test_any_wrapping_and_prefix_is_seen_through(tmp_path, narrow, wrappings, prefix, beside, within):
    state = {".".join((*prefix, key)): value for key, value in narrow.state_dict().items()} | within
    for wrapping in wrappings:
        state = {wrapping: state}
    file = saved({**beside, **state}, tmp_path / "w.pth")
    network = build("labnet_narrow", 3, seed=0, size=16)
    load_own(network, read_state(file, "mine"), "mine")
    for key, value in narrow.state_dict().items():
        assert torch.equal(network.state_dict()[key], value), key


def test_of_two_networks_in_a_file_the_better_then_the_first_is_read_and_named():
    raw, other = (build("labnet_narrow", 3, seed=seed, size=16).state_dict() for seed in (1, 2))
    network = build("labnet_narrow", 3, seed=0, size=16)
    both = {f"a.{key}": value for key, value in raw.items()} | {f"b.{key}": value for key, value in other.items()}
    assert load_own(network, both, "mine") == "a."
    assert torch.equal(network.state_dict()["stages.conv1.conv.weight"], raw["stages.conv1.conv.weight"])
    del both["a.stages.conv2.conv.weight"]
    assert load_own(network, both, "mine") == "b."


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_called_so(value):
    state = build("labnet_narrow", 3, seed=1, size=16).state_dict()
    state["stages.conv3.conv.weight"][0, 0, 0, 0] = value
    network = build("labnet_narrow", 3, seed=0, size=16)
    before = {key: held.clone() for key, held in network.state_dict().items()}
    with pytest.raises(Refused, match=r"weights=mine .*conv3\.conv\.weight holds NaN or infinity"):
        load_own(network, state, "mine")
    assert all(torch.equal(held, before[key]) for key, held in network.state_dict().items())


MISMATCHES = {
    "shape": (
        lambda state: {**state, "layer1.0.conv1.weight": torch.zeros(64, 64, 5, 5)},
        r"layer1\.0\.conv1\.weight is 64 × 64 × 5 × 5 where 64 × 64 × 3 × 3 is needed",
    ),
    "missing": (lambda state: {k: v for k, v in state.items() if k != "bn1.bias"}, r"bn1\.bias is missing"),
    "deeper": (
        lambda state: models.resnet34(num_classes=3).state_dict(),
        r"layer\d\.\d\.\w+\.\w+ is not in the network; .* and \d+ more",
    ),
    "another": (lambda state: build("labnet", 3, seed=0).state_dict(), r"fit resnet18: .*missing.* and \d+ more"),
    "complex": (
        lambda state: {**state, "conv1.weight": torch.zeros(64, 3, 7, 7, dtype=torch.complex64)},
        r"conv1\.weight holds no plain numbers",
    ),
    "huge": (
        lambda state: {**state, "conv1.weight": torch.zeros(1).expand(10**9, 10**6)},
        r"conv1\.weight is 1000000000 × 1000000",
    ),
}


@pytest.mark.parametrize(("state", "words"), MISMATCHES.values(), ids=MISMATCHES)
def test_a_mismatch_says_which_layers_and_changes_nothing(state, words):
    network = build("resnet18", 3, seed=0, size=64)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(Refused, match=words) as caught:
        load_own(network, state(models.resnet18(num_classes=3).state_dict()), "mine.pth")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert set(network.states) == {"new"}


class Evil:
    def __reduce__(self):
        return (open, ("ran.txt", "w"))


UNREADABLE = {
    "empty": b"",
    "no zip": b"PK nothing",
    "no pickle": b"\x80\x02 nothing",
    "code": pickle.dumps(Evil(), protocol=2),
    "no tensors": pickle.dumps({"a": 1}, protocol=2),
    "no header": b"\x08" + bytes(7) + b"{nothing",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_holds_no_tensors_is_one_sentence_and_runs_nothing(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "w.pth"
    file.write_bytes(content)
    with pytest.raises(Refused, match=r"weights=mine cannot be used: it is neither a safetensors file"):
        read_state(file, "mine")
    assert not (tmp_path / "ran.txt").exists()


def test_code_inside_a_torch_file_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "w.pth"
    torch.save({"weight": torch.zeros(2), "evil": Evil()}, file)
    with pytest.raises(Refused, match="without running code"):
        read_state(file, "mine")
    assert not (tmp_path / "ran.txt").exists()


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    state = build("labnet", 2, seed=0, size=16).state_dict()
    return [saved(state, folder / f"w.{ending}").read_bytes() for ending in ("safetensors", "pth")]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 1),
    st.lists(st.tuples(st.integers(0, 6000), st.binary(min_size=1, max_size=6)), min_size=1, max_size=4),
    st.floats(0.05, 1),
)
def test_a_spoiled_file_is_loaded_or_refused_in_one_sentence(tmp_path, good, which, changes, share):
    data = bytearray(good[which])[: int(share * len(good[which]))]
    for at, piece in changes:
        data[at : at + len(piece)] = piece
    file = tmp_path / "w.pth"
    file.write_bytes(data)
    network = build("labnet", 2, seed=1, size=16)
    refusal = ""
    try:
        load_own(network, read_state(file, "mine"), "mine")
    except Refused as refused:
        refusal = str(refused)
    assert "\n" not in refusal
    assert refusal or network(torch.zeros(2, 3, 16, 16)).shape == (2, 2)
