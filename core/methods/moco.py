"""MoCo (He et al. 2019, arXiv:1911.05722): the negatives are a queue of keys, which a slowly moving copy of the encoder
made. MoCo v2 (arXiv:2003.04297) is the same with an MLP head, stronger augmentation and a cosine schedule.

Not as there: keys are not shuffled between processors, of which there is one, so that BatchNorm sees the same pictures
in queries and keys; and the MLP has a BatchNorm, as all heads here.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.objective import Metrics
from core.methods.catalog import Options
from core.methods.instance import info_nce
from core.methods.views import NO_NEGATIVES, Views, alike, attraction, follow, momentum_copy
from core.models.staged import Staged


class MoCo(Views):
    queue: Tensor  # (K, D), the oldest key first

    def __init__(self, network: Staged, pictures: np.ndarray, options: Options, *others, **place):
        super().__init__(network, pictures, options, *others, **place)
        self.key_network = momentum_copy(network)
        chance = torch.Generator().manual_seed(options.seed)
        self.register_buffer(
            "queue", F.normalize(torch.randn(options.negatives, self.outputs, generator=chance), dim=1)
        )

    def loss(self, x: Tensor) -> tuple[Tensor, Metrics]:
        x_q, x_k = x.chunk(2)
        q = F.normalize(self.project(x_q), dim=1)  # queries: (B, D)
        with torch.no_grad():  # no gradient to keys
            self.keys = k = F.normalize(self.project(x_k, self.key_network), dim=1)
        if self.without == NO_NEGATIVES:
            return attraction(q, k), alike(q, k)
        return info_nce(q, k, self.queue, self.options.temperature), alike(q, k)

    def after_step(self, done: float) -> None:
        follow(self.key_network, self.network, self.options.momentum)
        self.queue = torch.cat([self.queue, self.keys])[-len(self.queue) :]  # enqueue, dequeue
