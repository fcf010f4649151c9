"""The AnB page's own parts: the figure that grows arm by arm, that a class makes together, and whose points open."""

from __future__ import annotations

import streamlit as st

from core.experiments.anb import Anb, anb, arms_of
from core.experiments.coadaptation import SHOWN, coadaptation
from core.figures.papers import paper
from core.figures.transfer import EFFECTS
from core.lessons.anb import dip, printed, searched
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import choose, remembered
from core.ui.figures import chart, charts, result_of, show_verdict, shown, so_far
from core.ui.live import arm_results, live_runs
from core.ui.results import confusion
from core.ui.takehome import lend
from core.ui.theme import dark

EVERY = 3.0  # seconds between two looks at what the class has made
HEIGHTS = {"above": "In per cent", "relative": "Against base"}


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


def sweep(run: Run) -> None:
    """The finished curves, beside those of the paper; the chosen point's network is remembered for `opened`."""
    result = result_of(run)
    relative = remembered("Accuracy", HEIGHTS, name="height") == "relative"
    left, right = st.columns([3, 2]) if printed(result) else (st.container(), st.empty())
    with left:
        name = "relative" if relative else "curves"
        chosen = chart(result, name, on_select="rerun", selection_mode="points")
    with right:
        chart(result, "paper_relative" if relative else "paper")
    points = [point for point in chosen["selection"]["points"] if "customdata" in point] if chosen else []
    if points:
        st.session_state[f"cell_{run.id}"] = points[0]["customdata"][0]
    charts(result, list(EFFECTS))


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
        with st.container(key="wide_search"):  # on a phone it is moved sideways
            chart(result_of(run), "search")
        st.markdown(searched(run.summary))
        sweep_of = Store().find(Spec.of(anb, **SHOWN).id)
        if sweep_of and (claim := dip(sweep_of.summary)):
            show_verdict(claim.words, claim.verdict, claim.reason)
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
    n_of = [n for n in settings.frozen_at if n]
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
    finished = tuple(row["run"] for row in rows)
    if rows and (drawn := so_far(spec, "curves", finished, ("test",), dark())):
        shown(drawn, f"together_{spec.id}")
