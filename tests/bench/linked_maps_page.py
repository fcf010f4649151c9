"""Linked maps of made-up points, to test and to measure: streamlit run tests/bench/linked_maps_page.py

In the address: count, maps, groups (0: grey), moving=1.
"""

import io

import numpy as np
import streamlit as st
from PIL import Image

from core.ui.linked_maps import Outline, Panel, linked_maps
from core.ui.theme import dark, style

TILE, ACROSS = 32, 40
TITLES = ("Autoencoder", "SimCLR", "Supervised, from ImageNet", "Random weights")
NAMES = ("car", "frog", "horse", "ship", "a name that is much longer than the room that there is for it", "owl", "tree",
         "cup", "train", "shoe")  # fmt: skip
HUES = ("#0072B2", "#D55E00", "#008F6B", "#B8860B", "#AD32FF", "#8C564B", "#5C6BC0", "#767676", "#C2185B", "#4E7D00")
LIGHTER = ("#5BB8F0", "#FF8A3D", "#2FD0A5", "#F0C419", "#C77DFF", "#C49C94", "#9FA8DA", "#9AA0A6", "#F48FB1", "#AED581")


def groups_of(count: int, groups: int) -> np.ndarray:
    return np.arange(count) % max(1, groups)


def word(k: int, group: int) -> str:
    return f"{NAMES[group]} {k}"


def places(count: int, groups: int, which: int, step: int = 0) -> np.ndarray:
    """(count, 2): a blob a group, the tighter, the later the map; they turn step by step."""
    rng = np.random.default_rng(which)
    angle = 2 * np.pi * groups_of(count, groups) / max(1, groups) + which + 0.15 * step
    centre = np.stack([1.4 * np.cos(angle), np.sin(angle)], 1)
    return centre + rng.normal(size=(count, 2)) * (0.62 - 0.12 * which)


@st.cache_data
def sheet(count: int, groups: int) -> bytes:
    """Tiles that all differ: a ground that is nearly the group's own, and a shape in it."""
    rng, rows = np.random.default_rng(9), max(1, -(-count // ACROSS))
    pixels = np.zeros((rows * TILE, ACROSS * TILE, 3), np.uint8)
    y, x = np.mgrid[:TILE, :TILE]
    for k in range(count):
        hue = np.array([int(HUES[k % max(1, groups)][c : c + 2], 16) for c in (1, 3, 5)])
        tile = np.broadcast_to(np.clip(hue * 0.5 + rng.integers(0, 128, 3), 0, 255), (TILE, TILE, 3)).copy()
        middle, size = rng.uniform(10, 22, 2), rng.uniform(5, 10)
        tile[np.hypot(x - middle[0], y - middle[1]) < size] = rng.integers(0, 256, 3)
        top, left = TILE * (k // ACROSS), TILE * (k % ACROSS)
        pixels[top : top + TILE, left : left + TILE] = tile
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "webp", lossless=True)
    return file.getvalue()


def panel(count: int, groups: int, which: int, step: int) -> Panel:
    points = places(count, groups, which, step)
    turn = np.linspace(0, 2 * np.pi, 60)
    ring = np.stack([np.cos(turn), np.sin(turn)], 1) + (points[:: max(1, groups)].mean(0) if count else 0)
    return Panel(
        TITLES[which],
        points,
        kept=np.random.default_rng(which).uniform(size=count),
        caption=f"kept {60 + 10 * which} % of all neighbours" if count else "",
        outlines=[Outline(ring, (LIGHTER if dark() else HUES)[0])] if which == 1 else [],
        own=(0.2, 0.1) if which == 1 else None,
    )


def maps(count: int, how_many: int, groups: int, moving: bool) -> None:
    step = st.session_state["step"] = st.session_state.get("step", 0) + moving
    chosen = linked_maps(
        [panel(count, groups, which, step) for which in range(how_many)],
        sprites=sheet(count, groups),
        tile=TILE,
        across=ACROSS,
        words=[word(k, g) for k, g in enumerate(groups_of(count, groups))],
        colours=groups_of(count, groups) if groups else None,
        names=NAMES[:groups],
        hues=(LIGHTER if dark() else HUES)[:groups],
        key="maps",
        mark=range(0, count, 97),
    )
    st.html(f"<p class='server'>picked {chosen.picked}, brushed {chosen.brushed}, step {step}</p>")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    style()
    asked = {"count": 1000, "maps": 4, "groups": 4, "moving": 0} | {k: int(v) for k, v in st.query_params.items()}
    st.title("Four maps of the same pictures")
    run_every = 0.3 if asked["moving"] else None
    st.fragment(maps, run_every=run_every)(asked["count"], asked["maps"], asked["groups"], bool(asked["moving"]))
