"""Where does the second patch belong, seen from the first? (Doersch et al. 2015, arXiv:1505.05192.)"""

from __future__ import annotations

import torch
from torch import Tensor

from core.learning.augment import BLUR
from core.methods.puzzle import Puzzle, more, tile_side, tiles

MIDDLE, AROUND = 4, (0, 1, 2, 3, 5, 6, 7, 8)  # cells of a 3 x 3 grid, counted along its rows


class RelativePosition(Puzzle):
    parts = 2

    def answers(self) -> int:
        return len(AROUND)

    def side(self, size: int) -> int:
        return tile_side(size, self.options.leak)

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The patch in the middle, and one of the eight around it."""
        answers = (drawn[:, BLUR] * len(AROUND)).long()
        around = torch.tensor(AROUND, device=pixels.device)[answers]
        cells = torch.stack([torch.full_like(around, MIDDLE), around], 1)
        chance = more(drawn, 4).view(-1, 2, 2)
        return tiles(pixels, cells, chance, self.options.leak), answers
