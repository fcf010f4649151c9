"""In which order do the tiles lie? Of all orders a few are asked, as different from one another as can be (Noroozi and
Favaro 2016, arXiv:1603.09246).
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.learning.augment import BLUR
from core.methods.orders import TILES, permutations
from core.methods.puzzle import Puzzle, more, tile_side, tiles

FLAT = 1.0  # deviation below which a tile is not stretched further


class Jigsaw(Puzzle):
    parts = TILES

    def answers(self) -> int:
        return self.options.permutations

    def side(self, size: int) -> int:
        return tile_side(size, self.options.leak)

    def puzzle(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """All tiles of a picture, in one of the orders."""
        answers = (drawn[:, BLUR] * self.answers()).long()
        cells = torch.from_numpy(permutations(self.answers())).to(pixels.device)[answers]
        return tiles(pixels, cells, more(drawn, 2 * TILES).view(-1, TILES, 2), self.options.leak), answers

    def normalised(self, pieces: Tensor) -> Tensor:
        """Each tile by itself, so that neighbours are not known by their brightness."""
        mean, deviation = pieces.mean((2, 3, 4), keepdim=True), pieces.std((2, 3, 4), keepdim=True)
        return (pieces - mean) / deviation.clamp(min=FLAT)
