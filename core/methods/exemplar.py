"""Which picture is this a view of? Each picture is a class of its own (Dosovitskiy et al. 2015, arXiv:1406.6909)."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.augment import augment
from core.learning.objective import Metrics
from core.methods.puzzle import CHOICES, Choice
from core.models.heads import attach

VIEWS = "colour"  # small crops, other colours


class Exemplar(Choice):
    """The head "surrogate" gives a score to each picture that is learned from."""

    def add_heads(self, wide: int) -> None:
        if "surrogate" not in self.network.heads:
            self.n = min(self.n, self.options.exemplars)
            self.pictures = self.pictures[np.linspace(0, len(self.pictures) - 1, self.n).astype(int)]
            attach(self.network, "surrogate", "linear", self.options.seed, inputs=wide, outputs=self.n)

    def batch(self, indices: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """A view of each picture (B, 3, S, S), and which picture it is (B,)."""
        views = augment(self.pixels(indices), VIEWS, self.chance(drawn)).float()
        return self.network.normalise(views), indices.to(views.device)

    def loss(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Metrics]:
        x, which = batch
        scores = self.network.heads["surrogate"](self.codes(x))
        return F.cross_entropy(scores, which), {"accuracy": (scores.argmax(1) == which).float().mean()}

    def question(self, pixels: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """A view, and its picture."""
        return augment(pixels, VIEWS, drawn)[:, None], pixels

    def scores(self, pieces: Tensor) -> Tensor:
        """(P, 5, 3, S, S) -> (P, 4): the cosines of the view's code and those of the pictures."""
        codes = F.normalize(self.codes(pieces.flatten(0, 1)), dim=1).view(len(pieces), 1 + CHOICES, -1)
        return torch.einsum("pd,pcd->pc", codes[:, 0], codes[:, 1:])
