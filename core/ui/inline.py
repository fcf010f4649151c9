"""Pictures as data addresses, which travel with the page: who needs them has them at once."""

from __future__ import annotations

import base64
from pathlib import Path

import streamlit as st


def inline(content: bytes, kind: str = "webp") -> str:
    """The address of a picture in a file's bytes."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@st.cache_data(max_entries=48, show_spinner=False)
def inlined(files: tuple[Path, ...]) -> list[str]:
    """Pictures that a run keeps."""
    return [inline(file.read_bytes()) for file in files]
