"""The reference that is told the classes: the same encoder, the same loop, cross-entropy."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.catalog import Options
from core.methods.views import Views
from core.models.heads import attach
from core.models.staged import Staged


class Classes(Views):
    views = 1

    def __init__(self, network: Staged, pictures: np.ndarray, options: Options, *others, **place):
        super().__init__(network, pictures, options, *others, **place)
        assert self.labels is not None
        self.truth = torch.from_numpy(np.array(self.labels, dtype=np.int64))
        if "classes" not in network.heads:
            sizes = {"inputs": self.outputs, "outputs": int(self.truth.max()) + 1}
            attach(network, "classes", "linear", options.seed, **sizes)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        return super().batch(indices, drawn), self.truth[indices].to(self.arithmetic.device)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, truth = batch
        scores = self.network.heads["classes"](self.project(x))
        return F.cross_entropy(scores, truth), {"accuracy": (scores.argmax(1) == truth).float().mean()}
