"""Are three frames of a clip in their order? (Misra et al. 2016, arXiv:1603.08561.) The first and the last are the same
in both cases: only the one between them tells.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.learning.augment import BLUR, GREY
from core.methods.puzzle import Puzzle

IN_ORDER = ((0, 1, 2), (1, 2, 3))  # frames of a clip of four
SHUFFLED = ((0, 3, 2), (1, 0, 3))  # between the same two, one that comes after or before both


class FrameOrder(Puzzle):
    parts = 3

    def answers(self) -> int:
        return 2

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """Clips (B, 4, 3, S, S) -> three frames of each; 1: in their order."""
        answers, ends = ((drawn[:, column] * 2).long() for column in (BLUR, GREY))
        frames = torch.tensor([SHUFFLED, IN_ORDER], device=pixels.device)[answers, ends]  # (B, 3)
        return pixels[torch.arange(len(pixels), device=pixels.device)[:, None], frames], answers
