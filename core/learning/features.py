"""What the stages of a network make of pictures: features for probes, and the frozen prefix that is computed once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from core.learning.augment import augment, mirrored
from core.learning.precision import Arithmetic, arithmetic, evaluating, placed
from core.models.staged import Staged, activations, as_pixels

CHUNK_PIXELS = 1 << 18  # of one forward pass: 16 pictures at 128 px ran 1.5 times as fast as 64 (caches)
KEPT_BYTES = 1 << 30  # of features a set of pictures; beyond it they are computed anew for each batch
KEPT_PIXELS = 1 << 27  # bytes of normalised pictures, where no stage is frozen


def features(
    network: Staged, pictures: np.ndarray, stage: str, *, precision: str = "auto", device: str | None = None
) -> np.ndarray:
    """uint8 (N, H, W, 3) -> float32 (N, D) at the end of `stage`; maps (N, D, h, w), and tokens (N, T, D), are averaged
    over place.
    """
    return maps(network, pictures, [stage], precision=precision, device=device)[stage].numpy()


def maps(
    network: Staged, pictures: np.ndarray, stages: Sequence[str], *, pooled: bool = True, precision: str = "auto",
    device: str | None = None,
) -> dict[str, Tensor]:  # fmt: skip
    """stage -> float32 (N, D, h, w), (N, T, D) or (N, D), of uint8 (N, H, W, 3) in one pass; `pooled`: all (N, D)."""
    chosen = arithmetic(precision, device)
    given: dict[str, list[Tensor]] = {stage: [] for stage in stages}
    with placed(network, chosen), evaluating(network), chosen.autocast():
        for where in chunks(pictures):
            for stage, x in activations(network, network.prepare(pictures[where]), stages).items():
                given[stage].append((over_place(x.float()) if pooled else x.float()).cpu())
    return {stage: torch.cat(parts) for stage, parts in given.items()}


def codes(network: Staged, pictures: np.ndarray, layer: str, *, precision: str = "auto") -> np.ndarray:
    """uint8 (N, H, W, 3) -> float32 (N, D) at the end of a stage, averaged over place, or of a head, as it stands; of a
    variational code the means.
    """
    if layer not in network.heads:
        return features(network, pictures, layer, precision=precision)
    head, last = network.heads[layer], network.names[-1]
    given = maps(network, pictures, [last], pooled=bool(head.pooled), precision=precision)[last]
    with evaluating(head):
        code = head(given).numpy()
    if layer == "code":
        code = code[:, : network.heads["unfolded"].linear.in_features]  # type: ignore[union-attr]  # a `Head`
    return code


def width(network: Staged, stage: str) -> int:
    """How many features a place has at the end of `stage`."""
    side = network.preprocessing.size
    return features(network, np.zeros((1, side, side, 3), np.uint8), stage, precision="float32").shape[1]


def over_place(x: Tensor) -> Tensor:
    """Maps (N, D, h, w) or tokens (N, T, D) -> their means (N, D); vectors (N, D) as they are."""
    if x.ndim == 4:
        return x.mean((2, 3))
    return x.mean(1) if x.ndim == 3 else x


def chunks(pictures: np.ndarray) -> Iterator[slice]:
    """The pictures (N, H, W, 3) in slices that a processor handles well."""
    n = chunk(pictures)
    for low in range(0, len(pictures), n):
        yield slice(low, min(low + n, len(pictures)))


def chunk(pictures: np.ndarray) -> int:
    """How many such pictures make one forward pass."""
    return max(8, CHUNK_PIXELS // (pictures.shape[1] * pictures.shape[2]))


def leading_frozen(network: Staged) -> int:
    """How many stages are frozen before the first that is not."""
    states = network.states
    return next((k for k, state in enumerate(states) if state != "frozen"), len(states))


class Inputs:
    """Pictures as the first learning stage sees them.

    Frozen leading stages always give the same for the same picture, so with "none" and "flip" each picture passes
    through them once, and once more mirrored, the first time it is asked for. Other augmentations pass each time. Where
    no stage is frozen the normalised pictures are kept, if they are few, in the type that convolutions take.
    """

    def __init__(self, network: Staged, pictures: np.ndarray, kind: str, chosen: Arithmetic, keep: bool = True):
        self.network, self.pictures, self.kind, self.chosen = network, pictures, kind, chosen
        self.start = leading_frozen(network)
        self.sides = {"none": 1, "flip": 2}.get(kind, 0)
        self.keep = keep and self.sides > 0
        self.most = KEPT_BYTES if self.start else KEPT_PIXELS
        self.known = torch.zeros(max(1, self.sides), len(pictures), dtype=torch.bool)
        self.table: Tensor | None = None  # (sides, N, *features), maps as (H, W, C); made when their shape is known

    def __call__(self, indices: Tensor, drawn: Tensor | None = None) -> Tensor:
        """What stage `start` takes for the pictures of these indices (B,), augmented by the chance `drawn`."""
        if not self.keep:
            return self.computed(self.pictures[indices.numpy()], self.kind, drawn)
        side = mirrored(drawn).long() if drawn is not None and self.sides == 2 else torch.zeros_like(indices)
        self._fill(side, indices)
        if self.table is None:
            return self.computed(self.pictures[indices.numpy()], self.kind, drawn)
        return _channels_first(self.table[side, indices])

    def chunks(self) -> Iterator[tuple[slice, Tensor]]:
        """All the pictures in order, unchanged: (where, what stage `start` takes)."""
        for where in chunks(self.pictures):
            yield where, self(torch.arange(where.start, where.stop))

    def _fill(self, sides: Tensor, indices: Tensor) -> None:
        """Compute the features that are asked for and not yet known, and a few more to make the last chunk full."""
        asked = torch.zeros_like(self.known)
        asked[sides, indices] = True
        missing = (asked & ~self.known).nonzero()  # (M, 2) side and index
        if len(missing):
            ahead = (~asked & ~self.known).nonzero()[: -len(missing) % chunk(self.pictures)]
            missing = torch.cat([missing, ahead])
            drawn = 1 - missing[:, :1].float()  # a draw of 0 mirrors
            computed = self.computed(self.pictures[missing[:, 1].numpy()], "flip", drawn)
            self._store(missing[:, 0], missing[:, 1], computed)

    def _store(self, sides: Tensor, indices: Tensor, computed: Tensor) -> None:
        computed = _channels_last(computed)
        shape = (self.sides, len(self.pictures), *computed.shape[1:])
        if self.table is None and computed.element_size() * np.prod(shape) > self.most:
            self.keep = False
            return
        if self.table is None:
            self.table = computed.new_empty(shape)
        self.table[sides, indices] = computed
        self.known[sides, indices] = True

    def computed(self, pictures: np.ndarray, kind: str, drawn: Tensor | None) -> Tensor:
        """What stage `start` takes for these pictures, augmented by the chance `drawn`; nothing is kept of it."""
        if not self.start:
            return self._normalised(pictures, kind, drawn).to(self.chosen.dtype)
        passed = []
        with torch.no_grad():
            for where in chunks(pictures):
                x = self._normalised(pictures[where], kind, None if drawn is None else drawn[where])
                passed.append(self.chosen.features(self.network, x, 0, self.start))
        return torch.cat(passed)

    def _normalised(self, pictures: np.ndarray, kind: str, drawn: Tensor | None) -> Tensor:
        """uint8 (B, H, W, 3) -> float32 (B, 3, H, W) on the device, augmented and normalised."""
        pixels = as_pixels(pictures).to(self.chosen.device)
        return self.network.normalise(pixels if drawn is None else augment(pixels, kind, drawn))


def _channels_last(x: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, H, W, C), as convolutions like to find it in memory; other shapes unchanged."""
    return x.permute(0, 2, 3, 1) if x.ndim == 4 else x


def _channels_first(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2) if x.ndim == 4 else x
