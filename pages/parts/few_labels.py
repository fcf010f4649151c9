"""The page "How few labels?": one share of the labels, live."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.experiments.few_labels import rate_at
from core.experiments.label_efficiency import FROZEN, SCRATCH, TUNED, label_efficiency
from core.lessons.few_labels import TITLES
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.lesson import break_it
from core.ui.live import live_runs
from core.ui.said import refusal

SHARES = ("1", "2", "5", "10", "20", "50", "100")
STEPS = {FROZEN: 300, TUNED: 150, SCRATCH: 150}  # at most, of a student's own run
SHORT = "Of few labels that is enough; of many, scratch learns longer than one waits here: see below."
RIVALS = {SCRATCH: "the same network from scratch", TUNED: "the same encoder, fine-tuned"}
LIVE = ("simclr", "moco2", "rotation", "autoencoder", "none")
LIMITS = (
    "How many steps each takes, and how far labels spread, the 400 validation pictures choose: more labels than the "
    "smallest shares have, which no real project would own. SimCLR and MoCo saw each toy in two rooms and lights, "
    "which tells more than crops of a photograph do. Rotation learned for 200 steps, of these 16 toys, the others for "
    "1,200, of 32. ImageNet's network is another, larger one, and sees 64 pixels. All are read at the mean of their "
    "last maps, the autoencoder too."
)


def one_share() -> None:
    """Frozen against a rival, of the same labels."""
    left, middle, right = st.columns(3)
    with left:
        share = int(remembered("Labels (%)", {share: share for share in SHARES}, name="share"))
    with middle:
        source = remembered("Encoder", {name: TITLES[name] for name in LIVE}, name="encoder")
    with right:
        rival = remembered("Against", RIVALS, name="rival")
    shared: dict[str, Any] = {"share": share, "source": source}
    try:
        specs = [
            Spec.of(label_efficiency, how=how, steps=STEPS[how], body_rate=rate_at(how, share), **shared)
            for how in (FROZEN, rival)
        ]
    except Refused as refused:
        refusal(refused)
        return
    if runs := live_runs(specs, button="Learn from them", key="one_share"):
        badge(runs[-1])
        for column, run in zip(st.columns(len(runs)), runs, strict=True):
            with column:
                found(run)
        st.caption(f"At most {STEPS[rival]} steps of all weights. {SHORT}")
        if source != "none":
            break_it("Freeze an encoder that learned nothing: random weights.", key="random", encoder="none")


def found(run: Run) -> None:
    """Right on test pictures, with its interval."""
    settings, point = run.spec().settings, run.summary["accuracy"]
    st.metric(f"{settings.how.capitalize()}, test pictures right", f"{point['mean']:.0%}")
    st.caption(
        f"95 %: {point['low']:.0%} to {point['high']:.0%}; {run.summary['labels']} labels; the validation pictures "
        f"chose step {run.summary['step']} of {settings.steps}."
    )
