"""The page "Maps of what was learned": the question, and the tool that draws up to four maps side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.engine import ACTIVE
from core.experiments.coded import Chosen
from core.experiments.encoders import FIRST, FOUR, map_of, sources
from core.experiments.maps import Map, placed_on_map, sprites
from core.experiments.maps import map as draw
from core.figures.representations import grey_map
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import remembered, world_choice
from core.ui.controls import controls
from core.ui.engine import engine
from core.ui.live import start, status_line
from core.ui.quick import quick
from core.ui.said import refusal
from core.ui.theme import dark
from core.ui.upload import one_picture
from pages.parts.drawn import Place, called, drawn, neighbours

QUESTION = "**Two maps, and all dots are grey. Which is the autoencoder's?**"
ABOUT = ("A map of grey dots", "Another map of the same dots")
TECHNIQUES = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
WORLDS = {"toybox": "Toys", "photos": "Photographs", "digits": "Digits"}
LABELS = {"perplexity": "Perplexity (t-SNE)", "neighbours": "Neighbours (UMAP)", "pictures": "Pictures", "seed": "Seed"}
MOST, OPENING = 4, ("Autoencoder", "SimCLR", "SimCLR, new room", "Supervised")
OVERLAYS = {"": "None", "kmeans": "k-means", "gmm": "Gaussians", "density": "Density"}
EVERY = 0.3  # seconds between two looks while maps are drawn


def grey() -> dict[str, go.Figure]:
    """The two maps of the question, without colours; empty where they are not recorded."""
    runs = {title: Store().find(map_of(title).id) for title in FIRST}
    if not all(runs.values()):
        return {}
    return {title: grey_map(places(run), dark=dark()) for title, run in reversed(runs.items()) if run}


def places(run: Run) -> list[tuple[float, float]]:
    return [(row["x"], row["y"]) for row in run.rows() if row["split"] == "point"]


def same() -> None:
    """The two of the question in colour, with what each is worth."""
    runs = [run for title in FIRST if (run := Store().find(map_of(title).id))]
    sheet = quick(Spec.of(sprites, data="toybox", classes=FOUR))
    badge(runs[0])
    if sheet:
        drawn(list(FIRST), runs, sheet, "class", "", key="asked")
    shares = [run.summary["named"]["map"] for run in runs]
    said = [
        f"{title} **{s['mean']:.0%}** ({s['low']:.0%} to {s['high']:.0%})"
        for title, s in zip(FIRST, shares, strict=True)
    ]
    st.markdown(
        f"The commonest toy among a picture's ten neighbours is its own: {', '.join(said)}. A code that can redraw a "
        "picture has to hold its room, its light and its colours too: colour the maps by them below."
    )


def tool() -> None:
    """Which encoders, how drawn, coloured by what."""
    titles = _titles()
    chosen, overlay = _chosen()
    if not chosen:
        return
    if not titles:
        st.info("Choose at least one.", icon=":material/touch_app:")
        return
    try:
        specs = [_spec(title, chosen) for title in titles]
        sheet = quick(Spec.of(sprites, **{name: chosen[name] for name in Chosen.__dataclass_fields__}))
    except Refused as refused:
        refusal(refused)
        return
    if sheet:
        side_by_side(titles, specs, sheet, overlay)


def _titles() -> list[str]:
    """Up to four; a run of the address comes first."""
    offered = list(sources())
    if (named := st.query_params.get("source", "")).startswith("run:"):
        offered.insert(0, named)
    opening = [title for title in (named, *OPENING) if title in offered][:MOST]
    return st.pills(
        "Whose codes (up to four)", offered, selection_mode="multi", default=opening, format_func=called, key="whose"
    )[:MOST]


def _chosen() -> tuple[dict[str, Any], str]:
    """The settings that all maps share, and what is drawn over them; none until own photos are here."""
    left, right = st.columns(2)
    with left:
        technique = remembered("Map", TECHNIQUES, name="technique")
    with right:
        data = world_choice(worlds=WORLDS, label="Pictures")
    unused = {"tsne": ("neighbours",), "umap": ("perplexity",), "pca": ("neighbours", "perplexity")}[technique]
    with st.expander("More", icon=":material/tune:"):
        own = controls(Map, [name for name in LABELS if name not in unused], LABELS)
        overlay = remembered("Clusters (of the codes)", OVERLAYS, name="overlay")
        layer = st.text_input("Layer (a stage, code, projection; empty: its own)", key="layer")
    if data is None:
        return {}, overlay
    classes = FOUR if data == "toybox" else ()
    chosen = {"data": data, "classes": classes, "technique": technique, **own}
    return chosen | ({"layer": layer} if layer else {}), overlay


def _spec(title: str, chosen: dict[str, Any]) -> Spec:
    return Spec.of(draw, **chosen, source=title) if title.startswith("run:") else map_of(title, **chosen)


def side_by_side(titles: Sequence[str], specs: Sequence[Spec], sheet: Run, overlay: str) -> None:
    """The finished maps; those that are being drawn move until they are."""
    missing = [spec for spec in specs if not Store().has(spec.id)]
    views = [engine().view(spec.id) for spec in missing]
    going = any(view and view.status in ACTIVE for view in views)
    if missing and not going:
        st.button(
            "Draw the maps", key="draw", type="primary", icon=":material/scatter_plot:", on_click=start, args=[missing]
        )

    own = {} if missing else brought(titles, specs, sheet)

    every = EVERY if going else None
    st.fragment(panel, run_every=every, key="maps_panel")(titles, specs, missing, going, sheet, overlay, own)
    if not missing:
        warned([run for spec in specs if (run := Store().find(spec.id))], titles)


def panel(
    titles: Sequence[str], specs: Sequence[Spec], missing: Sequence[Spec], going: bool, sheet: Run, overlay: str,
    own: dict[str, Place],
) -> None:  # fmt: skip
    """What there is of the maps by now."""
    now = [view for spec in missing if (view := engine().view(spec.id))]
    if any(view.status in ACTIVE for view in now) != going:
        st.rerun()
    for view in now:
        if view.status != "done":
            status_line(view, "Drawing")
    kinds, by = list(sheet.summary["answers"]), "class"
    if len(kinds) > 1:
        by = str(st.segmented_control("Colour by", kinds, default=by, required=True, key="by"))
    runs = [Store().find(spec.id) or engine().view(spec.id) for spec in specs]
    shown = [(title, run) for title, run in zip(titles, runs, strict=True) if run]
    if shown:
        drawn([t for t, _ in shown], [r for _, r in shown], sheet, by, overlay, key="maps", own=own)


def brought(titles: Sequence[str], specs: Sequence[Spec], sheet: Run) -> dict[str, Place]:
    """Where a picture that somebody brings lies on each finished map: a star; and what is nearest to it. Nothing before
    there is one.
    """
    with st.expander("Put a picture of your own on the maps", icon=":material/add_photo_alternate:"):
        if (address := one_picture(key="own_on_map")) is None:
            return {}
        runs = [quick(Spec.of(placed_on_map, map=spec.id, picture=address)) for spec in specs]
        st.caption("The star. The maps stay as they are; it is laid where its nearest pictures in each code are.")
        found = {title: run for title, run in zip(titles, runs, strict=True) if run}
        neighbours(
            "**The nearest to yours, in each code**", {t: run.artifact("near") for t, run in found.items()}, sheet
        )
    return {title: (run.summary["x"], run.summary["y"]) for title, run in found.items()}


def warned(runs: Sequence[Run], titles: Sequence[str]) -> None:
    """What a map must not be read for."""
    kept = ", ".join(f"{title} {run.summary['kept']:.0%}" for title, run in zip(titles, runs, strict=True))
    st.caption(
        f"Of each picture's ten nearest in the codes the maps kept: {kept}. Sizes of groups and the distances between "
        "them mean nothing on such a map: draw it with another seed, which starts it from random places, or look at "
        "the untrained network, before you "
        "believe a gap. Ringed: the pictures whose neighbours differ most between the first two."
    )
