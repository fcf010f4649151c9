"""Pictures that a run shows while it goes on: a growing reconstruction, answers that get better."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.engine import ACTIVE, View
from core.ui.engine import engine

WIDTH, MOST = 144, 24  # pixels of a picture, and pictures of a stream that are shown


def growing_pictures(views: list[View | None]) -> None:
    """The newest pictures of each run under way, of a plan those of its arms; nothing where none are declared."""
    for view in _under_way(views):
        for stream in view.spec.about.streams:
            step, folder = view.pictures.get(stream.name, (None, ""))
            if pictures := _read(Path(folder)) if folder else []:
                title = stream.title.format(step=step)
                with st.container(key=f"many_{stream.name}_{view.id}"):
                    st.markdown(f"**{title}**")
                    st.image(pictures, width=WIDTH, alt=[f"{title}: {k}" for k in range(1, len(pictures) + 1)])


def only_pictures(views: list[View]) -> bool:
    """Whether some run under way shows pictures and no curve: they move, where a curve waits for its next point."""
    return any(view.spec.streams and not view.spec.live for view in views)


def _under_way(views: list[View | None]) -> list[View]:
    found = [view for view in views if view and view.status in ACTIVE and view.spec.streams]
    arms = [engine().view(arm) for view in found for arm, status in view.arms if status in ACTIVE]
    return [view for view in (*found, *arms) if view and view.status in ACTIVE]


def _read(folder: Path) -> list[bytes]:
    """Nothing, if the run ended between the view and this look: its pictures are then in the store."""
    try:
        return [file.read_bytes() for file in sorted(folder.glob("*.webp"))[:MOST]]
    except OSError:
        return []
