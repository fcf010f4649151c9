"""Nothing stays on the processor: one step of every objective on a CUDA device that is only pretended."""

import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from core.learning import precision
from core.learning.augment import DRAWS
from core.learning.supervised import Supervised
from core.methods.averaged import Averaged
from core.methods.catalog import METHODS, Options, resolved
from core.methods.heads import HeadOnMaps
from core.methods.puzzles import TASKS, PuzzleOptions
from core.methods.rotation import Rotation
from core.models.staged import build
from core.models.states import freeze
from tests.methods.objectives import Masks, TwoTasks, TwoViews

N, SIZE = 8, 48
HEAD_ONLY = ("frozen",) * 7 + ("new",)
RATES = {"head_rate": 1e-3, "body_rate": 1e-3}


def pictures(size=SIZE):
    return np.random.default_rng(0).integers(0, 256, (N, size, size, 3), dtype=np.uint8)


def labels(classes=4):
    return np.arange(N) % classes


def network(states=("new",) * 8):
    return freeze(build("labnet", 4, 0), states)


def maps():
    return torch.rand(N, 5, 6, 6)


def represented(method):
    info, options = METHODS[method], resolved(method, Options(negatives=16, prototypes=4, code=8))
    encoder, size = (info.networks[0], 64) if info.networks else ("labresnet", SIZE)  # one that is cut into patches
    return info.make()(build(encoder, 0, 0, size=size), pictures(size), options, None, labels())


def puzzling(task):
    info = TASKS[task]
    seen = np.stack([pictures()] * 4, 1) if info.clips else pictures()
    return info.make()(build(info.network or "labresnet", 0, 0, size=SIZE), seen, PuzzleOptions())


OBJECTIVES = {
    "supervised": lambda: Supervised(network(), (pictures(), labels()), augment="colour", **RATES),
    "head only": lambda: Supervised(network(HEAD_ONLY), (pictures(), labels()), augment="flip", cache=False, **RATES),
    "averaged": lambda: Averaged(network(), (pictures(), labels()), span=2, augment="colour", **RATES),
    "rotation": lambda: Rotation(network(), (pictures(), labels()), augment="flip", cache=False, **RATES),
    "a class of maps": lambda: HeadOnMaps("class", maps(), torch.from_numpy(labels()), 4),
    "a box of maps": lambda: HeadOnMaps("box", maps(), torch.rand(N, 4)),
    "a mask of maps": lambda: HeadOnMaps("mask", maps(), torch.ones(N, 12, 12)),
    "masks": lambda: Masks(pictures(), np.ones((N, SIZE, SIZE), bool)),
    "two tasks": lambda: TwoTasks(pictures(), np.stack([labels(), labels()], 1), [4, 4]),
    "two views": lambda: TwoViews(pictures()),
    **{method: functools.partial(represented, method) for method in METHODS},
    **{f"{task} puzzles": functools.partial(puzzling, task) for task in TASKS},
}


def pretended(module, mode):
    """The same module, whose weights and buffers are fake tensors on a fake CUDA device."""
    for part in module.modules():
        for name, value in list(part.named_parameters(recurse=False)):
            moved = mode.from_tensor(value.detach()).to("cuda")
            part._parameters[name] = nn.Parameter(moved, requires_grad=value.requires_grad)
        for name, value in list(part.named_buffers(recurse=False)):
            part._buffers[name] = mode.from_tensor(value).to("cuda")
    return module


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.filterwarnings("ignore:User provided device_type")
def test_a_step_on_a_pretended_cuda_mixes_no_devices(monkeypatch, name):
    objective = OBJECTIVES[name]()
    objective.arithmetic = precision.Arithmetic(torch.device("cuda"), torch.float32)
    if isinstance(objective, Supervised):
        objective.inputs.chosen = objective.arithmetic
    indices, views = torch.arange(4), objective.views
    drawn = torch.rand(4, DRAWS) if views == 1 else torch.rand(views, 4, DRAWS)
    monkeypatch.setattr(torch.Tensor, "numpy", lambda tensor: np.arange(len(tensor)))  # only indices are read so
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    with mode:
        pretended(objective, mode)
        (group,) = objective.groups()[:1]
        optimiser = torch.optim.SGD(group["params"], lr=0.1)
        loss, told = objective.loss(objective.batch(indices, drawn))
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)  # torch's backward asks the driver, which is not there
        optimiser.step()
        objective.after_step(1.0)
    assert loss.device.type == "cuda"
    assert loss.requires_grad
    assert all(value.device.type == "cuda" for value in told.values())


def test_the_pretended_cuda_finds_a_tensor_left_behind():
    class Forgetful(HeadOnMaps):
        def batch(self, indices, drawn):
            maps, labels = super().batch(indices, drawn)
            return maps, labels.cpu()

    objective = Forgetful("box", maps(), torch.rand(N, 4))
    objective.arithmetic = precision.Arithmetic(torch.device("cuda"), torch.float32)
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    with mode, pytest.raises(RuntimeError, match="device"):
        pretended(objective, mode).loss(objective.batch(torch.arange(4), None))
