"""Files that lie inside installed packages, found without importing the package (which takes seconds)."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def package_file(package: str, *parts: str) -> Path:
    """The path of a data file of an installed package. FileNotFoundError if this version has none."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder, *parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"no {'/'.join(parts)} in the package {package}")
