"""Pictures of one's own for a system of the page "In the wild": brought as a zip, and judged before anything trains."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.experiments.stations import STATIONS
from core.ui.choices import own_or
from core.ui.said import verbatim
from core.ui.upload import ANNOTATED, photos_upload, world_note
from core.worlds import open_world
from core.worlds.splits import split
from core.worlds.things import knows

ASKS = {"faster_rcnn": "boxes", "rcnn": "boxes", "fcn": "masks", "driu": "masks"}  # of the pictures that they take
LEAST, TESTS, ENOUGH = 2, {"driu": 2}, 8  # pictures to learn from; to test on, if not one; of which as many are left
WORLDS = {"scenes": "Toys", "vessels": "Drawn retinas"}
REFUSED = {
    "cob": "COB takes no pictures of your own: where things end is known only where depth is, as in the scenes of toys."
}
FEW = 30  # test pictures: with fewer, what is measured says little


def pictures_choice(station: str, world: str) -> str | None:
    """What both arms learn from: the system's own `world`, or an upload that it can use; None until there is one."""
    if station not in ASKS:
        if station in REFUSED and "data" in st.query_params:
            st.caption(REFUSED[station])
        return world
    chosen = own_or({world: WORLDS[world]}, lambda: _brought(station), own="pictures")
    if chosen is None or chosen == world:
        return chosen
    if not world_note(chosen):
        return None
    pictures = open_world(chosen)
    if problem := unfit(station, pictures):
        st.error(verbatim(problem), icon=":material/block:")
        return None
    st.caption(divided(pictures, station))
    return chosen


def _brought(station: str) -> str | None:
    return photos_upload("annotated", ANNOTATED, f"wild station={station}")


def unfit(station: str, world: Any) -> str:
    """Why the system cannot learn from these pictures, in one sentence; "" if it can."""
    title, known = STATIONS[station].title, knows(world)
    if not known:
        return f"{title} needs pictures with {ASKS[station]}; these lie in class folders, which say only what is there."
    if ASKS[station] == "masks" and "masks" not in known:
        return f"{title} needs a mask of each thing; these pictures have only boxes, from which Faster R-CNN learns."
    parts, tests = split(world), TESTS.get(station, 1)
    if len(parts.train) < LEAST or len(parts.test) < tests:
        return f"{title} needs {LEAST} pictures to learn from and {tests} to test on; bring {ENOUGH} or more."
    return ""


def divided(world: Any, station: str) -> str:
    """How many pictures of a world a run learns from, and is tested on."""
    parts, how = split(world), STATIONS[station].run.experiment.settings()  # type: ignore[attr-defined]
    learned, tested = min(len(parts.train), how.pictures), min(len(parts.test), how.tested)
    few = ": too few to tell small differences, as the interval will show" if tested < FEW else ""
    return f"It learns from {learned} of them, and is tested on {tested} others{few}."
