"""The plan of the house is a test: which room may import which, and what may be imported where."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVERY_ROOM = {
    "runs",
    "engine",
    "experiments",
    "methods",
    "lenses",
    "learning",
    "models",
    "worlds",
    "figures",
    "lessons",
    "ui",
}
MAY_IMPORT = {
    "pages": {"ui", "experiments", "figures", "lessons"},  # and the parts of their own, in pages/parts
    "parts": EVERY_ROOM,
    "ui": EVERY_ROOM,
    "cli": {"experiments", "engine", "runs", "lessons"},  # lessons: it writes the report of a run
    "lessons": {"figures"},
    "figures": set(),
    "engine": {"runs"},
    "experiments": {"lenses", "methods", "learning", "models", "worlds", "runs"},
    "methods": {"learning", "models", "worlds"},
    "lenses": {"learning", "models", "worlds"},
    "learning": {"models", "worlds"},
    "models": set(),
    "worlds": set(),
    "runs": set(),
}
# The floor that all rooms stand on: the one exception that users see, the one folder, and what is fetched into it.
FLOOR = {"core.runs.settings", "core.runs.home", "core.runs.download"}
HEAVY = {"torch", "torchvision", "timm", "captum", "sklearn", "skimage", "umap"}
LIGHT_ROOMS = {"pages", "parts", "ui", "figures", "lessons", "runs", "engine", "experiments", "cli"}


def sources() -> list[tuple[str, Path]]:
    """(room, file) of every module of the house."""
    found = [("pages", ROOT / "app.py"), *(("pages", path) for path in sorted(ROOT.glob("pages/*.py")))]
    found += [("parts", path) for path in sorted(ROOT.glob("pages/parts/*.py"))]
    for path in sorted(ROOT.glob("core/**/*.py")):
        found.append((path.relative_to(ROOT / "core").parts[0].removesuffix(".py"), path))
    return [(room, path) for room, path in found if room != "__init__"]


def imports(path: Path, *, top_level: bool = False) -> set[str]:
    """The modules that a file imports, as dotted names; only those at import time if `top_level`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute in this house"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


@pytest.mark.parametrize(("room", "path"), sources(), ids=lambda value: str(value).removeprefix(str(ROOT)))
def test_a_room_imports_only_what_the_table_allows(room, path):
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "core" or len(parts) < 2 or any(name.startswith(floor) for floor in FLOOR):
            continue
        if name in ("core.runs", "core"):
            continue
        assert parts[1] == room or parts[1] in MAY_IMPORT[room], f"{path}: {room} may not import {name}"


@pytest.mark.parametrize(("room", "path"), sources(), ids=lambda value: str(value).removeprefix(str(ROOT)))
def test_streamlit_stays_on_the_pages_and_dask_in_the_engine(room, path):
    packages = {name.split(".")[0] for name in imports(path)}
    assert "streamlit" not in packages or room in ("pages", "parts", "ui"), path
    assert not packages & {"dask", "distributed"} or room == "engine", path


@pytest.mark.parametrize(("room", "path"), sources(), ids=lambda value: str(value).removeprefix(str(ROOT)))
def test_light_rooms_do_not_import_heavy_packages_at_import_time(room, path):
    packages = {name.split(".")[0] for name in imports(path, top_level=True)}
    assert room not in LIGHT_ROOMS or not packages & HEAVY, path
    if room == "pages":
        assert not {name.split(".")[0] for name in imports(path)} & {*HEAVY, "numpy"}, f"{path}: no tensors on a page"


def test_importing_the_light_rooms_loads_no_torch():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room, path in sources()
        if room in LIGHT_ROOMS - {"pages"}
    ]
    code = f"import sys, importlib\nfor m in {modules}: importlib.import_module(m)\nprint(set(sys.modules) & {HEAVY})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().endswith("set()"), done.stdout + done.stderr


@pytest.mark.timeout(400)  # pictures are rendered on the way, on a machine that may be busy
def test_opening_the_app_and_every_page_loads_no_torch(tmp_path):
    code = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=300).run()
assert not app.exception, app.exception
for page in sys.argv[1:]:
    app.switch_page(page).run()
    assert not app.exception, (page, app.exception)
print("loaded:", sorted(set(sys.modules) & {"torch", "torchvision", "timm", "captum", "sklearn", "skimage", "umap"}))
"""
    pages = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("pages/*.py"))]
    done = subprocess.run(
        [sys.executable, "-c", code, *pages],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=380,
        env={**os.environ, "TRANSFERLAB_HOME": str(tmp_path)},
    )
    assert "loaded: []" in done.stdout, done.stdout + done.stderr


SCREEN, SITTING, PAGE = 30, 250, 100  # lines of a function, of a file, of a page
FIGURE = 40  # a figure is a list of settings: cut into pieces it would be harder to read
TOYS = {"manmade.py": 260, "solids.py": 265}  # a toy after the other; a solid after the other


def test_functions_fit_on_a_screen_and_files_in_one_sitting():
    for room, path in sources():
        text = path.read_text(encoding="utf-8")
        most = PAGE if room == "pages" else TOYS.get(path.name, SITTING)
        assert text.count("\n") <= most, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = 1 + body[-1].end_lineno - body[0].lineno + 1 if body else 1
                assert lines <= (FIGURE if room == "figures" else SCREEN), f"{path}:{node.lineno} {node.name}"
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), f"{path}:{node.lineno}"


def test_home_leads_to_every_page_of_the_menu():
    shown = re.findall(r'st\.Page\("pages/(\w+)\.py"(?!.*(?:hidden|default))', (ROOT / "app.py").read_text())
    home = ast.parse((ROOT / "pages" / "home.py").read_text(encoding="utf-8"))
    chapters = next(
        node.value for node in home.body if isinstance(node, ast.Assign) and node.targets[0].id == "CHAPTERS"
    )
    assert [page for _, page, *_ in ast.literal_eval(chapters)] == [page for page in shown if page != "toybox"] + [
        "toybox"
    ]


def test_assets_stay_small():
    total = sum(path.stat().st_size for path in (ROOT / "assets").rglob("*") if path.is_file())
    assert total <= 60e6, f"{total / 1e6:.1f} MB in assets"
