"""Pictures that move: the frames of a clip as one animated picture that the browser plays by itself."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.ui.inline import inline


@st.cache_data(max_entries=64, show_spinner=False)
def animated(files: Sequence[Path], per_second: float) -> str:
    """The pictures in these files, one after the other and over again, as a data address."""
    from PIL import Image

    frames = [Image.open(file).convert("RGB") for file in files]
    whole = io.BytesIO()
    every = round(1000 / per_second)  # milliseconds
    frames[0].save(whole, "WEBP", save_all=True, append_images=frames[1:], duration=every, loop=0, quality=80, method=0)
    return inline(whole.getvalue())


def play(files: Sequence[Path], per_second: float, about: str) -> None:
    """Show the clip, as wide as its column; `about` is read to those who do not see it."""
    address = animated(tuple(files), per_second)
    st.html(f'<img src="{address}" alt="{html.escape(about)}" style="width: 100%; border-radius: 8px">')
