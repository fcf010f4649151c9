"""Mark it yourself: the student outlines a thing in the first frame of a clip, and a network that learns from that one
frame looks for it in all others.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import streamlit as st

from core.engine import ACTIVE, View
from core.experiments.first_frame import first_frame
from core.experiments.one_shot_video import OneShotVideo, one_shot_video
from core.experiments.own_clip import VIDEO
from core.figures.frames import frames_figure, frames_words
from core.runs.labels import checked
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Run
from core.ui.badge import badge
from core.ui.choices import remembered
from core.ui.commit import Card
from core.ui.controls import controls
from core.ui.desk import outline_desk
from core.ui.engine import engine
from core.ui.figures import BARE
from core.ui.growing import WIDTH
from core.ui.lesson import ask_card, break_it, histogram
from core.ui.live import live_runs, start, status_line
from core.ui.quick import quick
from core.ui.said import refusal
from core.ui.takehome import downloads
from core.ui.theme import dark
from core.ui.upload import forget_photos
from core.worlds.uploads import MOST_VIDEO_BYTES, store_video, sweep

TOYS = {"toys:2": "Two, crossing", "toys:0": "One toy", "toys:3": "Three toys"}
OWN = "own"  # the choice that asks for a clip; the address then names the clip itself
FILES = ["mp4", "mov", "m4v", "webm", "mkv", "avi", "gif", "zip"]
RECIPE = (
    f"A video of at most 20 seconds, or a zip of frames named in order; at most {MOST_VIDEO_BYTES // 10**6} MB. It "
    "stays on this server, unlisted, and is deleted after 24 hours without use."
)
QUESTION = "wild_osvos_mark"
CARDS = (
    Card("Nothing", "it does not know what to look for"),
    Card("Your thing", "it saw your outline"),
    Card("Every toy", "whatever looks like a thing"),
)
ASKED = (
    "**A network has learned from other clips what a thing is. You outline one thing in the first frame. Before it "
    "takes any step on your outline: what does it find in the later frames?**"
)
LABELS = {
    "steps": "Steps on your outline",
    "parent_steps": "Steps before, on other clips",
    "parent": "It has a parent, which knows what things are",
    "contour": "Outlines correct what it finds",
}
EVERY = 1.0  # seconds between two looks at the parents
WORDS = {"next": "Follow it", "taken": "Taken: it learns from your outline now. Draw again for another try."}


def mark_it(station: str) -> None:
    """The section, of the one station that follows what is marked."""
    if station != "osvos":
        return
    st.header("Mark it yourself")
    if not ask_card(ASKED, QUESTION, CARDS):
        return
    if clip := _clip():
        with st.expander("More", icon=":material/tune:"):
            how = controls(OneShotVideo, list(LABELS), LABELS)
        with st.container():  # always there, so that the drawing below keeps its place
            _parents(how)
        _draw(clip, how)
        _follow(clip, how)


def _clip() -> str | None:
    """The address of a clip of toys or of the student's own; None until it is here."""
    options, named = dict(TOYS), st.query_params.get("clip", "")
    if is_own := bool(re.fullmatch(VIDEO, named)):
        options[named] = "Your clip"
    options[OWN] = "Another clip …" if is_own else "Your own clip …"
    chosen = remembered("In which clip?", options, name="clip")
    if chosen == OWN:
        _brought()
        return None
    if chosen == named and is_own:
        st.button("Forget my clip", key="forget_clip", icon=":material/delete:", on_click=_forget, args=[named])
    return chosen


def _brought() -> None:
    """A file box for a clip; the page goes on with it when it is kept."""
    most = MOST_VIDEO_BYTES // 10**6
    file = st.file_uploader("A short video", type=FILES, key="own_clip", help=RECIPE, max_upload_size=most)
    st.caption(RECIPE)
    if file is None:
        return
    try:
        forget_photos(sweep())
        st.query_params["clip"] = store_video(file, file.name)
    except Refused as refused:
        refusal(refused)
        return
    st.session_state.pop("choice_clip", None)
    st.rerun()


def _forget(address: str) -> None:
    forget_photos([address])
    st.query_params.pop("clip", None)
    st.session_state.pop("choice_clip", None)


def _parents(how: dict[str, Any]) -> None:
    """What is learned once, before anybody's outline, begins while the student draws; another one, with the outline."""
    parents, usual = Spec.of(one_shot_video, **how).donors(), Spec.of(one_shot_video).donors()
    start([spec for spec in parents if spec in usual and engine().view(spec.id) is None])
    if _under_way(parents):
        _learning(parents)


def _under_way(specs: list[Spec]) -> list[View]:
    views = (engine().view(spec.id) for spec in specs)
    return [view for view in views if view and view.status in ACTIVE]


@st.fragment(run_every=EVERY)
def _learning(parents: list[Spec]) -> None:
    views = _under_way(parents)
    if not views:
        st.rerun()  # only a full run ends the fragment's timer
    st.caption(
        "It learns what things are, and where they end: once, for everybody on this server; a minute or two. Draw "
        "meanwhile."
    )
    for view in views:
        status_line(view, "Learning")


@st.fragment
def _draw(clip: str, how: dict[str, Any]) -> None:
    """The first frame, and the outline that is drawn in it."""
    try:
        run = quick(Spec.of(first_frame, clips=clip))
    except Refused as refused:
        refusal(refused)
        return
    if run is None:
        return
    key, about = f"mark_{run.id}", "The first frame of the clip: outline one thing in it"
    shape = run.summary["width"] / run.summary["height"]
    outline_desk(Path(run.artifact("frame")[0]), shape, WORDS, about, key, lambda: _keep(clip, how, key))
    if problem := st.session_state.pop("mark_problem", None):
        st.error(problem, icon=":material/block:")
    if st.session_state.pop("mark_new", False):
        st.rerun()  # the whole page: there is something to follow


def _keep(clip: str, how: dict[str, Any], key: str) -> None:
    """Start what the browser's outline asks for; why not, if it cannot be used, is said in the next run of the page."""
    sent = st.session_state[key].labels
    try:
        if not isinstance(sent, list) or len(sent) != 1 or not isinstance(sent[0], dict):
            raise Refused("mask", type(sent).__name__, "one outline.")
        mask = json.dumps(checked("mask", 0, sent[0].get("value")).value)
        spec = Spec.of(one_shot_video, clips=clip, mask=mask, **how)
    except Refused as refused:
        st.session_state["mark_problem"] = str(refused)
        return
    st.session_state.setdefault("marks", {})[clip] = mask
    st.session_state["mark_new"] = True
    start([spec])


def _follow(clip: str, how: dict[str, Any]) -> None:
    """The run of the newest outline: its frames as they are answered, then what is known of them."""
    mask = st.session_state.get("marks", {}).get(clip)
    if mask is None:
        return
    try:
        spec = Spec.of(one_shot_video, clips=clip, mask=mask, **how)
    except Refused as refused:
        refusal(refused)
        return
    for run in live_runs([spec], button="Follow it again", key="mark"):
        badge(run)
        _answers(run)
        _steps(run)
        _known(run)
        break_it(
            "Take the parent away: it has your one outline and has never seen that things end somewhere.", parent=False
        )
        with st.expander("What the class guessed", icon=":material/groups:"):
            histogram(QUESTION, None, answers=CARDS)
        with st.expander("Take it home", icon=":material/download:"):
            downloads(run)


def _answers(run: Run) -> None:
    files = run.artifact("answers", max(run.steps("answers")))
    with st.container(key=f"many_answers_{run.id}"):
        st.markdown("**What it follows**, frame by frame")
        pictures = [Path(file).read_bytes() for file in files]
        st.image(pictures, width=WIDTH, alt=[f"What it follows: {k}" for k in range(1, len(files) + 1)])


def _steps(run: Run) -> None:
    """What the steps on the one frame changed, in a later one."""
    st.markdown(
        "**What the steps changed.** The parent finds whatever is a thing. Some steps on your outline, while the clip "
        "waits, make it a network for this one thing: that is *online* training."
    )
    pictures = dict(zip(run.artifact("story_words"), run.artifact("story"), strict=True))
    chosen = [words for words in pictures if not words.startswith(("Where", "Regions", "Marked"))]
    for column, words in zip(st.columns(len(chosen)), chosen, strict=True):
        column.image(Path(pictures[words]).read_bytes(), width="stretch", alt=words)
        column.caption(words)


def _known(run: Run) -> None:
    """J and F of each frame, where the exact masks are known."""
    rows = [row for row in run.rows() if row["split"] == "frame"]
    if "drawn" not in run.summary:
        first = run.summary["first_frame"]["j"]
        st.caption(
            f"Nobody knows the exact masks of your clip. In the first frame it finds {first:.0%} of your outline (J)."
        )
        return
    told = {"Your outline, J": "drawn", "Later frames, J": "j", "Later frames, F": "f"}
    for column, (words, name) in zip(st.columns(len(told)), told.items(), strict=True):
        column.metric(words, f"{run.summary[name]:.0%}")
    figure = frames_figure(rows, dark=dark())
    st.plotly_chart(figure, key=f"frames_{run.id}", theme=None, config=BARE, alt=frames_words(rows))
    st.caption(
        "J: the overlap with the exact mask; F: the agreement of the boundaries. It learned from your outline alone."
    )
