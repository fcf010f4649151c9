"""Proposals and classes by one network on one base (Ren et al. 2015, arXiv:1506.01497).

The base's maps of two resolutions become one, at an eighth of the picture. At each of its places boxes of a few sizes
and shapes, the anchors, are asked whether something is in them (the region proposal network); the maps under the best
of them are cut out, and a small head says which class it is and corrects the box. Anchors, proposals, matching and both
losses are torchvision's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign

from core.learning.augment import HUE, flip, move_boxes
from core.learning.detection import Detections, matched, mean_average_precision
from core.learning.features import width
from core.learning.fit import Probe
from core.learning.objective import Metrics, Objective
from core.learning.precision import Arithmetic, evaluating
from core.learning.rates import body_and_heads
from core.methods.fcn import enlarged, stages_of
from core.models.heads import attach
from core.models.staged import Staged, activations, as_pixels
from core.worlds.things import Things

WIDE, POOLED, HIDDEN = 96, 5, 256  # maps of the pyramid; places a side of what is cut out; units of the head
ANCHORS, SHAPES = (14, 24, 40, 64), (0.5, 1.0, 2.0)  # pixels a side; height to width
KEPT = {"rpn_pre_nms_top_n_train": 300, "rpn_post_nms_top_n_train": 64, "rpn_batch_size_per_image": 64,
        "rpn_pre_nms_top_n_test": 200, "rpn_post_nms_top_n_test": 40, "box_batch_size_per_image": 32,
        "box_detections_per_img": 10, "box_score_thresh": 0.02, "box_nms_thresh": 0.4}  # fmt: skip
LATERAL = 0.06  # deviation of the weights of the lateral convolutions: with He's, mAP was .50 instead of .62
CHUNK = 20  # pictures that are looked at together


class Pyramid(nn.Module):
    """What torchvision calls a backbone: the maps of an encoder's stages, brought to the finest of them and added."""

    out_channels = WIDE

    def __init__(self, network: Staged, stages: tuple[str, ...], arithmetic: Arithmetic):
        super().__init__()
        self.network, self.stages, self.arithmetic = network, stages, arithmetic

    def forward(self, x: Tensor) -> OrderedDict[str, Tensor]:
        with self.arithmetic.autocast():
            given = activations(self.network, x.contiguous(memory_format=torch.channels_last), self.stages)
        side = given[self.stages[0]].shape[-1]
        maps = [self.network.heads[f"lateral_{stage}"](given[stage].float()) for stage in self.stages]
        return OrderedDict(maps=sum(enlarged(each, side) for each in maps).relu())  # type: ignore[union-attr]


class FasterRcnn(Objective):
    """An encoder, its lateral heads, and torchvision's two networks on them."""

    clip = 5.0

    def __init__(
        self, network: Staged, things: Things, classes: int, *, head_rate: float = 2e-3, body_rate: float = 1e-3,
        seed: int = 0, precision: str = "auto", device: str | None = None,
    ):  # fmt: skip
        super().__init__(precision, device)
        self.network, self.things, self.n, self.classes = network, things, len(things), classes
        self.rates, stages = (head_rate, body_rate), stages_of(network.network, "8s")[:2]
        for stage in stages:
            attach(network, f"lateral_{stage}", "dense", seed, LATERAL, inputs=width(network, stage), outputs=WIDE)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.detector = detector(Pyramid(network, stages, self.arithmetic), classes, network.preprocessing.size)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[list[Tensor], list[dict[str, Tensor]], int]:
        """Pictures, half of them mirrored, each with its boxes and labels; and the chance of which anchors count."""
        device, chosen = self.arithmetic.device, indices.numpy()
        pixels = flip(as_pixels(self.things.pictures[chosen]), drawn).to(device)
        targets = []
        for k, chance in zip(chosen, drawn, strict=True):
            boxes, labels = self.things.of(k)
            size = self.network.preprocessing.size
            moved = move_boxes(torch.from_numpy(boxes) / size, "flip", chance.expand(len(boxes), -1)) * size
            targets.append({"boxes": moved.to(device), "labels": torch.from_numpy(labels.astype(np.int64)).to(device)})
        return list(self.network.normalise(pixels)), targets, int(drawn[0, HUE] * 2**31)

    def loss(self, batch: Any) -> tuple[Tensor, Metrics]:
        pictures, targets, chance = batch
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(chance)  # torchvision draws which anchors and proposals count
            self.detector.train()  # it gives losses only then
            self.network.train(self.training)
            losses = self.detector(pictures, targets)
        return sum(losses.values()), {name.removeprefix("loss_"): value for name, value in losses.items()}

    def groups(self) -> list[dict]:
        heads, *body = body_and_heads(self.network, *self.rates)
        own = [*self.detector.rpn.parameters(), *self.detector.roi_heads.parameters()]
        return [heads | {"params": heads["params"] + own}, *body]

    def said(self, pictures: np.ndarray) -> list[Detections]:
        """Of uint8 (N, S, S, 3)."""
        found = []
        with evaluating(self):
            for low in range(0, len(pictures), CHUNK):
                found += self.detector(list(self.network.prepare(pictures[low : low + CHUNK])))
        return [Detections(*(each[name].cpu().numpy() for name in ("boxes", "scores", "labels"))) for each in found]

    def proposed(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of uint8 (S, S, 3): the anchors of the place in the middle (A, 4), and the proposals (P, 4)."""
        with evaluating(self):
            pictures, _ = self.detector.transform(list(self.network.prepare(picture[None])))
            maps = self.detector.backbone(pictures.tensors)
            anchors = self.detector.rpn.anchor_generator(pictures, list(maps.values()))[0]
            proposals = self.detector.rpn(pictures, maps)[0][0]
        side, kinds = maps["maps"].shape[-1], len(ANCHORS) * len(SHAPES)
        middle = (side // 2 * side + side // 2) * kinds
        return anchors[middle : middle + kinds].cpu().numpy(), proposals.cpu().numpy()

    def held_out(self, things: Things) -> Probe:
        """A probe: mAP@.5 of other pictures."""

        def probe() -> dict[str, float]:
            truth = [things.of(k) for k in range(len(things))]
            return {"map": mean_average_precision(matched(self.said(things.pictures), truth, self.classes))[0]}

        return probe


def detector(backbone: Pyramid, classes: int, size: int) -> FasterRCNN:
    """torchvision's, for small pictures that are normalised already."""
    head = nn.Sequential(nn.Flatten(), nn.Linear(WIDE * POOLED**2, HIDDEN), nn.ReLU())
    return FasterRCNN(
        backbone,
        rpn_anchor_generator=AnchorGenerator(sizes=(ANCHORS,), aspect_ratios=(SHAPES,)),
        box_roi_pool=MultiScaleRoIAlign(["maps"], POOLED, 2),
        box_head=head,
        box_predictor=FastRCNNPredictor(HIDDEN, classes + 1),
        min_size=size,
        max_size=size,
        image_mean=[0.0] * 3,
        image_std=[1.0] * 3,
        **KEPT,
    )
