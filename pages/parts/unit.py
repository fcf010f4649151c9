"""The page "Look inside": the sheet of one unit, what excites it, what it cares about, and a picture made for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from core.experiments.finetune import Finetune, arms, network_for
from core.experiments.lens_filters import lens_filters
from core.experiments.lens_maps import EACH
from core.experiments.lens_maximise import PARTS, lens_maximise
from core.experiments.lens_units import lens_units
from core.experiments.looked_at import usual
from core.experiments.selectivity import selectivity
from core.figures.factors import unit_factors_figure
from core.lessons.lesson import Drawn
from core.models.catalog import network_info
from core.runs.spec import Spec
from core.runs.store import Store
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.figures import shown
from core.ui.live import live_runs
from core.ui.quick import quick
from core.ui.said import verbatim
from core.ui.theme import dark
from core.worlds.toybox.factors import FACTORS

RULES = {"gradient": "The gradient", "deconvnet": "Deconvnet", "guided": "Guided backprop"}
TUNED = Finetune(data="digits", frozen="0", labels_per_class=40, control=False)  # to see what fine-tuning changes
BESIDE = {
    "no": "Nothing",
    "tuned": "The same unit, fine-tuned on digits",
    "toybox": "The same unit, as it named toys",
    "none": "The same, untrained",
}
MADE_WORDS = {
    "fourier": "Frequencies",
    "first": "Blur, small norm",
    "second": "Decay, small norm",
    "third": "Decay, blur",
    "fourth": "Blur, small contribution",
    "none": "No regulariser",
}


def unit_sheet(source: str, stage: str, channel: int, name: str) -> None:
    """All that is known of channel `channel`, which has a `name` if it is a class."""
    titled = f"Channel {channel} of {stage}{f': {verbatim(name)}' if name else ''}"
    st.subheader(titled, anchor=False)
    excites(source, stage, channel, titled)
    if _has_filters(source, stage) and st.toggle("Its filters", key="filters"):
        filters(source, stage, channel)
    beside = {key: words for key, words in BESIDE.items() if key == "no" or _can(key, source)}
    other = remembered("Beside it", beside, name="beside") if len(beside) > 1 else "no"
    if other == "tuned":
        if tuned := _tuned():
            excites(tuned, stage, channel, f"{titled}, fine-tuned")
    elif other != "no":
        excites(other, stage, channel, f"{titled}, {BESIDE[other]}", network_for(source, "auto"))
    left, right = st.columns(2, gap="large")
    with left:
        cares(source, stage, channel)
    with right:
        made(source, stage, channel, titled)


def _has_filters(source: str, stage: str) -> bool:
    info = network_info(network_for(source, "auto"))
    return bool(info.strides[info.stages.index(stage)])


def _can(beside: str, source: str) -> bool:
    """Whether there is such a unit of the same network."""
    if beside == "toybox":
        return source.startswith("run:") and network_for(source, "auto") == network_for("toybox", "auto")
    return source == "toybox" if beside == "tuned" else source != "none"


def _tuned() -> str | None:
    """The toys' network, fine-tuned on digits here; its address once it is there."""
    (spec,) = arms(TUNED.canonical())
    return next((f"run:{run.id}" for run in live_runs([spec], button="Fine-tune it", key="tuned")), None)


def excites(source: str, stage: str, channel: int, titled: str, network: str = "auto") -> None:
    """Nine patches, and what of them comes back by each rule."""
    first = channel // EACH * EACH
    spec = Spec.of(lens_units, **usual(source, network), stage=stage, first=first, channels=EACH)
    if not (run := quick(spec)) or channel - first >= len(run.rows()):
        return
    row = run.rows()[channel - first]
    badge(run)
    sheets = {"patches": _of_class(row)} | {f"back_{rule}": RULES[rule] for rule in run.summary["rules"]}
    for column, (name, words) in zip(st.columns(len(sheets)), sheets.items(), strict=True):
        picture = Path(run.artifact(name)[channel - first]).read_bytes()
        column.image(picture, width="stretch", caption=words, alt=f"{titled}, nine tiles: {words}")
    if "deconvnet" not in run.summary["rules"]:
        st.caption(
            "No deconvnet: this network makes its maps smaller by strides and has no max-pooling, so no switches say "
            "where a feature was seen. Guided backprop needs none."
        )


def _of_class(row: Mapping[str, Any]) -> str:
    if row["of_nine"] < 2:
        return "Excite it most: nine classes"
    return f"Excite it most: {row['of_nine']} of nine are of *{verbatim(row['class'])}*"


def filters(source: str, stage: str, channel: int) -> None:
    """The filters of the first layer in colour, of a later one what the unit takes from each channel below."""
    run = quick(Spec.of(lens_filters, source=source, stage=stage, channel=channel))
    if run is None:
        return
    across, down = run.summary["kernel"]
    words = (
        f"{across} × {down} pixels of the picture, a tile a channel"
        if run.summary["reads_the_picture"]
        else (f"{across} × {down} places of each channel of the layer below, a tile each")
    )
    st.image(Path(run.artifact("filters")[0]).read_bytes(), width="stretch", alt=f"Filters of {stage}: {words}")
    st.caption(f"{words}; grey is 0, and all share one stretch.")


def cares(source: str, stage: str, channel: int) -> None:
    """How much of its answers each factor of a scene decides."""
    st.markdown("**What it answers to**, when one factor of a toy scene is changed and all others stay")
    spec = Spec.of(selectivity, source=source)
    run = Store().find(spec.id) or next(iter(live_runs([spec], button="Measure", key="cares")), None)
    if run is None:
        return
    row = next((row for row in run.rows() if row["stage"] == stage and row["channel"] == channel), None)
    if row is None:
        st.info("It gives the same answer to every scene.", icon=":material/info:")
        return
    unit = {factor: row[factor] for factor in FACTORS}
    means = {factor: run.summary["factors"][factor][stage]["mean"] for factor in FACTORS}
    figure = unit_factors_figure(unit, means, dark=dark())
    words = ", ".join(f"{factor} {share:.0%}" for factor, share in unit.items())
    shown(Drawn("", figure, f"Of the variance of its answers: {words}"), f"cares_{source}_{stage}_{channel}")
    st.caption("Alone and together with others, so the bars may add up to more than 100 %. │ mean of the stage.")
    badge(run, place="unit_")


def made(source: str, stage: str, channel: int, titled: str) -> None:
    """A picture that grew from noise until it excited the unit."""
    st.markdown("**A picture made to excite it**, from noise")
    way = remembered("Kept plain by", MADE_WORDS, name="way")
    without = "nothing"
    with st.expander("More", icon=":material/tune:"):
        if way not in ("fourier", "none"):
            without = st.segmented_control("Leave out", PARTS, default=PARTS[0], required=True, key="without")
        other = st.number_input("Mixed with channel", 0, None, None, key="mixed_with", help="one picture for both")
        mixed = () if other is None else (channel, other)
    shared = {**usual(source, "auto"), "stage": stage, "way": way, "without": without}
    first = channel // EACH * EACH
    run, k = Store().find(Spec.of(lens_maximise, **shared, first=first, channels=EACH).id), channel - first
    if mixed or run is None:
        which = {"mixed": mixed} if mixed else {"first": channel, "channels": 1}
        spec, k = Spec.of(lens_maximise, **shared, **which), 0
        run = next(iter(live_runs([spec], button="Grow it", key="grow")), None)
    if run is None:
        return
    row = run.rows()[k]
    st.image(Path(run.artifact("made")[k]).read_bytes(), width="stretch", alt=f"{titled}: a picture made to excite it")
    times = f"{row['value'] / row['best']:.1f} times" if row["best"] > 0 else "more than"
    st.caption(f"Its mean answer is {times} that to the best of {run.summary['pictures']} pictures.")
    badge(run)
