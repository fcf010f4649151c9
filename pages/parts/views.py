"""The page "Which views?": the pairs, one's own training, the figure that a class makes, and photographs."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.experiments.infomin import TARGETS, in_words, infomin
from core.experiments.infomin_cells import ALONE, CLASS, GROWING, RANDOM, SETS, Cells, cell, infomin_cells
from core.experiments.infomin_photographs import infomin_photographs
from core.experiments.shared_pairs import shared_pairs
from core.figures.style import in_points
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.figures import charts, growing, result_of, show_claims, shown, so_far
from core.ui.lesson import histogram
from core.ui.live import arm_results, live_runs
from core.ui.quick import quick
from core.ui.takehome import downloads, lend
from core.ui.theme import dark
from core.worlds.toybox.shared import GROUP, SHARABLE, meant

WORDS = {
    "Nothing": "Any two pictures",
    "Group": "One of four groups of four classes",
    CLASS: "Two toys of a class",
    "Object": "The same toy, all else new",
    "+ pose": "And turned, placed and seen alike",
    "+ light": "And lit alike: only the room is new",
    "Everything": "The same picture twice",
}
HELP = {GROUP: "one of four groups of four classes, of which the class is drawn", "background": "the room"}
PARTS = ("factor", "information")
WIDTH, EVERY = 132, 3.0  # px; seconds between two looks at what the class has made


def pairs() -> tuple[str, ...]:
    """What is shared, as chosen here, and a few pairs that share it, one view above the other."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        chosen = st.pills(
            "Both views share", SHARABLE, selection_mode="multi", default=["class"], key="shared", bind="query-params",
            wrap=True, help="; ".join(f"{word}: {words}" for word, words in HELP.items()),
        )  # fmt: skip
        shared = meant(chosen)
        anew = [word for word in SHARABLE if word not in (GROUP, *shared)]
        st.caption(f"Shared: **{in_words(shared)}**. Drawn anew: {', '.join(anew) or 'nothing'}.")
    with right:
        drawn(shared)
    return shared


@st.fragment
def drawn(shared: tuple[str, ...]) -> None:
    """The first pairs that an encoder would learn from."""
    if run := quick(Spec.of(shared_pairs, shared=shared, pairs=4)):
        files, rows = run.artifact("pictures"), run.rows()
        for k in (0, 1):
            shown_files = [Path(file).read_bytes() for file in files[k::2]]
            alt = [f"Pair {row['pair'] + 1}, view {k + 1}: {row['class']}" for row in rows[k::2]]
            st.image(shown_files, width=WIDTH, alt=alt)


def mine(shared: tuple[str, ...]) -> None:
    """An encoder that learns from pairs that share what was chosen, beside random weights."""
    spec = Spec.of(infomin, shared=shared)
    st.markdown(
        f"2,000 pairs that share **{in_words(shared)}**, 200 steps. Then linear probes read four things from the code "
        "of pictures that were in no pair."
    )
    for run in live_runs([spec], button="Train on these pairs", key=f"pairs_{spec.id}"):
        badge(run)
        read(run)
        lend(run)


def read(run: Run) -> None:
    """What is read from a code, with how far it is above random weights where these are recorded, and the bound."""
    recorded = Store().find(Spec.of(infomin_cells).id)
    control = recorded.summary["table"].get(RANDOM, {}) if recorded else {}
    for column, target in zip(st.columns(len(TARGETS)), TARGETS, strict=True):
        point = run.summary["targets"][target]
        above = f"{in_points(point['mean'] - control[target]['mean'])} points over random weights" if control else None
        column.metric(f"{target.capitalize()} right", f"{point['mean']:.0%}", above)
        column.caption(f"95 %: {point['low']:.0%} to {point['high']:.0%}")
    summary = run.summary
    if "information" in summary:
        st.caption(
            f"Held-out views share at least about {max(0.0, summary['information']):.1f} nats, by InfoNCE with "
            f"{summary['pairs']} pairs; it cannot say more than log {summary['pairs']} = {summary['ceiling']:.1f}."
        )


def whole(spec: Spec) -> None:
    """All pairs and the control: what is read of each target, what that says, and against how much is shared."""
    if not (run := wide(spec, "shared", "Train them all here")):
        return
    st.caption(
        "Purple dashes: random weights. Grey dots: always the commonest answer. The last two pairs share the room, or "
        "the light, and nothing else."
    )
    show_claims(result_of(run), columns=2)
    st.info(
        "**Sharing the class is supervision**: only who knows the labels can pair two toys of a class. That the class "
        "is then read best is so by construction. The point is the curve to either side, and that each target has its "
        "own.",
        icon=":material/label:",
    )
    with st.container(key="wide_information"):
        charts(result_of(run), ["information"])
    st.caption(
        "InfoNCE bounds the information from below, and never says more than log N: where views share very much, all "
        "estimates end there. Sharing nothing, it is 0 or, on held-out pairs, even less. One class of 16 is worth "
        "log 16 = 2.8 nats."
    )
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(spec.id, run.summary["best"]["class"], answers=list(GROWING))


def wide(spec: Spec, name: str, button: str) -> Run | None:
    """A plan with its figure, which on a phone is moved sideways; it grows while the plan runs."""
    for run in live_runs([spec], button=button, key=name, growing=growing(spec, [name], parts=PARTS)):
        badge(run, spec.settings.seeds)
        with st.container(key=f"wide_{name}"):
            charts(result_of(run), [name])
        return run
    return None


def cells(spec: Spec) -> None:
    """Everyone takes a pair and a seed; what is finished, by whomever, is drawn for all who look."""
    settings: Cells = spec.settings
    left, right = st.columns([3, 1])
    with left:
        name = remembered("Views share", {name: name for name in (*SETS, RANDOM)}, name="cell")
    seeds = range(settings.seed, settings.seed + settings.seeds)
    with right:
        seed = int(remembered("Seed", {str(seed): str(seed) for seed in seeds}, name="cell_lot"))
    about = " alone" if name in ALONE else ""
    st.caption(f"A training on pairs that share: {name}{about}." if name != RANDOM else "No training: the control.")
    live_runs([cell(settings, name, seed)], button="Run my cell", key=f"cell_{name}_{seed}")
    together(spec)


@st.fragment(run_every=EVERY)
def together(spec: Spec) -> None:
    """What the class has made so far."""
    rows = arm_results([spec], PARTS)
    finished = tuple(dict.fromkeys(row["run"] for row in rows))
    st.caption(f"{len(finished)} of {len(spec.arms())} cells are filled, by all who take part on this server.")
    for name in ("shared", "information"):
        if finished and (figure := so_far(spec, name, finished, PARTS, dark())):
            shown(figure, f"together_{name}_{spec.id}")


def photographs() -> None:
    """What was measured of 10,000 pictures of CIFAR-10."""
    if run := wide(Spec.of(infomin_photographs), "amounts", "Measure it here"):
        show_claims(result_of(run), columns=2)
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)
    st.caption(
        "10,000 pictures of CIFAR-10, of which 4,000 teach; two windows of each, always of this share of its area, "
        "while the colours change by half as much as SimCLR's; and colours changed by so many times SimCLR's jitter, "
        "while the windows are a fifth of the picture. Dashed: random weights."
    )
