"""Two to four maps of the same pictures: what is pointed at, brushed or chosen in one of them is so in all.

The pictures and their words travel by themselves, once, as Streamlit sends no message twice; the places, two bytes a
coordinate, each time that they change.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from core.figures.style import hue
from core.ui.theme import dark, static

INSIDE = 0.92  # of a map's side: its margin keeps whole markers in it
MOST = 65_535  # pictures: an index is two bytes
GROUPS = 255  # an index of one is a byte
Points = np.ndarray | Sequence[Sequence[float]]  # (N, 2)

_maps = st.components.v2.component(
    "transferlab_linked_maps",
    html='<div class="maps"></div>',
    css=static("linked_maps.css"),
    js=static("linked_maps.js"),
)


@dataclass(frozen=True)
class Outline:
    """A line in a map's coordinates, (M, 2), as around a cluster; `hue` is #RRGGBB."""

    points: Points
    hue: str
    closed: bool = True


@dataclass(frozen=True)
class Panel:
    """One map: its heading, and where it has each picture, (N, 2), in any range."""

    title: str
    points: Points
    kept: Sequence[float] = ()  # for each picture the share of its neighbours that the map kept, 0..1
    caption: str = ""
    outlines: Sequence[Outline] = ()
    own: tuple[float, float] | None = None  # where the visitor's own picture lies


@dataclass(frozen=True)
class Chosen:
    picked: int | None
    brushed: list[int]


class Tiles:
    """Single pictures of a sheet, twice as large."""

    def __init__(self, sheet: Path, tile: int, across: int):
        self.image, self.tile, self.across = Image.open(sheet), tile, across

    def picture(self, k: int) -> Image.Image:
        left, top = self.tile * (k % self.across), self.tile * (k // self.across)
        cut = self.image.crop((left, top, left + self.tile, top + self.tile))
        return cut.resize((2 * self.tile, 2 * self.tile), Image.Resampling.NEAREST)


def linked_maps(
    panels: Sequence[Panel],
    *,
    sprites: Path | bytes,
    tile: int,
    across: int,
    words: Sequence[str],
    colours: Sequence[int] | None,
    names: Sequence[str],
    hues: Sequence[str],
    key: str,
    pictures: bool = False,
    chosen: int | None = None,
    mark: Sequence[int] = (),
) -> Chosen:
    """Draw them; returns the picture that is chosen, at first `chosen`, and those brushed.

    sprites: one WebP of all pictures, each `tile` px wide and high, `across` in a row. words[k]: what picture k is.
    colours[k]: its group, which has one of `names` and `hues` (#RRGGBB); None: all are grey. mark: drawn with a ring.
    """
    count = len(words)
    _check(panels, count, colours, min(len(names), len(hues)))
    sheet = sprites if isinstance(sprites, bytes) else sprites.read_bytes()
    of = hashlib.sha256(b"\0".join([sheet, *(text.encode() for text in words)])).hexdigest()[:16]
    album = {"of": of, "sheet": _base64(sheet), "tile": tile, "across": across, "words": list(words)}
    _maps(data=album, key=f"keep_{key}", height=0)
    first = {"of": of, "picked": chosen, "brushed": ""}
    data = {**_held(st.session_state.get(key), first), "panels": [_packed(panel) for panel in panels], "count": count}
    data |= {"names": list(names), "hues": list(hues), "grey": hue("paper", dark()), "pictures": pictures}
    data["colours"] = None if colours is None else _base64(np.asarray(colours, "u1"))
    data["mark"] = _base64(np.asarray(mark, "<u2"))
    now = _held(_maps(data=data, key=key, default={"chosen": None}, on_chosen_change=lambda: None), first)
    return Chosen(now["picked"], np.frombuffer(base64.b64decode(now["brushed"]), "<u2").tolist())


def _held(state: Any, first: dict[str, Any]) -> dict[str, Any]:
    """What the browser said last, if it is about these pictures."""
    said = (state or {}).get("chosen")
    return said if said and said["of"] == first["of"] else first


def _check(panels: Sequence[Panel], count: int, colours: Sequence[int] | None, groups: int) -> None:
    if count > MOST:
        raise ValueError(f"{count} pictures are more than the {MOST} that a map can hold.")
    if any(len(panel.points) != count or len(panel.kept) not in (0, count) for panel in panels):
        raise ValueError(f"Each map must place all {count} pictures, and say of all or none what it kept.")
    if colours is not None and (len(colours) != count or max(colours, default=-1) >= groups):
        raise ValueError(f"Each of the {count} pictures must have one of the {groups} groups.")


def _packed(panel: Panel) -> dict[str, Any]:
    """The map scaled into a square of its own, one scale for both axes, y downwards as on a screen."""
    own = [] if panel.own is None else [panel.own]
    lines = [outline.points for outline in panel.outlines]
    places = [np.asarray(part, np.float64).reshape(-1, 2) for part in (panel.points, own, *lines)]
    everything = np.concatenate(places) if any(map(len, places)) else np.zeros((1, 2))
    low, high = everything.min(0), everything.max(0)
    scale = INSIDE / (float((high - low).max()) or 1.0) * np.array([1, -1])
    packed = [_base64(np.rint(MOST * (0.5 + (part - (low + high) / 2) * scale)).astype("<u2")) for part in places]
    outlines = [
        {"points": line, "hue": outline.hue, "closed": outline.closed}
        for line, outline in zip(packed[2:], panel.outlines, strict=True)
    ]
    kept = _base64(np.rint(100 * np.asarray(panel.kept, np.float64)).astype("u1"))
    drawn = {"points": packed[0], "own": packed[1], "outlines": outlines, "kept": kept}
    return {"title": panel.title, "caption": panel.caption, **drawn}


def _base64(data: bytes | np.ndarray) -> str:
    return base64.b64encode(data if isinstance(data, bytes) else data.tobytes()).decode()
