"""Learn from puzzles made of pictures that nobody labelled (`pretext.*`): one encoder, one loop, many tasks.

How well it solves puzzles of pictures that it never saw is told as it learns; how well its codes tell the classes is
read in the end, by the same probes as those of every other method.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments.learned import Learning, learned
from core.experiments.reading import load
from core.experiments.represented import Pictures, examples, neighbours, read
from core.experiments.sources import checkpoint, told_of
from core.experiments.train import thinned
from core.learning.intervals import wilson
from core.learning.menus import SCHEDULES
from core.methods.puzzles import LEAKS, OF_SOME, TASKS, PuzzleOptions
from core.models.catalog import network_info
from core.runs.artifacts import Artifact
from core.runs.metrics import Metric
from core.runs.settings import Help, OneOf, Refused
from core.runs.spec import Course, Progress, Row, experiment
from core.worlds import absolute, addresses, fingerprint, mirrors

PLAYED, SEED = 24, 1  # puzzles, and the chance that makes them: the same for all runs on the same pictures
CLIPS = 50  # a class
CLIPPED = r"((few:\d{1,6}:\d{1,7}|half:[ab]:random-\d{1,6}):)*toybox(:[a-z]+)?"
METRICS = (
    Metric("accuracy", "Held-out puzzles right", "puzzles", share=True),
    Metric("loss", "Loss", "train", falls=True),
    Metric("accuracy", "Held-out pictures right, by nearest neighbours", "neighbours", share=True),
)


@dataclasses.dataclass(frozen=True)
class Pretext(PuzzleOptions, Learning):
    task: Annotated[str, OneOf(tuple(TASKS)), Help("the puzzle")] = "rotation"
    clips: Annotated[
        str, Help("of the video tasks: a video file, or a folder of frames; nothing: the toybox's own")
    ] = ""
    schedule: Annotated[str, OneOf(SCHEDULES), Help("how the rate changes")] = "one_cycle"

    def canonical(self) -> Pretext:
        """What a task does not use is as by default."""
        info = TASKS[self.task]
        if self.leak and self.leak not in info.leaks:
            there = f"{info.title} can leak by {' or '.join(info.leaks)}" if info.leaks else f"{info.title} has none"
            raise Refused("leak", self.leak, f"{there}.")
        if info.clips and not self.clips and not re.fullmatch(CLIPPED, self.data):
            allowed = f"{info.title} learns from clips: data=toybox has some, or give clips=VIDEO."
            raise Refused("data", self.data, allowed)
        clips = absolute(self.clips) if info.clips else ""
        network = info.network or self.network
        if info.cut and not sees_any_size(network):
            raise Refused(
                "network", network, f"{info.title} shows it small pieces: a network of maps to the end, labresnet."
            )
        unused = {name: getattr(PuzzleOptions, name) for name in OF_SOME if name not in info.uses}
        return dataclasses.replace(self, **self.budgeted(), network=network, clips=clips, **unused)


def sees_any_size(network: str) -> bool:
    """Whether all its stages below the head give maps, of pictures of any size."""
    info = network_info(network)
    return info.step == 1 and all(info.strides[:-1])


def arm(settings: Pretext) -> str:
    """The task, and what gives its answers away."""
    title = TASKS[settings.task].title
    return f"{title}, with {LEAKS[settings.leak]}" if settings.leak else title


def looked_at(settings: Pretext) -> str:
    """The fingerprint of pictures and clips."""
    if not settings.clips:
        return fingerprint(settings.data)
    from core.worlds import frames

    return f"{fingerprint(settings.data)} {frames.fingerprint(settings.clips)}"


@experiment(Pretext, version=1, data=looked_at, metrics=METRICS)
def pretext(settings: Pretext) -> Course:
    """Rows of training; of `puzzles` (accuracy on held-out ones) and `neighbours` as it learns; of the probes at
    the end. The summary has `pretext_accuracy` on test puzzles, with its interval and `chance`. Keeps the encoder; and
    a few test puzzles to play (`Game`), with what the network said to each as it learned, in rows of `said`.
    """
    from core.methods.puzzle import solving
    from core.models.staged import build
    from core.worlds.frames import pieces

    data, task = (yield from examples(settings)), TASKS[settings.task]
    network = build(settings.network, 0, settings.seed, size=data.size)
    probe, some = neighbours(network, data)
    if settings.clips:
        train, some, test = pieces(settings.clips, data.size)
    elif task.clips:
        train, some, test = yield from clips(data)
    else:
        train, test = data.train, (yield from load(data.world, data.parts.test, data.size, 0.09, 0.1))
    objective = task.make()(network, train, settings, mirrors(settings.data), settings.precision)
    objective.rate = settings.rate
    common = {"arm": arm(settings), "seed": settings.seed}
    game = Game(objective.held_out(test))
    yield from game.pictures()
    asked = {"puzzles": solving(objective.held_out(some)), "neighbours": probe}
    done = yield from learned(objective, settings, asked, common, also=lambda row: game.said(row, common))
    yield checkpoint(network, **told_of(network, data.world.classes))
    share = solved(objective.held_out(test))
    found = dict(zip(("mean", "low", "high"), wilson(round(share * len(test)), len(test)), strict=True))
    chance = task.chance(settings)
    yield {**common, "split": "solved", "accuracy": share, "above_chance": (share - chance) / (1 - chance), **found}
    summary = yield from read(network, task.shows, data, common)
    images = done * min(settings.batch_size, objective.n)
    return {"pretext_accuracy": found, "chance": chance, **summary, "steps": done, "images": images}


def clips(data: Pictures) -> Generator[Progress, None, list[Any]]:
    """uint8 (N, 4, S, S, 3): a short clip of each toy to learn from, of the held-out ones and of the test ones."""
    import numpy as np

    from core.worlds import open_world
    from core.worlds.splits import budget
    from core.worlds.toybox.blocks import FRAME
    from core.worlds.views import behind

    found = []
    for part in (data.parts.train, data.parts.validation, data.parts.test):
        least = int(np.bincount(data.world.labels[part], minlength=len(data.world.classes)).min())
        toys, there = behind(data.world, budget(data.world, part, min(CLIPS, least), SEED))
        frames = []
        for k in range(len(FRAME)):
            frame = open_world(addresses.frame(k, toys.address))
            frames.append((yield from load(frame, there, data.size, 0.09, 0.1)))
        found.append(np.stack(frames, 1))
    return found


def solved(objective: Any) -> float:
    """The share of all its puzzles that the network solves."""
    from core.learning.precision import placed
    from core.methods.puzzle import solving

    with placed(objective, objective.arithmetic):
        return solving(objective)()["accuracy"]


class Game:
    """A few puzzles of pictures that nobody learns from: what a student is asked, and what the network says."""

    def __init__(self, objective: Any):
        import torch

        chosen = torch.from_numpy(thinned(objective.n, PLAYED))
        self.objective, draws = objective, next(iter(objective.all(len(chosen), seed=SEED)))[1]
        self.pieces, self.answers = objective.posed(chosen, draws)
        order = torch.randperm(len(self.answers), generator=torch.Generator().manual_seed(SEED))[:PLAYED]
        self.pieces, self.answers, self.whole = self.pieces[order], self.answers[order], chosen[order % len(chosen)]

    def pictures(self) -> Iterator[Artifact]:
        """`pieces`: all pieces of the first puzzle, then of the second …; `wholes`: the picture that each is of, or the
        frames of its clip beside one another.
        """
        import numpy as np

        pieces = self.pieces.flatten(0, 1).round().clamp(0, 255).byte().permute(0, 2, 3, 1)
        yield Artifact("pieces", pieces.cpu().numpy())
        wholes = self.objective.pictures[self.whole.numpy()]
        yield Artifact("wholes", wholes if wholes.ndim == 4 else np.concatenate([*wholes.swapaxes(0, 1)], 2))

    def said(self, row: Row, common: Row) -> Iterator[Row]:
        """When the puzzles are probed: a row a puzzle, with its answer, and the network's with its probability."""
        from core.learning.precision import evaluating

        if row["split"] != "puzzles":
            return
        with evaluating(self.objective):
            sure, said = self.objective.scores(self.objective.normalised(self.pieces)).softmax(1).max(1)
        for k, (answer, word, p) in enumerate(zip(*map(list, (self.answers, said, sure)), strict=True)):
            about = {"puzzle": k, "answer": int(answer), "said": int(word), "probability": round(float(p), 3)}
            yield {**common, "step": row["step"], "split": "said", **about}
