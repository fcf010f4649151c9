"""Learning from labelled pictures: the cross-entropy of a staged network's class scores."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning import augment as augmentation
from core.learning.evaluate import measure
from core.learning.features import Inputs
from core.learning.fit import Probe
from core.learning.objective import Metrics, Objective
from core.learning.rates import parameter_groups
from core.models.staged import Staged

Labelled = tuple[np.ndarray, np.ndarray]  # pictures uint8 (N, S, S, 3), labels (N,) in 0..classes - 1


class Supervised(Objective):
    """A network that learns to name pictures.

    `head_rate` is for the last stage and every "new" one, `body_rate` for the "fine-tuned"; body_rate=0 keeps their
    weights, but their BatchNorm statistics follow the data (only "frozen" fixes these). The prefix of frozen stages is
    computed once a picture unless cache=False. ValueError: labels that do not fit the pictures or the network.
    """

    def __init__(
        self, network: Staged, train: Labelled, *, head_rate: float, body_rate: float, augment: str = "none",
        precision: str = "auto", device: str | None = None, cache: bool = True,
    ):  # fmt: skip
        super().__init__(precision, device)
        self.network, self.rates, self.cache = network, (head_rate, body_rate), cache
        self.labels, self.n = _labels(network, train), len(train[1])
        self.inputs = Inputs(network, train[0], augmentation.check(augment), self.arithmetic, cache)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) or features, (B,)"""
        return self.inputs(indices, drawn), self.labels[indices].to(self.arithmetic.device)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, y = batch
        scores = self.arithmetic.forward(self.network, x, self.inputs.start)  # (B, classes)
        return F.cross_entropy(scores, y), {"accuracy": (scores.argmax(1) == y).float().mean()}

    def groups(self) -> list[dict]:
        return parameter_groups(self.network, *self.rates)

    def held_out(self, held: Labelled) -> Probe:
        """A probe: loss and accuracy on pictures that are not learned from."""
        inputs, labels = Inputs(self.network, held[0], "none", self.arithmetic, self.cache), _labels(self.network, held)
        return lambda: dict(zip(("loss", "accuracy"), measure(self.network, inputs, labels), strict=True))


def _labels(network: Staged, labelled: Labelled) -> Tensor:
    """The labels as (N,) int64."""
    pictures, labels = labelled[0], np.array(labelled[1], dtype=np.int64)
    if len(pictures) != len(labels) or (len(labels) and not 0 <= labels.min() <= labels.max() < network.classes):
        raise ValueError(f"{len(pictures)} pictures need as many labels from 0 to {network.classes - 1}")
    return torch.from_numpy(labels)
