"""The script of a single training: a short main in plain PyTorch, the modules that it calls, its pictures.

What is repeated is what was run: no line of the loop is written a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from core.experiments.reading import load
from core.experiments.script_modules import modules, put, requirements, template, words_in
from core.experiments.train import STATES, Train, staged, train
from core.runs.settings import Refused
from core.runs.store import Run
from core.worlds.names import cleaned

MOST_BYTES = 500_000_000  # of pictures
USED = ("core.learning.evaluate", "core.learning.fit", "core.learning.supervised", "core.models.states")  # by the main


def is_training(run: Run) -> bool:
    return run.record["spec"]["experiment"] == train.experiment.reference


def written(run: Run, folder: Path) -> Iterator[Any]:
    """Write reproduce.py with core/, pictures.npz, start.safetensors, expected.json and README.txt into `folder`."""
    pictures = yield from parts(run)
    packed(folder, run, pictures)


def parts(run: Run) -> Generator[Any, None, dict[str, Any]]:
    """Read the pictures of a training again, showing progress; returns them by part, with labels and numbers."""
    from core.worlds import open_world
    from core.worlds.splits import budget, measured, split

    settings: Train = run.spec().settings
    world = open_world(settings.data)
    cut = measured(split(world))
    chosen = cut.train
    if settings.labels_per_class:
        chosen = budget(world, cut.train, settings.labels_per_class, settings.seed)
    indices = {"train": chosen, "validation": cut.validation, "test": cut.test}
    total = sum(map(len, indices.values()))
    if (needed := total * 3 * settings.size**2) > MOST_BYTES:
        allowed = (
            f"its {total} pictures take {needed / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}; take fewer a class."
        )
        raise Refused("run", run.id, allowed)
    data: dict[str, Any] = {"classes": list(world.classes)}
    for k, (part, which) in enumerate(indices.items()):
        data[part] = yield from load(world, which, settings.size, k / 3, (k + 1) / 3)
        data[f"{part}_labels"], data[f"{part}_numbers"] = world.labels[which], which
    return data


def packed(folder: Path, run: Run, pictures: dict[str, Any]) -> None:
    """Write the files of a script into `folder`."""
    import numpy as np
    from safetensors.torch import save_file

    settings: Train = run.spec().settings
    network = staged(settings, len(pictures["classes"]))
    start = lent(network, settings)
    words = about(run, network, settings, bool(start))
    np.savez(folder / "pictures.npz", **pictures)
    texts = {
        "reproduce.py": template("reproduce.py.jinja").render(words),
        "README.txt": template("readme.txt.jinja").render(words),
        "expected.json": json.dumps(expected(run), indent=1, ensure_ascii=False),
    }
    put(folder, texts, used_by(settings.network))
    if start:
        save_file(start, folder / "start.safetensors")


def lent(network: Any, settings: Train) -> dict[str, Any]:
    """The weights at the start that no seed gives: those of borrowed stages that are not new."""
    if settings.donor is None and settings.source == "none":
        return {}
    kept = [name for name, letter in zip(network.names, settings.stages, strict=True) if letter != "n"]
    state = network.state_dict()
    return {
        f"stages.{name}.{key}": state[f"stages.{name}.{key}"]
        for name in kept
        for key in network.stage(name).state_dict()
    }


def expected(run: Run) -> dict[str, Any]:
    """What the run gave: its answer for each test picture, in the order of the pictures."""
    rows = [row for row in run.rows() if row["split"] == "picture"]
    answers = {"predicted": [row["predicted"] for row in rows], "pictures": [row["picture"] for row in rows]}
    return {"run": run.id, "test_accuracy": run.summary["test_accuracy"], **answers, **run.record}


def about(run: Run, network: Any, settings: Train, borrowed: bool) -> dict[str, Any]:
    """What the templates say of a run."""
    from core.learning.precision import arithmetic
    from core.models.catalog import network_info

    shown = ("network", "seed", "size", "batch_size", "head_rate", "weight_decay", "optimiser", "schedule", "augment")
    origin = run.provenance
    return {
        "run": run.id,
        "title": f"{network.network} on {in_text(settings.data)}: {said(network.states)}.",
        "torch": origin["packages"]["torch"],
        "processor": origin["processor"],
        "threads": origin["threads"],
        "states": list(zip(network.names, network.states, strict=True)),
        "steps": run.summary["steps"],
        "body_rate": settings.body_rate * settings.head_rate,
        "precision": str(arithmetic(settings.precision).dtype).removeprefix("torch."),
        "built_in": network_info(settings.network).build.partition(":")[0].rpartition(".")[2],
        "borrowed": borrowed,
        "requirements": requirements(used_by(settings.network), ["numpy", "safetensors"] if borrowed else ["numpy"]),
        **{name: getattr(settings, name) for name in shown},
    }


def in_text(address: str) -> str:
    """The last part of a path, of any system, as it may stand in the docstring of a program."""
    name = cleaned(re.split(r"[/\\]", address.rstrip("/\\"))[-1])
    return name.replace('"', "'")


def said(states: tuple[str, ...]) -> str:
    """("frozen", "frozen", "new") → "2 of 3 stages frozen, 1 new"."""
    counts = {state: states.count(state) for state in STATES.values()}
    first, *others = [f"{n} {state}" for state, n in counts.items() if n]
    n, _, state = first.partition(" ")
    return ", ".join([f"{n} of {len(states)} stages {state}", *others])


def used_by(network: str) -> tuple[Path, ...]:
    """The files of this project that the main of a training of that network needs."""
    from core.models.catalog import network_info

    build = network_info(network).build.partition(":")[0]
    return modules((*USED, build), frozenset(words_in(network)))
