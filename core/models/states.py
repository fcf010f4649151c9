"""Frozen, fine-tuned, new: what each stage of a network may learn (Yosinski et al., arXiv:1411.1792).

`freeze` and `transplant` change the network that is about to learn, in place, and hand it back; a source is never
changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import nn

from core.models.staged import Staged, initialise
from core.runs.settings import Refused

STATES = ("frozen", "fine-tuned", "new")


def freeze(network: Staged, states: Sequence[str], seed: int = 0) -> Staged:
    """Give the stages of `network`, from the picture to the head, the states of that list, one word a stage.

    "frozen": no gradient, and BatchNorm statistics fixed, also under `.train()`. "fine-tuned": starts from the
    weights it has. "new": drawn anew from `seed`. `Refused`: a wrong word or number of words.
    """
    if len(states) != len(network.names):
        raise Refused("states", ",".join(states), f"{len(network.names)} words, one for each stage.")
    for state in states:
        if state not in STATES:
            raise Refused("states", state, f"one of {', '.join(STATES)}.")
    for name, state in zip(network.names, states, strict=True):
        if state == "new":
            initialise(network, name, seed)
        _set_state(network, name, state)
    return network


def transplant(source: Staged, target: Staged, names: Iterable[str]) -> Staged:
    """Copy the weights and BatchNorm statistics of the stages `names` from `source` into `target`.

    They are then "fine-tuned" until `freeze` says otherwise. `Refused`: a stage that does not fit.
    """
    pairs = [(name, target.stage(name), source.stage(name)) for name in names]
    for name, stage, donor in pairs:
        if _shapes(stage) != _shapes(donor):
            raise Refused("stage", name, "it has another shape in the two networks, so it cannot be copied.")
    for name, stage, donor in pairs:
        stage.load_state_dict(donor.state_dict())
        _set_state(target, name, "fine-tuned")
    return target


def _set_state(network: Staged, name: str, state: str) -> None:
    stage = network.stage(name)
    stage.state = state
    stage.requires_grad_(state != "frozen")
    stage.train(network.training)


def _shapes(module: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}
