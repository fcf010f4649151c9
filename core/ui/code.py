"""The few lines that do it, shown on the page. The file is read, not imported, so no page loads torch."""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st

from core.experiments.script_modules import parsed

ROOT = Path(__file__).parents[2]


@functools.cache
def source(reference: str) -> tuple[str, str]:
    """(file, text) of a function or class named "module:name"."""
    module, _, name = reference.partition(":")
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    for node in parsed(path).body:
        if getattr(node, "name", None) == name:
            first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", []))])
            return str(path.relative_to(ROOT)), "\n".join(
                path.read_text(encoding="utf-8").splitlines()[first - 1 : node.end_lineno]
            )
    raise KeyError(reference)


def code_view(*references: str) -> None:
    """A closed box with the named functions, each under the name of its file."""
    with st.expander("The code", icon=":material/code:"):
        for reference in references:
            file, text = source(reference)
            st.caption(file)
            st.code(text, language="python", wrap_lines=True)
