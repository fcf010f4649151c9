"""What a run leaves besides rows: networks, arrays, pictures, notes. One obvious file format for each type.

| value | file |
| --- | --- |
| `Tensors(arrays, recipe)` | `name.safetensors`, the recipe as JSON in its header |
| uint8 array `(N, H, W, 3)` | `name/0000.webp …`, one picture each |
| the path of a zip | `name.zip`, moved there; read as its path |
| anything that JSON can hold | `name.json` |

Nothing is ever unpickled.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

LONGEST_HEADER = 50_000_000  # bytes; a network's has some thousands


@dataclasses.dataclass(frozen=True)
class Artifact:
    """A named value; `step` tells the snapshots of one name apart (`run:<id>@step`)."""

    name: str
    value: Any
    step: int | None = None

    @property
    def stem(self) -> str:
        return self.name if self.step is None else f"{self.name}@{self.step}"


@dataclasses.dataclass(frozen=True)
class Tensors:
    """Named arrays and the JSON recipe that says what they are (for a network: how to build it)."""

    arrays: Mapping[str, np.ndarray]
    recipe: dict[str, Any]


def write(folder: Path, artifact: Artifact) -> Path:
    """Write one artifact into `folder`, which exists; returns its file, or the folder of its pictures."""
    value, path = artifact.value, folder / artifact.stem
    if isinstance(value, Tensors):
        from safetensors.numpy import save_file

        arrays = {name: np.asarray(array, order="C") for name, array in value.arrays.items()}
        save_file(arrays, path := Path(f"{path}.safetensors"), metadata={"recipe": json.dumps(value.recipe)})
    elif isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 4:
        _write_pictures(path, value)
    elif isinstance(value, Path):
        shutil.move(value, path := Path(f"{path}.zip"))
    else:
        path = Path(f"{path}.json")
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def read(folder: Path, name: str, step: int | None = None) -> Any:
    """The value written under `name`; pictures come back as the list of their files. `KeyError` if there is none."""
    path = folder / Artifact(name, None, step).stem
    if path.is_dir():
        return sorted(path.glob("*.webp"))
    if (file := Path(f"{path}.zip")).exists():
        return file
    if (file := Path(f"{path}.json")).exists():
        return json.loads(file.read_text(encoding="utf-8"))
    if (file := Path(f"{path}.safetensors")).exists():
        from safetensors import safe_open

        with safe_open(file, framework="numpy") as opened:
            arrays = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118  not a mapping
            return Tensors(arrays, json.loads(opened.metadata()["recipe"]))
    raise KeyError(path.name)


def recipe_of(file: Path) -> dict[str, Any] | None:
    """The recipe in the header of a network that was kept or taken home; None for other files, and for none."""
    try:
        with open(file, "rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(length if length < LONGEST_HEADER else 0))
            recipe = json.loads(header["__metadata__"]["recipe"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return recipe if isinstance(recipe, dict) else None


def _write_pictures(path: Path, pictures: np.ndarray) -> None:
    from PIL import Image

    if path.exists():
        raise ValueError(f"{path.name} was kept before: what grows needs its step")
    path.mkdir()
    for i, picture in enumerate(pictures):
        Image.fromarray(picture).save(path / f"{i:04d}.webp", quality=85, method=0)
