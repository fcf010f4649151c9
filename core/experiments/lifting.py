"""The text of functions of this project with all that they need of it, for a script that stands on its own.

The text is lifted, not written again, so a script cannot drift from the code that it repeats. Files are read, not
imported.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
GONE = "\0"  # marks a line to be left out
OWN = "core"  # the package whose text is lifted; others are imported


class Source:
    """One module as text: its definitions, and what each imported name stands for."""

    def __init__(self, name: str):
        path = ROOT / Path(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        self.name, self.text = name, path.read_text(encoding="utf-8")
        self.definitions: dict[str, ast.stmt] = {}
        self.imports: dict[str, tuple[str, str]] = {}  # name here → (module, name there; "" for the module itself)
        for node in ast.parse(self.text).body:
            for defined in _defined(node):
                self.definitions[defined] = node
            if isinstance(node, ast.Import):
                self.imports |= {(alias.asname or alias.name): (alias.name, "") for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                self.imports |= {(alias.asname or alias.name): (str(node.module), alias.name) for alias in node.names}

    def of(self, name: str) -> str:
        """The lines of a definition, with its decorators and the comment behind it."""
        node = self.definitions[name]
        first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
        return "\n".join(self.text.splitlines()[first - 1 : node.end_lineno])


source = functools.cache(Source)


def lift(
    groups: Mapping[str, Iterable[str]],
    *,
    given: Collection[str] = (),
    rows: Mapping[str, str] = {},
    classes: Collection[str] = (),
) -> tuple[list[str], dict[str, list[str]]]:
    """Import statements, and for each group of "module:name"s the texts of all that they stand on, in order.

    `given` names are the script's own. Of a table named in `rows` only that row is lifted. Branches for other classes
    than `classes` are left out (`without_branches`).
    """
    lifting, found = _Lifting(given, rows, classes), {}
    for group, references in groups.items():
        before = len(lifting.texts)
        for reference in references:
            module, _, name = reference.partition(":")
            lifting.need(source(module), name)
        found[group] = list(lifting.texts.values())[before:]
    return sorted(lifting.imports), found


class _Lifting:
    def __init__(self, given: Collection[str], rows: Mapping[str, str], classes: Collection[str]):
        self.given, self.rows, self.classes = given, rows, classes
        self.imports: set[str] = set()
        self.texts: dict[tuple[str, int], str] = {}  # (module, line) → text
        self.seen: set[tuple[str, str]] = set()

    def need(self, module: Source, name: str) -> None:
        """Lift `name` of `module`, or import it, unless it is there; names of Python's own are left alone."""
        if name in self.given or (module.name, name) in self.seen:
            return
        self.seen.add((module.name, name))
        if name in module.definitions:
            self._define(module, name)
        elif name in module.imports:
            there, original = module.imports[name]
            if there.split(".")[0] == OWN:
                self.need(source(there), original)
            else:
                self.imports.add(_statement(there, original, name))

    def _define(self, module: Source, name: str) -> None:
        text = module.of(name)
        if name in self.rows:
            text = only_row(text, self.rows[name])
        text = without_branches(text, self.classes)
        tree = ast.parse(text)
        own = _bound(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and (whole := self._module(module, node.value)):
                self.need(whole, node.attr)
                text = text.replace(f"{ast.unparse(node)}", node.attr)
            elif isinstance(node, ast.Name) and node.id not in own and not self._module(module, node):
                self.need(module, node.id)
        self.texts[module.name, module.definitions[name].lineno] = text

    def _module(self, module: Source, node: ast.expr) -> Source | None:
        """The module of the project that a name stands for, as in `from core.learning import augment`."""
        there, name = module.imports.get(getattr(node, "id", ""), ("", ""))
        inside = there.split(".")[0] == OWN and (ROOT / Path(*there.split("."), f"{name}.py")).exists()
        return source(f"{there}.{name}") if inside else None


def only_row(text: str, row: str) -> str:
    """A table `NAME = {…}` with one row left."""
    table = ast.parse(text).body[0].value  # type: ignore[attr-defined]
    value = next(v for k, v in zip(table.keys, table.values, strict=True) if ast.literal_eval(k) == row)
    return f'{text[: text.index("{")]}{{"{row}": {ast.get_source_segment(text, value)}}}'


def without_branches(text: str, classes: Collection[str]) -> str:
    """Leave out `elif isinstance(x, A | B):` and what is under it, where neither A nor B is in `classes`, and what is
    under the `else:` after such branches, unless "else" is.
    """
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.If) or not (kinds := _kinds(node)):
            continue
        if lines[node.lineno - 1].lstrip().startswith("elif") and not kinds & set(classes):
            _blank(lines, node.lineno, node.body)
        if node.orelse and not isinstance(node.orelse[0], ast.If) and "else" not in classes:
            _blank(lines, (node.body[-1].end_lineno or 0) + 1, node.orelse)
    return "\n".join(line for line in lines if line != GONE)


def _kinds(node: ast.If) -> set[str]:
    """The classes that `if isinstance(x, A | B)` asks for; none of another `if`."""
    if not isinstance(node.test, ast.Call) or ast.unparse(node.test.func) != "isinstance":
        return set()
    return {kind.split(".")[-1].strip() for kind in ast.unparse(node.test.args[1]).split("|")}


def _blank(lines: list[str], first: int, body: list[ast.stmt]) -> None:
    last = body[-1].end_lineno or first
    lines[first - 1 : last] = [GONE] * (last - first + 1)


def joined(texts: Sequence[str]) -> str:
    """Definitions with two empty lines between them; constants that need none of them come first, line by line."""
    own = {name for text in texts for node in ast.parse(text).body for name in _defined(node)}
    plain = [text for text in texts if _constant(text, own)]
    blocks = ["\n".join(plain)] if plain else []
    return "\n\n\n".join([*blocks, *(text for text in texts if text not in plain)])


def _constant(text: str, own: Collection[str]) -> bool:
    (node,) = ast.parse(text).body
    if not isinstance(node, ast.Assign):
        return False
    return not {name.id for name in ast.walk(node.value) if isinstance(name, ast.Name)} & set(own)


def import_block(statements: Iterable[str]) -> str:
    """Import statements, one a module, Python's own first."""
    plain, of_module = set(), dict[str, set[str]]()
    for statement in statements:
        if found := re.fullmatch(r"from (\S+) import (.+)", statement):
            of_module.setdefault(found[1], set()).update(found[2].split(", "))
        else:
            plain.add(statement)
    lines = [*plain, *(f"from {module} import {', '.join(sorted(names))}" for module, names in of_module.items())]
    lines.sort(key=lambda line: (line.startswith("from"), line))
    groups = ([line for line in lines if _standard(line) is own] for own in (True, False))
    return "\n\n".join("\n".join(group) for group in groups if group)


def _standard(statement: str) -> bool:
    return statement.split()[1].split(".")[0] in sys.stdlib_module_names


def _statement(module: str, original: str, name: str) -> str:
    head = f"from {module} import {original}" if original else f"import {module}"
    return head if name in (original, module) else f"{head} as {name}"


def _defined(node: ast.stmt) -> list[str]:
    """The names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [found.id for target in targets for found in ast.walk(target) if isinstance(found, ast.Name)]
    return []


def _bound(tree: ast.AST) -> set[str]:
    """Names that are arguments or variables inside: they hide those of the module."""
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    stored = {
        node.id
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return arguments | stored
