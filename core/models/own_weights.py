"""Weights from elsewhere: a safetensors file, or a state dict that torch reads without running any code of the file.

They may be called as here (`stages.conv1.conv.weight`) or as in the library that a network is cut from
(`layer1.0.conv1.weight`), inside any wrappings and behind any common prefix: what fits best is searched for. Every
stage below the head must be there, whole and in its shape; a head of other classes is left out. Nothing is unpickled
beyond plain tensors (`weights_only`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from core.models.catalog import network_info
from core.models.staged import Staged
from core.runs.settings import Refused

COUNTER = "num_batches_tracked"  # not in every file, and used by no network here
LISTED = 3  # names in a refusal
DEEPEST = 20  # wrappings
WRAPPERS = re.compile(r"(^|\.)(_orig_mod|module|_fsdp_wrapped_module|_checkpoint_wrapped_module)(?=\.)")  # anywhere
UNREADABLE = (
    "it is neither a safetensors file nor a state dict that torch reads without running code; save one of them."
)


def read_state(file: Path, name: str) -> dict[str, Tensor]:
    """The tensors of a file on the processor, by the names above them, with dots between. `Refused`, naming the file
    `name`, if it holds none."""
    try:
        state: Any = load_file(file)
    except (SafetensorError, OSError):
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # whatever is wrong with a stranger's file
            raise Refused("weights", name, UNREADABLE) from error
    tensors = dict(_flat(state))
    if not tensors:
        raise Refused("weights", name, UNREADABLE)
    return tensors


def _flat(state: Any, above: str = "", depth: int = 0) -> Iterable[tuple[str, Tensor]]:
    """Every tensor in mappings of mappings, without the words that compiling and spreading put into names."""
    if not isinstance(state, Mapping) or depth > DEEPEST:
        return
    for key, value in state.items():
        name = f"{above}{key}"
        if isinstance(value, Tensor):
            yield WRAPPERS.sub("", name).lstrip("."), value
        else:
            yield from _flat(value, f"{name}.", depth + 1)


def load_own(network: Staged, state: Mapping[str, Tensor], name: str) -> str:
    """Put the tensors into `network`, in place; stages that were filled are "fine-tuned". Returns the prefix behind
    which they were found, "" for none; of two that fit alike, the shorter one, then the first in the file.

    `Refused`, naming the file `name`, says which layers are missing, too many, of another shape, or no numbers.
    """
    own = network.state_dict()
    as_here = {key: key for key in own}
    found = [(names, *_best_prefix(own, names, state)) for names in (network.elsewhere or as_here, as_here)]
    called, prefix, _ = max(found, key=lambda one: one[2])
    state = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    head = f"stages.{network_info(network.network).stages[-1]}."  # which an encoder has not
    body = [key for key in own if not key.startswith(head) and not key.endswith(COUNTER)]
    problems = [*(_odd(called[key], state, own[key]) for key in body), *_too_many(called, state, head)]
    wrong = [problem for problem in problems if problem]
    if wrong:
        more = f" and {len(wrong) - LISTED} more" if len(wrong) > LISTED else ""
        where = f" (looked for behind {prefix})" if prefix else ""
        raise Refused("weights", name, f"they do not fit {network.network}{where}: {'; '.join(wrong[:LISTED])}{more}.")
    filled = [key for key in own if not _odd(called[key], state, own[key])]
    fits = all(key in filled for key in own if key.startswith(head) and not key.endswith(COUNTER))
    filled = [key for key in filled if fits or not key.startswith(head)]
    for key in filled:
        if not torch.isfinite(state[called[key]]).all():
            allowed = f"{called[key]} holds NaN or infinity: the training that made it failed; take an earlier one."
            raise Refused("weights", name, allowed)
    for key in filled:
        own[key].copy_(state[called[key]])
    for stage in network.names:
        if fits or stage != network.head:
            network.stage(stage).state = "fine-tuned"
    return prefix


def _best_prefix(own: Mapping[str, Tensor], called: Mapping[str, str], state: Mapping[str, Tensor]) -> tuple[str, int]:
    """What stands before the most of the wanted names, in a file where they have the wanted shape; how many have it."""
    wanted = {called[key]: value.shape for key, value in own.items() if not key.endswith(COUNTER)}
    ends: dict[str, list[str]] = {}
    for wanted_name in wanted:
        ends.setdefault(wanted_name.rpartition(".")[2], []).append(wanted_name)
    fitting: Counter[str] = Counter({"": 0})
    for key, value in state.items():
        for wanted_name in ends.get(key.rpartition(".")[2], ()):
            before = key.removesuffix(wanted_name)
            if key.endswith(wanted_name) and (not before or before.endswith(".")):
                fitting[before] += value.shape == wanted[wanted_name]
    order = {before: k for k, before in enumerate(fitting)}
    best = max(fitting, key=lambda before: (fitting[before], -len(before), -order[before]))
    return best, fitting[best]


def _too_many(called: Mapping[str, str], state: Mapping[str, Tensor], head: str) -> list[str]:
    """Tensors for which a part of the network has no place; beside its parts others may lie (an optimiser's, say)."""
    first = {key: name.partition(".")[0] for key, name in called.items()}
    heads = {part for key, part in first.items() if key.startswith(head)} - {"stages"}
    parts = {part for key, part in first.items() if not key.startswith(head)} - heads
    names = set(called.values())
    extra = [key for key in state if key.partition(".")[0] in parts and key not in names and not key.startswith(head)]
    return [f"{key} is not in the network" for key in extra]


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
