"""Do a student's own weights fit a network? Looked at by a worker, before anything is trained from them."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.experiments.sources import NETWORK, fill, size_of
from core.models.catalog import WORDS, network_info
from core.runs.settings import Help, Matching
from core.runs.spec import Course, experiment


@dataclasses.dataclass(frozen=True)
class OwnWeights:
    weights: Annotated[
        str, Matching("weights:[0-9a-f]{64}|", "weights:<hash> of an upload"), Help("the file that was brought")
    ] = ""
    network: Annotated[str, Matching(NETWORK, WORDS), Help("the network that they are for")] = "resnet18"


@experiment(OwnWeights, version=1, quick=True)
def own_weights(settings: OwnWeights) -> Course:
    """A row a stage: how many numbers it got. `Refused` says which layers do not fit."""
    from core.models.staged import build

    size = size_of(settings.weights) or None
    network = build(settings.network, classes=0, seed=0, size=size)
    prefix = fill(network, settings.weights)
    for name in network.names:
        numbers = sum(value.numel() for value in network.stage(name).parameters())
        yield {"stage": name, "state": "fine-tuned", "parameters": numbers}
    head = network_info(settings.network).stages[-1]
    yield {"stage": head, "state": "new", "parameters": 0}
    return {"stages": len(network.names), "prefix": prefix.rstrip(".")}
