"""What surrounds every page: style, cookie, and the engine's word when something is wrong with it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from core.runs.home import home
from core.runs.settings import Refused
from core.ui.engine import engine
from core.ui.owner import keep_cookie
from core.ui.said import refusal
from core.ui.theme import style

ICON = Path(__file__).parents[2] / "assets" / "icon.png"
TOYS = Path(__file__).parents[2] / "assets" / "toys"
# Streamlit keeps the place to which one page was scrolled when it opens the next.
TOP = """
let page;
export default function({ data }) {
  if (page !== undefined && page !== data.page) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  page = data.page;
}
"""
_top = st.components.v2.component("transferlab_top", js=TOP)


def shell() -> None:
    """Call once, before the page. Starts the engine, which warms up behind the page."""
    style()
    keep_cookie()
    _top(data={"page": urlsplit(st.context.url or "").path}, key="keep_top", height=0)
    try:
        home()
        state = engine().state
    except Refused as refused:  # the folder of all runs is unusable: no page can work
        st.error(str(refused), icon=":material/folder_off:")
        st.stop()
    if state.startswith("down"):
        st.warning(state.partition(": ")[2], icon=":material/cloud_off:")


@contextlib.contextmanager
def error_boundary() -> Iterator[None]:
    """No traceback reaches a student: what is refused is one sentence, our mistakes are one too, and are logged."""
    try:
        yield
    except Refused as refused:
        refusal(refused)
    except Exception as error:
        logging.getLogger("transferlab").exception("a page failed")
        text = f"This is our mistake, not yours ({type(error).__name__}). Nothing is lost: reload the page."
        st.error(text, icon=":material/bug_report:")


def toy_strip(names: tuple[str, ...]) -> None:
    """A row of rendered toys, that need no engine to be shown."""
    files = [file for name in names if (file := TOYS / f"{name}.webp").exists()]
    with st.container(key="toys"):
        for column, file in zip(st.columns(len(names), gap="small"), files, strict=False):
            column.image(file.read_bytes(), width="stretch", caption=file.stem, alt=f"A toy: {file.stem}")
