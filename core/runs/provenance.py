"""Where a number comes from: code, versions, machine, date. Never a name of a person or of a host."""

from __future__ import annotations

import datetime
import functools
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

PACKAGES = ("torch", "torchvision", "timm", "numpy", "scikit-learn", "streamlit", "distributed")


def provenance(threads: int) -> dict:
    """A flat JSON object that is stored with every run."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "code": code_version(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "packages": _packages(),
    }


@functools.cache
def code_version() -> str:
    """The commit of the checkout, with a `+` when it was changed since; empty outside a checkout."""
    root = Path(__file__).parents[2]
    try:
        git = functools.partial(subprocess.run, cwd=root, capture_output=True, text=True, timeout=5, check=True)
        commit = git(["git", "rev-parse", "--short=12", "HEAD"]).stdout.strip()
        changed = git(["git", "status", "--porcelain", "--untracked-files=no"]).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
    return commit + ("+" if changed else "")


@functools.cache
def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


@functools.cache
def _packages() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
