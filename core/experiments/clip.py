"""Render a clip of the toybox with its optical flow and tracks, for the Toybox page."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.runs.artifacts import Artifact
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Course, Progress, experiment
from core.worlds.toybox import fingerprint
from core.worlds.toybox.clips import FASTEST, MOTIONS
from core.worlds.toybox.factors import drawn

TRACKED = 24  # points


@dataclasses.dataclass(frozen=True)
class Clip:
    motion: Annotated[str, OneOf(tuple(MOTIONS)), Help("what moves")] = "turntable"
    toys: Annotated[int, Range(1, 8), Help("toys in the scene")] = 3
    number: Annotated[int, Range(0, 10**6), Help("which scene")] = 3
    frames: Annotated[int, Range(2, 240), Help("how many pictures")] = 32
    per_second: Annotated[float, Range(1, FASTEST), Help("pictures a second")] = 8.0
    size: Annotated[int, Range(16, 512), Help("pixels a side")] = 160


@experiment(Clip, version=1, data=lambda settings: fingerprint("toybox"), quick=True)
def clip(settings: Clip) -> Course:
    """A row a frame (its time); `frames`, `flow` to the next frame and `tracks` of points, a picture a frame.

    `Refused`: one toy cannot cross another.
    """
    import numpy as np

    from core.worlds.toybox.clips import clip as scenes_of
    from core.worlds.toybox.pairs import flow, tracks
    from core.worlds.toybox.render import render
    from core.worlds.toybox.shown import flowing, tracked

    picture = drawn(settings.number, toys=settings.toys, crowded=True)
    scenes = scenes_of(settings.motion, picture, settings.frames, settings.per_second)
    frames, flows = [], []
    for k, scene in enumerate(scenes):
        frames.append(render([scene], settings.size)[0])
        flows.append(flowing(flow(scene, scenes[min(k + 1, len(scenes) - 1)], settings.size // 2)[0]))
        yield {"frame": k, "time": round(k / settings.per_second, 3)}
        yield Progress(k + 1, len(scenes), "frames")
    flows[-1] = flows[-2]
    points = tracks(scenes, settings.size, TRACKED)
    yield Artifact("frames", np.stack(frames))
    yield Artifact("flow", np.stack(flows))
    yield Artifact("tracks", np.stack([tracked(frame, points, k) for k, frame in enumerate(frames)]))
    return {"frames": len(frames), "toys": [thing.toy.name for thing in scenes[0].things]}
