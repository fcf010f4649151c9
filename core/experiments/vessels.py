"""Find the vessels of a retina (`wild.driu`): few pictures, many crops; a base with borrowed weights, or with none."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.segment import SHOWN
from core.experiments.sources import checkpoint, told_of
from core.experiments.wild import Wild, as_point, common, encoder, learned, rates, told
from core.learning.intervals import t_interval
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, Range, Refused
from core.runs.spec import Course, Progress, Row, experiment
from core.worlds import counts, fingerprint

HELD = 3  # pictures on which it is measured as it learns
LARGEST, STORY = 320, 224  # pixels a side of a drawing, and of the story
METRICS = (
    Metric("dice", "Dice, held-out pictures", share=True),
    Metric("loss", "Loss", "train", falls=True, live=False),
)
STREAMS = (Stream("answers", "Held-out pictures: the picture, the truth, and what is said after {step} steps"),)


@dataclasses.dataclass(frozen=True)
class Retinas(Wild):
    data: Annotated[str, Help("vessels, which are drawn; upload:<hash>, or the path of images/ and masks/")] = "vessels"
    pictures: Annotated[int, Range(2, 500), Help("pictures to learn from, at most")] = 10
    tested: Annotated[int, Range(2, 500), Help("test pictures, at most")] = 10
    steps: Annotated[int, Range(1, 20_000), Help("updates of the weights")] = 200
    batch_size: Annotated[int, Range(2, 64), Help("crops a step")] = 4
    size: Annotated[int, Range(64, 256), Help("pixels a side of a crop")] = 160
    head_rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of what is new")] = 3e-3


@experiment(Retinas, version=1, data=lambda settings: fingerprint(settings.data), metrics=METRICS, streams=STREAMS)
def vessels(settings: Retinas) -> Course:
    """Rows of training, and of the Dice overlap on held-out pictures; a row a test picture, and `test`: the mean, its
    interval over pictures, at the threshold that was best on the pictures learned from; `curve`: precision and recall.
    """
    from core.methods.driu import Vessels

    train, held, test = yield from full_pictures(settings)
    network = yield from encoder(settings)
    objective = Vessels(network, train, settings.size, **rates(settings))
    draw = functools.partial(drawn, objective, held)
    yield from learned(objective, settings, objective.held_out(held) if held else None, draw, end=0.9)
    if held:
        yield from told(story(objective, *held[0]))
    yield checkpoint(network, **told_of(network, ("vessel",)))
    rows = tested(objective, train, test)
    for row in rows:
        yield {**common(settings), **row}
    found = {name: rows[-1][name] for name in ("mean", "low", "high")}
    return {"dice": found, "threshold": rows[-1]["threshold"], "steps": settings.steps}


def tested(objective: Any, train: Any, test: Any) -> list[Row]:
    """A row a test picture, at the threshold that is best on those learned from; precision and recall; their mean."""
    from core.learning.overlap import dice
    from core.methods.driu import THRESHOLDS, best_threshold, precision_recall

    threshold = best_threshold([objective.probabilities(picture) for picture, _ in train], [mask for _, mask in train])
    said, masks = [objective.probabilities(picture) for picture, _ in test], [mask for _, mask in test]
    scores = [dice(p > threshold, mask > 0) for p, mask in zip(said, masks, strict=True)]
    rows: list[Row] = [{"split": "picture", "picture": k, "dice": score} for k, score in enumerate(scores)]
    for level, (precise, recalled) in zip(THRESHOLDS, precision_recall(said, masks), strict=True):
        rows.append({"split": "curve", "threshold": float(level), "precision": precise, "recall": recalled})
    found = as_point(t_interval(scores))
    return [*rows, {"split": "test", **found, "threshold": threshold, "dice": found["mean"]}]


def full_pictures(settings: Retinas) -> Generator[Progress, None, list[list[tuple[Any, Any]]]]:
    """Whole pictures with their masks: to learn from, held out, and to test on.

    `Refused`: a world without masks, or with fewer pictures than it takes.
    """
    from core.worlds import open_world, prepare
    from core.worlds.splits import split
    from core.worlds.things import knows

    for done, total in prepare(settings.data):
        yield Progress(done, total, counts(settings.data), 0, 0.05)
    world: Any = open_world(settings.data)
    if "masks" not in knows(world):
        raise Refused("data", settings.data, "it has no masks: vessels, or folders images/ and masks/ side by side.")
    parts = split(world)
    chosen = [parts.train[: settings.pictures], parts.validation[:HELD], parts.test[: settings.tested]]
    if min(len(chosen[0]), len(chosen[2])) < 2:
        raise Refused("data", settings.data, "two pictures to learn from and two to test on, each with its mask.")
    found: list[list[tuple[Any, Any]]] = [[], [], []]
    done, n = 0, sum(len(indices) for indices in chosen)
    for part, indices in zip(found, chosen, strict=True):
        for index in indices:
            part.append(world.read_full(int(index)))
            done += 1
            yield Progress(done, n, "pictures read", 0.05, 0.2)
    return found


def story(objective: Any, picture: Any, mask: Any) -> dict[str, Any]:
    """What each stage reads of the middle of a picture, and what they say together."""
    import numpy as np

    side = min(STORY, *mask.shape)
    side -= side % 32
    top, left = (length // 2 - side // 2 for length in mask.shape)
    where = np.s_[top : top + side, left : left + side]
    cut = np.ascontiguousarray(picture[where])
    stages = {f"Read of {stage}": seen for stage, seen in objective.seen_by_stage(cut).items()}
    greys = {**stages, "Fused": objective.probabilities(cut), "The truth": (mask[where] > 0).astype(float)}
    return {"The picture": cut, **{words: grey(values) for words, values in greys.items()}}


def grey(values: Any) -> Any:
    """(H, W), 0 to 1 -> uint8 (H, W, 3)"""
    import numpy as np

    return np.repeat((255 * values)[..., None], 3, -1).astype(np.uint8)


def drawn(objective: Any, pictures: Any) -> Any:
    """uint8 (n, S, 3 S, 3): the middle of each picture, the truth, and how sure the network is of each pixel."""
    import numpy as np

    shown = []
    for picture, mask in pictures[:SHOWN]:
        side = min(LARGEST, *mask.shape)
        top, left = (length // 2 - side // 2 for length in mask.shape)
        whole = [picture, grey(mask > 0), grey(objective.probabilities(picture))]
        shown.append(np.concatenate([each[top : top + side, left : left + side] for each in whole], 1))
    return np.stack([each for each in shown if each.shape == shown[0].shape])
