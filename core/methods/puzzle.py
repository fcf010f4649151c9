"""What the pretext tasks share: pictures become puzzles by chance, an encoder sees their parts one by one, and a head
that sees all the codes says the answer.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import BLUR, HUE, MIRROR, augment
from core.learning.features import over_place, width
from core.learning.fit import Probe
from core.learning.objective import Metrics, Objective
from core.learning.precision import evaluating
from core.methods.puzzles import ABERRATION, CORNER, GAPLESS, PuzzleOptions
from core.models.catalog import network_info
from core.models.heads import attach
from core.models.staged import Staged, as_pixels
from core.runs.settings import Refused

ACROSS = 3  # a picture is cut into 3 x 3 cells
KEPT = 0.8  # of the side of a cell is in the tile, which lies in it by chance: so edges do not go on
CHOICES = 4
HIDDEN = 256  # of the head that answers
LARGER = 1.05  # red, seen through the lens
MARKED = 6  # the corner is a sixth of a side


class Puzzle(Objective):
    """An encoder and the head "answer"; of pictures uint8 (N, S, S, 3), or of clips (N, F, S, S, 3)."""

    rate = 2e-3
    head = "answer"
    parts = 1  # pieces of a puzzle that the encoder sees, each by itself

    def __init__(
        self, network: Staged, pictures: np.ndarray, options: PuzzleOptions, mirrors: bool = True,
        precision: str = "auto", device: str | None = None,
    ):  # fmt: skip
        """`mirrors`: whether a picture means the same in a mirror."""
        super().__init__(precision, device)
        self.network, self.pictures, self.options, self.mirrors = network, pictures, options, mirrors
        self.n = len(pictures)
        check_side(network, self.side(network.preprocessing.size))
        self.add_heads(width(network, network.names[-1]))

    def add_heads(self, wide: int) -> None:
        """Those that the network has not yet; the encoder gives `wide` numbers a piece."""
        if self.head not in self.network.heads:
            sizes = {"inputs": self.parts * wide, "hidden": HIDDEN, "outputs": self.answers()}
            attach(self.network, self.head, "projection", self.options.seed, **sizes)

    def answers(self) -> int:
        """How many there are, one of which is right."""
        raise NotImplementedError

    def side(self, size: int) -> int:
        """Pixels a side of the smallest piece, of a picture of `size`."""
        return size

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, 3, S, S) in 0..255 -> pieces (P, parts, 3, s, s) in 0..255 and the answers (P,)."""
        raise NotImplementedError

    def batch(self, indices: Tensor, drawn: Tensor) -> Any:
        """(P, parts, 3, s, s) as the network sees them, (P,)"""
        pieces, answers = self.posed(indices, drawn)
        return self.normalised(pieces), answers

    def posed(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(P, parts, 3, s, s) in 0..255, (P,): puzzle k is of picture k % B of the batch."""
        return self.puzzle(*self.seen(indices, drawn))

    def seen(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, S, S) in 0..255, or clips (B, F, 3, S, S), changed by chance, all frames alike, and perhaps leaking;
        and that chance, on the device.
        """
        drawn, pixels = self.chance(drawn), self.pixels(indices)
        frames = len(pixels) // len(drawn)
        pixels = augment(pixels, self.options.augment, drawn.repeat_interleave(frames, 0)).float()
        pixels = leaking(pixels, self.options.leak)
        return (pixels if self.pictures.ndim == 4 else pixels.unflatten(0, (-1, frames))), drawn

    def pixels(self, indices: Tensor) -> Tensor:
        """(B, 3, S, S), or the frames of all clips (B * F, 3, S, S)"""
        chosen = self.pictures[indices.numpy()]
        return as_pixels(chosen.reshape(-1, *chosen.shape[-3:])).to(self.arithmetic.device)

    def chance(self, drawn: Tensor) -> Tensor:
        """On the device, and nothing mirrored where that means another thing."""
        drawn = drawn if self.mirrors else drawn.index_fill(1, torch.tensor([MIRROR]), 1.0)
        return drawn.to(self.arithmetic.device)

    def normalised(self, pieces: Tensor) -> Tensor:
        return self.network.normalise(pieces.flatten(0, 1)).view_as(pieces)

    def loss(self, batch: Any) -> tuple[Tensor, Metrics]:
        pieces, answers = batch
        scores = self.scores(pieces)
        return F.cross_entropy(scores, answers), {"accuracy": (scores.argmax(1) == answers).float().mean()}

    def scores(self, pieces: Tensor) -> Tensor:
        """(P, parts, 3, s, s) -> (P, answers): the encoder sees each piece by itself, the head all of their codes."""
        x = pieces.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        return self.network.heads[self.head](self.codes(x).view(len(pieces), -1))

    def codes(self, x: Tensor) -> Tensor:
        """(N, 3, s, s) -> (N, D)"""
        return over_place(self.arithmetic.features(self.network, x).float())

    def held_out(self, pictures: np.ndarray) -> Puzzle:
        """Puzzles of other pictures, as they are, for the same network."""
        options = dataclasses.replace(self.options, augment="none")
        other = type(self)(self.network, pictures, options, self.mirrors)
        other.arithmetic = self.arithmetic
        return other


class Choice(Puzzle):
    """One of a few pictures is the right one; the others are of other pictures of the batch."""

    def answers(self) -> int:
        return CHOICES

    def add_heads(self, wide: int) -> None:
        pass

    def question(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, 3, S, S) -> what is asked (B, Q, 3, s, s), and what is right (B, 3, s, s)."""
        raise NotImplementedError

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """What is asked, and then what can be chosen."""
        answers = (drawn[:, BLUR] * CHOICES).long()
        asked, right = self.question(pixels, drawn)
        return torch.cat([asked, among(right, answers)], 1), answers


def check_side(network: Staged, side: int) -> None:
    """`Refused`: pieces of which one pixel is left before the last halving. There the gradient of a strided convolution
    in bfloat16 is arbitrary numbers (torch 2.15 on a processor with AMX: in 40 of 40 trials), and there is nothing to
    see.
    """
    last = max(network_info(network.network).strides)
    if side <= last // 2:
        raise Refused("size", network.preprocessing.size, f"larger pictures: pieces of {side} pixels are too small.")


def among(right: Tensor, answers: Tensor) -> Tensor:
    """(B, ...) -> (B, CHOICES, ...): of each its own at the place that the answer says, and others' at the others."""
    places = torch.arange(CHOICES, device=right.device)
    mine = torch.arange(len(right), device=right.device)[:, None]
    return right[(mine + places - answers[:, None]) % len(right)]


def solving(objective: Puzzle, batch_size: int = 64, seed: int = 0) -> Probe:
    """A probe: the share of its puzzles, always the same ones, that the network solves."""

    def probe() -> dict[str, float]:
        right, asked = 0, 0
        with evaluating(objective):
            for indices, drawn in objective.all(batch_size, seed):
                if asked and len(indices) < CHOICES:
                    continue  # too few for others to choose among
                pieces, answers = objective.posed(indices, drawn)
                said = objective.scores(objective.normalised(pieces)).argmax(1)
                right, asked = right + int((said == answers).sum()), asked + len(answers)
        return {"accuracy": right / asked}

    return probe


def leaking(pixels: Tensor, leak: str) -> Tensor:
    """Pictures (B, 3, S, S) with what gives a puzzle away painted in."""
    if leak == CORNER:
        pixels = pixels.clone()
        pixels[..., : -(-pixels.shape[-2] // MARKED), : -(-pixels.shape[-1] // MARKED)] = 0
    if leak == ABERRATION:
        turned = torch.eye(2, 3, device=pixels.device)[None] / LARGER
        grid = F.affine_grid(turned, [1, 1, *pixels.shape[-2:]], align_corners=False)
        red = F.grid_sample(
            pixels[:, :1], grid.expand(len(pixels), -1, -1, -1), padding_mode="border", align_corners=False
        )
        pixels = torch.cat([red, pixels[:, 1:]], 1)
    return pixels


def tiles(pixels: Tensor, cells: Tensor, chance: Tensor, leak: str = "") -> Tensor:
    """Pictures (B, 3, S, S) -> (B, T, 3, s, s): of each the cells (B, T) of a 3 x 3 grid, counted along its rows; where
    the tile lies in its cell is said by `chance` (B, T, 2), each from 0 to 1.
    """
    cell, side = pixels.shape[-1] // ACROSS, tile_side(pixels.shape[-1], leak)
    shift = (chance * (cell - side + 1)).long().clamp(max=cell - side)
    corner = torch.stack([cells // ACROSS, cells % ACROSS], 2) * cell + shift  # (B, T, 2): top, left
    rows, columns = (corner[..., None, k] + torch.arange(side, device=pixels.device) for k in range(2))
    pictures = torch.arange(len(pixels), device=pixels.device)[:, None, None, None]
    cut = pixels.permute(0, 2, 3, 1)[pictures, rows[..., None], columns[:, :, None]]  # (B, T, s, s, 3)
    return cut.permute(0, 1, 4, 2, 3)


def tile_side(size: int, leak: str = "") -> int:
    """Pixels a side of the tiles of a picture of `size`."""
    cell = size // ACROSS
    return cell if leak == GAPLESS else round(KEPT * cell)


def more(drawn: Tensor, count: int) -> Tensor:
    """(B, DRAWS) -> (B, count), from 0 to 1: chance that no augmentation reads."""
    return (drawn[:, [HUE]] * (1 + 97 * torch.arange(count, device=drawn.device))) % 1
