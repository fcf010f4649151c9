"""The page "Look inside": how alike the stages of networks are that learned the same, something else, or nothing."""

from __future__ import annotations

import streamlit as st

from core.experiments.generic_specific import STAGES, generic_specific
from core.models.catalog import network_info
from core.runs.spec import Spec
from core.ui.badge import badge, paper_badge
from core.ui.choices import remembered
from core.ui.code import code_view
from core.ui.figures import charts, growing, question, result_of, show_claims
from core.ui.lesson import ask_stage, break_it, histogram
from core.ui.live import live_runs
from core.ui.takehome import downloads

PAIRS = {"one": "with a trained one", "both": "with another untrained one"}
STRIDES = network_info("labnet").strides


def generic_specific_section() -> None:
    """Asks, runs and reveals."""
    st.header("From generic to specific")
    st.markdown(
        "A network learned to name half of the toys. How alike is it to others, stage by stage: to one that began from "
        "other weights, one that learned the other half, one that never learned, and to itself after it was fine-tuned?"
    )
    asked = Spec.of(generic_specific)
    if not ask_stage(question(asked), asked.id, STAGES, strides=STRIDES):
        return
    untrained = remembered("An untrained network is compared", PAIRS, name="untrained")
    spec = Spec.of(generic_specific, untrained=untrained)
    live = growing(spec, ["cka", "procrustes"], parts=("stage",))
    for run in live_runs([spec], button="Measure it here", key="generic_specific", growing=live):
        result = result_of(run, asked.id)
        badge(run, spec.settings.seeds)
        charts(result, ["cka", "procrustes"])
        st.caption(
            "All are shown the same pictures, on which none was trained; maps are averaged over place. Bars: 95 % over "
            "seeds. Dotted: what Procrustes gives when one of two networks is shown the pictures in another order."
        )
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(asked.id, result.summary["changed_most"], answers=STAGES)
        show_claims(result, columns=2)
        paper_badge("Neyshabur 2020", key="neyshabur")
        charts(result, ["cited"], [2])
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)
        if untrained == "one":
            words = "Two networks that never learned: how alike are *their* early stages?"
            break_it(words, key="break_similarity", untrained="both")
    code_view("core.lenses.similarity:cka", "core.lenses.similarity:procrustes")
    st.caption(
        "Sources: Kornblith et al. 2019 (arXiv:1905.00414); Nguyen et al. 2020 (arXiv:2010.15327); Ding et al. 2021 "
        "(arXiv:2108.01661); Neyshabur et al. 2020, *What is being transferred in transfer learning?* "
        "(arXiv:2008.11687)."
    )
