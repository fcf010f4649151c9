"""The page "Learn without labels": its views, the training with what can be taken away, the table of details."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.engine import View
from core.experiments.details import details
from core.experiments.encoders import ENCODERS, FIRST, encoder
from core.experiments.ssl import Ssl, ssl, usual_view
from core.figures.papers import paper
from core.methods.catalog import ALL, METHODS
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import remembered, world_choice
from core.ui.code import code_view
from core.ui.controls import controls
from core.ui.curve import Series, histograms
from core.ui.lesson import break_it
from core.ui.live import live_runs, start
from core.ui.results import data_of, measured
from core.ui.said import refusal
from core.ui.takehome import downloads
from core.worlds.uploads import is_kept

ANSWERS = ("rises", "stays", "falls")
PAIR = 88  # px
KEPT = 6  # times that everything is kept while it trains
FIRST_ONES = ("simclr", "byol", "moco2", "swav", "autoencoder", "vae")  # the page opens with the first
SHOWN = (*FIRST_ONES, *(name for name in METHODS if name not in FIRST_ONES))
WORLDS = {"toybox:b": "16 toys", "toybox": "32 toys", "photos": "Photographs", "digits": "Digits"}
LABELS = {
    "projection": "Projection head", "augment": "Views",
    "temperature": "Temperature (0: its own)", "batch_size": "Pictures a step", "negatives": "Negatives",
    "momentum": "Momentum", "code": "Numbers of the code", "seed": "Seed",
}  # fmt: skip
TABLE_WORDS = {
    "augmentation": "Views", "projection": "Projection head", "negatives": "Negatives", "moco2": "MoCo v2's table",
}  # fmt: skip
VIEW_WORDS = {  # the first is what a page opens with
    "new_room_and_light": "the toy in a new room and light",
    "new_room": "the toy in a new room",
    "itself": "the same picture",
}


def views() -> None:
    """Pairs of views, of a run that was recorded."""
    if run := Store().find(encoder(**ENCODERS[FIRST[1]]).id):
        pairs = [Path(file).read_bytes() for file in run.artifact("views")[:4]]
        st.image(pairs, width=PAIR, alt=["Two views of the same picture, one above the other"] * len(pairs))


def train_section() -> None:
    """Method, pictures, go; then what can be taken away; each run that went on from another beside it."""
    try:
        spec = _chosen()
    except Refused as refused:
        refusal(refused)
        return
    if spec is None:
        return
    chain = [spec, *_continued(spec)]

    def also(views: Sequence[View]) -> None:
        similarity(views)
        take_away(chain)

    live_runs(chain, button="Train it", key="encoder", also=also, stays=len(chain) > 1)
    if run := Store().find(spec.id):  # also while what went on from it is under way, or was stopped
        finished(run)
    if _toys(spec.settings.data) and spec.settings.second_view != "itself":
        break_it("Take both views of the same picture. What can be told by the floor?", second_view="itself")
    code_view(METHODS[spec.settings.method].objective)


def _chosen() -> Spec | None:
    """The run that is asked for; None until own photos are here."""
    method = remembered("Method", {name: METHODS[name].title for name in SHOWN}, name="method")
    data = world_choice(worlds=WORLDS)
    if data is None:
        return None
    second = "itself"
    if _toys(data) and METHODS[method].views == 2:
        second = remembered("The second view is of", VIEW_WORDS, name="second_view")
    with st.expander("More", icon=":material/tune:"):
        used = (*ALL, *METHODS[method].uses, "batch_size")
        own = controls(Ssl, [name for name in LABELS if name in used], LABELS)
    count = st.select_slider("Steps", [100, 200, 400, 800, 1600], 200, key="steps", bind="query-params")
    marks = tuple(count * k // KEPT for k in range(1, KEPT + 1))
    st.caption(f"{METHODS[method].title}: {METHODS[method].paper}.")
    about: dict = {"method": method, "data": data, "steps": count, "checkpoints": marks}
    return Spec.of(ssl, **about, second_view=second, schedule="constant", **own)


def _toys(data: str) -> bool:
    return usual_view(data) != "itself"


def _continued(spec: Spec) -> list[Spec]:
    """What was taken away of this run, and put back, in this browser."""
    return st.session_state.setdefault(f"continued_{spec.id}", [])


def take_away(chain: Sequence[Spec]) -> None:
    """A button for each part of the method, while there is a checkpoint to go on from; and one to put it back."""
    spec, parts = chain[0], METHODS[chain[0].settings.method].breaks
    if len(_continued(spec)) >= len(chain):  # a click in this fragment: the whole page draws the new run
        st.rerun()
    if not parts or not _reached(chain[-1]):
        return
    broken = chain[-1].settings.without
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown("**Break it**, from where it is now:")
        for word, of in parts.items():
            if word != broken:
                st.button(
                    f"Take away {of}",
                    key=f"without_{word}",
                    icon=":material/remove:",
                    on_click=_go_on,
                    args=[spec, word],
                )
        if broken:
            st.button("Undo", key="put_back", icon=":material/undo:", on_click=_go_on, args=[spec, ""])
    st.caption("What goes on has the weights; its optimiser and the order of its pictures start anew.")


def _reached(spec: Spec) -> int:
    """The last step at which everything was kept; 0 before there is one."""
    if run := Store().find(spec.id) or Store().under_way(spec.id):
        return max((step for step in run.steps("memory")), default=0)
    return 0


def _go_on(spec: Spec, without: str) -> None:
    """A run that goes on from the last checkpoint of the last one, with a part taken away, or with none."""
    continued = _continued(spec)
    last = continued[-1] if continued else spec
    step = _reached(last)
    if not step:
        return
    same = {name: getattr(spec.settings, name) for name in Ssl.__dataclass_fields__ if name != "donor"}
    marks = tuple(step + spec.settings.steps * k // KEPT for k in range(1, KEPT + 1))
    settings = {**same, "without": without, "start": f"run:{last.id}@{step}", "checkpoints": marks}
    try:
        following = Spec.of(ssl, **settings)
    except Refused as refused:
        refusal(refused)
        return
    continued.append(following)
    start([following])


def similarity(views: Sequence[View]) -> None:
    """The last histograms of cosines of each run under way."""
    told = [(view, rows) for view in views if (rows := [r for r in view.rows if r.get("split") == "similarity"])]
    for column, (view, rows) in zip(st.columns(max(1, len(told))), told, strict=False):
        last = [row for row in rows if row["step"] == rows[-1]["step"]]
        lines = [Series(words, [(row["cosine"], row[name]) for row in last], "") for name, words in PAIRS.items()]
        with column:
            st.markdown(f"**Are views alike? {last[0]['arm']}, step {last[0]['step']}**")
            histograms(lines, "Cosine of two codes", key=f"cosines_{view.id}")
    if told:
        st.caption("% of pairs. Solid: two views of the same picture; dashed: of different ones.")


PAIRS = {"positive": "same picture", "negative": "other pictures"}


def finished(run: Run) -> None:
    """What was learned, by two probes, and where it can be used."""
    badge(run)
    found, method = read_from(run), METHODS[run.spec().settings.method]
    columns = st.columns(4)
    for column, (name, words) in zip(
        columns, {"linear_probe": "Linear probe", "knn": "Nearest neighbours"}.items(), strict=False
    ):
        point = found[name]
        column.metric(
            words, f"{point['mean']:.0%}", help=f"Test pictures right; 95 %: {point['low']:.0%} to {point['high']:.0%}"
        )
        column.caption(f"95 %: {point['low']:.0%} to {point['high']:.0%}")
    columns[2].metric("Directions of the code", f"{found['effective_rank']:.0f}", help="Effective rank of the code")
    columns[3].metric("Pictures seen", f"{found['images']:,}", help="Of all steps together")
    here, pictures = f"source=run:{run.id}", data_of(run)
    gone = pictures.startswith("upload:") and not is_kept(pictures)
    data = "" if gone else f"&data={pictures}"
    links = {
        "fine-tune it": f"finetune?{here}{data}",
        "look inside": f"inside?{here}",
        "see its map": f"maps?{here}{data}",
    }
    if method is not METHODS["supervised"]:  # which was told all labels of these pictures
        links |= {"how few labels?": f"why?{here}{data}", "how transferable?": f"transfer?split=run:{run.id}{data}"}
    st.markdown("Use it: " + " · ".join(f"[{words}](/{address})" for words, address in links.items()))
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)


def read_from(run: Run) -> dict[str, Any]:
    """Its summary, with the probes of its code: an autoencoder's is another layer than the last maps."""
    shows = METHODS[run.spec().settings.method].shows
    tests = [row for row in run.rows() if row.get("split") == "test" and row["layer"] == shows] if shows else []
    return run.summary | {row["probe"]: row for row in tests}


def details_section() -> None:
    """One table at a time."""
    st.markdown("One thing is changed, all else stays: how good is the code then?")
    table = remembered("What is changed", TABLE_WORDS, name="table")
    if table == "moco2":
        printed = paper("moco2020")["trials"]
        said = "; ".join(f"{name} {mean:.1%} ± {deviation:.1%}" for name, (mean, deviation) in printed["of"].items())
        st.caption(f"In the paper, on ImageNet, {printed['count']} trials each: {said}; {printed['cost']}.")
    spec = Spec.of(details, table=table)
    if not Store().has(spec.id):
        st.caption(f"{len(spec.arms())} trainings, a minute or two each on a laptop.")
    measured(spec, ["table"], f"details_{table}", parts=("test",), columns=2)
