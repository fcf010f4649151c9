"""What a program to take home brings of this project: the modules that it needs, and the packages that these need.

Modules are found in the sources: what is imported, inside functions too, and what a string names ("core.x.y:name").
Of tables whose rows name modules only the rows that a run uses count.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib.metadata
import re
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.experiments import EXPERIMENTS
from core.methods.catalog import METHODS
from core.methods.puzzles import TASKS
from core.models.catalog import NETWORKS
from core.worlds import WORLDS

ROOT, STATIC = Path(__file__).parents[2], Path(__file__).parent / "static"
PARSING = threading.Lock()
NAMED = re.compile(r"(core(?:\.\w+){2,})(?::\w+)?")
OF_PACKAGES = "core.worlds.bundled.package_file"  # reads what lies in a package that is not imported
# The tables, by module. Any run may look at a world that its code names, so only those that need a package are rows.
TABLES: dict[str, Mapping[str, Any]] = {
    "core.experiments": EXPERIMENTS,
    "core.methods.catalog": METHODS,
    "core.methods.puzzles": TASKS,
    "core.models.catalog": {**NETWORKS, "timm": "core.models.timm_networks"},
    "core.worlds": {name: WORLDS[name] for name in ("digits", "torchvision")},
}
WHOLE = ("core.methods.catalog", "core.methods.puzzles", "core.models.catalog")  # all rows, where none is named


@functools.cache
def modules(starts: tuple[str, ...], words: frozenset[str]) -> tuple[Path, ...]:
    """The files of this project that these modules need, their own among them; `words`: the rows of tables in use."""
    waiting, found = list(starts), set[Path]()
    while waiting:
        name = waiting.pop()
        file = ROOT / Path(*name.split("."))
        for path in (file.with_suffix(".py"), file / "__init__.py"):
            if path.exists() and path not in found:
                found.add(path)
                waiting += [one for one in imported(path) if one.startswith("core.")]
                waiting += [*pointed_at(name, path, words), name.rpartition(".")[0]]
    return tuple(sorted(found))


def pointed_at(name: str, file: Path, words: frozenset[str]) -> set[str]:
    """The modules that strings of a module name; of a table, those of the rows in use."""
    found = {match[1] for text in strings(file) if (match := NAMED.fullmatch(text))}
    if (table := TABLES.get(name)) is None:
        return found
    rows = [row for key, row in table.items() if key in words]
    return found - named_in(table) | named_in(rows or (list(table.values()) if name in WHOLE else []))


def named_in(value: Any) -> set[str]:
    """The modules that the strings of a row, or of many, name."""
    if isinstance(value, str):
        return {match[1]} if (match := NAMED.fullmatch(value)) else set()
    if dataclasses.is_dataclass(value):
        value = list(vars(value).values())
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return {name for part in parts for name in named_in(part)}


def words_in(value: Any) -> set[str]:
    """Every word of the strings in a JSON value."""
    if isinstance(value, str):
        return {value, *re.findall(r"\w+", value)}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {word for part in parts for word in words_in(part)}


def parsed(file: Path) -> ast.Module:
    """A file's syntax tree, one at a time: in Python 3.11 two threads that build one can fail (cpython#106905)."""
    with PARSING:
        return ast.parse(file.read_text(encoding="utf-8"))


@functools.cache
def imported(file: Path) -> frozenset[str]:
    """The modules that a file imports, as dotted names; of `from a import b` both a and a.b, which may be a module."""
    found = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            named = (str(part.value) for part in node.args if isinstance(part, ast.Constant))
            found |= {name for name in named if not name.startswith("core.")}  # those are strings: `pointed_at`
    return frozenset(found)


@functools.cache
def strings(file: Path) -> frozenset[str]:
    """The strings that are written in a file."""
    constants = (node.value for node in ast.walk(parsed(file)) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def requirements(files: Iterable[Path], others: Iterable[str] = ()) -> str:
    """The packages that these files import, or read from, and the others, as pip is told them, in the versions that are
    here.
    """
    here = importlib.metadata.packages_distributions()
    roots = set(others)
    for file in files:
        roots |= {name.split(".")[0] for name in imported(file)}
        roots |= strings(file) & here.keys() if OF_PACKAGES in imported(file) else set()
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


def put(folder: Path, texts: Mapping[str, str], sources: Iterable[Path]) -> None:
    """Write texts under their names, and modules of this project where they have their place."""
    beside = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in sources}
    for name, text in {**beside, **texts}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
