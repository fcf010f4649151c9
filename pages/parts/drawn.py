"""The page "Maps of what was learned": maps beside one another, and the neighbours of what is chosen in them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.figures.style import group_hues
from core.runs.store import Run
from core.ui.figures import result_of
from core.ui.linked_maps import GROUPS, Outline, Panel, Tiles, linked_maps
from core.ui.said import verbatim
from core.ui.theme import dark

MOVED, NEAR = 12, 84  # pictures that moved most; px of a neighbour
Place = tuple[float, float]


def called(title: str) -> str:
    return f"Run {title[4:10]}" if title.startswith("run:") else title


def drawn(
    titles: Sequence[str], runs: Sequence[Any], sheet: Run, by: str, overlay: str, *, key: str,
    own: Mapping[str, Place] | None = None,
) -> None:  # fmt: skip
    """The maps of these runs, finished or under way, over the pictures of a sheet; then what was chosen in them. `own`:
    where a picture lies that was brought.
    """
    rows, classes = result_of(sheet).rows, sheet.summary["answers"]["class"]
    groups, names = _groups(rows, sheet.summary["answers"], by)
    made = (_panel(title, run, overlay, (own or {}).get(title)) for title, run in zip(titles, runs, strict=True))
    panels = [panel for panel in made if panel]
    if not panels:
        return
    chosen = linked_maps(
        panels, sprites=sheet.artifact("sheet")[0], tile=sheet.summary["tile"], across=sheet.summary["across"],
        words=[classes[row["label"]] for row in rows], colours=groups if len(names) <= GROUPS else None, names=names,
        hues=group_hues(len(names), dark()), key=f"linked_{key}", mark=_moved(runs),
    )  # fmt: skip
    if (picked := chosen.picked) is not None:
        near = {
            title: [picked, *run.artifact("near")[picked]]
            for title, run in zip(titles, runs, strict=True)
            if isinstance(run, Run)
        }
        words = verbatim(classes[rows[picked]["label"]])
        neighbours(f"**The chosen picture** ({words}) **and its nearest in each code**", near, sheet)


def _groups(rows: Sequence[dict[str, Any]], answers: dict[str, list[str]], by: str) -> tuple[list[int], list[str]]:
    """Of each picture its group from 0, and the names of the groups."""
    values = [row["label" if by == "class" else by] for row in rows]
    there = sorted(set(values))
    return [there.index(value) for value in values], [answers[by][value] for value in there]


def _panel(title: str, run: Any, overlay: str, own: Place | None) -> Panel | None:
    """Of a finished run its map; of one under way where it is by now, or nothing."""
    name = called(title)
    if not isinstance(run, Run):
        _, file = run.pictures.get("points", (0, ""))
        points = _read(file)
        return Panel(name, points) if points is not None else None
    rows = [row for row in result_of(run).rows if row["split"] == "point"]
    share, ink = run.summary["named"]["map"], group_hues(6, dark())[5]
    lines = [Outline(line, ink) for line in run.artifact("outlines")[overlay]] if overlay else []
    rand = f" · agreement with the classes {run.summary['rand'][overlay]:.2f}" if overlay in run.summary["rand"] else ""
    words = f"{share['mean']:.0%} ({share['low']:.0%}–{share['high']:.0%}) lie among their own class{rand}"
    return Panel(name, [(r["x"], r["y"]) for r in rows], [r["kept"] for r in rows], words, lines, own)


def _read(file: str) -> list[Place] | None:
    """Nothing, if the run ended between the view and this look."""
    try:
        return json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _moved(runs: Sequence[Any]) -> list[int]:
    """Of the first two finished maps: the pictures whose neighbours in the codes are most other ones."""
    near = [run.artifact("near") for run in runs if isinstance(run, Run)][:2]
    if len(near) < 2:
        return []
    shared = [len({*one} & {*other}) for one, other in zip(*near, strict=True)]
    order = random.Random(0).sample(range(len(shared)), len(shared))  # ties would all be of the first class
    return sorted(order, key=lambda k: shared[k])[:MOVED]


def neighbours(heading: str, near: Mapping[str, Sequence[int]], sheet: Run) -> None:
    """The pictures of the sheet that are nearest in the codes of each encoder, by its title."""
    said, classes = sheet.summary, sheet.summary["answers"]["class"]
    tiles = Tiles(sheet.artifact("sheet")[0], said["tile"], said["across"])
    words = [classes[row["label"]] for row in result_of(sheet).rows]
    st.markdown(heading)
    for title, pictures in near.items():
        left, right = st.columns([1, 4], vertical_alignment="center")
        left.markdown(called(title))
        right.image([tiles.picture(k) for k in pictures], width=NEAR, alt=[words[k] for k in pictures])
