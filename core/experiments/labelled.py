"""What labels drawn by hand teach (`why.labels`): a class, a box or a mask a picture, learned on a frozen network.

One head learns from a few pictures; each arm changes one thing. *yours*: the labels given, on borrowed features.
*exact*: the exact labels of the same pictures. *random*: the labels given, on the features of the same network with
random weights. `plain` is the best answer that looks at no picture. Own pictures have no exact boxes and masks: there
the answers on other pictures can only be looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.sources import borrowed
from core.experiments.train import train
from core.learning.intervals import paired_interval, t_interval, wilson
from core.runs.artifacts import Artifact
from core.runs.labels import KINDS, as_text, from_text
from core.runs.metrics import Stream
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Course, Progress, Row, Spec, experiment
from core.worlds import fingerprint

# network → what is asked → the stages whose maps answer it best, of those tried with 8 labels a question on the toybox
READS = {
    "labnet": {"class": ("conv4", "conv5"), "box": ("conv4", "conv5"), "mask": ("conv1", "conv2", "conv4")},
    "efficientnet_lite0": {
        "class": ("block5", "block6"),
        "box": ("block4", "block5"),
        "mask": ("block1", "block2", "block4"),
    },
}
NETWORK = {"toybox": ("labnet", 48), "imagenet": ("efficientnet_lite0", 128)}  # and pixels a side
TRUTH_SIZE = 64  # pixels a side of exact masks, at most
RANDOM_SEED = 7
COUNTS = (2, 4, 8, 16, 32)  # of labels after which a head is tested


@dataclasses.dataclass(frozen=True)
class Labelled:
    data: Annotated[str, Help("toybox:b, or upload:<hash>")] = "toybox:b"
    kind: Annotated[str, OneOf(KINDS), Help("what a label says: its class, a box around it, its outline")] = "mask"
    labels: Annotated[str, Help("JSON [[picture, label], ...] as the Labels page writes it; empty: exact ones")] = ""
    pictures: Annotated[int, Range(4, 32), Help("how many exact labels, where none are given")] = 8
    source: Annotated[str, OneOf(tuple(NETWORK)), Help("who lends the features: other toys, or ImageNet")] = "toybox"
    spoiled: Annotated[float, Range(0, 1), Help("share of the labels that go to another picture")] = 0.0
    seed: Annotated[int, Range(0, 10**6), Help("which labels are spoiled")] = 0
    donor: Spec | None = None

    def canonical(self) -> Labelled:
        """Checked labels in their one form; a donor where toys lend the features."""
        given = from_text(self.kind, self.labels)
        donor = Spec.of(train, **TOYBOX_DONOR) if self.source == "toybox" else None
        pictures = Labelled.pictures if given else self.pictures  # labels that are given count themselves
        return dataclasses.replace(self, labels=as_text(given), pictures=pictures, donor=donor)


@experiment(
    Labelled,
    version=1,
    data=lambda settings: fingerprint(settings.data),
    streams=(Stream("answers", "What it says of pictures that it never saw, after {step} labels"),),
)
def labelled(settings: Labelled) -> Course:
    """Rows: a label with its overlap with the exact one; a test of each arm after 2, 4, 8, … labels; a row a picture
    that is shown. Artifacts: `labels` and `answers`, drawn on their pictures; of boxes and masks also the answers after
    2, 4, 8, … labels. Scores are shares right, or overlaps.
    """
    from core.experiments.labelled_data import answers_drawn, drawings, examples, label_rows, shown
    from core.methods.heads import answers, teach

    kind, (_, side) = settings.kind, NETWORK[settings.source]
    size = min(side, TRUTH_SIZE)
    data = yield from examples(kind, settings.data, from_text(kind, settings.labels), settings.pictures, size)
    yield from label_rows(data)
    yield Artifact("labels", drawings(data, data.train, data.given, data.exact))
    arms = yield from features_and_labels(settings, data)
    counts = [n for n in COUNTS if n < len(data.train)] + [len(data.train)]
    some, said, scores = shown(len(data.test)), {}, {}
    for k, (arm, (learned, tested, labels)) in enumerate(arms.items()):
        for n in counts:
            head = teach(kind, learned[:n], labels[:n], len(data.classes))
            said[arm] = answers(head, tested, size)
            if arm == "yours" and kind != "class":
                yield Artifact("answers", answers_drawn(data, some, said[arm]), n)
            if data.truth is not None:
                scores[arm] = data.score(said[arm], data.truth)
                yield {"split": "test", "arm": arm, "labels": n, **named(interval(kind, scores[arm]))}
        yield Progress(k + 1, len(arms), "heads trained", 0.5, 1)
    yield Artifact("answers", answers_drawn(data, some, said["yours"]))
    for k in some:
        known = {"score": round(float(scores["yours"][k]), 4)} if scores else {}
        yield {"split": "shown", "picture": int(data.test[k]), "answer": data.word(said["yours"][k]), **known}
    common = {"kind": kind, "labels": len(data.train), "classes": [name for _, name in data.classes]}
    return {**common, **compared(data, scores)}


def features_and_labels(settings: Labelled, data: Any) -> Generator[Progress, None, dict[str, tuple]]:
    """arm → (maps to learn from, maps to be tested on, labels); no exact arm where nobody knows them."""
    import torch

    from core.experiments.labelled_data import spoiled
    from core.methods.heads import hypercolumns

    name, side = NETWORK[settings.source]
    learned, tested = data.world.pictures(data.train, side), data.world.pictures(data.test, side)
    maps = {}
    for k, weights in enumerate(("borrowed", "random")):
        network, stages = lender(settings, weights), READS[name][settings.kind]
        maps[weights] = hypercolumns(network, learned, stages), hypercolumns(network, tested, stages)
        yield Progress(k + 1, 2, "networks read", 0.2, 0.5)

    def ready(labels: Any) -> Any:
        mixed = torch.as_tensor(spoiled(labels, settings.spoiled, settings.seed))
        return mixed.float() if mixed.dtype == torch.bool else mixed

    arms = {"yours": (*maps["borrowed"], ready(data.given)), "random": (*maps["random"], ready(data.given))}
    if data.exact is not None:
        exact = torch.as_tensor(data.exact)
        arms["exact"] = (*maps["borrowed"], exact.float() if exact.dtype == torch.bool else exact)
    return arms


def compared(data: Any, scores: dict[str, Any]) -> dict:
    """Of each arm with all its labels `score`, `low`, `high`; what borrowed features and exact labels add, paired."""
    if not scores:
        return {}
    kind = data.kind
    overlaps = data.score(data.given, data.exact)
    return {
        "arms": {arm: named(interval(kind, values)) for arm, values in scores.items()},
        "plain": round(float(data.score(data.plain(), data.truth).mean()), 4),
        "own": round(float(overlaps.mean()), 4),
        "borrowed_adds": named(difference(kind, scores["yours"], scores["random"])),
        "exact_adds": named(difference(kind, scores["exact"], scores["yours"])),
    }


def interval(kind: str, scores) -> tuple[float, float, float]:
    """Mean over the test pictures with its 95 % interval: Wilson's for right or wrong, Student's for overlaps."""
    return wilson(int(scores.sum()), len(scores)) if kind == "class" else t_interval(scores.tolist())


def difference(kind: str, a, b) -> tuple[float, float, float]:
    """a − b, picture by picture."""
    return paired_interval(a > 0, b > 0) if kind == "class" else t_interval((a - b).tolist())


def named(measured: tuple[float, float, float]) -> Row:
    return dict(zip(("score", "low", "high"), (round(float(value), 4) for value in measured), strict=True))


def lender(settings: Labelled, weights: str) -> Any:
    """The network whose maps are read: with borrowed weights, or the same with "random" ones."""
    from core.models.staged import build
    from core.models.weights import from_arrays

    network, size = NETWORK[settings.source]
    if weights == "random":
        return build(network, 0, RANDOM_SEED, size=size)
    if kept := borrowed("none", settings.donor):
        return from_arrays(kept.recipe, kept.arrays)
    return build(network, 0, 0, settings.source, size)
