"""The first frame of a clip, to mark in it the thing that is to be followed."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments import own_clip
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, experiment


@dataclasses.dataclass(frozen=True)
class FirstFrame:
    clips: Annotated[str, Help("toys:<number>, video:<hash>, or the path of a video or of a folder of frames")] = (
        "toys:0"
    )
    size: Annotated[int, Range(64, 640), Help("pixels a side; of other shapes as many as of that square")] = 384

    def canonical(self) -> Any:
        return dataclasses.replace(self, clips=own_clip.at(self.clips))


@experiment(FirstFrame, version=1, data=lambda settings: own_clip.fingerprint(settings.clips), quick=True)
def first_frame(settings: FirstFrame) -> Course:
    """The `frame`, as people look at it, and how many frames the clip has. `Refused`: a clip that cannot be used."""
    yield Progress(0, 1, "clips read")
    frame, frames = own_clip.first(settings.clips, settings.size)
    height, width = frame.shape[:2]
    yield {"height": height, "width": width, "frames": frames}
    yield Artifact("frame", frame[None])
    return {"frames": frames, "height": height, "width": width}
