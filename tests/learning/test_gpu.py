"""On a real GPU: every objective learns there, comes home, and learns what it learns on the processor. `make gpu`."""

import numpy as np
import pytest
import torch

from core.learning.evaluate import probabilities
from core.learning.fit import fit
from core.learning.supervised import Supervised
from core.models.staged import build
from tests.bench.compared import toys
from tests.learning.test_cuda import OBJECTIVES

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="NO GPU: these tests need CUDA"),
]


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_learns_on_the_gpu_and_comes_home(name):
    objective = OBJECTIVES[name]()
    assert objective.arithmetic.device.type == "cuda"
    before = [parameter.detach().clone() for parameter in objective.parameters()]
    rows = list(fit(objective, steps=5, batch_size=4))
    assert all(np.isfinite(row["loss"]) for row in rows if "loss" in row)
    assert all(parameter.device.type == "cpu" for parameter in objective.parameters()), "afterwards where it was"
    assert any(not torch.equal(a, b) for a, b in zip(before, objective.parameters(), strict=True))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_labnet_learns_on_the_gpu_what_it_learns_on_the_processor(precision):
    toybox, right = toys(48, 4, 100, 100), {}
    for device in ("cuda", "cpu"):
        network = build("labnet", 4, 0)
        objective = Supervised(
            network, toybox.train, head_rate=2e-3, body_rate=2e-3, device=device,
            precision=precision if device == "cuda" else "float32",
        )  # fmt: skip
        for _ in fit(objective, steps=120):
            pass
        right[device] = (probabilities(network, toybox.test[0]).argmax(1) == toybox.test[1]).mean()
    assert right["cuda"] == pytest.approx(right["cpu"], abs=0.05)
    assert right["cpu"] > 0.5


def test_the_same_seed_gives_the_same_losses_on_the_gpu():
    told = []
    for _ in range(2):
        objective = OBJECTIVES["supervised"]()
        told.append([row["loss"] for row in fit(objective, steps=8, batch_size=4) if row["split"] == "train"])
    assert told[0] == told[1]
