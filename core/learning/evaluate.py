"""What a network answers, and how often it is right, on pictures that it never trained on."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.features import Inputs, chunks
from core.learning.precision import arithmetic, evaluating, placed
from core.models.staged import Staged


def probabilities(
    network: Staged, pictures: np.ndarray, *, precision: str = "auto", device: str | None = None
) -> np.ndarray:
    """uint8 (N, H, W, 3) -> float32 (N, classes), rows adding to 1. The network is left as it was."""
    chosen = arithmetic(precision, device)
    answers = [torch.zeros(0, network.classes)]
    with placed(network, chosen), evaluating(network):
        for where in chunks(pictures):
            scores = chosen.forward(network, network.prepare(pictures[where]))
            answers.append(scores.softmax(1).cpu())
    return torch.cat(answers).numpy()


def measure(network: Staged, inputs: Inputs, labels: Tensor) -> tuple[float, float]:
    """Mean cross-entropy and accuracy on the pictures of `inputs`; labels (N,) int64."""
    loss, right = 0.0, 0
    with evaluating(network):
        for where, x in inputs.chunks():
            scores = inputs.chosen.forward(network, x, inputs.start)
            truth = labels[where].to(scores.device)
            loss += F.cross_entropy(scores, truth, reduction="sum").item()
            right += int((scores.argmax(1) == truth).sum())
    return loss / len(labels), right / len(labels)
