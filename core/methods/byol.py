"""BYOL (Grill et al. 2020, arXiv:2006.07733): no negatives. A predictor guesses, from one view, what a slowly moving
copy of the network makes of the other. Without the predictor, or without the stop-gradient, all pictures may become one
point. Gradients can only flow into targets that the network itself has made: then there is no slow copy either.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.catalog import Options
from core.methods.views import NO_PREDICTOR, NO_STOP, Views, alike, follow, momentum_copy
from core.models.heads import attach
from core.models.staged import Staged


class BYOL(Views):
    def __init__(self, network: Staged, pictures: np.ndarray, options: Options, *others, **place):
        super().__init__(network, pictures, options, *others, **place)
        if "prediction" not in network.heads:
            sizes = {"inputs": self.outputs, "outputs": self.outputs, "hidden": self.inputs}
            attach(network, "prediction", "projection", options.seed, **sizes)
        self.target_network = momentum_copy(network)

    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        z = self.project(x)
        if self.without == NO_STOP:
            targets = z  # the gradient flows into what is to be guessed
        else:
            with torch.no_grad():
                targets = self.project(x, self.target_network)
        guesses = z if self.without == NO_PREDICTOR else self.network.heads["prediction"](z)
        return regression(guesses, torch.cat(targets.chunk(2)[::-1])), alike(*z.chunk(2))

    def after_step(self, done: float) -> None:
        momentum = 1 - (1 - self.options.momentum) * (math.cos(math.pi * done) + 1) / 2
        follow(self.target_network, self.network, momentum)


def regression(guesses: Tensor, targets: Tensor) -> Tensor:
    """The mean squared distance of two directions (N, D), 0 to 4: 2 - 2 cos."""
    return 2 - 2 * F.cosine_similarity(guesses, targets).mean()
