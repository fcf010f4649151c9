"""A training to take home: one file of plain PyTorch that repeats it, with its pictures, and nothing of this project.

What must be the same maths is the text of the project's own functions (`lifting`); the rest is a template.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.metadata
import json
import re
import tempfile
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Annotated, Any

from core.experiments.lifting import import_block, joined, lift
from core.experiments.train import STATES, Train, load, staged, train
from core.runs.artifacts import Artifact
from core.runs.home import home
from core.runs.settings import Help, Matching, Refused
from core.runs.spec import Course, experiment
from core.runs.store import Run, Store
from core.worlds import fingerprint
from core.worlds.names import cleaned

STATIC = Path(__file__).parent / "static"
MOST_BYTES = 500_000_000  # of pictures
GIVEN = {"Staged", "NETWORKS", "network_info"}  # what the template brings
TEMPLATE = (
    "import json",
    "from pathlib import Path",
    "import numpy as np",
    "import torch",
    "import torch.nn.functional as F",
    "from torch import Tensor, nn",
)
PACKAGES = ("numpy", "torch", "torchvision", "timm", "safetensors")
AUGMENTED = {"none": "unchanged", "flip": "flip", "crop": "crop"}
SIDES = {"none": 1, "flip": 2}  # how often a picture passes the frozen stages when what they give is kept


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


@experiment(Script, version=1, data=lambda settings: fingerprint(settings.data), quick=True)
def script(settings: Script) -> Course:
    """Keeps the artifact `script`, a zip: reproduce.py, pictures.npz, start.safetensors, expected.json, README.txt."""
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
    found: dict[str, Any] = {"classes": list(world.classes)}
    for k, (part, which) in enumerate(indices.items()):
        found[part] = yield from load(world, which, settings.size, k / 3, (k + 1) / 3)
        found[f"{part}_labels"], found[f"{part}_numbers"] = world.labels[which], which
    return found


def packed(folder: Path, run: Run, pictures: dict[str, Any]) -> list[str]:
    """Write the files of a script into `folder`; returns their names."""
    import numpy as np
    from safetensors.torch import save_file

    settings = trained(run.id)
    network = staged(settings, len(pictures["classes"]))
    start = lent(network, settings)
    words = about(run, network, settings, len(pictures["train"])) | {"borrowed": bool(start)}
    text, words["requirements"] = reproduce(network, settings, words)
    np.savez(folder / "pictures.npz", **pictures)
    for name, content in (
        ("reproduce.py", text),
        ("README.txt", template("readme.txt.jinja").render(words)),
        ("expected.json", json.dumps(expected(run), indent=1, ensure_ascii=False)),
    ):
        (folder / name).write_text(content, encoding="utf-8")
    if start:
        save_file(start, folder / "start.safetensors")
    return sorted(file.name for file in folder.iterdir())


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
    """What the run found: its answer for each test picture, in the order of the pictures."""
    rows = [row for row in run.rows() if row["split"] == "picture"]
    answers = {"predicted": [row["predicted"] for row in rows], "pictures": [row["picture"] for row in rows]}
    return {"run": run.id, "test_accuracy": run.summary["test_accuracy"], **answers, **run.record}


def about(run: Run, network: Any, settings: Train, n: int) -> dict[str, Any]:
    """What the templates say of a run; `n` pictures are trained on."""
    from core.learning.features import leading_frozen
    from core.learning.precision import arithmetic

    chosen = arithmetic(settings.precision)
    origin, frozen = run.provenance, leading_frozen(network)
    return {
        "run": run.id,
        "title": f"{network.network} on {in_text(settings.data)}: {said(network.states)}.",
        "torch": origin["packages"]["torch"],
        "processor": origin["processor"],
        "threads": origin["threads"],
        "states": list(zip(network.names, network.states, strict=True)),
        "steps": run.summary["steps"],
        "body_rate": settings.body_rate * settings.head_rate,
        "weight_decay": settings.weight_decay,
        "precision": str(chosen.dtype).removeprefix("torch."),
        "frozen": frozen,
        "kept": SIDES.get(settings.augment, 0) if frozen and kept(network, settings, n) else 0,
        "resting": settings.body_rate == 0,
        **{
            name: getattr(settings, name)
            for name in ("seed", "size", "batch_size", "head_rate", "optimiser", "schedule")
        },
        "augment": AUGMENTED[settings.augment],
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


def kept(network: Any, settings: Train, n: int) -> bool:
    """Whether what the frozen stages give of `n` pictures is kept, as `core.learning.features` decides it."""
    import numpy as np
    import torch

    from core.learning.features import KEPT_BYTES, Inputs
    from core.learning.precision import arithmetic

    blank = np.zeros((2, settings.size, settings.size, 3), np.uint8)
    one = Inputs(network, blank, "none", arithmetic(settings.precision, "cpu"), keep=False)(torch.tensor([0]))
    return one.nbytes * n * SIDES.get(settings.augment, 1) <= KEPT_BYTES


def reproduce(network: Any, settings: Train, words: dict[str, Any]) -> tuple[str, str]:
    """The script as text, and the packages that it needs, as pip is told them."""
    from core.models.catalog import network_info

    build = network_info(settings.network).build
    groups = {
        "basics": [f"core.models.staged:{name}" for name in ("Preprocessing", "Stage", "as_pixels")],
        "model": [build, "core.models.staged:initialise"],
        "learning": [
            f"core.learning.augment:{words['augment']}",
            *(f"core.learning.rates:{name}" for name in (settings.schedule, settings.optimiser)),
            *(f"core.learning.rates:{name}" for name in ("parameter_groups", "set_rates")),
            "core.learning.objective:batches",
            "core.learning.features:chunks",
        ],
    }
    imports, texts = lift(groups, given=GIVEN, rows={"CLASSICS": settings.network}, classes=kinds(network))
    stages = re.compile(r"(NETWORKS\[[^]]+\]|network_info\([^)]+\))\.stages")
    blocks = {group: stages.sub("STATES", joined(found)) for group, found in texts.items()}
    if words["borrowed"]:
        imports.append("from safetensors.torch import load_file")
    versions = importlib.metadata.version
    needed = [p for p in PACKAGES if any(re.match(rf"(from|import) {p}\b", line) for line in [*imports, *TEMPLATE])]
    requirements = " ".join(f"{package}=={versions(package).partition('+')[0]}" for package in needed)
    call = f'{build.partition(":")[2]}("{settings.network}", len(CLASSES), SIZE)'
    block = import_block([*imports, *TEMPLATE])
    text = template("reproduce.py.jinja").render(
        **words, **blocks, build=call, imports=block, requirements=requirements
    )
    return text, requirements


def kinds(network: Any) -> set[str]:
    """The classes of its modules by name; "else" if one that is no usual layer holds weights of its own."""
    from torch import nn

    usual = nn.Conv2d | nn.Linear | nn.BatchNorm1d | nn.BatchNorm2d | nn.LayerNorm | nn.GroupNorm
    bare = any(
        next(m.parameters(recurse=False), None) is not None for m in network.modules() if not isinstance(m, usual)
    )
    return {type(module).__name__ for module in network.modules()} | ({"else"} if bare else set())


@functools.cache
def template(name: str) -> Any:
    """A template of `static`."""
    import jinja2

    return jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True).from_string(
        (STATIC / name).read_text(encoding="utf-8")
    )
