"""The page "Predict what comes next": the known sequence, trainings on pictures, and the details one by one."""

from __future__ import annotations

import streamlit as st

from core.experiments.cpc import CLIPS, PATCHES, Cpc, cpc
from core.experiments.cpc_bound import MANY, NAMED, cpc_bound
from core.experiments.cpc_details import STAIRS, Staircase, cpc_details
from core.figures.papers import paper
from core.methods.catalog import PATCHED
from core.models.catalog import NETWORKS
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.controls import controls
from core.ui.figures import charts, question, result_of
from core.ui.lesson import ask_card, histogram
from core.ui.live import live_runs
from core.ui.results import measured
from core.ui.said import refusal

KINDS = {PATCHES: "patches of pictures", CLIPS: "frames of clips"}
WORLDS = {Staircase.data: "16 toys, 100 of each", "toybox:b": "16 toys", "photos": "Photographs", "digits": "Digits"}
TOYS = {name: words for name, words in WORLDS.items() if "toybox" in name}
DRAWN = {"all": "the same and other pictures", "same": "the same picture", "others": "other pictures"}
CHANGED = {"none": "not changed", "jitter": "other colours each", "flip": "mirrored or not"}
DIRECTIONS = {"1": "what comes below", "4": "from all four sides"}
STEPS = (50, 100, 200, 400, 800)
LABELS = {"batch_size": "Pictures a step", "temperature": "Temperature", "seed": "Seed"}
WHOLE = "labresnet"  # sees a frame as a whole


def bound_section() -> None:
    """A sequence of which all is known: asked, then measured, then one's own point."""
    st.markdown(
        "Eight hidden numbers wander: of each, nine tenths are left a step later. A network sees sixteen others, a "
        "mixture of these. So all is known: one step tells **6.64 nats** of the next. The network is to find the true "
        "next step among N, the others being of other sequences; from how well it does follows a *lower bound* on what "
        "is told, InfoNCE's."
    )
    spec = Spec.of(cpc_bound)
    if not ask_card(question(spec), spec.id, NAMED):
        return
    if run := measured(spec, ["bound", "latent"], "bound", parts=("held_out",)):
        st.markdown(
            "Who chooses among N can at best be shown to know log N nats: that is a limit of the *question*, and the "
            "optimal critic, which knows the densities, meets it too. The code hardly cares. (The latent can nearly be "
            "read from what is seen: a code is not to lose it, and random weights do, more than any that learned.)"
        )
        charts(result_of(run), ["offsets"])
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(spec.id, run.summary.get("answer"), answers=NAMED)
    own_point()


def own_point() -> None:
    """One training on the sequence."""
    st.markdown("**Train one here**: seconds on a laptop.")
    left, right = st.columns(2)
    with left:
        among = st.select_slider("Chosen among N", MANY, MANY[2], key="among", bind="query-params")
    with right:
        ahead = st.select_slider("Steps ahead", (1, 2, 4, 8, 16), 1, key="ahead", bind="query-params")
    for run in live_runs([Spec.of(cpc, negatives=among, offsets=(ahead,), steps=700)], button="Train it", key="own"):
        badge(run)
        words = {
            "bound": "The bound",
            "optimal": "Optimal critic",
            "ceiling": "log N",
            "information": "The information",
        }
        columns = st.columns(len(words) + 1)
        for column, (name, said) in zip(columns, words.items(), strict=False):
            column.metric(said, f"{run.summary[name]:.2f} nats")
        columns[-1].metric("R² of the latent", f"{run.summary['r2']:.2f}")


def pictures_section() -> None:
    """One's own training over patches, or over frames."""
    st.markdown(
        "The same loss over pictures. What is wrong for a patch can be drawn from *other pictures*, which a colour may "
        "tell, or from *the same one*, where only the place tells: each can be had by itself."
    )
    try:
        spec = chosen()
    except Refused as refused:
        refusal(refused)
        return
    for run in live_runs([spec], button="Train it", key="pictures"):
        found(run)


def chosen() -> Spec:
    """The training that is asked for."""
    left, middle, right = st.columns(3)
    with left:
        over = remembered("Over", KINDS, name="over")
    with middle:
        data = remembered("Pictures", TOYS if over == CLIPS else WORLDS, name="data")
    with right:
        drawn_from = remembered("What is wrong is from", DRAWN, name="drawn_from")
    about = {"over": over, "data": data, "drawn_from": drawn_from, "network": WHOLE}
    with st.expander("More", icon=":material/tune:"):
        if over == PATCHES:
            about["network"] = remembered("Encoder", {name: NETWORKS[name].title for name in PATCHED[::-1]}, name="net")
            about["patch_augment"] = remembered("Each patch is", CHANGED, name="patch_augment")
            about["directions"] = remembered("It predicts", DIRECTIONS, name="directions")
        own = controls(Cpc, list(LABELS), LABELS, batch_size=32)
    steps = st.select_slider("Steps", STEPS, STEPS[1], key="steps", bind="query-params")
    return Spec.of(cpc, steps=steps, **about, **own)


def found(run: Run) -> None:
    """How often it chooses rightly, and what its code is worth."""
    badge(run)
    words = {"right": "One of four", "linear_probe": "Linear probe", "knn": "Nearest neighbours"}
    for column, (name, said) in zip(st.columns(len(words)), words.items(), strict=True):
        point = run.summary[name]
        column.metric(said, f"{point['mean']:.0%}", help="Test pictures right; of the first a quarter is chance")
        column.caption(f"95 %: {point['low']:.0%} to {point['high']:.0%}")


def details_section() -> None:
    """Asked, then the staircase."""
    printed = paper("cpc")
    st.markdown(
        f"On ImageNet, CPC's codes named {printed['v1']:.1%} of the pictures rightly, those of its second version "
        f"{printed['v2']:.1%}. Much was changed in between, one thing after the other. Here such steps are taken by a "
        "small network on small toys; each is compared with the one before, and with the same encoder untrained."
    )
    spec, steps = Spec.of(cpc_details), tuple(STAIRS)[1:]
    if not ask_card(question(spec), spec.id, steps):
        return
    if run := measured(spec, ["stairs", "right"], "stairs", parts=("test", "solved")):
        st.caption(
            "BatchNorm takes its statistics from all patches of a batch, so that a patch is told of the others; a "
            "layer norm is of one patch. The paper's trainings take a week, ours a minute or two."
        )
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(spec.id, run.summary.get("answer"), answers=steps)
