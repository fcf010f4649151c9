"""The page "Look inside": how alike the stages of networks are that learned the same, something else, or nothing."""

from __future__ import annotations

import streamlit as st

from core.experiments.generic_specific import NETWORK, STAGES, generic_specific
from core.models.catalog import network_info
from core.runs.spec import Spec
from core.runs.store import Run
from core.ui.badge import badge, paper_badge
from core.ui.choices import remembered
from core.ui.figures import charts, growing, question, result_of, show_claims
from core.ui.lesson import ask_stage, break_it, histogram
from core.ui.live import live_runs
from core.ui.takehome import downloads

PAIRS = {"one": "with a trained one", "both": "with another untrained one"}


def generic_specific_section() -> None:
    """Asks, runs and reveals."""
    st.header("From generic to specific")
    st.markdown(
        "A network learned to name half of the toys. How alike is it, stage by stage, to one that began from other "
        "weights, one that learned the other half, one that never learned, and to itself after it was fine-tuned?"
    )
    asked = Spec.of(generic_specific)
    if not ask_stage(question(asked), asked.id, STAGES, strides=network_info(NETWORK).strides):
        return
    untrained = remembered("An untrained network is compared", PAIRS, name="untrained")
    spec = Spec.of(generic_specific, untrained=untrained)
    live = growing(spec, ["cka", "procrustes"], parts=("stage",))
    for run in live_runs([spec], button="Measure it here", key="generic_specific", growing=live):
        revealed(run, asked)
        if untrained == "one":
            break_it("Compare two networks that never learned.", key="break_similarity", untrained="both")
    st.caption(
        "Sources: Kornblith 2019 (arXiv:1905.00414); Nguyen 2020 (arXiv:2010.15327); Ding 2021 (arXiv:2108.01661); "
        "Neyshabur 2020 (arXiv:2008.11687)."
    )


def revealed(run: Run, asked: Spec) -> None:
    """Figures, guesses, claims, what the paper found."""
    result = result_of(run, asked.id)
    badge(run, result.settings["seeds"])
    charts(result, ["cka", "procrustes"])
    st.caption(
        "All are shown the same pictures, on which none was trained; maps are averaged over place. Bars: 95 % over "
        "seeds. Dotted: what Procrustes gives when one of two networks is shown the pictures in another order."
    )
    with st.expander("What the class guessed", icon=":material/groups:"):
        histogram(asked.id, result.summary["changed_most"], answers=STAGES)
    show_claims(result, columns=2)
    paper_badge("Neyshabur 2020", key=f"neyshabur_{run.id}")
    charts(result, ["cited"])
    with st.expander("Take it home", icon=":material/download:"):
        downloads(run)
