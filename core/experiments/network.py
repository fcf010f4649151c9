"""What a network is made of: its stages, their maps and their weights.

The first look at a network of timm takes seconds, so a page asks the quick worker; the description is then kept.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.experiments.sources import NETWORK
from core.models.catalog import WORDS, network_info
from core.runs.settings import Help, Matching
from core.runs.spec import Course, Progress, experiment


@dataclasses.dataclass(frozen=True)
class Network:
    network: Annotated[str, Matching(NETWORK, WORDS), Help("a network of the table, or one of timm's")] = "labnet"


@experiment(Network, version=1, quick=True)
def network(settings: Network) -> Course:
    """A row a stage below the class scores: its name, `stride` (0: a vector), the shape of what it gives, how many
    parameters it has.

    `Refused`: timm has no such network, or it does not split into stages.
    """
    import torch

    from core.learning.precision import evaluating
    from core.models.staged import build

    info = network_info(settings.network)
    built = build(info.name, classes=0, seed=0)
    x = built.normalise(torch.zeros(1, 3, info.size, info.size))
    weights = 0
    with evaluating(built):
        for k, (name, stride) in enumerate(zip(built.names, info.strides, strict=False)):  # the head has no stride
            x, own = built(x, k, k + 1), sum(value.numel() for value in built.stage(name).parameters())
            weights += own
            yield {"stage": name, "stride": stride, "shape": list(x.shape[1:]), "parameters": own}
            yield Progress(k + 1, len(info.stages), "stages")
    return {
        "title": info.title,
        "parameters": weights,
        "size": info.size,
        "sizes": list(info.sizes),
        "weights": list(info.weights),
        "mean": list(built.preprocessing.mean),
        "std": list(built.preprocessing.std),
    }
