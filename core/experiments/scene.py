"""Render one scene of the toybox with all its labels, as people look at them: for the Toybox page."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.runs.artifacts import Artifact
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Course, experiment
from core.worlds.toybox import fingerprint
from core.worlds.toybox.factors import MOST_CLUTTER, NUMBERED, STYLES, Factors

Number = Annotated[int, Range(0, 10**6), Help("any number; equal numbers give an equal factor")]


@dataclasses.dataclass(frozen=True)
class Scene:
    """The nine factors of a picture, by the names that they have in `core.worlds.toybox.factors`."""

    toys: Annotated[str, Help("the class of each toy, with commas between")] = "dog"
    shape: Number = 0
    pose: Number = 0
    position: Number = 0
    colour: Number = 0
    texture: Number = 0
    background: Number = 0
    light: Number = 0
    camera: Number = 0
    style: Annotated[str, OneOf(STYLES), Help("the look, which leaves the geometry as it is")] = "default"
    clutter: Annotated[int, Range(0, MOST_CLUTTER), Help("bricks and balls that lie about")] = 0
    crowded: Annotated[bool, Help("toys stand so close that they hide one another")] = False
    size: Annotated[int, Range(16, 512), Help("pixels a side")] = 256
    labels: Annotated[bool, Help("all labels too")] = False

    def factors(self) -> Factors:
        toys = tuple(word.strip() for word in self.toys.split(","))
        numbers = tuple(getattr(self, factor) for factor in NUMBERED)
        return Factors(toys, numbers, self.style, self.clutter, self.crowded)


@experiment(Scene, version=1, data=lambda settings: fingerprint("toybox"), quick=True)
def scene(settings: Scene) -> Course:
    """A row a thing (class, natural, share seen, where it stands); `picture`, and `labels` in the order of the summary.

    `Refused`: an unknown toy, too many.
    """
    import numpy as np

    from core.worlds.toybox.labels import labels
    from core.worlds.toybox.render import MANY, render
    from core.worlds.toybox.scenes import scenes
    from core.worlds.toybox.shown import PORTRAYED, pictures

    (made,) = scenes([settings.factors()])
    yield Artifact("picture", render([made], settings.size, MANY))
    (known,) = labels([made], 48, ["visible", "light_direction", "light_colour"])
    for thing, seen in zip(made.things, known["visible"].tolist(), strict=True):
        x, y, _ = thing.at.tolist()
        yield {"class": thing.toy.name, "natural": thing.toy.natural, "seen": round(seen, 3), "x": x, "y": y}
    if settings.labels:
        yield Artifact("labels", pictures(made, settings.size, list(PORTRAYED)))
    return {
        "labels": list(PORTRAYED) if settings.labels else [],
        "scene_type": made.room.interior,
        "light_direction": np.round(known["light_direction"], 3).tolist(),
        "light_colour": np.round(known["light_colour"], 3).tolist(),
        "soft_light": bool(made.light.soft > 0),
        "camera_height": round(float(np.degrees(made.framing.height)), 1),
        "camera_tilt": round(float(np.degrees(made.framing.roll)), 1),
    }
