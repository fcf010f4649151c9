"""The script of any run: its experiment, as it is, with what it was run on and what it borrowed.

    repeat.py         runs the experiment again, and compares
    settings.json     the run's settings; pictures on disk by their place in this folder
    expected.json     what the run gave
    core/             the modules that it needs
    home/runs         the finished runs that it borrows from
    home/uploads      what somebody brought, under its address; home/downloads: the weights that it fetched
    pictures/         what lay on the disk

Worlds that code draws, or that packages bring, are not copied; torchvision's sets are fetched again, by their licences.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.experiments.script_modules import modules, put, requirements, template, words_in
from core.experiments.sources import NETWORK
from core.models.catalog import network_info
from core.runs.home import home
from core.runs.settings import Refused
from core.runs.spec import Progress, Spec
from core.runs.store import Run, Store
from core.worlds import VIEWS, inside
from core.worlds.names import cleaned
from core.worlds.sources import is_junk
from core.worlds.uploads import KINDS, file_of

MOST_BYTES = 500_000_000  # of pictures
BROUGHT = re.compile(f"(?:{'|'.join(KINDS)}):[0-9a-f]{{64}}")
LENT = re.compile(r"(?:run:)?([0-9a-f]{16})(?:@\d+)?")
USED = ("core.runs.artifacts", "core.runs.drive", "core.runs.spec")  # by repeat.py
TIMES = re.compile("second|^took$")  # columns that no machine has twice
CHANGED = "{} since it ran: run it again, and take that run home."


def written(run: Run, folder: Path) -> Iterator[Progress]:
    """Write the files above into `folder`. `Refused`: what it was run on is not here any more, or is too much."""
    spec = run.spec()
    unchanged(run, spec)
    lenders = lent(run, spec)
    yield Progress(0, 1, "files copied")
    plain = spec.as_json()
    plain["settings"] |= pictures(run, spec, folder)
    for lender in lenders:
        shutil.copytree(lender.folder, folder / "home" / "runs" / lender.id)
    files, fetched = sources(spec, lenders), weights(spec, folder)
    words = about(run, spec, requirements(files), fetched)
    texts = {
        "repeat.py": template("repeat.py.jinja").render(words),
        "README.txt": template("repeat.txt.jinja").render(words),
        "settings.json": json.dumps(plain, indent=1, ensure_ascii=False),
        "expected.json": json.dumps(expected(run), indent=1, ensure_ascii=False),
    }
    put(folder, texts, files)
    yield Progress(1, 1, "files copied")


def unchanged(run: Run, spec: Spec) -> None:
    """`Refused`: code or pictures are others than those of the run."""
    if spec.version != spec.about.version:
        raise Refused("run", run.id, CHANGED.format("its experiment has changed"))
    if spec.about.data(spec.settings) != spec.data:
        raise Refused("run", run.id, CHANGED.format("its pictures have changed"))


def lent(run: Run, spec: Spec) -> list[Run]:
    """The finished runs that it borrows from, of a plan its first arm too. `Refused`: one was deleted."""
    store, found = Store(), dict[str, Run]()
    named = (match[1] for value in texts_of(spec).values() if (match := LENT.fullmatch(value)))
    for run_id in (*(donor.id for donor in spec.donors()), *named):
        lender = store.find(run_id)
        first = lender and next(iter(lender.provenance.get("arms", ())), lender.id)
        arm = store.find(first) if first else None
        if lender is None or arm is None:
            allowed = f"run {run_id}, which it borrows from, was deleted here; train that one again first."
            raise Refused("run", run.id, allowed)
        found |= {lender.id: lender, arm.id: arm}
    return list(found.values())


def texts_of(spec: Spec) -> dict[str, str]:
    """The settings that are texts."""
    values = {field.name: getattr(spec.settings, field.name) for field in dataclasses.fields(spec.settings)}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def private(settings: dict[str, Any]) -> str:
    """The address of what somebody brought, by which whoever forgets it finds the script too; behind a view, whole."""
    found = [value for value in settings.values() if isinstance(value, str) and BROUGHT.search(value)]
    return found[0] if found else ""


def pictures(run: Run, spec: Spec, folder: Path) -> dict[str, str]:
    """Copy what the settings name on this machine; returns the settings that name it by its new place."""
    moved, left = dict[str, str](), MOST_BYTES
    for name, value in texts_of(spec).items():
        for address in BROUGHT.findall(value):
            file = file_of(address)
            left = copied(run, file, folder / "home" / "uploads" / file.name, left)
        if path := path_in(value):
            suffix = "".join(re.findall(r"\.\w{1,8}$", path))
            left = copied(run, Path(path), folder / "pictures" / f"{name}{suffix}", left)
            moved[name] = value.replace(path, f"pictures/{name}{suffix}")
    return moved


def path_in(address: str) -> str:
    """The absolute path in the address of a world or of one of its pictures, also behind views; "" if it has none."""
    with contextlib.suppress(Refused):
        while ":" in address and address.partition(":")[0] in VIEWS:
            address = inside(address)
    path = re.sub(r"#\d+$", "", address)
    return path if os.path.isabs(path) else ""


def copied(run: Run, source: Path, to: Path, left: int) -> int:
    """Copy a file, or a folder without its links, which may lead anywhere; returns how many bytes are left.

    `Refused`: it is larger than that, or holds a name that no zip takes.
    """
    for file in listed(source):
        left -= file.stat().st_size
        if left < 0:
            raise Refused("run", run.id, f"its pictures take more than {MOST_BYTES / 1e6:.0f} MB; take fewer.")
        place = to / file.relative_to(source)
        try:
            str(place).encode()
        except UnicodeEncodeError:
            shown = cleaned(file.name)
            raise Refused(
                "run", run.id, f"no zip can hold the name of its file {shown}; rename it, run again."
            ) from None
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)
    return left


def listed(source: Path) -> Iterator[Path]:
    """A file, or those of a folder, as a world reads them."""
    if source.is_file():
        yield source
    for folder, inner, names in os.walk(source):
        inner[:] = [name for name in inner if not is_junk((name,))]
        files = (Path(folder, name) for name in names if not is_junk((name,)))
        yield from (file for file in files if file.is_file() and not file.is_symlink())


def weights(spec: Spec, folder: Path) -> bool:
    """Copy the weights that its network fetched; whether some are left to be fetched again."""
    network, source = (texts_of(spec).get(name, "") for name in ("network", "source"))
    if not re.fullmatch(NETWORK, network) or source not in network_info(network).fetchers:
        return False
    files = list((home() / "downloads").glob(f"{network.replace(':', '-')}[-_.0-9]*"))
    small = [file for file in files if file.stat().st_size <= MOST_BYTES]
    for file in small:
        (folder / "home" / "downloads").mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, folder / "home" / "downloads" / file.name)
    return not small


def sources(spec: Spec, lenders: list[Run]) -> tuple[Path, ...]:
    """The files of this project that the run needs."""
    plain = [spec.as_json(), *(lender.record["spec"] for lender in lenders)]
    plain += [lender.recipe("network") or {} for lender in lenders]
    starts = dict.fromkeys(one.experiment.partition(":")[0] for one in with_donors(spec))
    return modules((*USED, *starts), frozenset(words_in(plain)))


def with_donors(spec: Spec) -> Iterator[Spec]:
    """The spec and those in its settings, and in theirs."""
    yield spec
    for donor in spec.donors():
        yield from with_donors(donor)


def expected(run: Run) -> dict[str, Any]:
    """What the run gave: its summary, and its rows on test pictures, or where it has none, the last row of each split
    but training.
    """
    ends: dict[str, list[Any]] = {}
    for row in run.rows():
        split = row.get("split", "")
        ends[split] = [*(ends.get(split, ()) if split == "test" else ()), row]
    ends.pop("train", None)
    rows = {"test": ends["test"]} if "test" in ends else ends
    return {
        "run": run.id,
        "rows": {split: list(map(untimed, some)) for split, some in rows.items()},
        "summary": untimed(run.summary),
        "provenance": run.provenance,
    }


def untimed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not TIMES.search(name)}


def about(run: Run, spec: Spec, needed: str, fetched: bool) -> dict[str, Any]:
    """What the templates say of a run."""
    origin = run.provenance
    torchvision = "torchvision:" in texts_of(spec).get("data", "")
    return {
        "run": run.id,
        "experiment": spec.about.name,
        "file": f"{spec.about.reference.partition(':')[0].replace('.', '/')}.py",
        "lesson": lesson(spec),
        "requirements": needed,
        "fetched": " and ".join(["the weights"] * fetched + ["the pictures"] * torchvision),
        "torch": origin["packages"].get("torch", "none"),
        **{name: origin[name] for name in ("python", "system", "processor", "threads")},
    }


def lesson(spec: Spec) -> str:
    """The first line of the experiment's file."""
    module = importlib.import_module(spec.about.reference.partition(":")[0])
    return (module.__doc__ or spec.about.name).strip().splitlines()[0]
