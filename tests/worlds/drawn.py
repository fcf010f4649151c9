"""Pictures for the tests of worlds: every one different, drawn from a seed, written into folders and zips."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int, size: tuple[int, int] = (40, 32), mode: str = "RGB") -> Image.Image:
    """A smooth random picture, (width, height)."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8))
    return coarse.resize(size, Image.Resampling.BICUBIC).convert(mode)


def encoded(image: Image.Image, format: str = "JPEG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def jpeg(seed: int, size: tuple[int, int] = (40, 32), **options) -> bytes:
    return encoded(picture(seed, size), "JPEG", quality=95, **options)


def classes(counts: dict[str, int], above: str = "", seed: int = 0) -> dict[str, bytes]:
    """`{"cats": 3}` → three different pictures `cats/0.jpg` …, under the folder `above`."""
    files = {}
    for cls, count in counts.items():
        for k in range(count):
            files[f"{above}{cls}/{k}.jpg"] = jpeg(seed * 10**6 + len(files))
    return files


def folder(path: Path, files: dict[str, bytes]) -> str:
    """Write the files below `path`; returns its address."""
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return str(path)


def zipped(path: Path, files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> str:
    """Write a zip of the files to `path`; returns its address."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return str(path)
