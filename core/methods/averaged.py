"""Named pictures, learned at a constant rate, and the running mean of the weights (Polyak and Juditsky 1992,
doi:10.1137/0330046): with it no step need be known as the last one, so that training can stop where held-out pictures
say that it should (early stopping).
"""

from __future__ import annotations

import torch

from core.learning.evaluate import measure
from core.learning.features import Inputs
from core.learning.fit import Probe
from core.learning.supervised import Labelled, Supervised
from core.methods.views import momentum_copy
from core.models.staged import Staged


class Averaged(Supervised):
    """`averaged` is the mean of the weights, and of BatchNorm's statistics, over about the last `span` steps; of fewer,
    over all. Frozen stages are the same in both.
    """

    def __init__(self, network: Staged, train: Labelled, *, span: float, **how):
        super().__init__(network, train, **how)
        self.averaged, self.span, self.made = momentum_copy(network), span, 0

    @torch.no_grad()
    def after_step(self, done: float) -> None:
        self.made += 1
        weight = 1 / min(self.made, max(1.0, self.span))
        for name in self.network.names:
            if self.network.stage(name).state != "frozen":
                ahead = self.network.stage(name).state_dict()
                for key, behind in self.averaged.stage(name).state_dict().items():
                    behind.lerp_(ahead[key], weight) if behind.is_floating_point() else behind.copy_(ahead[key])

    def held_out(self, held: Labelled) -> Probe:
        """A probe: loss and accuracy of the averaged network on pictures that are not learned from."""
        inputs, labels = (
            Inputs(self.averaged, held[0], "none", self.arithmetic, self.cache),
            torch.as_tensor(held[1]).long(),
        )
        return lambda: dict(zip(("loss", "accuracy"), measure(self.averaged, inputs, labels), strict=True))
