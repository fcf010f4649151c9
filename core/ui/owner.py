"""Whose runs and guesses are whose: one random cookie per browser, which a reload keeps."""

from __future__ import annotations

import re
import secrets

import streamlit as st

COOKIE = "transferlab_owner"
KEEP = """
export default function({ data }) {
  if (!document.cookie.split("; ").some(c => c.startsWith(data.name + "=")))
    document.cookie = `${data.name}=${data.value}; path=/; max-age=31536000; SameSite=Lax`;
}
"""
_keep_cookie = st.components.v2.component("transferlab_owner", js=KEEP)


def owner() -> str:
    """The owner of this browser session; the cookie is set on the first visit."""
    if "owner" not in st.session_state:
        cookie = str(st.context.cookies.get(COOKIE, ""))
        known = re.fullmatch("[0-9a-f]{32}", cookie) is not None
        st.session_state.owner = cookie if known else secrets.token_hex(16)
    return st.session_state.owner


def keep_cookie() -> None:
    """Call once a page; draws nothing."""
    _keep_cookie(data={"name": COOKIE, "value": owner()}, key="keep_cookie", height=0)
