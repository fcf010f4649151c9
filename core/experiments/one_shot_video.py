"""Follow one thing through a video (`wild.osvos`): it is marked in the first frame, and looked for in all others."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments import own_clip
from core.experiments.shots import Shot, shots
from core.experiments.sources import borrowed
from core.experiments.train import thinned
from core.experiments.video_parent import CLIPS_ALONE, video_parent
from core.experiments.wild import SCENES, Wild, arm, as_point, encoder, told
from core.learning.intervals import t_interval
from core.runs.artifacts import Artifact, Tensors
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, Range, Refused
from core.runs.spec import Course, Progress, Row, Spec, experiment
from core.runs.store import Store
from core.worlds.toybox.filmed import fingerprint

SHARED = ("source", "network", "frozen", "pictures", "batch_size", "size", "head_rate", "body_rate", "seed",
          "precision", "donor")  # fmt: skip
OF_PARENTS = ("parent_steps", "pictures", "batch_size")
OUTLINE_STEPS = 2  # for each of the parent's: with one, J of validation clips was .67, not .70 (without outlines .66)
TOLD = 20  # rows of each training
SHOWN, STREAMED = 24, 3  # frames of a clip that are drawn, and clips
PAINT = (213, 94, 0)  # Okabe and Ito's vermilion
METRICS = (
    Metric("j", "Overlap J, test clips", "clip", of="clip", share=True),
    Metric("loss", "Loss on the first frame", "one_shot", falls=True, live=False),
)
STREAMS = (Stream("answers", "What is followed, frame by frame"),)


@dataclasses.dataclass(frozen=True)
class OneShotVideo(Wild):
    data: Annotated[str, Help("scenes: clips of the same toys; those of one's own are given as clips")] = SCENES
    pictures: Annotated[int, Range(2, 5000), Help("frames that the parent learns from, at most")] = 240
    parent_steps: Annotated[int, Range(1, 10_000), Help("updates of the parent's weights")] = 100
    steps: Annotated[int, Range(1, 5000), Help("updates of the weights on the first frame")] = 60
    head_rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of what is new")] = 3e-3
    tested: Annotated[int, Range(2, 200), Help("test clips")] = 9
    clips: Annotated[
        str,
        Help("toys:<number>, video:<hash>, or the path of a video or of a folder of frames; nothing: clips of toys"),
    ] = ""
    mask: Annotated[str, Help("of clips: a polygon in the first frame, [[x, y], ...], shares from 0 to 1")] = ""
    parent: Annotated[bool, Help("it has learned before what things are")] = True
    one_shot: Annotated[bool, Help("it learns from the first frame")] = True
    contour: Annotated[bool, Help("outlines correct what it finds")] = True
    things: Spec | None = None  # the runs that it borrows from
    outlines: Spec | None = None

    def canonical(self) -> Any:
        """The runs that it borrows from; what plays no part is as by default. `Refused`: nothing is learned, or a clip
        of one's own without a mask that can be used.
        """
        if self.data != SCENES:
            raise Refused("data", self.data, CLIPS_ALONE)
        if not (self.parent or self.one_shot):
            raise Refused("one_shot", False, "without the parent it would have learned nothing: leave out one of both.")
        if bool(self.clips) != bool(self.mask):
            raise Refused("mask" if self.clips else "clips", "", "a clip of one's own needs both, clips= and mask=.")
        settings = super().canonical()
        shared = {name: getattr(settings, name) for name in SHARED}
        n = self.parent_steps
        asked = {"things": n if self.parent else 0, "outlines": OUTLINE_STEPS * n if self.contour else 0}
        changes: dict[str, Any] = {
            learns: Spec.of(video_parent, **shared, learns=learns, steps=steps) if steps else None
            for learns, steps in asked.items()
        }
        unused = (() if self.one_shot else ("steps",)) + (() if self.parent or self.contour else OF_PARENTS)
        if self.clips:
            changes |= {"clips": own_clip.at(self.clips), "mask": json.dumps(own_clip.corners(self.mask))}
            unused += ("tested",)
        plain = {field.name: field.default for field in dataclasses.fields(self)}
        return dataclasses.replace(settings, **changes, **{name: plain[name] for name in unused})


def looked_at(settings: OneShotVideo) -> str:
    """The fingerprint of the clips."""
    return own_clip.fingerprint(settings.clips) if settings.clips else fingerprint()


@experiment(OneShotVideo, version=1, data=looked_at, metrics=METRICS, streams=STREAMS)
def one_shot_video(settings: OneShotVideo) -> Course:
    """Rows of the training of what it borrows (`parent`) and of the one-shot steps (`one_shot`); of each `frame`, and
    of each `clip` in the mean, J and F, the first frame left out; `test`: their means over clips, with Student's
    interval of J. Of one clip that somebody marked, no `test`; of one's own J of the first frame, all that is known of
    it. Keeps the masks.
    """
    from core.methods.sides import SideOutputs

    common: Row = {"arm": arm(settings), "seed": settings.seed}
    clips = yield from shots(settings)
    network, outlines = (yield from start(settings)), None
    if settings.outlines:
        outlines = SideOutputs(lent(settings.outlines), 1, precision=settings.precision)
    for row in borrowed_rows(settings):
        yield {**common, **row}
    masks, scores = {}, []
    for k, shot in enumerate(clips):
        about = {**common, "clip": k}
        one = yield from learned(settings, network, shot, about, len(clips))
        masks[f"clip{k}"] = said = yield from followed(one, outlines, shot, about)
        if k == 0:
            yield from told(story(settings, network, one, outlines, shot, said))
        if shot.is_known:
            scores.append(score(said[1:], shot.truth[1:]))
            yield {**about, "split": "clip", "step": k + 1, **scores[-1]}
    yield Artifact("masks", Tensors(masks, {}))
    if settings.clips:
        return {**of_one(said, shot, *scores), "steps": settings.steps}
    found = {name: as_point(t_interval([each[name] for each in scores])) for name in ("j", "f")}
    yield {**common, "split": "test", "j": found["j"]["mean"], "f": found["f"]["mean"], **found["j"]}
    return {**found, "clips": len(clips), "steps": settings.steps}


def of_one(said: Any, shot: Shot, *later: dict[str, float]) -> dict[str, Any]:
    """What is known of one clip: how far what is found in the first frame is what was marked; where all is known, J and
    F of the `later` frames, and how far what was marked is the thing (`drawn`).
    """
    about: dict[str, Any] = {"first_frame": score(said[:1], shot.marked[None]), "frames": len(said)}
    for each in later:
        about |= {**each, "drawn": score(shot.marked[None], shot.truth[:1])["j"]}
    return about


def start(settings: OneShotVideo) -> Generator[Progress, None, Any]:
    """The network before it has seen the clip: the parent's, or one that knows nothing of things yet."""
    from core.models.states import freeze

    if not settings.things:
        return (yield from encoder(settings))
    network, frozen = lent(settings.things), int(settings.frozen)
    states = ["frozen" if k < frozen else "fine-tuned" for k in range(len(network.names))]
    return freeze(network, states, settings.seed)


def lent(spec: Spec) -> Any:
    """The network of a run that is there."""
    from core.models.weights import from_arrays

    kept = borrowed("none", spec)
    assert kept
    return from_arrays(kept.recipe, kept.arrays)


def borrowed_rows(settings: OneShotVideo) -> Iterator[Row]:
    """Some rows of each training that it borrows from."""
    for spec in (settings.things, settings.outlines):
        rows = [row for row in Store().open(spec).rows() if row["split"] == "train"] if spec else []
        for k in thinned(len(rows), TOLD):
            yield {name: rows[k][name] for name in ("learns", "step", "loss")} | {"split": "parent"}


def learned(
    settings: OneShotVideo, network: Any, shot: Shot, about: Row, clips: int
) -> Generator[Row | Progress, None, Any]:
    """What is asked of the frames: a copy of the network that learned from the first one, or the network as it is."""
    from core.learning.fit import fit
    from core.methods.osvos import CROPS, OneShot
    from core.methods.sides import SideOutputs

    if not settings.one_shot:
        return SideOutputs(network, 1, precision=settings.precision)
    n, how = settings.steps, {name: getattr(settings, name) for name in ("head_rate", "body_rate", "seed", "precision")}
    one = OneShot(network, shot.frames[0], shot.marked, **how)
    told = set(thinned(n + 1, TOLD).tolist())
    for row in fit(one, steps=n, batch_size=CROPS, seed=settings.seed):
        if row["step"] in told:
            yield {**about, **row, "split": "one_shot"}
        yield Progress(about["clip"] + row["step"] / n, clips, "clips", 0.15, 1)
    return one


def followed(one: Any, outlines: Any, shot: Shot, about: Row) -> Generator[Row | Artifact, None, Any]:
    """bool (T, H, W): what is found in each frame; its row, and the clip so far with it."""
    import numpy as np

    from core.methods.osvos import segmented

    k, n = about["clip"], len(shot.frames)
    shown, drawn, said = set(thinned(n, SHOWN).tolist()), [], []
    for t, frame in enumerate(shot.frames):
        said.append(segmented(one, outlines, frame))
        if k < STREAMED and t in shown:
            drawn.append(painted(frame, said[t]))
            yield Artifact("answers", np.stack(drawn), k * n + t + 1)
        known = score(said[t][None], shot.truth[t : t + 1]) if t < len(shot.truth) else {}
        yield {**about, "split": "frame", "frame": t + 1, **known}
    return np.stack(said)


def score(said: Any, truth: Any) -> dict[str, float]:
    """J and F of frames (T, H, W), in the mean."""
    from core.learning.video_masks import boundary_f, region_overlap

    return {"j": float(region_overlap(said, truth).mean()), "f": float(boundary_f(said, truth).mean())}


def painted(frame: Any, mask: Any) -> Any:
    """uint8 (H, W, 3): the frame, darker, and in it what is found in a colour, with a white outline."""
    import numpy as np

    from core.learning.video_masks import outlines

    inside = np.where(outlines(mask)[..., None], 255.0, 0.4 * frame + 0.6 * np.array(PAINT))
    return np.where((mask | outlines(mask))[..., None], inside, 0.6 * frame).astype(np.uint8)


def story(settings: OneShotVideo, network: Any, one: Any, outlines: Any, shot: Shot, said: Any) -> dict[str, Any]:
    """How the mask of a later frame comes about."""
    import numpy as np
    from skimage.segmentation import mark_boundaries

    from core.methods.osvos import probability, regions
    from core.methods.sides import SideOutputs

    t = len(shot.frames) // 2
    frame, pictures = shot.frames[t], {"Marked in the first frame": painted(shot.frames[0], shot.marked)}
    pictures["A later frame"] = frame

    def grey(objective: Any) -> Any:
        return np.repeat((255 * probability(objective, frame[None])[0])[..., None], 3, -1).astype(np.uint8)

    if settings.things:
        pictures["Whatever is a thing"] = grey(SideOutputs(network, 1, precision=settings.precision))
    if settings.one_shot:
        pictures[f"After {settings.steps} steps on the first frame"] = grey(one)
    if outlines:
        basins = regions(probability(outlines, frame[None])[0])
        lines = mark_boundaries(frame, basins, color=(1, 1, 1), mode="inner")
        pictures |= {"Where things end": grey(outlines), "Regions between these": (255 * lines).astype(np.uint8)}
    return pictures | {"The answer": painted(frame, said[t])}
