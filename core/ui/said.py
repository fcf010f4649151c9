"""Words that people typed or that came with their files, said on a page as they are, and what is refused."""

from __future__ import annotations

import re

import streamlit as st

from core.runs.settings import Refused

# What Markdown would read, and Streamlit's own :colours[…], :icons: and $formulas$; an underscore within a word is one.
MARKUP = re.compile(r"([\\*\[\]$<]|(?<!\w)_|_(?!\w)|~(?=~)|:(?=\w[\w/-]*[:\[]))")


def verbatim(words: str) -> str:
    """The words so that Markdown shows them as they are; what is in `backticks` stays code."""
    return MARKUP.sub(r"\\\1", words)


def refusal(problem: Refused) -> None:
    """One clear sentence, and the page stays."""
    st.error(verbatim(str(problem)), icon=":material/block:")
