"""A network as a recipe and plain arrays, and back: what the run store keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from core.models.heads import attach
from core.models.staged import Staged, build
from core.runs.settings import Refused


def to_arrays(network: Staged) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The recipe (JSON-able) and every weight and BatchNorm statistic by name, copied."""
    state = network.state_dict()
    return network.recipe, {name: value.detach().cpu().contiguous().numpy().copy() for name, value in state.items()}


def from_arrays(recipe: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Staged:
    """The network that `to_arrays` took apart; all its stages are "fine-tuned". `Refused` when the two don't fit."""
    network = build(recipe["network"], recipe["outputs"], seed=0, size=recipe["size"])
    for name, head in recipe.get("heads", {}).items():
        attach(network, name, **head)
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if expected != {name: value.shape for name, value in arrays.items()}:
        raise Refused("source", recipe["network"], "its stored weights do not fit the network of that name.")
    network.load_state_dict({name: torch.tensor(value) for name, value in arrays.items()})
    for name in network.names:
        network.stage(name).state = "fine-tuned"
    return network
