"""The AnB page's own parts: the figure that grows arm by arm, that a class makes together, and whose points open."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.experiments.anb import Anb, anb, arms_of, depths, summarise
from core.experiments.coadaptation import SHOWN, coadaptation
from core.figures.coadaptation import coadaptation_figure, searched, shown
from core.figures.papers import paper
from core.figures.style import in_points
from core.figures.transfer import EFFECTS, common_span, effect_figure, paper_figure, transfer_figure
from core.models.catalog import network_info
from core.runs.spec import Row, Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import choose, remembered
from core.ui.live import arm_results, live_runs
from core.ui.results import confusion
from core.ui.takehome import lend
from core.ui.theme import dark
from core.ui.verdict import show_verdict

EVERY = 3.0  # seconds between two looks at what the class has made
BARE = {"displayModeBar": False}  # which would lie over the curves
HEIGHTS = {"above": "In per cent", "relative": "Against base"}


def deepest(settings: Anb) -> int:
    """The largest n that the network has."""
    return len(network_info(settings.network).stages) - 1


def growing(spec: Spec) -> Callable[[list[Row]], None]:
    """Draws the finished arms of a sweep that is under way."""

    def draw(rows: list[Row]) -> None:
        figure, words = curves_so_far(spec, tuple(row["run"] for row in rows), dark())
        st.plotly_chart(figure, key=f"growing_{spec.id}", theme=None, config=BARE, alt=words)

    return draw


@functools.lru_cache(maxsize=32)
def curves_so_far(spec: Spec, finished: tuple[str, ...], on_dark: bool) -> tuple[go.Figure, str]:
    """The figure of the arms that are `finished`, and its words: drawn once, however many look."""
    found = summarise(spec.settings, [row for row in arm_results([spec]) if row["run"] in finished])
    return transfer_figure(found, dark=on_dark, depth=deepest(spec.settings)), in_words(found)


def recorded(labels: int) -> None:
    """A way to the figure that came with the project: all depths, three seeds."""
    every = ",".join(map(str, range(1, 8)))
    st.button(
        f"All depths, three seeds, {labels} pictures a class (recorded)",
        key="recorded",
        type="tertiary",
        icon=":material/history:",
        on_click=choose,
        kwargs={
            "preset": "standard",
            "frozen_at": every,
            "tuned_at": every,
            "seeds": 3,
            "labels_per_class": labels,
        },
    )


def sweep(run: Run, printed: Mapping[str, Mapping[str, float]] | None) -> None:
    """The finished curves, beside those that were `printed`; the chosen point's network is remembered for `opened`."""
    found, settings = run.summary, run.spec().settings
    way = remembered("Accuracy", HEIGHTS, name="height")
    relative = way == "relative"
    span = common_span(found, printed) if relative and printed else None
    left, right = st.columns([3, 2]) if printed else (st.container(), None)
    figure = transfer_figure(found, dark=dark(), depth=deepest(settings), relative=relative, span=span)
    with left:
        chosen = st.plotly_chart(
            figure,
            key=f"sweep_{run.id}_{way}",
            theme=None,
            on_select="rerun",
            selection_mode="points",
            config=BARE,
            alt=in_words(found),
        )
    if right and printed:
        figure = paper_figure(printed, dark=dark(), relative=relative, span=span)
        right.plotly_chart(figure, key=f"paper_{run.id}_{way}", theme=None, config=BARE, alt=printed_in_words(printed))
    points = [point for point in chosen["selection"]["points"] if "customdata" in point] if chosen else []
    if points:
        st.session_state[f"cell_{run.id}"] = points[0]["customdata"][0]
    told = {name: found["effects"][name] for name in EFFECTS if name in found["effects"]}
    for column, (name, each) in zip(st.columns(len(EFFECTS)), told.items(), strict=False):
        with column:
            st.markdown(f"**{EFFECTS[name][0]}**")
            figure = effect_figure(name, each, dark=dark())
            words = ", ".join(f"{in_points(point['mean'], 1)} points at n = {n}" for n, point in each.items())
            st.plotly_chart(figure, key=f"effects_{run.id}_{name}", theme=None, config=BARE, alt=words)


def opened(run: Run) -> None:
    """The networks of the chosen point: what each takes for what, and a way to borrow from it.

    Of a recorded figure, and of one whose runs had to make room, only the numbers are kept: then one network of the
    point is trained again.
    """
    cell = st.session_state.get(f"cell_{run.id}")
    if cell is None:
        st.caption("Choose a point of the curves to open its network.")
        return
    name, n = cell.split()
    st.subheader(f"The networks of {name}, n = {n}" if name != "base" else "The networks of base")
    settings: Anb = run.spec().settings
    arms = {
        str(seed): arm
        for seed in range(settings.seed, settings.seed + settings.seeds)
        for curve, n, arm in arms_of(settings, seed)
        if f"{curve} {n}" == cell
    }
    seed = remembered("Seed", {seed: f"Seed {seed}" for seed in arms}, name="cell_seed")
    kept = Store().find(arms[seed].id)
    if kept is None:
        st.info("Of this network only the numbers are kept.", icon=":material/history:")
        again = live_runs([arms[seed]], button="Train this network again", key=f"again_{seed}")
        kept = again[0] if again else None
    if kept:
        confusion(kept)
        lend(kept)


def search() -> None:
    """The recorded search for co-adaptation, the sweep in which it shows, and why elsewhere it may not."""
    run = Store().find(Spec.of(coadaptation).id)
    if run is None:
        return
    with st.expander("Where is the paper's dip?", icon=":material/search:"):
        points = paper("yosinski2014")["random"]
        lost = 100 * (points["base"]["0"] - points["BnB"]["5"])
        st.markdown(
            f"**Base − BnB, in points.** The paper loses {lost:.1f} at n = 5. "
            f"{len(run.summary['tried'])} settings were tried here, each with {run.spec().settings.seeds} seeds. "
            "Where nothing else is said: LabNet, AdamW, 1,000 steps, 400 labels a class."
        )
        badge(run, run.spec().settings.seeds)
        figure = coadaptation_figure(run.summary, dark=dark())
        with st.container(key="wide_search"):  # on a phone it is moved sideways
            st.plotly_chart(figure, key="search", theme=None, config=BARE, alt=searched(run.summary))
        st.markdown(searched(run.summary))
        sweep_of = Store().find(Spec.of(anb, **SHOWN).id)
        if sweep_of and (told := shown(sweep_of.summary)):
            show_verdict(*told)
            st.markdown("Perhaps short trainings hide it: copies bring along what their donor had the time to learn.")
            st.button(
                "The sweep in which it shows (recorded)",
                key="shown",
                type="tertiary",
                icon=":material/history:",
                on_click=choose,
                kwargs={"split": "random", "data": "toybox", "network": "labnet", "optimiser": "adamw", **SHOWN},
            )


def cells(spec: Spec) -> None:
    """Everyone takes a depth and a seed; what is finished, by whomever, is drawn for all who look."""
    settings: Anb = spec.settings
    n_of = depths(settings.frozen_at, deepest(settings))
    left, right = st.columns(2)
    with left:
        n = int(remembered("Depth n", {str(n): str(n) for n in n_of}, name="cell_n"))
    seeds = range(settings.seed, settings.seed + settings.seeds)
    with right:
        seed = int(remembered("Seed", {str(seed): str(seed) for seed in seeds}, name="cell_lot"))
    mine = [one for curve, depth, one in arms_of(settings, seed) if depth in (0, n)]
    live_runs(mine, button="Run my cell", key=f"cell_{n}_{seed}", growing=lambda rows: None)
    together(spec)


@st.fragment(run_every=EVERY)
def together(spec: Spec) -> None:
    """What the class has made so far."""
    rows = arm_results([spec])
    st.caption(f"{len(rows)} of {len(spec.arms())} networks are trained, by all who take part on this server.")
    if rows:
        figure, words = curves_so_far(spec, tuple(row["run"] for row in rows), dark())
        st.plotly_chart(figure, key=f"together_{spec.id}", theme=None, config=BARE, alt=words)


def in_words(found: Mapping[str, Any]) -> str:
    """The curves as a sentence, for those who do not see them."""
    base = found["base"]
    parts = [f"base {base['mean']:.0%}"] if base else []
    for curve, points in found["curves"].items():
        parts.append(f"{curve} " + ", ".join(f"{point['mean']:.0%} at n = {n}" for n, point in points.items()))
    return "Accuracy on B: " + "; ".join(parts)


def printed_in_words(printed: Mapping[str, Mapping[str, float]]) -> str:
    """The paper's curves as a sentence."""
    parts = [
        f"{curve} " + ", ".join(f"{value:.0%} at n = {n}" for n, value in points.items())
        for curve, points in printed.items()
    ]
    return "The paper, on ImageNet: " + "; ".join(parts)
