"""What can be learned of videos before one is seen (`wild.osvos`): to find whatever is a thing, or where things end.
Runs of `one_shot_video` borrow both, so that they are learned once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.sources import checkpoint, told_of
from core.experiments.wild import SCENES, Wild, arm, encoder
from core.runs.metrics import Metric
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Course, Progress, experiment
from core.worlds.toybox.filmed import FRAMES, fingerprint

LEARNED = ("things", "outlines")
CLIPS_ALONE = f"frames of clips are learned from: data={SCENES}, which are made of the same toys."
METRICS = (
    Metric("loss", "Loss", "train", falls=True),
    Metric("j", "Overlap with all toys, held-out frames", share=True, live=False),
)


@dataclasses.dataclass(frozen=True)
class VideoParent(Wild):
    data: Annotated[str, Help("scenes: clips of the same toys")] = SCENES
    learns: Annotated[str, OneOf(LEARNED), Help("to find whatever is a thing, or where things end")] = "things"
    pictures: Annotated[int, Range(2, 5000), Help("frames to learn from, at most")] = 240
    steps: Annotated[int, Range(1, 20_000), Help("updates of the weights")] = 100
    head_rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of what is new")] = 3e-3
    tested: Annotated[int, Range(2, 5000), Help("frames on which it is measured as it learns, at most")] = 20

    def canonical(self) -> Any:
        if self.data != SCENES:
            raise Refused("data", self.data, CLIPS_ALONE)
        return super().canonical()


@experiment(VideoParent, version=1, data=lambda settings: fingerprint(), metrics=METRICS)
def video_parent(settings: VideoParent) -> Course:
    """Rows of training, and where it finds things, of the mean overlap with all toys on held-out frames. Keeps the
    encoder and its heads.
    """
    from core.learning.fit import fit
    from core.methods.osvos import Foreground, Outlines

    clips = yield from filmed_clips("train", -(-settings.pictures // FRAMES), settings.size, 0, 0.1)
    held = yield from filmed_clips("held", -(-settings.tested // FRAMES), settings.size, 0.1, 0.15)
    network = yield from encoder(settings)
    pictures, toys = together(clips.pictures, settings.pictures), together(clips.of_toys(), settings.pictures)
    how: dict[str, Any] = {name: getattr(settings, name) for name in ("head_rate", "body_rate", "seed", "precision")}
    probes = {}
    if settings.learns == "things":
        objective = Foreground(network, pictures, toys, **how)
        seen = (together(clip, settings.tested) for clip in (held.pictures, held.of_toys()))
        probes = {"validation": objective.held_out(*seen)}
    else:
        objective = Outlines(network, pictures, together(clips.things, settings.pictures), **how)
    common, n = {"arm": arm(settings), "seed": settings.seed, "learns": settings.learns}, settings.steps
    for row in fit(objective, steps=n, batch_size=settings.batch_size, seed=settings.seed, probes=probes):
        yield {**common, **row}
        yield Progress(row["step"], n, f"steps on {settings.learns}", 0.15, 1)
    yield checkpoint(network, **told_of(network, (settings.learns,)))
    return {"steps": n, "frames": len(pictures)}


def filmed_clips(part: str, clips: int, size: int, start: float, end: float) -> Generator[Progress, None, Any]:
    """`Filmed`, read or rendered."""
    from core.worlds.toybox.filmed import filmed

    course = filmed(part, clips, size)
    while True:
        try:
            done, total = next(course)
        except StopIteration as ended:
            return ended.value
        yield Progress(done, total, "clips read", start, end)


def together(clips: Any, most: int) -> Any:
    """(N, T, ...) -> (at most `most`, ...): the frames of all clips."""
    return clips.reshape(-1, *clips.shape[2:])[:most]
