"""A training to take home: the modules of this project that it used, as they are, a main that calls them, its pictures.

What is repeated is what was run: no line of the loop is written a second time.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib.metadata
import json
import re
import tempfile
import threading
import zipfile
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Annotated, Any

from core.experiments.reading import load
from core.experiments.train import STATES, Train, staged, train
from core.runs.artifacts import Artifact
from core.runs.home import home
from core.runs.settings import Help, Matching, Refused
from core.runs.spec import Course, experiment
from core.runs.store import Run, Store
from core.worlds import fingerprint
from core.worlds.names import cleaned

ROOT, STATIC = Path(__file__).parents[2], Path(__file__).parent / "static"
PARSING = threading.Lock()
MOST_BYTES = 500_000_000  # of pictures
USED = ("core.learning.evaluate", "core.learning.fit", "core.learning.supervised", "core.models.states")  # by the main


@dataclasses.dataclass(frozen=True)
class Script:
    run: Annotated[str, Matching("[0-9a-f]{16}", "the id of a finished training"), Help("the training to repeat")]
    data: Annotated[str, Help("its pictures (filled in)")] = ""

    def canonical(self) -> Script:
        return dataclasses.replace(self, data=trained(self.run).data)


def trained(run_id: str) -> Train:
    """The settings of a finished training; `Refused` for a run of another kind."""
    spec = Store().open(run_id).spec()
    if spec.experiment != train.experiment.reference:
        raise Refused("run", run_id, "only a single training can be written as a script; name one of this run's arms.")
    return spec.settings


@experiment(Script, version=2, data=lambda settings: fingerprint(settings.data), quick=True)
def script(settings: Script) -> Course:
    """Keeps the artifact `script`, a zip: reproduce.py with core/, pictures.npz, start.safetensors, expected.json,
    README.txt.
    """
    run = Store().open(settings.run)
    pictures = yield from parts(run)
    with tempfile.TemporaryDirectory(dir=home()) as place:
        folder = Path(place)
        names = packed(folder, run, pictures)
        archive = folder / "script.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            for name in names:
                file.write(folder / name, f"transferlab-{run.id}/{name}")
        size = archive.stat().st_size
        yield Artifact("script", archive)
    return {"bytes": size, "files": names}


def parts(run: Run) -> Generator[Any, None, dict[str, Any]]:
    """Read the pictures of a training again, showing progress; returns them by part, with labels and numbers."""
    from core.worlds import open_world
    from core.worlds.splits import budget, measured, split

    settings = trained(run.id)
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


def packed(folder: Path, run: Run, pictures: dict[str, Any]) -> list[str]:
    """Write the files of a script into `folder`; returns their names."""
    import numpy as np
    from safetensors.torch import save_file

    settings = trained(run.id)
    network = staged(settings, len(pictures["classes"]))
    start = lent(network, settings)
    words = about(run, network, settings, bool(start))
    np.savez(folder / "pictures.npz", **pictures)
    for name, content in (
        ("reproduce.py", template("reproduce.py.jinja").render(words)),
        ("README.txt", template("readme.txt.jinja").render(words)),
        ("expected.json", json.dumps(expected(run), indent=1, ensure_ascii=False)),
        *((str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in modules(settings.network)),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    if start:
        save_file(start, folder / "start.safetensors")
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


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
        "requirements": requirements(modules(settings.network), ["numpy", "safetensors"] if borrowed else ["numpy"]),
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


@functools.cache
def modules(network: str) -> tuple[Path, ...]:
    """The files of this project that the main of a training of that network needs, and all that these import."""
    from core.models.catalog import network_info

    waiting, found = [*USED, network_info(network).build.partition(":")[0]], set[Path]()
    while waiting:
        name = waiting.pop()
        file = ROOT / Path(*name.split("."))
        for path in (file.with_suffix(".py"), file / "__init__.py"):
            if path.exists() and path not in found:
                found.add(path)
                waiting += [*(one for one in imported(path) if one.startswith("core.")), name.rpartition(".")[0]]
    return tuple(sorted(found))


def parsed(file: Path) -> ast.Module:
    """A file's syntax tree, one at a time: in Python 3.11 two threads that build one can fail (cpython#106905)."""
    with PARSING:
        return ast.parse(file.read_text(encoding="utf-8"))


def imported(file: Path) -> set[str]:
    """The modules that a file imports, as dotted names; of `from a import b` both a and a.b, which may be a module."""
    found = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def requirements(files: Iterable[Path], others: Iterable[str] = ()) -> str:
    """The packages that these files import, and the others, as pip is told them, in the versions that are here."""
    roots = {name.split(".")[0] for file in files for name in imported(file)} | set(others)
    here = importlib.metadata.packages_distributions()
    packages = sorted({here[name][0] for name in roots - {"core"} if name in here})
    versions = importlib.metadata.version
    return " ".join(f"{package}=={versions(package).partition('+')[0]}" for package in packages)


@functools.cache
def template(name: str) -> Any:
    """A template of `static`."""
    import jinja2

    return jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True).from_string(
        (STATIC / name).read_text(encoding="utf-8")
    )
