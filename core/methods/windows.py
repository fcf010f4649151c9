"""Windows of pictures, each of which is a picture to a network that was made to name whole ones: the fine-tuning of
R-CNN (Girshick et al. 2014, arXiv:1311.2524).

A box is cut out with a little around it and warped to one size, whatever its shape. The network learns to name such
windows: half of each batch hold a thing, half are background, of which there is much more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.ops import roi_align

from core.learning.augment import flip
from core.learning.features import over_place, width
from core.learning.fit import Probe
from core.learning.objective import Metrics, Objective, batches
from core.learning.overlap import box_iou
from core.learning.precision import evaluating, placed
from core.learning.rates import body_and_heads
from core.models.catalog import network_info
from core.models.heads import attach
from core.models.staged import Staged, activations, as_pixels
from core.runs.settings import Refused
from core.worlds.things import Things

CONTEXT = 16 / 195  # of a box's side, seen on each side of it: 16 of the paper's 227 pixels
THING = 0.5  # overlap of a window with a thing that it is to be named after
PLACES = 4  # a side, of the maps that say where in its window a thing is
TOLD = 128  # held-out windows that are named as it learns
CHUNK = 64  # windows that pass together


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """The M windows of all pictures: the picture of each (M,), its box (M, 4), how far it overlaps a thing (M,), and
    the box (M, 4) and class (M,) of the thing that it overlaps most.
    """

    picture: np.ndarray
    boxes: np.ndarray
    overlap: np.ndarray
    things: np.ndarray
    classes: np.ndarray

    def labels(self, least: float) -> np.ndarray:
        """(M,): the class of the thing, 0 for those that overlap it by less."""
        return np.where(self.overlap >= least, self.classes, 0)


def examples(things: Things, proposed: Sequence[np.ndarray]) -> Examples:
    """Of each picture its proposals (M, 4), and the boxes of its things."""
    parts = []
    for k, boxes in enumerate(proposed):
        there, classes = things.of(k)
        windows = np.concatenate([boxes, there])
        there, classes = np.append(there, np.zeros((1, 4), np.float32), 0), np.append(classes, 0)  # where nothing is
        overlaps = box_iou(windows[:, None], there[None])  # (M, G + 1)
        best = overlaps.argmax(1)
        parts.append((np.full(len(windows), k), windows, overlaps.max(1), there[best], classes[best].astype(np.int64)))
    return Examples(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def warped(pixels: Tensor, of: Tensor, boxes: Tensor, side: int, context: float = CONTEXT) -> Tensor:
    """(N, 3, S, S), which of them (M,), and boxes (M, 4) in pixels -> (M, 3, side, side), whatever the box's shape;
    beyond the picture all is 0, which in a normalised one is the mean, as in the paper.
    """
    more = context * (boxes[:, 2:] - boxes[:, :2])
    regions = torch.cat([of[:, None].float(), boxes[:, :2] - more, boxes[:, 2:] + more], 1).to(pixels)
    return roi_align(pixels.contiguous(), regions, side, sampling_ratio=1, aligned=True)


class Windows(Objective):
    """An encoder that sees windows, and "windows", a linear head of `classes` + 1 scores, 0 for background."""

    def __init__(
        self, network: Staged, things: Things, proposed: Sequence[np.ndarray], classes: int, *, head_rate: float = 3e-3,
        body_rate: float = 1e-3, seed: int = 0, precision: str = "auto", device: str | None = None,
    ):  # fmt: skip
        """`Refused`: pictures without things."""
        super().__init__(precision, device)
        self.network, self.things, self.classes, self.side = network, things, classes, network.preprocessing.size
        self.examples, self.rates = examples(things, proposed), (head_rate, body_rate)
        self.n, self.placed = len(self.examples.picture), deepest(network)
        if not self.examples.labels(THING).any():
            raise Refused("pictures", len(things), "more, some of them with things: these have none.")
        features = width(network, network.names[-1])
        attach(network, "windows", "linear", seed, 0.01, inputs=features, outputs=classes + 1)

    def order(self, steps: int, batch_size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        return balanced(self.examples.labels(THING), steps, batch_size, seed)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (B, 3, side, side), half of them mirrored, and what is in them (B,)."""
        x, labels = self.cut(self.things, self.examples, indices.numpy())
        return flip(x, drawn).to(self.arithmetic.device), labels.to(self.arithmetic.device)

    def cut(self, things: Things, known: Examples, which: np.ndarray) -> tuple[Tensor, Tensor]:
        """Some windows of `known`, normalised, and their labels."""
        pixels = self.network.normalise(as_pixels(things.pictures[known.picture[which]]))
        x = warped(pixels, torch.arange(len(which)), torch.from_numpy(known.boxes[which]), self.side)
        return x, torch.from_numpy(known.labels(THING)[which])

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, labels = batch
        scores = self.network.heads["windows"](self.pooled(x))
        return F.cross_entropy(scores, labels), {"accuracy": (scores.argmax(1) == labels).float().mean()}

    def pooled(self, x: Tensor) -> Tensor:
        """(M, 3, side, side) -> float32 (M, D)"""
        x = x.contiguous(memory_format=torch.channels_last)
        return over_place(self.arithmetic.features(self.network, x).float())

    def groups(self) -> list[dict]:
        return body_and_heads(self.network, *self.rates)

    def held_out(self, things: Things, proposed: Sequence[np.ndarray]) -> Probe:
        """A probe: how well some windows of other pictures are named, half of which hold a thing."""
        known = examples(things, proposed)
        ((some, _),) = balanced(known.labels(THING), 1, TOLD, 0)
        x, labels = self.cut(things, known, some.numpy())

        def probe() -> dict[str, float]:
            with evaluating(self):
                loss, told = self.loss((x.to(self.network.device), labels.to(self.network.device)))
            return {"loss": loss.item(), "accuracy": float(told["accuracy"])}

        return probe

    def features(self, picture: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the windows (M, 4) of uint8 (S, S, 3): float32 (M, D) pooled, (M, E) with the place of each."""
        stages, passed = (self.placed, self.network.names[-1]), []
        with placed(self, self.arithmetic), evaluating(self), self.arithmetic.autocast():
            pixels = self.network.prepare(picture[None])
            for some in torch.from_numpy(boxes).split(CHUNK):
                x = warped(pixels, torch.zeros(len(some)), some, self.side)
                given = activations(self.network, x.contiguous(memory_format=torch.channels_last), stages)
                there, last = (given[stage].float() for stage in stages)
                passed.append((over_place(last).cpu().numpy(), there.flatten(1).cpu().numpy()))
        pooled, there = zip(*passed, strict=True)
        return np.concatenate(pooled), np.concatenate(there)


def deepest(network: Staged) -> str:
    """The deepest stage whose maps tell `PLACES` places a side apart, or the last, where none does."""
    info, side = network_info(network.network), network.preprocessing.size
    found = [name for name, stride in zip(info.stages, info.strides, strict=True) if stride and side >= PLACES * stride]
    return (found or network.names)[-1]


def balanced(labels: np.ndarray, steps: int, batch_size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """As `batches`, but half of each batch are things and half background, which there is much more of."""
    parts = [torch.from_numpy(np.flatnonzero(there)) for there in (labels > 0, labels == 0)]
    sizes = batch_size // 2, batch_size - batch_size // 2
    halves = [batches(len(parts[k]), sizes[k], steps, 2 * seed + k) for k in range(2)]
    for pair in zip(*halves, strict=True):
        (things, drawn), (nothing, others) = pair
        yield torch.cat([parts[0][things], parts[1][nothing]]), torch.cat([drawn, others])
