"""The parts of the Toybox page: a scene and its factors, its labels, pairs, clips and contact sheets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.experiments.clip import clip
from core.experiments.pair import pair
from core.experiments.pictures import pictures
from core.experiments.scene import scene
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.ui.choices import remembered
from core.ui.moving import play
from core.ui.quick import quick
from core.ui.said import refusal
from core.worlds import open_world
from core.worlds.toybox.classes import TOYS
from core.worlds.toybox.clips import PERIOD
from core.worlds.toybox.factors import FACTORS, MOST_CLUTTER, MOST_TOYS
from core.worlds.world import TEST

VARIANTS = 24  # of each factor that the sliders offer
WHAT = {
    "shape": "its proportions, within what its class allows",
    "pose": "how it is turned, and leans",
    "position": "where it stands and how large it appears",
    "colour": "the paint of its parts",
    "texture": "the pattern and gloss of its parts",
    "background": "the room: floor, walls, where they stand",
    "light": "from where, how bright, how warm, how soft",
    "camera": "how high, how tilted, how wide a lens",
}
STYLE_WORDS = {"default": "As it is", "lines": "Line drawing", "night": "Night", "camera": "Bad camera", "flat": "Flat"}
MOTION_WORDS = {
    "turntable": "Turntable",
    "moving": "Things move",
    "camera": "Camera moves",
    "crossing": "Things cross",
}
LABEL_WORDS = {
    "depth": "Depth (near is light)",
    "normals": "Normals",
    "curvature": "Curvature: bulges, hollows",
    "semantic": "Class",
    "instances": "Instance",
    "parts": "Part",
    "surface": "Floor, walls, ceiling",
    "albedo": "Paint alone",
    "shading": "Light that falls on it",
    "direct": "Light · normal, with shadow",
    "occlusion_edges": "Occlusion edges",
    "texture_edges": "Texture edges",
    "segments_2d": "Regions of one paint",
    "segments_25d": "Regions of one shape",
    "boxes_visible": "Boxes: seen, whole",
    "keypoints": "Keypoints: seen ●, hidden ○",
    "layout": "Edges of the room",
    "object_pose": "Pose: front, left, up",
}
LABEL_SIZE, SHEET = 176, 12


@st.fragment
def studio() -> None:
    """One scene, a control for each of its factors, and everything that is known about it."""
    left, right = st.columns([4, 5], gap="large")
    with right:
        choices = factors()
    if not choices["toys"]:
        st.info("Choose a toy, or several.", icon=":material/toys:")
        return
    with left:
        if not (run := quick(Spec.of(scene, **choices, size=320))):
            return
        things = [f"{row['class']} ({'natural' if row['natural'] else 'man-made'})" for row in run.rows()]
        said = ", ".join(things)
        st.image(run.artifact("picture")[0], width="stretch", caption=said, alt=f"A scene with {said}")
        summary = run.summary
        soft = "soft" if summary["soft_light"] else "hard"
        side = "left" if summary["light_direction"][0] < 0 else "right"
        st.caption(
            f"{summary['scene_type'].capitalize()} · {soft} light from the {side} · "
            f"camera {summary['camera_height']:.0f}° above the floor, tilted by {summary['camera_tilt']:.0f}°"
        )
    st.markdown("**All that is known of this picture**, exactly, because the rays that drew it say so:")
    if run := quick(Spec.of(scene, **choices, size=256, labels=True)):
        words = [LABEL_WORDS[name] for name in run.summary["labels"]]
        with st.container(key="many_labels"):
            files = [str(file) for file in run.artifact("labels")]
            st.image(files, caption=words, width=LABEL_SIZE, alt=[f"The same scene: {word}" for word in words])


def factors() -> dict[str, Any]:
    """The controls of a scene, and what they are set to."""
    toys = st.multiselect(
        "Toys", list(TOYS), ["dog"], max_selections=MOST_TOYS, key="toys", bind="query-params", help="their class"
    )
    columns = st.columns(2, gap="medium")
    numbers = {
        factor: columns[k % 2].slider(factor.capitalize(), 0, VARIANTS, 1, key=factor, bind="query-params", help=about)
        for k, (factor, about) in enumerate(WHAT.items())
    }
    with st.expander("More", icon=":material/tune:"):
        style = remembered("Style", STYLE_WORDS, name="style")
        clutter = st.slider("Clutter", 0, MOST_CLUTTER, 0, key="clutter", bind="query-params")
        crowded = st.toggle("Crowded, so that toys hide one another", key="crowded", bind="query-params")
    return {"toys": ",".join(toys), **numbers, "style": style, "clutter": clutter, "crowded": crowded}


@st.fragment
def pairs() -> None:
    """Two pictures that share what the student chooses."""
    shown, choices = st.columns([5, 4], gap="large")
    shared = choices.pills(
        "Shared by both pictures",
        FACTORS,
        selection_mode="multi",
        default=["class", "shape", "colour", "texture"],
        key="shared",
        bind="query-params",
        wrap=True,
    )
    number = choices.slider("Which pair", 0, VARIANTS, 0, key="pair", bind="query-params")
    spec = Spec.of(pair, shared=",".join(name for name in FACTORS if name in shared), number=number, size=320)
    if run := quick(spec):
        names = [f"{row['class']} · {row['room']}" for row in run.rows()]
        for column, file, name in zip(shown.columns(2), run.artifact("pictures"), names, strict=True):
            column.image(str(file), caption=name, width="stretch", alt=f"One of two pictures: {name}")


@st.fragment
def clips() -> None:
    """A clip that plays, with its flow and its tracks."""
    left, middle, right = st.columns([4, 2, 2])
    with left:
        motion = remembered("What moves", MOTION_WORDS, name="motion")
    toys = middle.slider("How many toys", 1, 5, 3, key="clip_toys", bind="query-params")
    number = right.slider("Which scene", 0, VARIANTS, 3, key="clip_number", bind="query-params")
    playing = st.toggle("Play", True, key="play")
    per_second = 8.0
    frames = round(PERIOD * per_second)
    try:
        spec = Spec.of(clip, motion=motion, toys=toys, number=number, frames=frames, per_second=per_second)
    except Refused as problem:
        refusal(problem)
        return
    if not (run := quick(spec)):
        return
    now = 0 if playing else st.slider("Frame", 1, frames, 1, key="frame") - 1
    shown = {
        "frames": "The clip",
        "tracks": "Points followed: seen ●, hidden ○",
        "flow": "Optical flow: hue is direction, strength is speed",
    }
    for column, (name, words) in zip(st.columns(3), shown.items(), strict=True):
        with column:
            if playing:
                play(run.artifact(name), per_second, words)
            else:
                st.image(str(run.artifact(name)[now]), width="stretch", alt=f"Frame {now + 1}: {words}")
            st.caption(words)


@st.fragment
def sheet() -> None:
    """Pictures of one class as a network is tested on them, at the size at which people see them."""
    name = st.selectbox("Class", list(TOYS), key="sheet", bind="query-params")
    tested = open_world("toybox").of(list(TOYS).index(name), TEST)[:SHEET]
    which = ",".join(map(str, tested.tolist()))
    if run := quick(Spec.of(pictures, data="toybox", which=which, size=LABEL_SIZE)):
        with st.container(key="many_toys"):
            files = [str(file) for file in run.artifact("pictures")]
            st.image(files, width=LABEL_SIZE, alt=[f"Test picture {k} of {name}" for k in range(1, len(files) + 1)])
