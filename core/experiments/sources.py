"""Where the weights of a network come from, and where they are kept: `run:<id>`, `run:<id>@<step>`, `weights:<hash>`.

What a kept network is, its own recipe says, whatever run made it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from core.models.catalog import NAMED, NETWORKS, WITHOUT, WORDS
from core.runs.artifacts import Artifact, Tensors, recipe_of
from core.runs.settings import Help, Matching, Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store

FILES = r".+\.(safetensors|pth|pt|bin)"
RUN = r"run:[0-9a-f]{16}(@\d+)?"
RUN_OR_NOTHING = Matching(rf"({RUN})?", "run:<id>, or nothing")
SOURCES = rf"imagenet|pretrained|none|{RUN}|weights:[0-9a-f]{{64}}"
SOURCE_WORDS = "imagenet, none, run:<id>, or a file of weights (.safetensors, .pth, .pt, .bin)"
NETWORK = f"{'|'.join(NETWORKS)}|{NAMED}|{WITHOUT}"
# Whose weights, the toybox's donor among them, and in which network, which may be the one that they are for.
LENT = Matching(f"toybox|{SOURCES}", f"toybox, {SOURCE_WORDS}")
FITTING = Annotated[str, Matching(f"auto|{NETWORK}", f"auto, {WORDS}"), Help("auto: the one that the weights are for")]


def stored(source: str) -> str:
    """A file of weights as the address of its content, kept with the uploads; other sources unchanged."""
    if not re.fullmatch(FILES, source):
        return source
    from core.worlds.uploads import store_weights

    file = Path(os.path.expanduser(source))
    if not file.is_file():
        raise Refused("source", source, "there is no such file.")
    return store_weights(file, file.name)


def fill(network: Any, source: str) -> str:
    """Put the weights of a file that somebody brought, `weights:<hash>`, into `network`; returns the prefix of their
    names. `Refused` if they do not fit.
    """
    from core.models.own_weights import load_own, read_state
    from core.worlds.uploads import file_of

    name = f"{source[:16]}…"
    return load_own(network, read_state(file_of(source), name), name)


def recipe_at(source: str) -> dict[str, Any]:
    """The recipe of the network behind `run:<id>` or `weights:<hash>`; empty where a file does not tell.

    `Refused`: a run that kept no network.
    """
    if source.startswith("run:"):
        run, step = _run(source)
        if recipe := run.recipe("network", step):
            return recipe
        kept = run.steps("network")
        others = f" after that step; it did after {', '.join(map(str, kept))}, and at its end" if step and kept else ""
        raise Refused("source", source, f"this run kept no network{others}.")
    if source.startswith("weights:"):
        from core.worlds.uploads import file_of

        return recipe_of(file_of(source)) or {}
    return {}


def network_of(source: str) -> str | None:
    """The name of the network behind a source, None if it does not say. `Refused`: a run that kept none."""
    name = str(recipe_at(source).get("network", ""))
    return name if re.fullmatch(NETWORK, name) else None


def size_of(source: str) -> int:
    """The side of the pictures on which its weights were trained, as far as it says so; else 0."""
    size = recipe_at(source).get("size", 0)
    return size if isinstance(size, int) else 0


def borrowed(source: str, donor: Spec | None) -> Tensors | None:
    """The kept network of a donor run, or None when the weights are random or embedded."""
    if donor is not None:
        return Store().open(donor).artifact("network")
    if not source.startswith("run:"):
        return None
    run, step = _run(source)
    return run.artifact("network", step)


def memory(source: str) -> Tensors:
    """What the objective held beside the network at the step of `run:<id>@<step>`."""
    run, step = _run(source)
    return run.artifact("memory", step)


def checkpoint(network: Any, step: int | None = None, **about: Any) -> Artifact:
    """A network, with its heads, as the artifact that `run:<id>`, or `run:<id>@<step>`, names.

    `about` joins its recipe.
    """
    from core.models.weights import to_arrays

    recipe, arrays = to_arrays(network)
    return Artifact("network", Tensors(arrays, {**recipe, **about}), step)


def told_of(network: Any, classes: Iterable[str]) -> dict[str, Any]:
    """What joins the recipe of a network that was trained here, for those who meet its file elsewhere."""
    seen = network.preprocessing
    return {"classes": list(classes), "stages": list(network.names), "mean": seen.mean, "std": seen.std}


def _run(source: str) -> tuple[Run, int | None]:
    """The run that keeps the weights of `run:<id>@<step>`, perhaps still under way, and the step; a plan lends those of
    its first arm.
    """
    address, _, step = source.partition("@")
    store = Store()
    if step and not store.has(run_id := address.removeprefix("run:")) and (going := store.under_way(run_id)):
        return going, int(step)
    run = store.open(address)
    if arms := run.provenance.get("arms"):
        run = store.open(arms[0])
    return run, int(step) if step else None
