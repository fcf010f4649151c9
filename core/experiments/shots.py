"""The clips in which one thing is followed (`one_shot_video`): of toys, all of it known, or of one's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Any

from core.experiments import own_clip
from core.experiments.video_parent import filmed_clips
from core.runs.settings import Refused
from core.runs.spec import Progress


@dataclasses.dataclass(frozen=True, eq=False)
class Shot:
    """`frames`: uint8 (T, H, W, 3); `marked`: bool (H, W), the thing in the first frame, which is learned from;
    `truth`: bool (T, H, W), or of a clip of which no more is known, (1, H, W), what is marked.
    """

    frames: Any
    marked: Any
    truth: Any

    @property
    def is_known(self) -> bool:
        """Whether it is known where the thing is in later frames."""
        return len(self.truth) > 1


def shots(settings: Any) -> Generator[Progress, None, list[Shot]]:
    """Test clips of toys, or the one that the settings name, in which somebody marked a thing."""
    if not settings.clips:
        clips = yield from filmed_clips("test", settings.tested, settings.size, 0, 0.1)
        return [Shot(frames, masks[0], masks) for frames, masks in zip(clips.pictures, clips.followed(), strict=True)]
    yield Progress(0, 1, "clips read", 0, 0.1)
    frames, things = own_clip.clip(settings.clips, settings.size)
    marked = own_clip.marked(settings.mask, *frames.shape[1:3])
    return [Shot(frames, marked, marked[None] if things is None else thing_in(things, marked, settings.mask))]


def thing_in(things: Any, marked: Any, mask: str) -> Any:
    """(T, H, W) numbers of things, 0 for none, (H, W) bool -> (T, H, W) bool: the thing that is most like what is
    marked in the first frame (intersection over union). `Refused`: no thing is in it.
    """
    import numpy as np

    from core.learning.overlap import mask_iou

    inside = [number for number in np.unique(things[0][marked]) if number > 0]
    if not inside:
        raise Refused("mask", mask, "nothing of the clip's things lies in it: draw it around one.")
    return things == max(inside, key=lambda number: mask_iou(things[0] == number, marked))
