"""Weights from elsewhere: a safetensors file, or a state dict that torch reads without running any code of the file.

They may be called as here (`stages.conv1.conv.weight`) or as in the library that a network is cut from
(`layer1.0.conv1.weight`). Every stage below the head must be there, whole and in its shape; a head of other classes is
left out. Nothing is unpickled beyond plain tensors (`weights_only`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.models.staged import Staged
from core.runs.settings import Refused

WRAPPINGS = ("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema")
PREFIXES = ("module.", "_orig_mod.", "model.")
COUNTER = "num_batches_tracked"  # not in every file, and used by no network here
LISTED = 3  # names in a refusal
UNREADABLE = (
    "it is neither a safetensors file nor a state dict that torch reads without running code; save one of them."
)


def read_state(file: Path, name: str) -> dict[str, Tensor]:
    """The tensors of a file by name, on the processor. `Refused`, naming the file `name`, if it holds none."""
    try:
        state: Any = load_file(file)
    except (SafetensorError, OSError):
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # whatever is wrong with a stranger's file
            raise Refused("weights", name, UNREADABLE) from error
    for wrapping in WRAPPINGS:
        if isinstance(state, Mapping) and isinstance(state.get(wrapping), Mapping):
            state = state[wrapping]
    tensors = {str(k): v for k, v in state.items() if isinstance(v, Tensor)} if isinstance(state, Mapping) else {}
    if not tensors:
        raise Refused("weights", name, UNREADABLE)
    for prefix in PREFIXES:
        if all(key.startswith(prefix) for key in tensors):
            tensors = {key.removeprefix(prefix): value for key, value in tensors.items()}
    return tensors


def load_own(network: Staged, state: Mapping[str, Tensor], name: str) -> None:
    """Put the tensors into `network`, in place; stages that were filled are "fine-tuned".

    `Refused`, naming the file `name`, says which layers are missing, too many, or of another shape.
    """
    own = network.state_dict()
    as_here = {key: key for key in own}
    called = max((network.elsewhere or as_here, as_here), key=lambda names: len(state.keys() & {*names.values()}))
    head = f"stages.{network.names[-1]}."
    heads = {called[key].partition(".")[0] for key in own if key.startswith(head)} if called is not as_here else set()
    body = [key for key in own if not key.startswith(head) and not key.endswith(COUNTER)]
    problems = [
        *(_odd(called[key], state, own[key]) for key in body),
        *(
            f"{key} is not in the network"
            for key in state.keys() - {*called.values()}
            if key.partition(".")[0] not in heads and not key.startswith(head)
        ),
    ]
    wrong = [problem for problem in problems if problem]
    if wrong:
        more = f" and {len(wrong) - LISTED} more" if len(wrong) > LISTED else ""
        raise Refused("weights", name, f"they do not fit {network.network}: {'; '.join(wrong[:LISTED])}{more}.")
    filled = [key for key in own if not _odd(called[key], state, own[key])]
    fits = all(key in filled for key in own if key.startswith(head) and not key.endswith(COUNTER))
    for key in filled:
        if fits or not key.startswith(head):
            own[key].copy_(state[called[key]])
    for stage in network.names if fits else network.names[:-1]:
        network.stage(stage).state = "fine-tuned"


def _odd(name: str, state: Mapping[str, Tensor], wanted: Tensor) -> str:
    """What is wrong with the tensor of that name; empty if nothing is."""
    if name not in state:
        return f"{name} is missing"
    found = state[name]
    if found.shape != wanted.shape:
        return f"{name} is {_shape(found)} where {_shape(wanted)} is needed"
    if found.is_sparse or found.is_quantized or found.is_complex() or found.device.type == "meta":
        return f"{name} holds no plain numbers"
    return ""


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "a single number"
