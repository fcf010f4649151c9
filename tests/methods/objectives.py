"""Three methods that do not name whole pictures, as a method to come is written: an objective, and a row of a table."""

import copy
import dataclasses
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F

from core.experiments.sources import checkpoint
from core.learning.augment import augment, move_masks
from core.learning.features import over_place, width
from core.learning.fit import fit
from core.learning.objective import Objective
from core.learning.probe import collapse_meter, held_out, probing
from core.models.heads import attach
from core.models.staged import activations, as_pixels, build
from core.runs.metrics import Metric
from core.runs.settings import OneOf, Range
from core.runs.spec import Progress, experiment
from core.worlds import open_world
from core.worlds.splits import split

SIZE, MISSING, CLASSES = 48, -1, 4


class Masks(Objective):
    """A score a pixel: does it belong to the toy?"""

    rate = 3e-3

    def __init__(self, pictures, masks, seed=0, network=None):
        super().__init__()
        self.network = network or build("labnet", 0, seed, size=SIZE)
        if network is None:
            attach(self.network, "mask", "dense", seed, inputs=width(self.network, "conv4"), outputs=1)
        self.pictures, self.masks, self.n = pictures, torch.from_numpy(masks), len(pictures)

    def batch(self, indices, drawn):
        pixels = augment(as_pixels(self.pictures[indices]).to(self.arithmetic.device), "crop", drawn)
        return self.network.normalise(pixels), move_masks(self.masks[indices].to(pixels.device), "crop", drawn)

    def loss(self, batch):
        x, masks = batch
        with self.arithmetic.autocast():
            maps = activations(self.network, x, ["conv4"])["conv4"]
        odds = F.interpolate(self.network.heads["mask"](maps.float()), masks.shape[-2:], mode="bilinear")[:, 0]
        overlap = ((odds > 0) & masks).sum() / ((odds > 0) | masks).sum().clamp(min=1)
        return F.binary_cross_entropy_with_logits(odds, masks.float()), {"iou": overlap}


class TwoTasks(Objective):
    """One encoder, two heads; of each picture the label of one task or of both is known."""

    rate = 2e-3
    TASKS = ("toy", "room")

    def __init__(self, pictures, labels, classes, seed=0, network=None):
        super().__init__()
        self.network = network or build("labnet", 0, seed, size=SIZE)
        for task, outputs in zip(self.TASKS, classes, strict=True) if network is None else ():
            attach(self.network, task, "linear", seed, inputs=width(self.network, "fc7"), outputs=outputs)
        self.pictures, self.labels, self.n = pictures, torch.from_numpy(labels), len(pictures)  # (N,), (N, 2)

    def batch(self, indices, drawn):
        device = self.arithmetic.device
        return self.network.prepare(self.pictures[indices]), self.labels[indices].to(device)

    def loss(self, batch):
        x, labels = batch
        features = self.arithmetic.features(self.network, x, 0, None).float()
        loss, metrics = features.new_zeros(()), {}
        for task, truth in zip(self.TASKS, labels.T, strict=True):
            scores, known = self.network.heads[task](features), truth != MISSING
            loss = loss + F.cross_entropy(scores, truth, ignore_index=MISSING, reduction="sum") / len(truth)
            metrics[task] = (scores.argmax(1) == truth).sum() / known.sum().clamp(min=1)
        return loss, metrics


class TwoViews(Objective):
    """BYOL (arXiv:2006.07733): a view's projection, as the momentum copy sees it, is predicted from the other."""

    rate, views, MOMENTUM = 2e-3, 2, 0.98

    def __init__(self, pictures, seed=0):
        super().__init__()
        self.network = build("labnet", 0, seed, size=SIZE)
        attach(self.network, "projection", "projection", seed, inputs=width(self.network, "fc7"), hidden=64, outputs=32)
        attach(self.network, "prediction", "projection", seed, inputs=32, hidden=64, outputs=32)
        self.momentum = copy.deepcopy(self.network).requires_grad_(False)
        self.pictures, self.n = pictures, len(pictures)

    def batch(self, indices, drawn):
        pixels = as_pixels(self.pictures[indices]).to(self.arithmetic.device)
        return [self.network.normalise(augment(pixels, "colour", chance)) for chance in drawn]

    def projected(self, network, x):
        return network.heads["projection"](over_place(self.arithmetic.features(network, x, 0, None).float()))

    def loss(self, views):
        targets = [self.projected(self.momentum, x) for x in views]
        guessed = [self.network.heads["prediction"](self.projected(self.network, x)) for x in views]
        alike = [F.cosine_similarity(one, other).mean() for one, other in zip(guessed, reversed(targets), strict=True)]
        return 2 - sum(alike), {}

    def after_step(self, done):
        for slow, fast in zip(self.momentum.parameters(), self.network.parameters(), strict=True):
            slow.lerp_(fast.detach(), 1 - self.MOMENTUM)


def pictures_of(indices):
    return open_world("toybox:b").pictures(indices, SIZE)


def masks_of(indices):
    chunks = open_world("toybox:b").labelled(indices, SIZE, ["instances"])
    return np.concatenate([chunk["instances"] for chunk in chunks]) > 0


def two_labels(indices, seed):
    """(N, 2) toy and room; of a third one label is missing, of another third the other."""
    labels = np.stack([open_world(name).labels[indices] for name in ("toybox:b", "task:room:toybox:b")], 1)
    gone = np.random.default_rng(seed).integers(0, 3, len(indices))
    labels[gone < 2, gone[gone < 2]] = MISSING
    return labels


def few(n):
    """(n to learn from, n others), of the first four classes."""
    world = open_world("toybox:b")
    parts = split(world)
    return (
        np.concatenate([part[world.labels[part] == label][: n // CLASSES] for label in range(CLASSES)])
        for part in (parts.train, parts.validation)
    )


def masks(settings):
    learned, others = few(settings.pictures)
    objective = Masks(pictures_of(learned), masks_of(learned), settings.seed)
    return objective, {"validation": held_out(Masks(pictures_of(others), masks_of(others), network=objective.network))}


def tasks(settings):
    learned, others = few(settings.pictures)
    labels, truth = two_labels(learned, settings.seed), two_labels(others, 1)
    classes = [CLASSES, int(max(labels[:, 1].max(), truth[:, 1].max())) + 1]
    objective = TwoTasks(pictures_of(learned), labels, classes, settings.seed)
    return objective, {"validation": held_out(TwoTasks(pictures_of(others), truth, classes, network=objective.network))}


def views(settings):
    learned, others = few(settings.pictures)
    labels = open_world("toybox:b").labels
    objective = TwoViews(pictures_of(learned), settings.seed)
    known, asked = (pictures_of(learned), labels[learned]), (pictures_of(others), labels[others])
    return objective, {
        "neighbours": probing(objective.network, "fc7", known, asked),
        "collapse": collapse_meter(objective.network, "fc7", asked[0]),
    }


METHODS = {"masks": masks, "tasks": tasks, "views": views}


@dataclasses.dataclass(frozen=True)
class Learn:
    method: Annotated[str, OneOf(tuple(METHODS))] = "masks"
    pictures: Annotated[int, Range(8, 1000)] = 80
    steps: Annotated[int, Range(1, 1000)] = 60
    seed: int = 0


@experiment(
    Learn,
    version=1,
    metrics=(
        Metric("iou", "Overlap of held-out masks", share=True),
        Metric("loss", "Loss", split="train", falls=True),
        Metric("spread", "Spread of the features", split="collapse", live=False),
    ),
)
def learn(settings):
    torch.set_num_threads(1)
    objective, probes = METHODS[settings.method](settings)
    for row in fit(objective, steps=settings.steps, batch_size=32, seed=settings.seed, probes=probes):
        yield row
        yield Progress(row["step"], settings.steps, "steps")
        if row["step"] == settings.steps // 2 and row["split"] == "train":
            yield checkpoint(objective.network, row["step"])
    yield checkpoint(objective.network)
    return {}
